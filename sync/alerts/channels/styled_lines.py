"""A message as lines of styled pieces: for chats, which have their own words for bold and struck out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sync.alerts.channels.plain import folded
from sync.alerts.content import Command, Difference, Entry, Fact, Item, Link, Section, Text

Style = Literal["plain", "bold", "struck", "put", "code", "quiet"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Words in one style, or a link."""

    text: str
    style: Style = "plain"
    url: str = ""


Line = list[Piece]


def section_lines(section: Section) -> Iterator[Line]:
    """The lines of a section; facts stand together on as few lines as they need."""
    facts = [item for item in section.items if isinstance(item, Fact)]
    if facts:
        yield [piece for fact in facts for piece in _fact(fact, last=fact is facts[-1])]
    for item in section.items:
        if not isinstance(item, Fact):
            yield from item_lines(item)


def _fact(fact: Fact, *, last: bool) -> Line:
    return [Piece(f"{fact.name} ", "quiet"), Piece(fact.value), *([] if last else [Piece("  ·  ", "quiet")])]


def item_lines(item: Item) -> Iterator[Line]:
    """The lines of one item."""
    match item:
        case Text(text, note):
            yield [Piece(f"• {text}"), *([Piece(f"  {note}", "quiet")] if note else [])]
        case Link(text, url):
            yield [Piece(text, url=url)]
        case Command(text):
            yield [Piece(text, "code")]
        case Entry():
            yield from _entry(item)
        case Difference():
            yield from _difference(item)


def _entry(item: Entry) -> Iterator[Line]:
    study = [Piece(item.nct_id, url=item.url), Piece(" ")] if item.url else []
    yield [Piece(f"{item.severity.upper()} ", "bold"), *study, Piece(item.headline)]
    if about := " — ".join(filter(None, (item.title, item.note))):
        yield [Piece(about, "quiet")]


def _difference(item: Difference) -> Iterator[Line]:
    yield [Piece(item.heading, "quiet" if item.minor else "bold")]
    yield from [_redline(item)] if item.words else _sides(item)
    for note in item.notes:
        yield [Piece(f"→ {note}", "quiet")]


_STYLES: dict[str, Style] = {"-": "struck", "+": "put"}
_MARKS = {"-": "−", "+": "+"}


def _redline(item: Difference) -> Line:
    line: Line = []
    for mark, words in folded(item.words):
        line += [Piece(_MARKS.get(mark, "") + words, _STYLES.get(mark, "plain")), Piece(" ")]
    return line


def _sides(item: Difference) -> list[Line]:
    """Old and new on one line, or on lines of their own where they have several."""
    old = [Piece(f"−{item.old}", "struck")] if item.old is not None else []
    new = [Piece(f"+{item.new}", "put")] if item.new is not None else []
    # An arrow between two texts of several lines would stand in the middle of neither.
    if any("\n" in piece.text for piece in (*old, *new)):
        return [line for line in (old, new) if line]
    return [[*old, *([Piece(" → ", "quiet")] if old and new else []), *new]]
