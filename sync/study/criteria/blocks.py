"""The blocks of a text: paragraphs and list items, with indent and marker, the same from Markdown and HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from sync.study.criteria import markers, titles
from sync.study.criteria.lines import Line, is_html, lines
from sync.study.criteria.markers import Marker
from sync.study.plain import PLAIN, fold, starts_with_words

_ESCAPED = re.compile(r"^((?:[(\[]?\w{1,6})?)\\(?=[-–+*.)(•,\]:#>])")
_MARKDOWN_ITEM = re.compile(r"(?:[*+-]|\d+[.)])\s")
_AHEAD = 6  # lines in which the second item of a list is looked for
_UNFINISHED_RANGE = re.compile(r"\d\s*$")
_INLINE_MARKER = re.compile(r"(?<=[\w.,;:)\]])\s+(?=[(\[]?(?:\d{1,3}|[A-Za-z]|[ivx]{2,5})\s?[.)\]])")
_CIRCLED = re.compile(f"([{''.join(markers.CIRCLED)}])")
_RUNS_ON = re.compile(
    r"\b(?:the|all|any|of|these|following|meets?|each|no|and|or|key|main|study|fulfil\w*|satisf\w+|for|with|in)\s*$",
    re.IGNORECASE,
)
_may_lay_out = re.compile(r"<(?:/?(?:p|li|ul|ol|div|table|h[1-6])\b|br)", re.IGNORECASE).search
_LIKE_A_TAG = re.compile(r"<[/!A-Za-z]")
_has_word = re.compile(r"\w").search
_HEAD = 12  # characters in which a marker stands
_MARKER_AND_WORD = 40  # characters that hold a marker and the word after it
_MID_SENTENCE = frozenset(("and", "or", "months", "weeks", "days", "years", "hours", "of", "the"))
_INLINE_BULLET = re.compile(r"(?<!\s)\s+(?=[•●▪■❖◆➢✓❑❒☐☑✔►▶➤]\s)")


@dataclass(slots=True)
class Block:
    """A paragraph or a list item. `text` is plain, without the marker; `verbatim` as it was written, marker and all."""

    indent: int
    style: str
    text: str
    verbatim: str
    title: bool = False
    may_name_section: bool = True
    """False where no word of a section's title stands in it: said once, asked twice."""


def blocks(text: str, *, running: bool = False) -> list[Block]:
    """The blocks of a text in order; never raises, and takes time in proportion to the text.

    In `running` text (the rest of a line) `1. this; 2. that` is a typed enumeration and no list item of Markdown.
    """
    if not running and (plainly := _plainly_laid_out(text)) is not None:
        return plainly
    # Markdown escapes a number that was typed (`1\\.`), HTML need not: its own items are marked by their tags.
    drafts = _Assembler(running=running or is_html(text)).drafts(lines(text))
    finished = (draft.finished(after) for draft, after in zip_longest(drafts, drafts[1:]))
    return [block for pieces in finished for block in pieces if _has_word(block.text)]


def _plainly_laid_out(text: str) -> list[Block] | None:
    """The blocks of a text as the registry itself writes it; None where a line could be anything else.

    Its lines are paragraphs between blank lines, items that begin with `* `, and items that are counted without a gap. So
    are nine texts in ten, read in a third of the time, since no line is looked at beside others.
    """
    if "---" in text or not text.replace("\n", "").isprintable() or ("<" in text and _may_lay_out(text)):
        return None
    found: list[Block] = []
    counted: dict[int, int] = {}  # the last number by its indent
    fresh = True
    for row in text.split("\n"):
        raw = row.strip(" ")
        if not raw:
            fresh = True
            continue
        indent = 0 if row[0] != " " else len(row) - len(row.lstrip(" "))
        if raw.startswith("* "):
            style, words = "*", _behind_bullet(raw)
        elif number := markers.numbered(raw):
            if not fresh and counted.get(indent) != int(number[1]) - 1:
                return None
            counted[indent] = int(number[1])
            style, words = "1.", _behind(raw, number.end())
        else:
            style, words = "", raw if fresh and raw[0] != "#" and _has_no_marker(raw) else ""
        if not words:
            return None
        if _has_word(plain := PLAIN[words]):
            found.append(Block(indent, style, plain, raw))
        fresh = False
    return found


