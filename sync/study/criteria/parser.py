"""Reads an eligibility text: blocks become titles and criteria, titles the place of what follows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sync.study.criteria import titles
from sync.study.criteria.blocks import Block, blocks
from sync.study.criteria.model import Criteria, Criterion
from sync.study.criteria.titles import Title

_STEP = 2  # columns further in that make a list item a child of the one above


def parse(text: str) -> Criteria:
    """The criteria of an eligibility text in Markdown or HTML; never raises, loses no word."""
    reader = _Reader()
    found = [piece for block in blocks(text) for piece in _pieces(block)]
    for index, block in enumerate(found):
        follower = found[index + 1] if index + 1 < len(found) else None
        reader.take(block, follower)
    return Criteria(tuple(reader.items), tuple(reader.headings))


def _pieces(block: Block) -> Iterator[Block]:
    """A block cut at the section titles inside it; what follows such a title is read as a text of its own."""
    first, *rest = titles.cut_at_sections(block.text)
    found = titles.run_in(first)
    if found:
        yield from _titled(*found)
    else:
        yield block if not rest else replace(block, text=first, verbatim=first)
    for text in rest:
        yield from _titled(*(titles.run_in(text) or (text, "")))


def _titled(title: str, rest: str) -> Iterator[Block]:
    yield Block(0, "", title, title, title=True)
    yield from blocks(rest, running=True)


@dataclass(slots=True)
class _Open:
    """A list item that may still get children."""

    indent: int
    style: str
    index: int
    is_header: bool


@dataclass(slots=True)
class _Reader:
    """Where the reading stands: the section, the titles in force, the open list items."""

    items: list[Criterion] = field(default_factory=list)
    headings: list[Criterion] = field(default_factory=list)
    _section: str = titles.INCLUSION
    _part: tuple[str, ...] = ()
    _section_title: tuple[str, ...] = ()
    _subtitles: tuple[str, ...] = ()
    _fresh_titles: bool = False
    _open: list[_Open] = field(default_factory=list)

    def take(self, block: Block, follower: Block | None) -> None:
        title = self._title(block, follower)
        if title:
            self._enter(title)
        elif block.style:
            self._add(block, self._parent(block))
        else:
            self._add_paragraph(block)

    def _title(self, block: Block, follower: Block | None) -> Title | None:
        if block.style:
            return titles.section_title(block.text)
        if block.indent >= _STEP and self._open:
            return titles.section_title(block.text)
        found = titles.paragraph_title(
            block.text, follower.style if follower else "", follower.text if follower else ""
        )
        return found or (Title(block.text, None) if block.title else None)

    def _enter(self, title: Title) -> None:
        """A section's title keeps the part that was announced right before it (`Part B`, then `Inclusion Criteria`)."""
        self._open.clear()
        if title.section:
            if self._subtitles and self._fresh_titles:
                self._part = self._subtitles
            self._section = titles.INCLUSION if title.section == titles.GENERAL else title.section
            self._section_title, self._subtitles = (title.text,), ()
        else:
            self._subtitles = (*self._subtitles, title.text) if self._fresh_titles else (title.text,)
        self._fresh_titles = True
        self.headings.append(Criterion(self._section, (), 0, None, title.text, title.text, is_title=True))

    def _parent(self, block: Block) -> int | None:
        """The list item a block stands under, by its indent; at one indent, by its style under a header (`…:`)."""
        while self._open and block.indent < self._open[-1].indent + _STEP:
            top = self._open[-1]
            if (
                top.is_header
                and block.indent > top.indent - _STEP
                and not self._is_open(block.style, block.indent)
            ):
                break
            self._open.pop()
        return self._open[-1].index if self._open else None

    def _is_open(self, style: str, indent: int) -> bool:
        return any(above.style == style for above in self._open if above.indent > indent - _STEP)

    def _add(self, block: Block, parent: int | None) -> None:
        depth = self.items[parent].depth + 1 if parent is not None else 0
        place = self._part + self._section_title + self._subtitles
        self._open.append(_Open(block.indent, block.style, len(self.items), block.text.endswith(":")))
        self.items.append(Criterion(self._section, place, depth, parent, block.text, block.verbatim))
        self._fresh_titles = False

    def _add_paragraph(self, block: Block) -> None:
        """A paragraph further in than a list item belongs to it; any other stands for itself."""
        while self._open and block.indent < self._open[-1].indent + _STEP:
            self._open.pop()
        if not self._open:
            self._add(block, None)
            self._open.clear()
            return
        above = self._open[-1].index
        item = self.items[above]
        text, verbatim = f"{item.text} {block.text}", f"{item.verbatim}\n\n{block.verbatim}"
        self.items[above] = Criterion(item.section, item.place, item.depth, item.parent, text, verbatim)
