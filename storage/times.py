"""Times as text: one form, wherever a time leaves the program."""

from __future__ import annotations

from datetime import datetime


def as_text(time: datetime) -> str:
    """An aware UTC time to the second, as events and pages carry it: 2026-08-21T13:05:11Z."""
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def exactly(time: datetime) -> str:
    """An aware UTC time with all the precision that it has, as records of the storage are shown."""
    return time.isoformat().replace("+00:00", "Z")