def _behind_bullet(raw: str) -> str:
    rest = raw[2:]
    # Of three items in four the first sign is the only one that needs a look.
    return rest if rest[:_HEAD].isascii() and starts_with_words(rest) else _behind(raw, 2)


def _behind(raw: str, length: int) -> str:
    """The text behind a marker of that length as typed; empty where it may begin with another one."""
    typed = raw if raw[:_HEAD].isascii() else _unescaped(raw)
    rest = typed[length:]
    return rest if rest[:1].strip() and raw[:length] == typed[:length] and _has_no_marker(rest) else ""


def _has_no_marker(text: str) -> bool:
    # Of what is not ASCII the folded form may begin with one.
    return (starts_with_words(text) and text[:_HEAD].isascii()) or markers.read(_unescaped(text)) is None


def is_one_block(line: str) -> bool:
    """Whether a line between blank ones is surely a paragraph: no tag, no heading, no sign of a list."""
    bare = line.strip()
    return (
        line.isprintable()
        and not ("<" in line and _LIKE_A_TAG.search(line))
        and not bare.startswith("#")
        and markers.read(_unescaped(bare)) is None
    )


_Marked = tuple[str, Marker]
"""A text as it was typed, and the marker at its start."""


@dataclass(slots=True)
class _Draft:
    """A block while its lines are being collected."""

    indent: int
    marker: Marker | None
    rows: list[str]
    listed: bool = False
    title: bool = False
    verbatim: list[str] = field(default_factory=list)

    def finished(self, after: _Draft | None) -> list[Block]:
        """The block, or its items where a typed paragraph goes on counting, up to the number that the next draft has."""
        text, verbatim = PLAIN[" ".join(self.rows)], "\n".join(self.verbatim)
        style = self.marker.style if self.marker else ""
        if self.listed or self.marker is None:
            return [Block(self.indent, style, text, verbatim, self.title)]
        # `2.` inside the first item is not a second item where a line of its own begins with `2.` further down.
        taken = after.marker.number if after and after.marker and after.marker.style == style else 1_000
        pieces = list(_enumerated(text, self.marker, taken))
        shown = [verbatim] if len(pieces) == 1 else pieces
        return [Block(self.indent, style, *each, self.title) for each in zip(pieces, shown, strict=True)]


