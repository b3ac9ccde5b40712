"""The blocks of a text: paragraphs and list items, with indent and marker, the same from Markdown and HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sync.study.criteria import markers
from sync.study.criteria.lines import Line, lines
from sync.study.criteria.markers import Marker
from sync.study.plain import fold, plain

_ESCAPED = re.compile(r"^((?:[(\[]?\w{1,6})?)\\(?=[-–+*.)(•,\]:#>])")
_MARKDOWN_ITEM = re.compile(r"(?:[*+-]|\d+[.)])\s")
_UNFINISHED_RANGE = re.compile(r"\d\s*$")
_INLINE_MARKER = re.compile(r"(?<=[\w.,;:)\]])\s+(?=[(\[]?(?:\d{1,3}|[A-Za-z]|[ivx]{2,5})\s?[.)\]])")
_WORD = re.compile(r"\w")
_INLINE_BULLET = re.compile(r"\s+(?=[•●▪■❖◆➢✓]\s)")


@dataclass(slots=True)
class Block:
    """A paragraph or a list item. `text` is plain, without the marker; `verbatim` as it was written, marker and all."""

    indent: int
    style: str
    text: str
    verbatim: str
    title: bool = False


def blocks(text: str) -> list[Block]:
    """The blocks of a text in order; never raises, and takes time in proportion to the text."""
    drafts = _Assembler().drafts(lines(text))
    return [block for draft in drafts for block in draft.finished() if _WORD.search(block.text)]


@dataclass(slots=True)
class _Draft:
    """A block while its lines are being collected."""

    indent: int
    marker: Marker | None
    rows: list[str]
    listed: bool = False
    title: bool = False
    verbatim: list[str] = field(default_factory=list)

    def finished(self) -> Iterator[Block]:
        text, verbatim = plain(" ".join(self.rows)), "\n".join(self.verbatim)
        style = self.marker.style if self.marker else ""
        pieces = [text] if self.listed or self.marker is None else list(_enumerated(text, self.marker))
        for piece in pieces:
            shown = verbatim if len(pieces) == 1 else piece
            yield Block(self.indent, style, piece, shown, self.title)


class _Assembler:
    """Joins lines to blocks, and decides whether a sign at the start of a line opens an item or only got there by wrapping."""

    def __init__(self) -> None:
        self._drafts: list[_Draft] = []
        self._seen: dict[tuple[str, int], Marker] = {}
        self._width = 0

    def drafts(self, rows: list[Line]) -> list[_Draft]:
        self._width = max((len(row.raw) + row.indent for row in rows), default=0)
        before: Line | None = None
        for row in rows:
            self._take(row, before)
            before = row
        return self._drafts

    def _take(self, row: Line, before: Line | None) -> None:
        typed = _unescaped(row.raw)
        marker = self._opening(row, typed, before)
        if row.marker:
            self._open(row, Marker(row.marker, 0, 0), self._bare(row.raw, row.indent))
        elif marker:
            self._open(row, marker, self._bare(typed[marker.length :], row.indent))
        elif row.fresh or before is None or before.title:
            self._open(row, None, row.raw)
        else:
            self._drafts[-1].rows.append(row.raw)
            self._drafts[-1].verbatim.append(row.raw)
            return
        if marker:
            self._seen[marker.style, row.indent] = marker

    def _open(self, row: Line, marker: Marker | None, rest: str) -> None:
        listed = bool(row.marker or _MARKDOWN_ITEM.match(row.raw))
        self._drafts.append(_Draft(row.indent, marker, [rest], listed, row.title, [row.raw]))

    def _bare(self, text: str, indent: int) -> str:
        """A list item's text without a second marker that was typed in front of it (`* 1) …`, `2. - …`)."""
        typed = _unescaped(text)
        inner = markers.read(typed)
        if inner is None or not self._plausible(inner, typed, indent):
            return text
        self._seen[inner.style, indent] = inner
        return typed[inner.length :]

    def _opening(self, row: Line, typed: str, before: Line | None) -> Marker | None:
        marker = markers.read(typed)
        if marker is None or row.title:
            return None
        if row.fresh or before is None:
            return marker if self._plausible(marker, typed, row.indent) else None
        if marker.sure or self._continues(marker, row.indent):
            in_range = marker.style == "-" and _UNFINISHED_RANGE.search(before.raw) and typed[marker.length].isdigit()
            return None if in_range else marker
        wrapped = before.indent + len(before.raw) + 1 + len(typed.split(maxsplit=1)[0]) > self._width
        return None if wrapped or not self._plausible(marker, typed, row.indent) else marker

    def _continues(self, marker: Marker, indent: int) -> bool:
        """True for one more sign of a list at this indent: the same bullet, or the next number."""
        last = self._seen.get((marker.style, indent))
        return last is not None and (marker.number == 0 or markers.follows(marker, last))

    def _plausible(self, marker: Marker, line: str, indent: int) -> bool:
        """A capital letter with a point may be a name (`E. coli`): it needs its place in a series, or a capital after it."""
        if marker.style not in ("A.", "I."):
            return True
        return not line[marker.length :][:1].islower() or marker.number == 1 or self._continues(marker, indent)


def _unescaped(raw: str) -> str:
    """The start of a line as typed: escapes of list signs undone (`1\\.`, `\\-`), full width folded."""
    head = fold(_ESCAPED.sub(r"\1", raw[:12])).lstrip()
    return head + raw[12:]


def _enumerated(text: str, marker: Marker) -> Iterator[str]:
    """The items of a typed paragraph that goes on counting inside: `1. this; 2. that`, `• this • that`."""
    start, current = 0, marker
    splitter = _INLINE_BULLET if marker.sure else _INLINE_MARKER
    for gap in splitter.finditer(text):
        found = markers.read(text[gap.end() : gap.end() + 40])
        if found is None or (
            found.style != marker.style if marker.sure else not markers.follows(found, current)
        ):
            continue
        yield text[start : gap.start()].strip()
        start, current = gap.end() + found.length, found
    yield text[start:].strip()
