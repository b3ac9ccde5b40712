"""When the other side wants to be asked again: the header Retry-After, in either of its forms."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WISH_S = 86_400.0
"""A Retry-After of a year, or a date read by a wrong clock, must not silence us for longer than a day."""


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, in either of its forms; None where it is absent or makes no sense."""
    if value is None:
        return None
    text = value.strip()
    try:
        seconds = float(text) if text.lstrip("+-").isdecimal() else _seconds_until(text, now)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_WISH_S)


def _seconds_until(text: str, now: datetime) -> float:
    moment = parsedate_to_datetime(text)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