class _Assembler:
    """Joins lines to blocks. Decides whether a sign at the start of a line opens an item or got there by wrapping."""

    def __init__(self, *, running: bool) -> None:
        self._running = running
        self._drafts: list[_Draft] = []
        self._seen: dict[tuple[str, int], Marker] = {}
        self._order: dict[tuple[str, int], int] = {}
        self._rows: list[Line] = []
        # Each line's start as it was typed, and the marker there; by the lines that have it, a second marker after that.
        self._typed: list[str] = []
        self._markers: list[Marker | None] = []
        self._seconds: dict[int, _Marked] = {}
        # Whether a line can be nothing but the rest of the one before: the text was wrapped.
        self._only_continues: list[bool] = []
        self._width = 0
        self._series: set[str] = set()

    def drafts(self, rows: list[Line]) -> list[_Draft]:
        self._rows = rows
        self._typed = [_unescaped(row.raw) for row in rows]
        self._markers = list(map(markers.read, self._typed))
        for at, marker in enumerate(self._markers):
            second = _marked(self._typed[at][marker.length :]) if marker else None
            if second:
                self._seconds[at] = second
        self._only_continues = [
            not (row.fresh or row.marker or marker or titles.section_title(row.raw))
            for row, marker in zip(rows, self._markers, strict=True)
        ]
        # The width at which the text was wrapped: that of the longest line that the next one only goes on from.
        cut = (
            len(row.raw) + row.indent
            for row, goes_on in zip(rows, self._only_continues[1:], strict=False)
            if goes_on
        )
        self._width = max(cut, default=0)
        self._series = _series(self._markers, self._seconds)
        for at in range(len(rows)):
            self._take(at)
        return self._drafts

    def _take(self, at: int) -> None:
        row = self._rows[at]
        marker = self._opening(at)
        if row.marker:
            inner = self._markers[at]
            second = (self._typed[at], inner) if inner else None
            self._open(row, Marker(row.marker, 0, 0), self._bare(row.raw, second, row.indent))
        elif marker:
            rest = self._typed[at][marker.length :]
            self._open(row, marker, self._bare(rest, self._seconds.get(at), row.indent))
        elif row.fresh or self._is_title(at):
            self._open(row, None, row.raw)
        else:
            self._drafts[-1].rows.append(row.raw)
            self._drafts[-1].verbatim.append(row.raw)
            return
        if marker:
            self._see(marker, row.indent)

    def _is_title(self, at: int) -> bool:
        """A section's title on a line of its own, without a blank one before it; no rest of a sentence (`meet all`)."""
        raw = self._rows[at].raw
        title = raw.endswith((":", "：")) and titles.section_title(raw) is not None
        title = title or (self._stands_above_list(at) and titles.opens_list(raw))
        return title and not _RUNS_ON.search(self._rows[at - 1].raw)

    def _stands_above_list(self, at: int) -> bool:
        """A line that is no further in than the item before it, right above another item."""
        if at + 1 >= len(self._rows) or self._rows[at].indent > self._drafts[-1].indent:
            return False
        below = self._rows[at + 1]
        return bool(below.marker or markers.read(_unescaped(below.raw)))

    def _see(self, marker: Marker, indent: int) -> None:
        self._seen[marker.style, indent] = marker
        self._order.setdefault((marker.style, indent), len(self._order))

    def _open(self, row: Line, marker: Marker | None, rest: str) -> None:
        listed = bool(row.marker or (_MARKDOWN_ITEM.match(row.raw) and not self._running))
        self._drafts.append(_Draft(row.indent, marker, [rest], listed, row.title, [row.raw]))

    def _bare(self, text: str, second: _Marked | None, indent: int) -> str:
        """A list item's text without a second marker that was typed in front of it (`* 1) …`, `2. - …`)."""
        if second is None:
            return text
        typed, inner = second
        if not self._plausible(inner, typed, indent):
            return text
        self._see(inner, indent)
        return typed[inner.length :]

    def _opening(self, at: int) -> Marker | None:
        row, typed, marker = self._rows[at], self._typed[at], self._markers[at]
        if marker is None or row.title:
            return None
        if marker is markers.BULLET and not row.soft:
            return marker  # nothing below says otherwise of it
        marker = self._in_series(marker, row.indent)
        if row.fresh:
            return marker if self._plausible(marker, typed, row.indent) else None
        if row.soft:
            last = self._drafts[-1].marker
            return marker if last and markers.next_after(marker, last) else None
        before = self._rows[at - 1]
        if marker.sure or self._continues(marker, row.indent):
            in_range = (
                # `50` at the end of a line and `- 60` on the next are a range that was wrapped.
                marker.style == "-"
                and _UNFINISHED_RANGE.search(before.raw)
                and typed[marker.length].isdigit()
            )
            return None if in_range else marker
        if not self._plausible(marker, typed, row.indent) or (
            self._width and not self._starts_list(at, marker)
        ):
            return None
        return marker

    def _in_series(self, marker: Marker, indent: int) -> Marker:
        """A letter that is a Roman numeral too, read as what its list counts in."""
        if marker.twin is None:
            return marker
        styles = (marker.style, marker.twin.style)
        lists = [self._seen[style, indent] for style in styles if (style, indent) in self._seen]
        # The list that began first is the outer one: `i.` after `h.` goes on with the letters before it begins Roman
        # numerals.
        lists.sort(key=lambda last: self._order[last.style, indent])
        return next(filter(None, (markers.next_after(marker, last) for last in lists)), marker)

    def _starts_list(self, at: int, marker: Marker) -> bool:
        """In a wrapped text: True for a sign that did not get to the start of the line by wrapping."""
        row, before = self._rows[at], self._rows[at - 1]
        if titles.section_title(before.raw) or (marker.number == 0 and before.raw.endswith(":")):
            return True
        if marker.number == 1 and self._goes_on(at, marker):
            return True
        if self._only_continues[at - 1] and row.indent != before.indent:
            return True
        after = at + 1 if at + 1 < len(self._rows) else at
        if self._only_continues[after] and self._rows[after].indent > row.indent:
            return True
        # It would have fitted on the line before, so no wrapping brought it here.
        first_word = row.raw.split(maxsplit=1)[0]
        return before.indent + len(before.raw) + 1 + len(first_word) <= self._width

    def _goes_on(self, at: int, marker: Marker) -> bool:
        """True where the next number of the list stands at the start of one of the next lines."""
        ahead = slice(at + 1, at + 1 + _AHEAD)
        found = zip(self._rows[ahead], self._markers[ahead], strict=True)
        return any(
            other is not None and row.indent == self._rows[at].indent and markers.next_after(other, marker)
            for row, other in found
        )

    def _continues(self, marker: Marker, indent: int) -> bool:
        """True for one more sign of a list at this indent: the same bullet, or the next number."""
        last = self._seen.get((marker.style, indent))
        return last is not None and (marker.number == 0 or marker.number == last.number + 1)

    def _plausible(self, marker: Marker, line: str, indent: int) -> bool:
        """A capital letter with a point may be a name (`E. coli`): it needs its place in a series, or a capital after it.

        So does a label (`I1.`, `1 -`), which may be a name or a range too.
        """
        if marker.style.endswith(markers.NAMED) and marker.style not in self._series:
            return False
        if (
            marker.style.startswith(("n", "①"))
            or marker.style.endswith(markers.NAMED)
            or marker.style.endswith(" n")
        ):
            return marker.number == 1 or self._continues(marker, indent)
        if marker.style not in ("A.", "I."):
            return True
        return (
            not line[marker.length :][:1].islower() or marker.number == 1 or self._continues(marker, indent)
        )


