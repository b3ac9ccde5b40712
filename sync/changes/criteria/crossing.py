"""Criteria that went to the other section, or under a header that turns them: whether they mean there what they meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sync.changes.criteria import assessment, effect, lists
from sync.changes.criteria.alignment import Alignment
from sync.changes.criteria.assessment import Assessment
from sync.changes.criteria.positions import headers
from sync.changes.criteria.wording import Wording
from sync.study.criteria import Criterion

Items = Sequence[Criterion]


class Crossings:
    """The pairs of two aligned texts whose places may turn them."""

    def __init__(self, old: Items, new: Items, found: Alignment) -> None:
        self._old, self._new = old, new
        self._below = {True: _below(new), False: _below(old)}
        self._partners = {True: {after: before for before, after in found.pairs}, False: dict(found.pairs)}

    def turns(self, before: int, after: int) -> bool:
        """Whether it is known what a criterion's new header makes of it, against the old one."""
        old, new = self._old[before], self._new[after]
        if old.where != new.where:
            return False
        sides = [lists.alone(each.headers, each.section) for each in self._wordings(before, after)]
        return None not in sides and (old.key == new.key or sides[0] != sides[1])

    def assessed(self, before: int, after: int) -> Assessment:
        """What it amounts to that a criterion stands where it stands now."""
        found = assessment.of_crossing(*self._wordings(before, after))
        # "None of the following:" that became "Any of the following:" among the exclusions: its items say what that does.
        kept = self.took_its_items_along(before, came=False) and self.took_its_items_along(after, came=True)
        return replace(found, effect=effect.NONE) if kept else found

    def took_its_items_along(self, index: int, *, came: bool) -> bool:
        """Whether all that stands under a header crossed with its sense kept: then that header did nothing of its own."""
        links = [(at, self._partners[came].get(at)) for at in self._below[came].get(index, ())]
        return bool(links) and all(
            other is not None and self._keeps_its_sense(*((other, at) if came else (at, other)))
            for at, other in links
        )

    def _keeps_its_sense(self, before: int, after: int) -> bool:
        if self._old[before].section == self._new[after].section:
            return False
        return assessment.of_crossing(*self._wordings(before, after)).effect == effect.NONE

    def _wordings(self, before: int, after: int) -> tuple[Wording, Wording]:
        return worded(self._old, self._old[before]), worded(self._new, self._new[after])


def worded(items: Items, item: Criterion) -> Wording:
    """A criterion as it is worded where it stands."""
    return Wording(item.text, item.section, headers(items, item))


def _below(items: Items) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for at, item in enumerate(items):
        if item.parent is not None:
            found[item.parent].append(at)
    return found
