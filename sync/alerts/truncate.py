"""A message cut to what a channel carries. What is left out is counted, and the reader is told where to find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sync.alerts.content import Difference, Entry, Fact, Item, Message, Run, Section, Text
from sync.words import counted

STEPS = ((1000, 100_000), (200, 8_000), (60, 3_000), (20, 1_000), (8, 400), (3, 200), (1, 80))
"""Items a section and letters a text, ever fewer, until what is rendered fits."""

Rendered = TypeVar("Rendered")


def fitted(
    message: Message, render: Callable[[Message], Rendered], size: Callable[[Rendered], float], most: float
) -> Rendered:
    """The message rendered in the first of STEPS whose size is at most `most`; the last one where none is.

    It is never rendered in full to see whether it fits: an update of a hundred thousand changes would take half a minute.
    """
    for items, letters in STEPS:
        rendered = render(cut(message, items=items, letters=letters))
        if size(rendered) <= most:
            break
    return rendered


def cut(message: Message, *, items: int, letters: int) -> Message:
    """The message with at most so many items a section, and so many letters a text."""
    return replace(
        message,
        lead=cut_text(message.lead, letters, message.more),
        title=cut_text(message.title, letters, message.more),
        sections=tuple(_section(section, items, letters, message.more) for section in message.sections),
    )


def _section(section: Section, items: int, letters: int, more: str) -> Section:
    kept = [_item(item, letters, more) for item in section.items[:items]]
    left = len(section.items) - len(kept)
    told = [Text(f"… {left:,} more, see `{more}`")] if left else []
    return replace(section, items=(*kept, *told))


def _item(item: Item, letters: int, more: str) -> Item:
    match item:
        case Text():
            return replace(item, text=cut_text(item.text, letters, more))
        case Fact():
            return replace(item, value=cut_text(item.value, letters, more))
        case Entry():
            return replace(item, headline=cut_text(item.headline, letters, more))
        case Difference():
            return replace(
                item,
                title=cut_text(item.title, letters, more),
                old=item.old and cut_text(item.old, letters, more),
                new=item.new and cut_text(item.new, letters, more),
                words=_cut_words(item.words, letters, more),
                notes=tuple(cut_text(note, letters, more) for note in item.notes[:20]),
            )
        case _:
            return item


def cut_text(text: str, letters: int, more: str) -> str:
    """The text, or its beginning with the number of letters that are left out."""
    if len(text) <= letters:
        return text
    return f"{text[:letters]}… {counted(len(text) - letters, 'more letter')}, see `{more}`"


def _cut_words(words: tuple[Run, ...], letters: int, more: str) -> tuple[Run, ...]:
    kept: list[Run] = []
    room = letters
    for place, (mark, text) in enumerate(words):
        if len(text) > room:
            left = sum(len(rest) for _, rest in words[place:]) - room
            return (*kept, (mark, text[:room]), ("=", f"… {counted(left, 'more letter')}, see `{more}`"))
        kept.append((mark, text))
        room -= len(text)
    return words
