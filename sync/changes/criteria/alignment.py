"""Which criterion of the new text is which of the old one: exact, split or merged, then the best assignment."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, permutations

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from sync.changes.criteria import senses, similarity
from sync.changes.criteria.assignment import assigned
from sync.changes.criteria.similarity import Matrix, Vocabulary
from sync.study import work
from sync.study.criteria import Criterion

# Criteria compared with each other; longer texts stretch by stretch, and texts of thousands of new criteria not at all.
_AT_ONCE, _STRETCH, _TOO_MANY = 800, 150, 4_000
_TABLE = 4_000_000  # cells of a table, a row a criterion and a column a sense, that may be in memory: 16 MB
# Similarity from which two criteria are the same one: anywhere in their section, between the same neighbours, elsewhere.
# Measured on 487 known edits of real texts, 17 real edits and 283 written cases: all are read alike with the first anywhere
# from 0.3 to 0.66 (at 0.8 two known edits are missed) and the last from 0.6 to 0.95. The one in place is the sensitive one:
# at 0.32 or 0.52 one real edit is read otherwise, at 0.2 three of the 17, at 0.7 seven.
_ALIKE, _ALIKE_IN_PLACE, _ALIKE_ELSEWHERE = 0.56, 0.42, 0.85
# A part of a split lies inside the whole; the parts together cover it; each covers some of it, none almost all. On the same
# material only the first matters: from 0.8 to 0.95 nothing is read otherwise, at 0.7 two real edits are.
_PART_INSIDE, _PARTS_COVER, _PART_AT_LEAST, _PART_AT_MOST, _PARTS_OVERLAP = 0.8, 0.88, 0.12, 0.88, 1.3
# Per cent of the characters that parts put together and the whole have in common. Joining adds a word or a comma: at 99 two
# known edits are missed; at 60 one real edit is read otherwise.
_SPELLED_OUT = 90.0
_MOST_PARTS, _LONG = 8, 4_000
_MOST_CANDIDATES = 60  # parts that are weighed for one whole

_DIGITS = re.compile(r"\d+")

Items = Sequence[Criterion]


@dataclass(slots=True)
class Alignment:
    """Indices into the old and the new items: pairs, one old split into several new, several old merged into one."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    splits: list[tuple[int, list[int]]] = field(default_factory=list)
    merges: list[tuple[list[int], int]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)


def align(old: Items, new: Items) -> Alignment:
    """The alignment of two lists of criteria; every index appears exactly once."""
    found = Alignment(pairs=_exact(old, new))
    left = _missing(len(old), {index for index, _ in found.pairs})
    right = _missing(len(new), {index for _, index in found.pairs})
    between = slots(len(old), len(new), found.pairs)
    most = max(len(left), len(right))
    # Where criteria only came or only went, as in most updates, none of them can be another one's successor.
    if not (left and right) or most > _TOO_MANY:
        found.removed, found.added = left, right
        return found
    spread = similarity.spread(item.key for item in (*old, *new))
    step = _AT_ONCE if most <= _AT_ONCE and most * len(spread) <= _TABLE else _STRETCH
    for start in range(0, most, step):
        stretch = slice(start, start + step)
        _match(_Leftovers(old, new, left[stretch], right[stretch], spread), between, found)
    return found


def _missing(size: int, seen: set[int]) -> list[int]:
    return [index for index in range(size) if index not in seen]


def _exact(old: Items, new: Items) -> list[tuple[int, int]]:
    """Pairs with the same wording, or at last the same sense but for a denial (`No X` turned into an exclusion `X`).

    Equal ones are told apart by what they stand under, then by their order.
    """
    found: list[tuple[int, int]] = []
    left, right = list(range(len(old))), list(range(len(new)))
    for identity in _IDENTITIES:
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for index in reversed(right):
            waiting[identity(new, index)].append(index)
        found += [(index, waiting[name].pop()) for index in left if waiting.get(name := identity(old, index))]
        left = _without(left, {index for index, _ in found})
        right = _without(right, {index for _, index in found})
    return found


