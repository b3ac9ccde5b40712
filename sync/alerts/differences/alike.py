"""What changed alike in many places is told once, with the names of the others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from sync.alerts.content import Difference, FieldChange, short
from sync.changes.excerpts import around

_LONGEST, _LONGEST_SIDE = 160, 50
_UNIT = 12
"""Letters of the word behind a number that are told with it: "59 → 58 months"."""


def told_once(found: Iterable[Difference]) -> list[Difference]:
    """The differences in their order; of those with the same change the first, which names the others."""
    groups: dict[Hashable, list[Difference]] = {}
    for each in found:
        groups.setdefault(_change_of(each), []).append(each)
    return [_first(group) for group in groups.values()]


def _change_of(each: Difference) -> Hashable:
    """What two differences have in common whose changed words are the same; None of it where one is told by itself."""
    if not each.name or not each.fields:
        return id(each)
    changes = tuple((field.name, *_changed(field)) for field in each.fields)
    return each.title, each.op, each.notes, changes


def _changed(field: FieldChange) -> tuple[Hashable, ...]:
    if field.words:
        return tuple(run for run in field.words if run[0] != "=")
    return field.old, field.new


def _first(group: list[Difference]) -> Difference:
    first, *others = group
    if not others:
        return first
    what = "; ".join(filter(None, map(_brief, first.fields)))
    return replace(first, alike=tuple(each.name for each in others), alike_in=short(what, _LONGEST))


def _brief(field: FieldChange) -> str:
    """A change in a few words: "time frame 59 → 58 months"."""
    name = f"{field.name[:1].lower()}{field.name[1:]} " if field.name else ""
    if not field.words and not (field.old and field.new):
        return ""
    sides = (" ".join(words for mark, words in field.words if mark == side) for side in "-+")
    old, new = sides if field.words else (field.old or "", field.new or "")
    # Where both are long, what differs between them is what is told.
    was, becomes = (side or "none" for side in around(old, new, _LONGEST_SIDE))
    return f"{name}{was} → {becomes}{_unit(field)}"


def _unit(field: FieldChange) -> str:
    """The word that follows the last change, where that is a number."""
    if not field.words:
        return ""
    places = [at for at, (mark, _) in enumerate(field.words) if mark != "="]
    after = field.words[places[-1] + 1 :]
    number = field.words[places[-1]][1][-1:].isdigit()
    word = after[0][1].split(" ")[0] if after and number else ""
    return f" {word}" if 0 < len(word) <= _UNIT else ""