def _series(firsts: list[Marker | None], seconds: dict[int, _Marked]) -> set[str]:
    """The styles of labels of which the text has a first and a second; behind a bullet they count too."""
    found: dict[str, set[int]] = {}
    bulleted = (inner for at, (_, inner) in seconds.items() if (first := firsts[at]) and first.number == 0)
    for marker in (*filter(None, firsts), *bulleted):
        if marker.style.endswith(markers.NAMED):
            found.setdefault(marker.style, set()).add(marker.number)
    return {style for style, numbers in found.items() if {1, 2} <= numbers}


def _marked(text: str) -> _Marked | None:
    typed = _unescaped(text)
    marker = markers.read(typed)
    return (typed, marker) if marker else None


def _unescaped(raw: str) -> str:
    """The start of a line as typed: escapes of list signs undone (`1\\.`, `\\-`), full width folded."""
    head = raw[:_HEAD]
    if head.isascii() and head.isprintable() and "\\" not in head and head[:1] != " ":
        return raw
    head = "".join(_folded(part) for part in _CIRCLED.split(_ESCAPED.sub(r"\1", head))).lstrip()
    return head + raw[_HEAD:]


def _folded(part: str) -> str:
    """Folding would make `①` a mere 1."""
    return part if part in markers.CIRCLED else fold(part)


def _enumerated(text: str, marker: Marker, stop: int) -> Iterator[str]:
    """The items of a typed paragraph that goes on counting inside: `1. this; 2. that`, `• this • that`."""
    start, current = 0, marker
    for gap in (_INLINE_BULLET if marker.sure else _INLINE_MARKER).finditer(text):
        found = _next_inside(text[gap.end() : gap.end() + _MARKER_AND_WORD], current, stop)
        bracketed = marker.style[0] == "(" and marker.number == 1
        if found is None or not (marker.sure or bracketed or text[gap.start() - 1] in ".;:,)"):
            continue
        yield text[start : gap.start()].strip()
        start, current = gap.end() + found.length, found
    yield text[start:].strip()


def _next_inside(text: str, current: Marker, stop: int) -> Marker | None:
    """The marker at the start of a text, if it is the next one and no number in the middle of a sentence."""
    found = markers.read(text)
    if found is None or current.number == 0:
        return found if found and found.style == current.style else None
    word = text[found.length :].split(maxsplit=1)[:1]
    following = markers.next_after(found, current)
    return (
        following if following and following.number < stop and not _MID_SENTENCE.intersection(word) else None
    )
