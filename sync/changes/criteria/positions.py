"""Where criteria stand, and whether one that is in both texts was moved or only its surroundings changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sync.changes.criteria.alignment import Alignment
from sync.study.criteria import Criterion


class Places:
    """The places of aligned criteria. Titles and headers that came, went or were reworded move nothing."""

    def __init__(self, old: Sequence[Criterion], new: Sequence[Criterion], found: Alignment) -> None:
        self._old, self._new = old, new
        self._images: dict[int, set[int]] = defaultdict(set)
        for before, after in _links(found):
            self._images[before].add(after)
        self._came = set(found.added)
        self._old_titles = {title for item in old for title in item.where}
        self._new_titles = {title for item in new for title in item.where}
        self._renamed = {
            old[before].heads: new[after].heads
            for before, after in found.pairs
            if old[before].heads and new[after].heads
        }

        # What the old text's titles are called now: asked for every pair, so gathered once.
        self._known_titles = {self._renamed.get(title, title) for title in self._old_titles}

    def moved(self, before: int, after: int) -> bool:
        """True where a criterion stands in another section, under another title or under another criterion."""
        old, new = self._old[before], self._new[after]
        if old.section != new.section:
            return True
        return self._title_changed(old, new) or self._header_changed(old.parent, new.parent)

    def _title_changed(self, old: Criterion, new: Criterion) -> bool:
        kept = [self._renamed.get(title, title) for title in old.where]
        kept = [title for title in kept if title in self._new_titles]
        return kept != [title for title in new.where if title in self._known_titles]

    def _header_changed(self, old: int | None, new: int | None) -> bool:
        if old is not None and old not in self._images:
            return False
        if new in self._came:
            return False
        if old is None or new is None:
            return old is not new
        return new not in self._images[old] and self._old[old].key != self._new[new].key


def _links(found: Alignment) -> list[tuple[int, int]]:
    """Every old index with every new one that it went into."""
    splits = [(whole, part) for whole, parts in found.splits for part in parts]
    merges = [(part, whole) for parts, whole in found.merges for part in parts]
    return [*found.pairs, *splits, *merges]


def headers(items: Sequence[Criterion], item: Criterion) -> list[str]:
    """The criteria and titles that a criterion stands under, nearest first."""
    above: list[str] = []
    parent = item.parent
    while parent is not None:
        above.append(items[parent].text)
        parent = items[parent].parent
    return [*above, *reversed(item.place)]
