"""What stands beside a criterion that came or went, and may be why: a partner, a twin in the other section, a new cohort.

A criterion that came bars or admits somebody only where nothing else says the same. So no direction is given to one
whose partner may have gone at the same time (reworded beyond recognition), whose other section says so too (`Hemoglobin
< 9 g/dL` among the exclusions, `≥ 9 g/dL` among the inclusions), or that came with its title, header or cohort.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sync.changes.criteria import lists, senses
from sync.changes.criteria.alignment import Alignment
from sync.changes.criteria.lists import Join, Turn
from sync.study.criteria import Criterion
from sync.study.criteria.quantities import quantities

_PARTNER = (
    0.35  # of the weight of the shorter one's words: real partners share 0.38 and more, strangers 0.2 at most
)
_TWIN = 0.6
_MOST_LOOKED_AT = 40_000  # pairs of criteria; texts with more are new from end to end
_NO_MEASURE = frozenset(("time", "number", "age"))


class Company:
    """The criteria of two aligned texts, as company of those that came or went."""

    def __init__(self, old: Sequence[Criterion], new: Sequence[Criterion], found: Alignment) -> None:
        self._sides = {
            True: (new, found.added, old, found.removed),
            False: (old, found.removed, new, found.added),
        }
        self._titles = {True: _titles(old), False: _titles(new)}

    def casts_doubt(self, index: int, *, came: bool) -> bool:
        """Whether what stands beside a criterion may be the reason that it came (or went)."""
        mine, moved, others, opposite = self._sides[came]
        item = mine[index]
        if any(title not in self._titles[came] for title in item.where) or _comes_with_header(
            item, mine, moved
        ):
            return True
        if (len(moved) + 1) * len(opposite) > _MOST_LOOKED_AT:
            return True
        if any(likeness(item.text, others[other].text) >= _PARTNER for other in opposite):
            return True
        return any(_say_the_same(item, other) for other in others if other.section != item.section)


def likeness(text: str, other: str) -> float:
    """How much of the telling words of the shorter text the other one has, from 0 to 1; 0 without one that names a thing."""
    mine, its = (set(senses.of_text(each)) for each in (text, other))
    common = mine & its
    if not any(senses.weight(sense) == 1 for sense in common):
        return 0.0
    shorter = min(_weight(mine), _weight(its))
    return _weight(common) / shorter if shorter else 0.0


def _weight(found: Iterable[str]) -> float:
    return sum(map(senses.weight, found))


def _titles(items: Sequence[Criterion]) -> set[str]:
    return {title for item in items for title in item.where}


def _comes_with_header(item: Criterion, items: Sequence[Criterion], moved: Sequence[int]) -> bool:
    """Whether the criterion above came as well; items of a new list of exclusions bar all the same."""
    if item.parent is None or item.parent not in moved:
        return False
    read = lists.header(items[item.parent].text, item.section)
    bars = item.section == "exclusion" and read is not None and read.turn is Turn.SAME
    return not (bars and read is not None and read.join in (Join.ANY, Join.PLAIN))


def _say_the_same(item: Criterion, other: Criterion) -> bool:
    """Whether criteria of both sections ask for the same: of the same measure, or in much the same words."""
    measures = [{quantity.name for quantity in quantities(each.text)} - _NO_MEASURE for each in (item, other)]
    return bool(measures[0] & measures[1]) or likeness(item.text, other.text) >= _TWIN
