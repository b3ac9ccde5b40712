"""A message as lines of styled pieces: for chats, which have their own words for bold and struck out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sync.alerts.channels.plain import folded
from sync.alerts.content import (
    Command,
    CountryRow,
    Difference,
    Entry,
    Fact,
    FieldChange,
    Item,
    Link,
    Run,
    Section,
    Text,
)

FEW = 4
"""Sites of a country that a chat or a mail names; of more it tells the number, the console all names."""

Style = Literal["plain", "bold", "struck", "put", "code", "quiet"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Words in one style, or a link."""

    text: str
    style: Style = "plain"
    url: str = ""

    @property
    def marked(self) -> str:
        """The words, with a sign where they went or came: a style alone is not seen by all."""
        return f"{_SIGNS.get(self.style, '')}{self.text}"


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
    yield [Piece(f"{item.severity.upper()} ", "bold"), *study, Piece(item.lead)]
    if item.also:
        yield [Piece(f"also {item.also}", "quiet")]
    if about := " — ".join(filter(None, (item.title, item.note))):
        yield [Piece(about, "quiet")]


def _difference(item: Difference) -> Iterator[Line]:
    style: Style = "quiet" if item.minor else "bold"
    if item.line:
        [value] = _field(item.line)
        effect = [Piece(f"  who may enter: {item.effect}", "quiet")] if item.effect else []
        yield [Piece(f"{item.place}  ", style), *value, *effect]
    else:
        yield [Piece(item.heading, style)]
        yield from (line for field in item.fields for line in _field(field))
    yield from map(_country, item.rows)
    if item.alike:
        names = "; ".join(name for name in item.alike if name)
        yield [Piece(item.others, "bold"), *([Piece(f" ({names})", "quiet")] if names else [])]
    for note in item.notes:
        yield [Piece(f"→ {note}", "quiet")]


_STYLES: dict[str, Style] = {"-": "struck", "+": "put"}
_SIGNS: dict[Style, str] = {"struck": "−", "put": "+"}


def _field(field: FieldChange) -> list[Line]:
    """A field on one line; old and new on lines of their own where they have several."""
    label = [Piece(f"{field.name}: ", "quiet")] if field.name else []
    note = [Piece(f" {field.note}", "quiet")] if field.note else []
    if field.words:
        return [[*label, *_runs(field.words), *note]]
    sides = [
        Piece(value, _STYLES[mark])
        for mark, value in (("-", field.old), ("+", field.new))
        if value is not None
    ]
    if any("\n" in side.text for side in sides):
        return [*([*label, side] for side in sides), *([note] if note else [])]
    arrow = [Piece(" → ", "quiet")] if len(sides) > 1 else []
    return [[*label, *sides[:1], *arrow, *sides[1:], *note]]


def _runs(words: Sequence[Run]) -> Line:
    pairs = ((Piece(each, _STYLES.get(mark, "plain")), Piece(" ")) for mark, each in folded(words))
    return [piece for pair in pairs for piece in pair]


def _country(row: CountryRow) -> Line:
    """ "Greece −12", with the sites by name where they are few."""
    names = row.names if len(row.names) <= FEW else ()
    return [
        Piece(f"{row.country} ", "bold"),
        Piece(row.counts),
        *([Piece("  ")] if names else []),
        *_runs(names),
    ]
