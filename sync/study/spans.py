"""Where the parts of a record stand in its bytes: found without building an object."""

from __future__ import annotations

import re

import msgspec

NO_JSON = (msgspec.DecodeError, ValueError, RecursionError)
"""What msgspec raises; bad UTF-8 is a ValueError, and a RecursionError stands for nesting that no real answer has."""

Span = tuple[int, int]
"""Where something begins, and where it has ended."""

# A text without an end is one mark, up to the end: tried anew at each of its quotes, it would take the square of its length.
MARK = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)
"""What tells where a value ends: texts whole, brackets, commas."""

_read_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_BEFORE_VALUE = re.compile(rb'\s*[{,]\s*"(?:[^"\\]|\\.)*+"\s*:\s*', re.DOTALL)
_END_OF_OBJECT = re.compile(rb"\s*\}")


def members(text: bytes) -> dict[str, Span] | None:
    """The members of a JSON object, where each value stands; None where it is no object, or has a key twice.

    The decoder hands out the values in their order, and the last one of a repeated key in the place of the first: walked
    along the text, they fit if and only if no key is repeated.
    """
    try:
        values = _read_members(text)
    except NO_JSON:
        return None
    return _laid_end_to_end(text, values) or _walked(text, values) if values else {}


def _laid_end_to_end(text: bytes, values: dict[str, msgspec.Raw]) -> dict[str, Span] | None:
    """Where the values stand if nothing but they and their keys is in the text, each key as it reads; else None.

    A space, an escape or a sign of two bytes in a key, a key that comes twice: each makes the text longer than the sum.
    """
    found, end = {}, 0
    for key, value in values.items():
        start = end + len(key) + 4  # the brace or comma, two quotation marks, the colon
        end = start + len(value)
        found[key] = start, end
    return found if end + 1 == len(text) else None


def _walked(text: bytes, values: dict[str, msgspec.Raw]) -> dict[str, Span] | None:
    """Where the values stand, found by walking along the text."""
    found, end = {}, 0
    for key, value in values.items():
        before, raw = _BEFORE_VALUE.match(text, end), bytes(value)
        if before is None or not text.startswith(raw, before.end()):
            return None
        end = before.end() + len(raw)
        found[key] = before.end(), end
    return found if _END_OF_OBJECT.match(text, end) else None
