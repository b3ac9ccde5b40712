"""How long a time frame is: the longest span that its words name, in days."""

from __future__ import annotations

import re

_DAYS = {"min": 1 / 1440, "h": 1 / 24, "d": 1.0, "w": 7.0, "mo": 30.44, "y": 365.25}
_UNIT = (
    r"(?P<unit{0}>min(?:ute)?s?|h(?:ou)?rs?|h|days?|d|weeks?|wks?|wk|w|months?|mos?|years?|yrs?|y)(?![a-z])"
)
_NUMBER = r"\d{1,6}(?:\.\d{1,4})?"
# "3, 6 and 12 months", "0-24 h", "week 24", "Months 3, 6, 12"
_LIST = rf"{_NUMBER}(?:\s{{0,3}}(?:-|–|to|and|or|&|,|/)\s{{0,3}}(?:and\s)?{_NUMBER}){{0,30}}"
_SPANS = re.compile(
    rf"(?P<before>{_LIST})(?:\s|-|–){{0,3}}(?:consecutive |full |calendar )?{_UNIT.format(1)}(?!\s{{0,3}}\d)"
    rf"|(?<![a-z]){_UNIT.format(2)}\s{{0,3}}(?P<after>{_LIST})",
    re.IGNORECASE,
)
_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
} | {"eighteen": "18", "twenty-four": "24", "thirty": "30", "thirty-six": "36", "sixty": "60", "ninety": "90"}
_WORD = re.compile(rf"\b({'|'.join(sorted(_WORDS, key=len, reverse=True))})\b", re.IGNORECASE)
_LONGEST = 2_000  # characters of a time frame that are read


def longest_days(text: str) -> float | None:
    """The longest span that a time frame names, in days; None where it names none ("End of study")."""
    digits = in_digits(text[:_LONGEST])
    spans = [
        float(number) * _days(found["unit1"] or found["unit2"])
        for found in _SPANS.finditer(digits)
        for number in re.findall(_NUMBER, found["before"] or found["after"])
    ]
    return max(spans, default=0.0) or None


def in_digits(text: str) -> str:
    """A text with digits for its number words: "one year" as "1 year"."""
    return _WORD.sub(lambda word: _WORDS[word[1].lower()], text)


def _days(unit: str) -> float:
    name = unit.casefold()
    return next(days for start, days in _DAYS.items() if name.startswith(start) and _fits(start, name))


def _fits(start: str, name: str) -> bool:
    # "m" alone could be minutes or months, and is neither
    return not (start == "min" and name.startswith("mo"))


def longer_by(old: str, new: str) -> float | None:
    """By how much a time frame changed, in per cent of the old one; None where either names no span."""
    if _letters(old) == _letters(new):
        return 0.0
    before, after = longest_days(old), longest_days(new)
    return None if before is None or after is None else round((after - before) / before * 100, 1)


def _letters(text: str) -> str:
    """A text without marks and spaces: "post-treatment" and "posttreatment" are one word."""
    return re.sub(r"\W", "", text.casefold())
