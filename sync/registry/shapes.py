"""Reading JSON of a known shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from sync.registry.errors import Unreadable

T = TypeVar("T")

NO_JSON = (msgspec.DecodeError, ValueError, RecursionError)
"""What msgspec raises; bad UTF-8 is a ValueError, and a RecursionError stands for nesting that no real answer has."""


def shaped(decode: Callable[[bytes], T], body: bytes, complaint: str) -> T:
    """What `decode` makes of the body; raises Unreadable, beginning with the complaint, where it is of another shape."""
    try:
        return decode(body)
    except NO_JSON as error:
        raise Unreadable(f"{complaint}: {error}") from error
