"""How words begin and agree: capitals, plurals, numbers of things."""

from __future__ import annotations

import re


def capital(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def apart(name: str) -> str:
    """The name of an error's class as people read it: "too many absent" for TooManyAbsent."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name.rpartition(".")[2]).split()
    return " ".join(word if len(word) > 1 and word.isupper() else word.lower() for word in words)


def counted(number: int, one: str, many: str = "") -> str:
    """A number and what it is a number of: "1 study", "1,204 studies". `many`: a plural that no rule gives."""
    return f"{number:,} {agreeing(number, one, many)}"


def agreeing(number: int, one: str, many: str = "") -> str:
    """The word that agrees with a number: "is" for one, "are" for none and for more. `many` as in `counted`."""
    return one if number == 1 else many or _plural(one)


def ordinal(number: int) -> str:
    """A place in an order: "first", "2nd", "11th", "103rd"."""
    if number == 1:
        return "first"
    tail = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{tail}"


def signed_days(days: int) -> str:
    """How far a date moved: "+92 days", "−1 day"."""
    return f"{days:+,} {agreeing(abs(days), 'day', 'days')}".replace("-", "−")


def _plural(noun: str) -> str:
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if re.search(r"(s|x|ch|sh)$", noun) else f"{noun}s"


def outcome(state: str) -> str:
    """The state of a cycle as it is shown: what is not whole stands out wherever it stands, in colour or without."""
    return "PARTIAL" if state == "partial" else state


def pace_words(done: int, total: int, lately: int, seconds: float, things: str) -> str:
    """ "12,000 of 60,000 rows, 4,000 a second, 12 seconds left"; `lately`: how many in these seconds."""
    far = f"{done:,} of {total:,} {things}"
    if seconds < 1 or not lately:
        return far
    rate = lately / seconds
    return f"{far}, {rate:,.0f} a second, {span_words((total - done) / rate)} left"


def span_words(seconds: float) -> str:
    """A span of time as people estimate it: in seconds, minutes or hours."""
    if seconds < 90:
        return counted(max(round(seconds), 1), "second")
    if seconds < 5400:
        return counted(round(seconds / 60), "minute")
    return f"{seconds / 3600:.1f} hours"
