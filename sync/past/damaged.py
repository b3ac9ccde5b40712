"""A document that is no whole JSON: the records that still stand in it, and what is wrong with the rest (pure)."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from sync.study.spans import MARK, NO_JSON

_decode = msgspec.json.Decoder(msgspec.Raw).decode

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
    def records(self) -> int:
        """How many of its elements are whole records, by themselves or as versions."""
        return sum(b'"protocolSection"' in each and is_document(each) for each in self.elements)

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
    ways = filter(None, (_by_brackets(body, opening[0]), _by_lines(body, opening[0])))
    return max(ways, key=lambda pieces: pieces.records)


def is_document(text: bytes) -> bool:
    """Whether it is an object or a list, as JSON."""
    try:
        _decode(text)
    except NO_JSON:
        return False
    return text.startswith((b"{", b"["))


def _by_brackets(body: bytes, before: bytes) -> Pieces:
    elements, depth, start = [], 0, len(before)
    for mark in MARK.finditer(body, start):
        sign = mark[0]
        depth += (sign in (b"{", b"[")) - (sign in (b"}", b"]"))
        if depth < 0 or (depth == 0 and sign == b","):
            elements.append(body[start : mark.start()].strip())
            start = mark.end()
        if depth < 0:
            return Pieces(before, elements, body[mark.start() :])
    return Pieces(before, [*elements, body[start:].strip()], b"")


def _by_lines(body: bytes, before: bytes) -> Pieces | None:
    """One record a line, as the registry lays out a page: holds where a record's quotes or brackets have no end."""
    end = body.rfind(b"\n]")
    if end < len(before):
        return None
    lines = filter(None, map(bytes.strip, body[len(before) : end].split(b"\n")))
    return Pieces(before, [line.removesuffix(b",").strip() for line in lines], body[end + 1 :])
