"""Numbers that look random and are functions of what they are asked for: hashes, permutations, quantiles."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import gcd

START = 0x9E3779B97F4A7C15
FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_64_BITS = (1 << 64) - 1


def mixed(*parts: int) -> int:
    """64 bits that depend on every part and on their order (the finisher of splitmix64)."""
    (first, second), value = FACTORS, START
    for part in parts:
        value = ((value ^ part) * first) & _64_BITS
        value = ((value ^ (value >> 27)) * second) & _64_BITS
        value ^= value >> 31
    return value


def share(word: int) -> float:
    """64 bits as a share of one, as exact as a float has it."""
    return (word >> 11) / (1 << 53)


@dataclass(frozen=True, slots=True)
class Shuffle:
    """An order of `size` items, in which both directions are one multiplication."""

    size: int
    factor: int
    offset: int
    inverse: int

    def place_of(self, item: int) -> int:
        """Where an item stands."""
        return (item * self.factor + self.offset) % self.size

    def item_at(self, place: int) -> int:
        """Which item stands there."""
        return (place - self.offset) * self.inverse % self.size


@lru_cache(maxsize=1 << 16)
def shuffle(size: int, *key: int) -> Shuffle:
    """The order that belongs to a key."""
    word = mixed(size, *key)
    factor = 1 + word % size
    while gcd(factor, size) != 1:
        factor += 1
    return Shuffle(size, factor, (word >> 32) % size, pow(factor, -1, size) if size > 1 else 0)


def quantile(table: Sequence[tuple[float, float]], at: float) -> float:
    """The value at a share of one, out of a table of (share, value) that is interpolated between its rows."""
    row = min(max(bisect_right(table, (at, float("inf"))) - 1, 0), len(table) - 2)
    (low, least), (high, most) = table[row], table[row + 1]
    return least + (most - least) * min((at - low) / (high - low), 1.0)


def chosen(weights: Sequence[tuple[str, int]], word: int) -> str:
    """One of the words, as often as its weight says."""
    place = word % sum(weight for _, weight in weights)
    for name, weight in weights:
        if place < weight:
            return name
        place -= weight
    raise AssertionError("a place beyond all weights")


def running(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Where each of these neighbours begins and ends."""
    ends = [0]
    for size in sizes:
        ends.append(ends[-1] + size)
    return list(pairwise(ends))
