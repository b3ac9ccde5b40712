"""What the parts of the configuration are made of: a table of the file, and durations."""

from __future__ import annotations

import re
from datetime import timedelta

from pydantic import BaseModel, ConfigDict

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
