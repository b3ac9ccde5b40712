"""Which removed element and which added element are one and the same under another name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

CHARACTERS = 1_000
"""Characters of a text that likeness is told by: it takes time with the product of both lengths."""
MOST = 40_000
"""Candidates to weigh at most; beyond (200 against 200), elements count as removed and added."""


def best_pairs(
    olds: Sequence[T], news: Sequence[T], likeness: Callable[[T, T], float], floor: float
) -> list[tuple[T, T, float]]:
    """Pairs of likeness `floor` or more, the likest first; each element in one pair at most."""
    if len(olds) * len(news) > MOST:
        return []
    scored = [(likeness(old, new), i, j) for i, old in enumerate(olds) for j, new in enumerate(news)]
    pairs = []
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    for score, i, j in sorted((s for s in scored if s[0] >= floor), key=lambda s: (-s[0], s[1], s[2])):
        if i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            pairs.append((olds[i], news[j], score))
    return pairs
