"""The lines of a text, from Markdown or HTML, in one form: how far in, whether a new block starts, the raw text."""

from __future__ import annotations

import re
from typing import NamedTuple

# What must not stand before it is asked behind the sign that a search can jump to.
_HTML = re.compile(r"<(?<!\\<)(?:p|li|ul|ol|div|table|h[1-6])\b[^<>]{0,500}>", re.IGNORECASE)
_BREAK = re.compile(r"(?<!\\)<br\s{0,20}/?>", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"<(/?)(p|div|tr|td|th|table|tbody|thead|blockquote|pre|dl|dt|dd|h[1-6]|ul|ol|li)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
_TABLE_RULE = re.compile(r"[\s:|-]*+\Z")
_HEADING = re.compile(r"#{1,6}\s+")
_INDENT = 3
_LISTS = {"ul": "*", "ol": "1."}


class Line(NamedTuple):
    """One line: columns of indent, raw text, the list marker its markup gives it, and whether a block starts here.

    A `soft` line is one of HTML, where a line break in the text says nothing.
    """

    indent: int
    raw: str
    fresh: bool
    marker: str = ""
    title: bool = False
    soft: bool = False


def lines(text: str) -> list[Line]:
    """All lines with something on them; `fresh` where a blank line, a tag or the beginning comes before."""
    return _HtmlReader().read(text) if is_html(text) else _markdown_lines(text)


def is_html(text: str) -> bool:
    """Whether tags lay the text out."""
    return "<" in text and bool(_HTML.search(text))


def _markdown_lines(text: str) -> list[Line]:
    found: list[Line] = []
    fresh = True
    for raw in (_BREAK.sub("\n", text) if "<" in text else text).splitlines():
        body = raw.strip()
        # The rule below a table's head says nothing, but its dashes would be read as bullets.
        if not body or ("---" in raw and _TABLE_RULE.match(raw)):
            fresh = True
            continue
        indent = 0 if raw[0] == body[0] else len(raw[: len(raw) - len(raw.lstrip())].expandtabs(4))
        heading = _HEADING.match(body) if body[0] == "#" else None
        if heading:
            body = body[heading.end() :].rstrip("#").rstrip()
        found.append(Line(indent, body, fresh or bool(heading), "", bool(heading)))
        fresh = bool(heading)
    return found


class _HtmlReader:
    """Reads text between block tags; the nesting of lists is the indent. Broken nesting is taken as it comes."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._open_lists: list[str] = []
        self._text: list[str] = []
        self._marker = ""
        self._title = False

    def read(self, text: str) -> list[Line]:
        """The lines of the whole text."""
        end = 0
        for tag in _BLOCK_TAG.finditer(text):
            self._text.append(text[end : tag.start()])
            self._see(tag[2].lower(), closing=bool(tag[1]))
            end = tag.end()
        self._text.append(text[end:])
        self._flush()
        return self._lines

    def _see(self, tag: str, *, closing: bool) -> None:
        if tag in ("td", "th"):
            self._text.append("" if closing else " | ")
            return
        self._flush()
        if tag == "li":
            # An item outside of any list: browsers show it with a bullet.
            self._marker = "" if closing else (self._open_lists or ["*"])[-1]
        elif tag in _LISTS and not closing:
            self._open_lists.append(_LISTS[tag])
        elif tag in _LISTS and self._open_lists:
            self._open_lists.pop()
        self._title = tag[0] == "h" and not closing

    def _flush(self) -> None:
        """End the block in hand. A list item's own text stands at its list's indent, what follows in it one deeper."""
        parts = [part.split("\n") for part in _BREAK.split("".join(self._text).replace("\r", "\n"))]
        rows = [(row.strip(), at > 0) for part in parts for at, row in enumerate(part) if row.strip()]
        self._text.clear()
        for number, (row, soft) in enumerate(rows):
            depth = max(len(self._open_lists) - bool(self._marker), 0)
            self._lines.append(
                Line(_INDENT * depth, row, number == 0, self._marker, self._title, soft and number > 0)
            )
            self._marker = ""
