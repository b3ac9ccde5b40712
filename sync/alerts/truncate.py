"""A message cut to what a channel carries. What is left out is counted, and the reader is told where to find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sync.alerts.content import Difference, Entry, Fact, FieldChange, Item, Message, Run, Section, Text
from sync.words import counted

STEPS = ((1000, 100_000), (200, 8_000), (60, 3_000), (20, 1_000), (8, 400), (3, 200), (1, 80))
"""Items a section and characters a text, ever fewer, until what is rendered fits."""

_AROUND = 24
"""Letters of what stayed that are always kept beside what changed."""

Rendered = TypeVar("Rendered")


def fitted(
    message: Message, render: Callable[[Message], Rendered], size: Callable[[Rendered], float], most: float
) -> Rendered:
    """The message rendered in the first of STEPS whose size is at most `most`; the last one where none is.

    It is never rendered in full to see whether it fits: an update of a hundred thousand changes would take half a minute.
    """
    for items, characters in STEPS:
        # The whole is cut and rendered anew at each step, since only the rendering knows how large it becomes.
        rendered = render(truncate(message, items=items, characters=characters))
        if size(rendered) <= most:
            break
    return rendered


def truncate(message: Message, *, items: int, characters: int) -> Message:
    """The message with at most so many items a section, and so many characters a text."""
    return replace(
        message,
        lead=truncate_text(message.lead, characters, message.more),
        also=truncate_text(message.also, characters, message.more),
        title=truncate_text(message.title, characters, message.more),
        sections=tuple(_section(section, items, characters, message.more) for section in message.sections),
    )


def _section(section: Section, items: int, characters: int, more: str) -> Section:
    kept = [_item(item, items, characters, more) for item in section.items[:items]]
    left = len(section.items) - len(kept)
    rest = [Text(f"… {left:,} more, see `{more}`")] if left else []
    return replace(section, items=(*kept, *rest))


def _item(item: Item, items: int, characters: int, more: str) -> Item:
    match item:
        case Text():
            return replace(item, text=truncate_text(item.text, characters, more))
        case Fact():
            return replace(item, value=truncate_text(item.value, characters, more))
        case Entry():
            return replace(item, headline=truncate_text(item.headline, characters, more))
        case Difference():
            return _difference(item, items, characters, more)
        # Links and commands stay whole: half a command does not run.
        case _:
            return item


def truncate_text(text: str, characters: int, more: str) -> str:
    """The text, or its beginning with the number of letters that are left out."""
    if len(text) <= characters:
        return text
    return f"{text[:characters]}… {counted(len(text) - characters, 'more letter')}, see `{more}`"


def _difference(item: Difference, items: int, characters: int, more: str) -> Difference:
    """Its counts, its old and its new words go last: names of what is alike, and what stayed, go first."""
    hidden = len(item.rows) - items
    rest = (f"… and {counted(hidden, 'more country', 'more countries')}, see `{more}`",) if hidden > 0 else ()
    return replace(
        item,
        title=truncate_text(item.title, characters, more),
        name=truncate_text(item.name, characters, more),
        fields=tuple(_field(field, characters, more) for field in item.fields[:items]),
        rows=tuple(replace(row, names=_some(row.names, characters)) for row in item.rows[:items]),
        alike=_listed(item.alike, characters),
        notes=(*(truncate_text(note, characters, more) for note in item.notes[:20]), *rest),
    )


def _field(field: FieldChange, characters: int, more: str) -> FieldChange:
    return replace(
        field,
        name=truncate_text(field.name, characters, more),
        old=field.old and truncate_text(field.old, characters, more),
        new=field.new and truncate_text(field.new, characters, more),
        words=truncate_words(field.words, characters, more),
    )


def _some(names: tuple[Run, ...], characters: int) -> tuple[Run, ...]:
    """As many names as fit; the counts beside them stay."""
    room = characters
    for place, (_, name) in enumerate(names):
        room -= len(name)
        if room < 0:
            return (*names[:place], ("=", f"… and {len(names) - place:,} more"))
    return names


def _listed(names: tuple[str, ...], characters: int) -> tuple[str, ...]:
    """The names in so many letters; each that is left out is an empty one, so that the number of them stays."""
    shown = [name for mark, name in _some(tuple(("+", name) for name in names), characters) if mark == "+"]
    return (*shown, *("" for _ in names[len(shown) :]))


def truncate_words(words: tuple[Run, ...], characters: int, more: str) -> tuple[Run, ...]:
    """A redline in so many letters: what stayed is cut first, what changed only where it alone is too long."""
    if sum(len(text) for _, text in words) <= characters:
        return words
    changed = sum(len(text) for mark, text in words if mark != "=")
    kept = sum(mark == "=" for mark, _ in words)
    around = max((characters - changed) // max(kept, 1), _AROUND)
    short = tuple((mark, _middle(text, around) if mark == "=" else text) for mark, text in words)
    if changed <= characters:
        return short
    room = max(characters // max(len(words) - kept, 1), 1)
    return tuple((mark, text if mark == "=" else truncate_text(text, room, more)) for mark, text in short)


def _middle(text: str, most: int) -> str:
    """The text without its middle: its ends are what stands beside a change."""
    half = most // 2
    return text if len(text) <= most else f"{text[:half].rstrip()} … {text[-half:].lstrip()}"
