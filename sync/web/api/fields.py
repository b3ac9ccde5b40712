"""The values that requests are made of: what each may be, said so that a program that reads the description knows it too."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

Verdict = Literal["acted", "no action needed", "false alarm", "noise"]
EventId = Annotated[str, Field(pattern=r"^evt_[a-z2-7]{26}$", examples=["evt_bkd2uambkvak5cipoj5cs3ljwq"])]
NctId = Annotated[str, Field(pattern=r"^NCT[0-9]{8}$", examples=["NCT06056921"])]
Note = Annotated[str, Field(max_length=2000, pattern=r"^[^\u0000]*$", examples=["Page corrected."])]
Person = Annotated[str, Field(max_length=64, pattern=r"^\w[\w .@+-]*$", examples=["ana"])]
Reason = Annotated[
    str,
    Field(
        max_length=500,
        pattern=r"^[^\u0000-\u001f]*[^\s\u0000-\u001f][^\u0000-\u001f]*$",
        description="It is shown to whoever wonders why nothing is told.",
        examples=["The call centre rotates."],
    ),
]

# No zero and no sign: nobody wants a mute for 0d, or one that ends in the past.
_SPAN = r"[1-9][0-9]{0,3}[dhm]"
_NUMBER = r"(?:-?[1-9][0-9]{0,8}|0)"
"""Of a version: those of the past count down from 0."""
_DAY = {"type": "string", "format": "date"}


def _whole(value: Any) -> Any:
    """JSON knows no integers: 2.0 is as good as 2."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_whole)]
VersionNumber = Annotated[int, Field(ge=-1_000_000, le=1_000_000), BeforeValidator(_whole)]


def _is_day(text: str) -> bool:
    try:
        # fromisoformat takes 20261001 and 2026-W40-4 as well; two spellings of a day would be two answers in a cache.
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _a_day(text: str) -> str:
    if not _is_day(text):
        raise ValueError("not a day such as 2026-10-01")
    return text


def _a_time(text: str) -> str:
    if not re.fullmatch(_SPAN, text) and not _is_day(text):
        raise ValueError("neither a day such as 2026-10-01 nor a span such as 90m, 12h or 30d")
    return text


def _a_version(text: str) -> str:
    if not re.fullmatch(_NUMBER, text) and not _is_day(text):
        raise ValueError("neither a version's number nor a day such as 2026-10-01")
    return text


Day = Annotated[str, AfterValidator(_a_day), WithJsonSchema({**_DAY, "examples": ["2026-10-01"]})]
Until = Annotated[
    str,
    AfterValidator(_a_time),
    WithJsonSchema(
        {"anyOf": [_DAY, {"type": "string", "pattern": f"^{_SPAN}$"}], "examples": ["30d", "2026-10-01"]}
    ),
]
"""A day, or a span from now, as `time_named` takes them."""
Which = Annotated[
    str,
    AfterValidator(_a_version),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": f"^{_NUMBER}$"}, _DAY], "examples": ["2", "2026-10-01"]}
    ),
]
"""A version: by its number, or by a day on which it stood."""
