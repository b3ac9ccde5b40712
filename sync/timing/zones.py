"""Times within sentences: found there, and told in the zone of whoever reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

_INSTANT = re.compile(
    r"(?<![\d-])\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z| UTC|[+-]\d\d:\d\d)(?![\d:])"
)


def moments(text: str) -> Iterator[str | datetime]:
    """A text as it is, but for the times in it: those in UTC ("2026-09-02 13:05 UTC") or with an offset."""
    end = 0
    for found in _INSTANT.finditer(text):
        if at := _read(found[0]):
            yield text[end : found.start()]
            yield at
            end = found.end()
    yield text[end:]


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace(" UTC", "Z"))
    except ValueError:  # of 2026-13-45, which is no time
        return None


def in_zone(text: str, zone: tzinfo = UTC) -> str:
    """The text with its times in a zone, which is named: "2026-09-02 15:05 CEST"."""
    return "".join(each if isinstance(each, str) else local(each, zone) for each in moments(text))


def local(at: datetime, zone: tzinfo = UTC) -> str:
    """A time in a zone, with the zone's name on that day."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
