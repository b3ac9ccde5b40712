"""A message cut to what a channel carries. What is left out is counted, and the reader is told where to find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sync.alerts.content import Difference, Entry, Fact, Item, Message, Run, Section, Text
from sync.words import counted

STEPS = ((1000, 100_000), (200, 8_000), (60, 3_000), (20, 1_000), (8, 400), (3, 200), (1, 80))
"""Items a section and characters a text, ever fewer, until what is rendered fits."""

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
        title=truncate_text(message.title, characters, message.more),
        sections=tuple(_section(section, items, characters, message.more) for section in message.sections),
    )


def _section(section: Section, items: int, characters: int, more: str) -> Section:
    kept = [_item(item, characters, more) for item in section.items[:items]]
    left = len(section.items) - len(kept)
    rest = [Text(f"… {left:,} more, see `{more}`")] if left else []
    return replace(section, items=(*kept, *rest))


def _item(item: Item, characters: int, more: str) -> Item:
    match item:
        case Text():
            return replace(item, text=truncate_text(item.text, characters, more))
        case Fact():
            return replace(item, value=truncate_text(item.value, characters, more))
        case Entry():
            return replace(item, headline=truncate_text(item.headline, characters, more))
        case Difference():
            return replace(
                item,
                title=truncate_text(item.title, characters, more),
                old=item.old and truncate_text(item.old, characters, more),
                new=item.new and truncate_text(item.new, characters, more),
                words=_truncated_words(item.words, characters, more),
                notes=tuple(truncate_text(note, characters, more) for note in item.notes[:20]),
            )
        # Links and commands stay whole: half a command does not run.
        case _:
            return item


def truncate_text(text: str, characters: int, more: str) -> str:
    """The text, or its beginning with the number of letters that are left out."""
    if len(text) <= characters:
        return text
    return f"{text[:characters]}… {counted(len(text) - characters, 'more letter')}, see `{more}`"


def _truncated_words(words: tuple[Run, ...], characters: int, more: str) -> tuple[Run, ...]:
    kept: list[Run] = []
    room = characters
    for place, (mark, text) in enumerate(words):
        if len(text) > room:
            left = sum(len(rest) for _, rest in words[place:]) - room
            return (*kept, (mark, text[:room]), ("=", f"… {counted(left, 'more letter')}, see `{more}`"))
        kept.append((mark, text))
        room -= len(text)
    return words