def _without(indices: list[int], taken: set[int]) -> list[int]:
    return [index for index in indices if index not in taken]


def _header(items: Items, index: int) -> str | None:
    parent = items[index].parent
    return items[parent].key if parent is not None else None


_IDENTITIES: tuple[Callable[[Items, int], Hashable], ...] = (
    lambda items, at: (items[at].key, items[at].section, items[at].where, _header(items, at)),
    lambda items, at: (items[at].key, items[at].section, items[at].where),
    lambda items, at: (items[at].key, items[at].section),
    lambda items, at: items[at].key,
    lambda items, at: senses.core(items[at].key) or object(),
)


def slots(old_size: int, new_size: int, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """For each old index the new indices between which it would stand, had nothing moved."""
    anchors = sorted(pairs)
    places = [index for index, _ in anchors]
    found = []
    for index in range(old_size):
        after = bisect_left(places, index)
        low = anchors[after - 1][1] if after else -1
        high = anchors[after][1] if after < len(anchors) else new_size
        found.append((low, high))
    return found


@dataclass(slots=True)
class _Leftovers:
    """The criteria without an exact pair: indices into the old and the new items."""

    old: Items
    new: Items
    left: list[int]
    right: list[int]
    spread: Counter[str]

    def same_section(self) -> NDArray[np.bool_]:
        """Which old and which new ones stand in one section."""
        return _equal(
            [self.old[index].section for index in self.left],
            [self.new[index].section for index in self.right],
        )


def _equal(old: list[str], new: list[str]) -> NDArray[np.bool_]:
    # Numbers in their stead: an array of texts takes room for the longest one in each place.
    number = {text: at for at, text in enumerate(dict.fromkeys((*old, *new)))}
    left, right = (np.array([number[text] for text in texts], dtype=np.int32) for texts in (old, new))
    return np.asarray(left[:, None] == right[None, :])


def _match(rest: _Leftovers, slots: list[tuple[int, int]], found: Alignment) -> None:
    old_done: set[int] = set()
    new_done: set[int] = set()
    if rest.left and rest.right:
        old_keys, new_keys = [rest.old[i].key for i in rest.left], [rest.new[i].key for i in rest.right]
        vocabulary = Vocabulary([*old_keys, *new_keys], rest.spread)
        tables, together = (vocabulary.table(old_keys), vocabulary.table(new_keys)), rest.same_section()
        for whole, parts in _divided(old_keys, new_keys, tables, together, rest.right):
            found.splits.append((rest.left[whole], [rest.right[part] for part in parts]))
            old_done.add(whole)
            new_done.update(parts)
        for whole, parts in _divided(new_keys, old_keys, tables[::-1], together.T, rest.left):
            if whole not in new_done and old_done.isdisjoint(parts):
                found.merges.append(([rest.left[part] for part in parts], rest.right[whole]))
                new_done.add(whole)
                old_done.update(parts)
        alike = similarity.matrix(old_keys, new_keys, *tables)
        _keep_numbers(alike, together, old_keys, new_keys)
        alike[list(old_done), :] = 0
        alike[:, list(new_done)] = 0
        for row, column in _best_pairs(alike, together, rest, slots):
            found.pairs.append((rest.left[row], rest.right[column]))
            old_done.add(row)
            new_done.add(column)
    found.removed += [index for row, index in enumerate(rest.left) if row not in old_done]
    found.added += [index for column, index in enumerate(rest.right) if column not in new_done]


def _keep_numbers(alike: Matrix, together: NDArray[np.bool_], old: list[str], new: list[str]) -> None:
    """Across sections only a criterion with the same numbers is the same one: `BMI < 18` is not a moved `BMI > 30`."""
    for row, column in zip(*np.nonzero((alike >= _ALIKE_ELSEWHERE) & ~together), strict=True):
        if sorted(_DIGITS.findall(old[row])) != sorted(_DIGITS.findall(new[column])):
            alike[row, column] = 0


def _divided(
    wholes: list[str],
    parts: list[str],
    tables: tuple[Matrix, Matrix],
    together: NDArray[np.bool_],
    order: list[int],
) -> Iterator[tuple[int, list[int]]]:
    """Texts that several texts of the other side make up, neighbours first; a part belongs to one whole only."""
    common = similarity.shared(*tables)
    inside = (common >= _PART_INSIDE * tables[1].sum(axis=1)[None, :]) & together & (common > 0)
    taken: set[int] = set()
    for whole in map(int, np.flatnonzero(inside.sum(axis=1) >= 2)):
        work.go_on()
        untaken = (part for part in map(int, np.flatnonzero(inside[whole])) if part not in taken)
        candidates = list(islice(untaken, _MOST_CANDIDATES))
        if len(candidates) < 2:
            continue
        run = _spelled_out(wholes[whole], candidates, parts, order)
        if not run and _makes_up(tables[0][whole], tables[1][candidates]):
            run = candidates
        if run:
            taken.update(run)
            yield whole, run


def _spelled_out(whole: str, candidates: list[int], parts: list[str], order: list[int]) -> list[int]:
    """The texts that, written one after the other, are the whole; empty if there are none."""
    best, found = _SPELLED_OUT, []
    for some in _combinations(whole, candidates, parts, order):
        text = " ".join(parts[part] for part in some)
        alike = fuzz.ratio(text[:_LONG], whole[:_LONG], score_cutoff=best)
        if alike >= best:
            best, found = alike, some
    return sorted(found)


def _combinations(
    whole: str, candidates: list[int], parts: list[str], order: list[int]
) -> Iterator[list[int]]:
    """Neighbours in their order, and any two: a part may have been put elsewhere."""
    for start in range(len(candidates)):
        length = len(parts[candidates[start]])
        for stop in range(start + 1, min(start + _MOST_PARTS, len(candidates))):
            length += len(parts[candidates[stop]])
            if order[candidates[stop]] != order[candidates[stop - 1]] + 1 or length > 1.2 * len(whole):
                break
            yield candidates[start : stop + 1]
    for pair in permutations(candidates[:_MOST_PARTS], 2):
        if 0.8 * len(whole) < sum(len(parts[part]) for part in pair) < 1.2 * len(whole):
            yield list(pair)


def _makes_up(whole: Matrix, parts: Matrix) -> bool:
    """True where the parts' senses cover the whole's with little overlap, wherever the parts stand."""
    shared = np.flatnonzero(whole)  # of the senses of both texts, those that this one has
    whole, parts = whole[shared], parts[:, shared]
    weight = float(whole.sum())
    each = np.where(parts > 0, whole[None, :], 0).sum(axis=1) / weight
    covered = float(np.where((parts > 0).any(axis=0), whole, 0).sum()) / weight
    own_share = each.min() >= _PART_AT_LEAST and each.max() <= _PART_AT_MOST
    return covered >= _PARTS_COVER and own_share and each.sum() <= _PARTS_OVERLAP


def _best_pairs(
    alike: Matrix, together: NDArray[np.bool_], rest: _Leftovers, slots: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The pairs that are alike enough and make the sum of similarities greatest; place and neighbours break ties."""
    right = np.array(rest.right)
    low, high = (np.array([slots[index][side] for index in rest.left]) for side in (0, 1))
    in_place = together & (right[None, :] > low[:, None]) & (right[None, :] < high[:, None])
    needed = np.where(together, np.where(in_place, _ALIKE_IN_PLACE, _ALIKE), _ALIKE_ELSEWHERE)
    apart = np.abs(right[None, :] - np.maximum(low, 0)[:, None]) / max(len(rest.new), 1)
    place = _equal(
        [" / ".join(rest.old[i].where) for i in rest.left],
        [" / ".join(rest.new[j].where) for j in rest.right],
    )
    # place and neighbours choose among what is alike: `needed` is asked of the likeness alone
    score = alike + 0.12 * in_place + 0.06 * place + 0.1 * together - 0.04 * np.minimum(apart, 1)
    score = np.where(alike >= needed, score, 0)
    for row, column in assigned(score):
        if score[row, column] > 0:
            yield row, column
