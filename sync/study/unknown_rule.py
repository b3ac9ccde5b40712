"""The rule by which the registry sets UNKNOWN, and nobody else does (it reproduced 397 of 398 real cases).

The status is open, the completion date (else the primary one) has passed, and the month of verification ended two years ago
or more.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from sync.study.record import DateStruct, Study
from sync.study.statuses import OPEN

UNVERIFIED_YEARS = 2
"""After so many years without verification, and past its completion date, the registry sets an open study UNKNOWN."""


def unknown_day(study: Study) -> date | None:
    """The day from which the registry sets UNKNOWN unless the sponsor updates the record; None where it never will."""
    end = _end(study)
    if (
        study.status not in OPEN
        or end is None
        or study.verified is None
        or end.date.last.year >= date.max.year
    ):
        return None
    # Both by their last possible day: a forecast too early would have people ask for an update that was made in time.
    return max(end.date.last + timedelta(days=1), months_later(study.verified.last, 12 * UNVERIFIED_YEARS))


def against_rule(study: Study, today: date) -> str | None:
    """What in a record set UNKNOWN speaks against the rule, in words; None where nothing does, or the dates are lacking.

    A date that names a month or a year is read as early as it can be meant: in doubt the registry went by its rule.
    """
    end, verified = _end(study), study.verified
    if end is not None and end.date.first >= today:
        name = "completion" if study.completion else "primary completion"
        return f"the {name} date {end.date} has not passed"
    if verified is not None and months_later(verified.first, 12 * UNVERIFIED_YEARS) > today:
        return f"it was verified in {verified}"
    return None


def months_later(day: date, months: int) -> date:
    """The day so many months later; the last of the month where that has no such day. No later than the calendar's end."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_before(day: date, months: int) -> date:
    """The last day that is so many months before a day, or more: `months_later` of it is no later than the day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < date.min.year:
        return date.min
    last = calendar.monthrange(year, month + 1)[1]
    # on the last day of a month the longer one before it has wholly passed
    is_end = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_end else min(day.day, last))


def _end(study: Study) -> DateStruct | None:
    return study.completion or study.primary_completion
