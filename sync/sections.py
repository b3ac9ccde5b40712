"""What the parts of the configuration are made of: a table of the file, and durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from sync.errors import UsageError

_DURATION = re.compile(r"(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)\s*s)?", re.ASCII)


class Section(BaseModel):
    """A table of the file: unknown keys are refused, values do not change once loaded."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def duration(value: str | float) -> timedelta:
    """A duration: a number of seconds, or text such as "15m", "1h30m", "2d"."""
    text = str(value).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return timedelta(seconds=float(text))
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise ValueError(f"{text!r} is no duration; write 15m, 1h30m or a number of seconds")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def time_named(text: str, now: datetime) -> datetime:
    """The time meant by a day or a time ("2026-10-01", in UTC) or by a span from now ("3d"). Raises UsageError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            return now + max(duration(text), timedelta(seconds=1))
        except (ValueError, OverflowError) as error:
            raise UsageError(
                f"{text!r} is neither a day such as 2026-10-01 nor a span such as 30d"
            ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
