"""A pasted page as lines: text off a browser, Markdown or HTML source, without what is never content."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sync.study.criteria import markers
from sync.study.plain import plain

_SOURCE = re.compile(
    r"<(?:!doctype|html|body|main|section|article|p|li|ul|ol|div|table|tr|td|dl|dt|h[1-6])\b[^<>]{0,500}>",
    re.IGNORECASE,
)
_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9]{0,20})\b([^>]*)>")
_SKIPPED = frozenset(
    ("script", "style", "noscript", "template", "svg", "select", "nav", "button", "iframe", "textarea")
)
"""Elements whose text is not the page's: a menu and the choices of a filter name every status and phase there is."""
_INLINE = re.compile(
    "a|abbr|b|bdi|bdo|big|cite|code|data|em|font|i|img|kbd|label|mark|q|s|samp|small|span|strong|sub|tt|u|var|wbr"
)
_NOT_A_PLACE = re.compile(r"(?:[\s|:=_-]|[*#]){3,}\Z")
_HEADING = re.compile(r"#{1,6}\s+|\*\*[^*]{1,200}\*\*:?\s*\Z")
_CELLS = re.compile(r"\t|\s\|\s")
_PARTS = re.compile(r"\s[·•|‣∙▪]\s|\s{4,}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line with something on it: its words, how far in it stands, whether a bullet or number opened it, whether it is
    marked up as a heading, and the block (between blank lines, lists, headings) that it stands in."""

    text: str
    indent: int = 0
    marked: bool = False
    heading: bool = False
    block: int = 0


@dataclass(frozen=True)
class Page:
    """The lines of a page in their order."""

    lines: tuple[Line, ...]

    @cached_property
    def nct_ids(self) -> tuple[str, ...]:
        """All ids of studies that it names, each once, in their order."""
        return tuple(dict.fromkeys(each for line in self.lines for each in _ids(line.text)))

    def without(self, span: range) -> Page:
        """The page without these lines."""
        return Page((*self.lines[: span.start], *self.lines[span.stop :]))


_NCT_ID = re.compile(r"(?<![A-Za-z0-9])NCT\d{8}(?!\d)", re.IGNORECASE)


def nct_ids(text: str) -> frozenset[str]:
    """The ids of studies that a text names."""
    return frozenset(_ids(text))


def _ids(text: str) -> Iterator[str]:
    return (each.upper() for each in _NCT_ID.findall(text))


def read(text: str) -> Page:
    """The page in a text. It takes time in proportion to the text, and never raises."""
    return Page(tuple(_of_source(text) if _SOURCE.search(text) else _of_text(text)))


def parts(line: str) -> list[str]:
    """What stands side by side on a line: `Recruiting · Phase 1 · 24 participants`."""
    return [part for each in _PARTS.split(line) if (part := each.strip())]


def _of_text(text: str) -> Iterator[Line]:
    block = 0
    for raw in text.splitlines():
        row = raw.strip()
        if not row or _NOT_A_PLACE.match(row):
            block += 1
            continue
        heading = bool(_HEADING.match(row))
        indent = len(raw) - len(raw.lstrip())
        for cell in _cells(row):
            yield _line(cell, indent, heading=heading, block=block)


def _cells(row: str) -> list[str]:
    # A tab behind a bullet is the bullet's own.
    marker = markers.read(row)
    body = row[marker.length :] if marker else row
    cells = [bare for cell in _CELLS.split(body) if (bare := cell.strip("| "))]
    if not cells:
        return []
    return [f"{row[: marker.length]}{cells[0]}" if marker else cells[0], *cells[1:]]


def _line(row: str, indent: int, *, marked: bool = False, heading: bool = False, block: int = 0) -> Line:
    bare = row.lstrip("#").strip() if heading else row
    marker = None if heading or marked else markers.read(bare)
    words = plain(bare[marker.length :] if marker else bare)
    return Line(words, indent, marked or marker is not None, heading, block)


class _Source:
    """Reads HTML tag by tag. Broken nesting is taken as it comes."""

    def __init__(self, pieces: list[str]) -> None:
        self._pieces = pieces
        self._closing = _last_closings(pieces)
        self._lists = 0
        self._text: list[str] = []
        self._marked = self._heading = False
        self._block = 0

    def lines(self) -> Iterator[Line]:
        """All lines with words on them."""
        skipped, depth, comment = "", 0, False
        for at, piece in enumerate(self._pieces):
            if at and (comment or piece.startswith("!--")):
                comment = "-->" not in piece
                self._say("" if comment or skipped else piece.partition("-->")[2])
                continue
            tag = _TAG.match(piece) if at else None
            name = tag[2].lower() if tag else ""
            if skipped:
                if name == skipped:
                    depth += -1 if tag and tag[1] else 1
                if not depth:
                    skipped = ""
                    self._say(piece[tag.end() :] if tag else "")
            elif tag is None:
                self._say(piece if not at else _literal(piece))
            elif name in _SKIPPED and not tag[1] and self._closing.get(name, 0) > at:
                skipped, depth = name, 1
            else:
                yield from self._see(name, closing=bool(tag[1]))
                self._say(piece[tag.end() :])
        yield from self._flushed()

    def _say(self, text: str) -> None:
        if text:
            self._text.append(html.unescape(text))

    def _see(self, name: str, *, closing: bool) -> Iterator[Line]:
        if _INLINE.fullmatch(name):
            return
        if name == "sup":
            self._text.append("" if closing else "^")
            return
        yield from self._flushed()
        if name in ("ul", "ol"):
            self._lists = max(self._lists + (-1 if closing else 1), 0)
            self._block += not self._lists or (self._lists == 1 and not closing)
        elif name == "li":
            self._marked = not closing
        elif len(name) == 2 and name[0] == "h" and name[1].isdigit():
            self._heading = not closing
            self._block += 1

    def _flushed(self) -> Iterator[Line]:
        words = plain(" ".join("".join(self._text).split()))
        self._text.clear()
        if words:
            indent = 2 * max(self._lists - 1, 0)
            marker = None if self._marked else markers.read(words)
            text = words[marker.length :] if marker else words
            marked = self._marked or marker is not None
            yield Line(text, indent, marked, self._heading, self._block)
            self._marked = False


def _of_source(text: str) -> Iterator[Line]:
    return _Source(text.split("<")).lines()


def _literal(piece: str) -> str:
    """A `<` that opens no tag: a comparison, or a doctype that says nothing."""
    return "" if piece.startswith(("!", "?")) else f"<{piece}"


def _last_closings(pieces: list[str]) -> dict[str, int]:
    """By element, the piece in which it is closed last: one that is never closed hides nothing."""
    found: dict[str, int] = {}
    for at, piece in enumerate(pieces):
        if piece.startswith("/"):
            found[piece[1:12].partition(">")[0].strip().lower()] = at
    return found
