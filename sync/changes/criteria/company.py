"""What stands beside a criterion that came or went, and may be why: a partner, a twin in the other section, a new cohort.

A criterion that came bars or admits somebody only where nothing else says the same. So no direction is given to one
whose partner may have gone at the same time (reworded beyond recognition), whose other section says so too (`Hemoglobin
< 9 g/dL` among the exclusions, `≥ 9 g/dL` among the inclusions), or that came with its title, header or cohort.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.changes.criteria import lists, senses, similarity
from sync.changes.criteria.alignment import Alignment, slots
from sync.changes.criteria.leftovers import measures
from sync.changes.criteria.lists import Join, Turn
from sync.study.criteria import Criterion

_PARTNER = (
    0.35  # of the weight of the shorter one's words: real partners share 0.38 and more, strangers 0.2 at most
)
_TWIN = 0.6
_MOST_LOOKED_AT = 40_000  # pairs of criteria; texts with more are new from end to end
_LOST_AT_LEAST, _LOST_SHARE = (
    2.0,
    0.35,
)  # weight and share of the words that a changed criterion lost and one that came has


class Company:
    """The criteria of two aligned texts, as company of those that came or went."""

    def __init__(self, old: Sequence[Criterion], new: Sequence[Criterion], found: Alignment) -> None:
        self._sides = {
            True: (new, found.added, old, found.removed),
            False: (old, found.removed, new, found.added),
        }
        self._titles = {True: _titles(old), False: _titles(new)}
        self._between = slots(len(old), len(new), found.pairs)
        self._rewritten = [
            (old[before].text, new[after].text)
            for before, after in found.pairs
            if old[before].key != new[after].key
        ]

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
        if self._took_a_place(index, came=came):
            return True
        if any(similarity.likeness(item.text, others[other].text) >= _PARTNER for other in opposite):
            return True
        if any(_went_over(item.text, *(pair if came else pair[::-1])) for pair in self._rewritten):
            return True
        return any(_say_the_same(item, other) for other in others if other.section != item.section)

    def _took_a_place(self, index: int, *, came: bool) -> bool:
        """Whether about as many criteria went from a place as came there: then each may be another's successor."""
        _, moved, others, opposite = self._sides[came]
        here = [
            other
            for other in opposite
            if not others[other].is_title and self._in_one_place(index, other, came=came)
        ]
        beside = [other for other in moved if here and self._in_one_place(other, here[0], came=came)]
        return bool(here) and len(beside) <= 2 * len(here)

    def _in_one_place(self, index: int, other: int, *, came: bool) -> bool:
        """Whether one stands where the other stood: between the same neighbours, in the same section."""
        before, after = (other, index) if came else (index, other)
        low, high = self._between[before]
        old, new = self._sides[False][0][before], self._sides[True][0][after]
        return low < after < high and old.section == new.section and old.parent == new.parent is None


def _went_over(text: str, from_: str, to: str) -> bool:
    """Whether a criterion is made of words that another one lost at the same time."""
    mine, lost = set(senses.of_text(text)), set(senses.of_text(from_)) - set(senses.of_text(to))
    shared = similarity.weight_of(mine & lost)
    return shared >= max(
        _LOST_AT_LEAST, _LOST_SHARE * min(similarity.weight_of(mine), similarity.weight_of(lost))
    )


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
    mine = measures(item.text)
    # To look for quantities in every criterion took a tenth of all that a changed study takes.
    is_of_one_measure = bool(mine) and not mine.isdisjoint(measures(other.text))
    return is_of_one_measure or similarity.likeness(item.text, other.text) >= _TWIN
