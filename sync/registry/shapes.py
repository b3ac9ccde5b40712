"""Reading JSON of a known shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sync.registry.errors import Unreadable
from sync.study.spans import NO_JSON

T = TypeVar("T")


def shaped(decode: Callable[[bytes], T], body: bytes, complaint: str) -> T:
    """What `decode` makes of the body; raises Unreadable, beginning with the complaint, where it is of another shape."""
    try:
        return decode(body)
    except NO_JSON as error:
        raise Unreadable(f"{complaint}: {error}") from error
