"""How the facts of a study are found on a page: behind a label, below one, or alone on a line (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sync.study.criteria.model import key
from sync.study.published import labels
from sync.study.published.page import Line, parts

_VALUE_LINES = 3
"""So many lines below a label that stands alone can hold its value."""
_LIST_LINES = 40
LONGEST_VALUE = 300
Lines = Sequence[Line]


class Strength(IntEnum):
    """How surely a page means this fact."""

    MENTION = 1
    """Somewhere in a sentence: it can show that a fact is right, never that it is not."""
    ALONE = 2
    """A line, or a part of one, that can be nothing else."""
    LABELLED = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page says of a fact: in its words, and as a value; None where the words cannot be read."""

    said: str
    value: Any
    strength: Strength
    is_plain: bool = False
    """Whether its words can mean nothing else than this value of this fact."""


def labelled(lines: Lines, *names: str) -> Iterator[tuple[str, labels.Label, list[str]]]:
    """Each label of these facts: its fact, with the texts that can be its value, nearest first."""
    for at_line, line in enumerate(lines):
        found = labels.label(line.text)
        if found is None and len(line.text) <= labels.LONGEST:
            found = labels.label(line.text, bare=True)
        if found and found.fact in names:
            below = (
                [] if found.rest else [each.text for each in lines[at_line + 1 : at_line + 1 + _VALUE_LINES]]
            )
            yield found.fact, found, [found.rest] if found.rest else list(_until_label(below, found.fact))


def _until_label(texts: Sequence[str], fact: str) -> Iterator[str]:
    for text in texts:
        beside = labels.label(text, bare=True) if len(text) <= labels.LONGEST else None
        if labels.is_label(text) or labels.is_furniture(text) or (beside and beside.fact != fact):
            return
        yield text


def by_label(
    name: str,
    read: Callable[[str], Any],
    *,
    unread: bool = True,
    is_plain: Callable[[str], bool] = lambda _text: False,
) -> Callable[[Lines, Sequence[Any]], Iterator[Reading]]:
    """Finds what stands behind or below a label; `unread`: also what cannot be read there."""

    def find(lines: Lines, _known: Sequence[Any]) -> Iterator[Reading]:
        for _, _label, texts in labelled(lines, name):
            found = next(
                ((text, value) for text in texts if (value := read(text[:LONGEST_VALUE])) is not None), None
            )
            if found:
                yield Reading(found[0], found[1], Strength.LABELLED, is_plain(found[0]))
            elif texts and unread and len(texts[0]) <= labels.LONGEST:
                yield Reading(texts[0], None, Strength.LABELLED)

    return find


def alone(read: Callable[[str], Any]) -> Callable[[Lines, Sequence[Any]], Iterator[Reading]]:
    """Finds what is all that a part of a line says."""

    def find(lines: Lines, _known: Sequence[Any]) -> Iterator[Reading]:
        for line in lines:
            if len(line.text) > LONGEST_VALUE:
                continue
            for part in parts(line.text):
                if len(part) <= labels.LONGEST and (value := read(part)) is not None:
                    yield Reading(part, value, Strength.ALONE)

    return find


def either(
    *ways: Callable[[Lines, Sequence[Any]], Iterator[Reading]],
) -> Callable[[Lines, Sequence[Any]], Iterator[Reading]]:
    def find(lines: Lines, known: Sequence[Any]) -> Iterator[Reading]:
        for way in ways:
            yield from way(lines, known)

    return find


def listed(name: str) -> Callable[[Lines, Sequence[Any]], Iterator[Reading]]:
    """Finds which of all names that a record ever had stand behind or below a label."""

    def find(lines: Lines, known: Sequence[tuple[str, ...]]) -> Iterator[Reading]:
        names = sorted({each for record in known for each in record}, key=len, reverse=True)
        keys = [(each, key(each.lower())) for each in names if key(each.lower())]
        for at_line, line in enumerate(lines):
            found = labels.label(line.text)
            if found and found.fact == name:
                yield from _of_list(
                    found.rest, [each.text for each in lines[at_line + 1 : at_line + _LIST_LINES]], keys
                )

    return find


def _of_list(rest: str, below: Sequence[str], keys: Sequence[tuple[str, str]]) -> Iterator[Reading]:
    texts = [rest] if rest else []
    for text in below if not rest else ():
        if labels.is_label(text) or (texts and not named_in(text, keys)):
            break
        texts.append(text)
    found = frozenset(each for text in texts for each in named_in(text, keys))
    # A list that is cut short says nothing of what is not in it.
    is_cut = any(re.search(r"…|\.\.\.|\bmore\b|\bothers?\b", text) for text in texts)
    if found and not is_cut:
        yield Reading("; ".join(texts)[:LONGEST_VALUE], found, Strength.LABELLED)


def _holds(text: str, name: str) -> bool:
    """Whether a text, as `key` has it, names something."""
    return f" {name} " in f" {text} "


def named_in(text: str, keys: Sequence[tuple[str, str]]) -> list[str]:
    """The names in a text, longest first: one that stands within another is not named by itself."""
    rest, found = key(text.lower()), []
    for name, bare in keys:
        if _holds(rest, bare):
            found.append(name)
            rest = f" {rest} ".replace(f" {bare} ", " | ").strip()
    return found
