"""Dates as the registry writes them: a year, a month or a day. The text is kept; nothing is ever made more precise."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

Precision = Literal["year", "month", "day"]

_LONGEST = len("2026-09-01")
_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of one of three precisions: `text` as the registry wrote it, `first` and `last` the days it can mean."""

    text: str
    precision: Precision
    first: date
    last: date

    @classmethod
    def parse(cls, value: object) -> PartialDate | None:
        """The date in `value`, or None where it is not one (wrong type, wrong form, no such day)."""
        return _parsed(value) if isinstance(value, str) and len(value) <= _LONGEST else None

    @classmethod
    def _of(cls, text: str, year: int, month: int | None, day: int | None) -> PartialDate:
        if month is None:
            return cls(text, "year", date(year, 1, 1), date(year, 12, 31))
        if day is None:
            end = calendar.monthrange(year, month)[1]
            return cls(text, "month", date(year, month, 1), date(year, month, end))
        exact = date(year, month, day)
        return cls(text, "day", exact, exact)

    def covers(self, other: PartialDate) -> bool:
        """Whether `other` lies within this date: "2027-06" covers "2027-06-15", so going there is no slip."""
        return self.first <= other.first and other.last <= self.last

    def days_to(self, other: PartialDate) -> int:
        """Days from this date to `other`; 0 where one covers the other, else between the last days both can mean."""
        if self.covers(other) or other.covers(self):
            return 0
        return (other.last - self.last).days

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=10_000)
def _parsed(text: str) -> PartialDate | None:
    """Thousands of studies share some hundred dates, and each is asked for on every release."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        return PartialDate._of(text, year or 0, month, day)
    except ValueError:
        return None
