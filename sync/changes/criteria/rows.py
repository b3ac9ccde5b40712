"""Two eligibility texts side by side: each criterion of either in one row, in the order of the new text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sync.changes.criteria.detail import NO_NUMBERS, EligibilityDetail, Numbers
from sync.changes.criteria.positions import headers
from sync.changes.model import Change
from sync.study.criteria import Criterion

Items = Sequence[Criterion]


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of criteria: indices into the old and the new items, None where it is as it was.

    `at` is the place among the changes of an event.
    """

    at: float
    old: tuple[int, ...]
    new: tuple[int, ...]
    change: Change[EligibilityDetail] | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a criterion as it stands now, else as it stood (None: the whole text), and what changed of it.

    `under` are the criteria that it stands under, outermost first; `numbers` those that it has in the two texts.
    """

    item: Criterion | None
    under: tuple[str, ...]
    change: Change[EligibilityDetail] | None
    before: str | None = None
    after: str | None = None
    numbers: Numbers = NO_NUMBERS


def numbers_of(old: Items, new: Items, before: Iterable[int], after: Iterable[int]) -> Numbers:
    """The numbers of the criteria at these places. Titles have none: they stand behind all criteria."""
    return Numbers(
        tuple(at + 1 for at in before if not old[at].is_title),
        tuple(at + 1 for at in after if not new[at].is_title),
    )


def in_order(old: Items, new: Items, placed: Sequence[Placed]) -> list[Row]:
    """The rows of what is placed. Titles that are as they were are not rows: the place of each criterion shows them."""
    order = _Order(old, new, placed)
    shown = [each for each in placed if each.change or not _only_titles(old, new, each)]
    return [_row(old, new, each) for each in sorted(shown, key=order.of)]


def _only_titles(old: Items, new: Items, placed: Placed) -> bool:
    involved = [*(old[at] for at in placed.old), *(new[at] for at in placed.new)]
    return all(item.is_title for item in involved)


def _row(old: Items, new: Items, placed: Placed) -> Row:
    items, at = (new, placed.new[0]) if placed.new else (old, placed.old[0])
    item = items[at]
    above = headers(items, item)[: item.depth]
    before = "\n".join(old[each].text for each in placed.old) if placed.old else None
    after = "\n".join(new[each].text for each in placed.new) if placed.new else None
    numbers = numbers_of(old, new, placed.old, placed.new)
    return Row(item, tuple(reversed(above)), placed.change, before, after, numbers)


class _Order:
    """Where a row stands. What was removed follows what it followed, within its section, where that still stands."""

    def __init__(self, old: Items, new: Items, placed: Sequence[Placed]) -> None:
        self._old, self._new = old, new
        self._images = {before: each.new[-1] for each in placed if each.new for before in each.old}
        self._first_below_title = _firsts(new)
        self._old_first_below_title = _firsts(old)
        self._behind = dict(self._anchors())

    def of(self, placed: Placed) -> tuple[float, int]:
        """A key to sort by."""
        if placed.new:
            return self._of_new(placed.new[0]), -1
        before = placed.old[0]
        return self._behind[_first_below(self._old, before, self._old_first_below_title)], before

    def _of_new(self, at: int) -> float:
        """A title stands before the first criterion that stands under it."""
        first = _first_below(self._new, at, self._first_below_title)
        return first if first == at else first - 0.25

    def _anchors(self) -> Iterator[tuple[int, float]]:
        behind = {item.section: self._start_of(item.section) for item in _one_a_section(self._old)}
        for at, item in enumerate(self._old):
            image = self._images.get(at)
            if image is not None and self._new[image].section == item.section and not item.is_title:
                behind[item.section] = image
            yield at, behind[item.section] + 0.5

    def _start_of(self, section: str) -> float:
        starts = (at for at, item in enumerate(self._new) if item.section == section and not item.is_title)
        return next(starts, len(self._new)) - 1


def _one_a_section(items: Items) -> Iterable[Criterion]:
    return {item.section: item for item in items}.values()


def _firsts(items: Items) -> dict[tuple[str, str], int]:
    """By section and title, where the first item is that stands under it."""
    found: dict[tuple[str, str], int] = {}
    for at, item in enumerate(items):
        for title in item.where:
            found.setdefault((item.section, title), at)
    return found


def _first_below(items: Items, at: int, firsts: dict[tuple[str, str], int]) -> int:
    title = items[at]
    return firsts.get((title.section, title.heads), at) if title.is_title else at
