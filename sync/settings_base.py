"""What the parts of the configuration are made of: a table of the file, and durations."""

from __future__ import annotations

import re
from datetime import timedelta
from errno import EINVAL
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_DURATION = re.compile(r"(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)\s*s)?", re.ASCII)
_NEARLY_AN_ID = re.compile(r"NCT\d{1,12}", re.ASCII | re.IGNORECASE)


class InvalidValue(ValueError):
    """What is wrong with a value of the configuration, in words that do not repeat it: it may be a misplaced secret."""


def check_port(address: str) -> None:
    """Raises InvalidValue where what stands for the port in an address is not a number from 1 to 65535.

    A login before the host may hold any sign; it is passed over, and never repeated.
    """
    host = address.partition("://")[2].partition("?")[0].rpartition("@")[2].partition("/")[0]
    given = re.search(r":([^:\]]*)$", host)
    if given and not (given[1].isascii() and given[1].isdigit() and 0 < int(given[1][:6]) < 65_536):
        raise InvalidValue("must have a number from 1 to 65535 as its port, or none")


class Section(BaseModel):
    """A table of the file: unknown keys are refused, values do not change once loaded."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def duration(value: str | float) -> timedelta:
    """A duration: a number of seconds, or text such as "15m", "1h30m", "2d"."""
    text = str(value).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return timedelta(seconds=float(text))
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise InvalidValue("must be a duration: write 15m, 1h30m or a number of seconds")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise InvalidValue("must be a duration of less than a billion days") from None


def read_secret(path: Path) -> str:
    """The secret that stands in a file. Raises OSError, of a file that is not text too."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except ValueError:  # not UTF-8, or a name that no file can have: the cause would quote it
        raise OSError(EINVAL, "it is not text in UTF-8") from None


def not_an_id(index: int, text: str) -> str:
    """What to say of an entry of a list that is not an NCT ID: repeated only where it looks like one with a typing error."""
    which = f"{text!r}" if _NEARLY_AN_ID.fullmatch(text) else f"entry {index + 1}"
    return f"{which} is not an NCT ID (NCT and eight digits)"
