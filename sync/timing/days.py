"""Days and times as people name them, in commands, addresses and the API: the one place where they are read."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from sync.errors import UsageError
from sync.settings_base import duration

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_AGO = re.compile(r"(\d{1,4})d", re.ASCII)
FORMS = "write 2026-08-01, 7d (so many days ago), yesterday or today"


def day_named(text: str, today: date) -> date:
    """The day meant by 2026-08-01, 7d (seven days ago), yesterday or today. Raises UsageError.

    Other spellings are refused instead of guessed at: 01/09/2026 is the first of September to some, the ninth of January to
    others, and a day that is misread finds nothing, or too much.
    """
    word = text.strip().lower()
    if word in ("today", "yesterday"):
        return today - timedelta(days=word == "yesterday")
    if ago := _AGO.fullmatch(word):
        return today - timedelta(days=int(ago[1]))
    # The expression too: Python also reads 20260801 and 2026-W31-6, and no two spellings may mean one day.
    if _DAY.fullmatch(word):
        with suppress(ValueError):  # of 2026-02-31, which is told below like any other word
            return date.fromisoformat(word)
    raise UsageError(f"{text!r} is not a day: {FORMS}")


def past_day(text: str, today: date) -> date:
    """The same where something is asked for that has to have happened. Raises UsageError for a day that is still to come."""
    day = day_named(text, today)
    if day > today:
        raise UsageError(f"{day} is still to come: today is {today} in UTC")
    return day


def period(since: str | None, until: str | None, today: date) -> tuple[str | None, str | None]:
    """The first and the last day of a period, as releases are named; None where it is open. Raises UsageError."""
    first, last = (str(day_named(text, today)) if text else None for text in (since, until))
    if first and first > str(today):
        # An empty list would look as if nothing had happened since.
        raise UsageError(f"the period begins on {first}, which is still to come: today is {today} in UTC")
    if first and last and last < first:
        raise UsageError(f"the period ends before it begins: {last} is before {first}")
    return first, last


def moment_named(text: str, today: date) -> datetime:
    """A time ("2026-09-01T13:00Z", in UTC where it names no zone), or the beginning of a day. Raises UsageError."""
    try:
        at = datetime.fromisoformat(text) if len(text) > len("2026-09-01") else None
    except ValueError:
        at = None
    if at is None:
        day = day_named(text, today)
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def time_named(text: str, now: datetime) -> datetime:
    """The time ahead that is meant by a day or a time (2026-10-01, in UTC), or by a span from now (3d).

    Raises UsageError.
    """
    if _DAY.match(text):
        try:
            return moment_named(text, now.date())
        except UsageError:
            raise UsageError(f"{text!r} is neither a day such as 2026-10-01 nor a time of one") from None
    try:
        return now + max(duration(text), timedelta(seconds=1))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is neither a day such as 2026-10-01 nor a span such as 30d") from error


def time_ahead(text: str, now: datetime) -> datetime:
    """The same where silence is to end then. Raises UsageError for a time that is past: nothing would be quiet."""
    at = time_named(text, now)
    if at <= now:
        raise UsageError(
            f"{text} is past: it is {now:%Y-%m-%d %H:%M} in UTC; name a later day, or a span such as 30d"
        )
    return at
