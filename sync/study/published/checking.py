"""A fact of a page against all values that the record ever gave it: right, outdated since when, or not to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sync.study.published import labels
from sync.study.published.facts import FACTS, Fact
from sync.study.published.finding import Lines, Reading, Strength
from sync.study.record import Study

State = Literal["right", "outdated", "different", "unclear", "unreadable", "not_found"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a page says of a fact. `replaced_by`: the place, among the versions, of the one that made it outdated."""

    name: str
    title: str
    state: State
    page: str = ""
    record: str = ""
    replaced_by: int | None = None


def values_of(study: Study) -> tuple[Any, ...]:
    """What a version says of each fact, in the order of FACTS."""
    return tuple(fact.of(study) for fact in FACTS)


def check_facts(lines: Lines, versions: Sequence[tuple[Any, ...]]) -> tuple[Checked, ...]:
    """Each fact as these lines of a page tell it, against the values of all versions, oldest first."""
    apart = list(labels.one_a_line(lines))
    return tuple(
        _check(fact, list(fact.find(apart, values)), values)
        for fact, values in zip(FACTS, zip(*versions, strict=True), strict=True)
    )


def _check(fact: Fact, found: Sequence[Reading], values: Sequence[Any]) -> Checked:
    now = values[-1]
    record = fact.shown(now) if now is not None else ""
    if not found:
        return Checked(fact.name, fact.title, "not_found", record=record)
    strength = max(each.strength for each in found)
    read = [each for each in found if each.strength == strength and each.value is not None]
    if not read:
        return Checked(fact.name, fact.title, "unreadable", found[0].said, record)
    state, reading, last = _judged(fact, read, values)
    replaced_by = last + 1 if last is not None else None
    return Checked(fact.name, fact.title, state, reading.said, record, replaced_by)


def _judged(fact: Fact, read: Sequence[Reading], values: Sequence[Any]) -> tuple[State, Reading, int | None]:
    """The state, the reading that shows it, and the last version that said so."""
    right = [each for each in read if _agrees(fact, each, values[-1])]
    old = [
        (last, each) for each in read if each not in right and (last := _last(fact, each, values)) is not None
    ]
    labelled = read[0].strength is Strength.LABELLED
    if right and (not old or not labelled):
        return "right", right[0], None
    if right:
        return "unclear", old[0][1], None
    # Words that stand alone may be of a menu or of another study, unless all of them say the same.
    sure = labelled or (read[0].strength is Strength.ALONE and len({each.value for each in read}) == 1)
    if old and sure:
        last, reading = max(old, key=lambda pair: pair[0])
        return "outdated", reading, last
    if not labelled:
        return "not_found", read[0], None
    is_plain = read[0].is_plain and len({each.value for each in read}) == 1
    is_wrong = is_plain and not fact.leaves_open(read[0].value, values[-1])
    return "different" if is_wrong else "unclear", read[0], None


def _last(fact: Fact, reading: Reading, values: Sequence[Any]) -> int | None:
    places = (at for at in range(len(values) - 1, -1, -1) if _agrees(fact, reading, values[at]))
    return next(places, None)


def _agrees(fact: Fact, reading: Reading, value: Any) -> bool:
    return value is not None and fact.agrees(reading.value, value)
