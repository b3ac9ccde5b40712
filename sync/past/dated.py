"""Of which day a record out of a file is, and whether it can be of it (pure)."""

from __future__ import annotations

from datetime import date

from sync.errors import UnreadableRecord, UsageError
from sync.past.chain import PastVersion
from sync.study.record import at
from sync.timing.days import past_day

OPENED = "1999-01-01"
"""The registry took its first records in late 1999: nothing in it is older."""


def day_of(past: PastVersion, given: str | None, today: str) -> str:
    """The day that is given for a record, else the one that it tells. Raises UnreadableRecord where it cannot be of it."""
    _check_dates(past, today)
    day = given or day_told(past)
    if day is None:
        raise UnreadableRecord("neither the record nor its file says of which day it is: give --date")
    if not _is_day(day):
        raise UnreadableRecord(f"its file says that it is of {day[:40]!r}, which is no day")
    if day > today:
        raise UnreadableRecord(f"it is of {day}, which is still to come")
    if day < OPENED:
        raise UnreadableRecord(f"it is said to be of {day}: the registry has records from {OPENED[:4]} on")
    # A mistyped day would make the study's past longer than it was, for good.
    submitted = str(past.study.submitted or "")
    if submitted and day < submitted:
        raise UnreadableRecord(
            f"it is said to be of {day}, and its last update was submitted on {submitted}: it cannot be older than that"
        )
    return day


def possible_day(text: str, today: date) -> date:
    """A day as people name it. Raises UsageError for one that is still to come, or on which there was no registry."""
    day = past_day(text, today)
    if str(day) < OPENED:
        raise UsageError(f"{day} cannot be meant: the registry has records from {OPENED[:4]} on")
    return day


def day_told(past: PastVersion) -> str | None:
    """The day that a record tells: that of the release that it was served from, else of its last update."""
    holder = at(past.study.record, "derivedSection", "miscInfoModule", "versionHolder")
    told = (holder, past.study.posted, past.study.submitted)
    return next((str(each) for each in told if each and _is_day(str(each))), None)


def _check_dates(past: PastVersion, today: str) -> None:
    status = ("protocolSection", "statusModule")
    dates = {
        "lastUpdateSubmitDate": at(past.study.record, *status, "lastUpdateSubmitDate"),
        "lastUpdatePostDate": at(past.study.record, *status, "lastUpdatePostDateStruct", "date"),
    }
    for name, told in dates.items():
        if told is not None and not _is_day(str(told)):
            raise UnreadableRecord(f"its {name} is {str(told)[:40]!r}, which is no day")
        if told is not None and not OPENED <= str(told) <= today:
            raise UnreadableRecord(f"its {name} is {told}, on which it cannot have been updated")


def _is_day(text: str) -> bool:
    try:
        return str(date.fromisoformat(text)) == text
    except ValueError:
        return False
