"""Reads an eligibility text: blocks become titles and criteria, titles the place of what follows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import zip_longest

from sync.study import work
from sync.study.criteria import titles
from sync.study.criteria.blocks import Block, blocks
from sync.study.criteria.model import Criteria, Criterion
from sync.study.criteria.titles import Title
from sync.study.plain import plain

_STEP = 2  # columns further in that make a list item a child of the one above
MOST_CHARACTERS = 200_000
"""Ten times what the registry takes in; a longer text is one criterion."""

# Far more than real texts have (5 levels, 3 titles, 270 characters): what is nested deeper stands at the deepest level,
# of titles in a row the last ones count, and a longer line is not a title. So the place of a criterion is of bounded size.
_DEEPEST, _MOST_TITLES, _LONGEST_TITLE = 20, 8, 500


@lru_cache(maxsize=8)
def parse(text: str) -> Criteria:
    """The criteria of an eligibility text in Markdown or HTML; never raises, loses no word.

    It takes time in proportion to the text. The last ones are kept: what is compared was read for its form before.
    """
    if too_long(text):
        return Criteria((Criterion(titles.INCLUSION, (), 0, None, plain(text), text),), ())
    reader = _Reader()
    found: list[Block] = []
    for block in blocks(text):
        block.may_name_section = titles.may_name_section(block.text)
        if block.may_name_section:
            found += _pieces(block)
        else:
            found.append(block)
    for block, follower in zip_longest(found, found[1:]):
        work.go_on()
        reader.take(block, follower)
    return Criteria(reader.criteria(), tuple(reader.headings))


def too_long(text: str) -> bool:
    """Whether a text is longer than any that people write: it is compared as a whole, not criterion by criterion."""
    return len(text) > MOST_CHARACTERS


def _pieces(block: Block) -> Iterator[Block]:
    """A block cut at the section titles inside it; what follows such a title is read as a text of its own."""
    if titles.section_title(block.text):
        yield block
        return
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

    headings: list[Criterion] = field(default_factory=list)
    _items: list[Criterion] = field(default_factory=list)
    _added: dict[int, list[Block]] = field(default_factory=dict)
    _section: str = titles.INCLUSION
    _part: tuple[str, ...] = ()
    _section_title: tuple[str, ...] = ()
    _subtitles: tuple[str, ...] = ()
    _place: tuple[str, ...] = ()
    _fresh_titles: bool = False
    _open: list[_Open] = field(default_factory=list)

    def criteria(self) -> tuple[Criterion, ...]:
        """All items, each with the paragraphs that belong to it."""
        for index, paragraphs in self._added.items():
            item = self._items[index]
            text = " ".join([item.text, *(block.text for block in paragraphs)])
            verbatim = "\n\n".join([item.verbatim, *(block.verbatim for block in paragraphs)])
            self._items[index] = replace(item, text=text, verbatim=verbatim)
        return tuple(self._items)

    def take(self, block: Block, follower: Block | None) -> None:
        # Of most items nothing says that they could be a title.
        may_be_title = block.may_name_section or not block.style
        if may_be_title and (title := self._title(block, follower)):
            self._enter(title)
        elif block.style:
            self._add(block, self._parent(block))
        else:
            self._add_paragraph(block)

    def _title(self, block: Block, follower: Block | None) -> Title | None:
        if len(block.text) > _LONGEST_TITLE:
            return None
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
            above = self._subtitles if self._fresh_titles else ()
            self._subtitles = (*above, title.text)[-_MOST_TITLES:]
        self._place = self._part + self._section_title + self._subtitles
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
        del self._open[_DEEPEST:]
        return self._open[-1].index if self._open else None

    def _is_open(self, style: str, indent: int) -> bool:
        return any(above.style == style for above in self._open if above.indent > indent - _STEP)

    def _add(self, block: Block, parent: int | None) -> None:
        depth = self._items[parent].depth + 1 if parent is not None else 0
        self._open.append(_Open(block.indent, block.style, len(self._items), block.text.endswith(":")))
        self._items.append(Criterion(self._section, self._place, depth, parent, block.text, block.verbatim))
        self._fresh_titles = False

    def _add_paragraph(self, block: Block) -> None:
        """A paragraph further in than a list item belongs to it; any other stands for itself."""
        while self._open and block.indent < self._open[-1].indent + _STEP:
            self._open.pop()
        if not self._open:
            self._add(block, None)
            self._open.clear()
            return
        # Kept aside until the end: an item that grew with each of its paragraphs would be copied as often.
        self._added.setdefault(self._open[-1].index, []).append(block)
