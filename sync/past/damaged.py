"""A document that is no whole JSON: the records that still stand in it, and what is wrong with the rest (pure)."""

from __future__ import annotations

import re
from typing import NamedTuple

from sync.study.spans import MARK

_OPENING = re.compile(rb'\[|\{[^\[\]{}]{0,20000}"(?:studies|versions)"\s*:\s*\[')


class Pieces(NamedTuple):
    """A document taken apart: before its list, what stands between the commas of that, and from its end on."""

    before: bytes
    elements: list[bytes]
    after: bytes
    """Nothing where the list has no end: then the last element may be cut."""

    @property
    def is_cut(self) -> bool:
        """Whether the document ends within its list."""
        return not self.after

    @property
    def emptied(self) -> bytes:
        """The document without what its list holds, ended where it was cut."""
        ending = b"]}" if self.before.startswith(b"{") else b"]"
        return self.before + (self.after or ending)


def taken_apart(body: bytes) -> Pieces | None:
    """The pieces of a list, or of an object with a list of studies or versions; None where it begins otherwise."""
    opening = _OPENING.match(body)
    if opening is None:
        return None
    elements, depth, start = [], 0, opening.end()
    for mark in MARK.finditer(body, start):
        sign = mark[0]
        depth += (sign in (b"{", b"[")) - (sign in (b"}", b"]"))
        if depth < 0 or (depth == 0 and sign == b","):
            elements.append(body[start : mark.start()].strip())
            start = mark.end()
        if depth < 0:
            return Pieces(opening[0], elements, body[mark.start() :])
    return Pieces(opening[0], [*elements, body[start:].strip()], b"")
