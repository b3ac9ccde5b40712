"""The days on which all studies are posted, at once, as a walk of the whole registry needs them."""

from collections.abc import Callable
from datetime import date
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sync.demo.registry.generated.calendar import (
    BLOCK,
    EPOCH,
    FIRST,
    FIRST_NEWCOMER,
    OLDEST,
    OLDEST_UPDATE,
    RELEASES,
    TIERS,
    YOUNGEST,
    Calendar,
    Tier,
    release_of,
)
from sync.demo.registry.generated.numbers import FACTORS, START, Shuffle, mixed

Numbers = NDArray[np.int64]


def by_date(calendar: Calendar, release: int) -> Numbers:
    """All studies of a release, the last updated first; of those of one day the one that was posted first is last.

    600,000 in half a second, where one by one they take half a minute.
    """
    days = np.array([date.fromisoformat(release_of(each)).toordinal() for each in range(RELEASES)])
    numbers, last, first, before = _of_the_first(calendar, release)
    new = np.fromiter(calendar.registered(1, release), np.int64)
    edited = np.array([calendar.last_edit(int(each), release) for each in new], np.int64)
    born = days[(new - FIRST_NEWCOMER) // BLOCK]
    posted = np.concatenate((np.where(last > 0, days[last], before), days[edited]))
    numbers, first = np.concatenate((numbers, new)), np.concatenate((first, born))
    ordered: Numbers = numbers[np.lexsort((numbers, -first, -posted))]
    return ordered


def _of_the_first(calendar: Calendar, release: int) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Of the studies of the epoch: number, last edit, day of first posting, day of the last update before the epoch."""
    items = np.arange(calendar.studies, dtype=np.int64)
    blocks, epoch = items // BLOCK, EPOCH.toordinal()
    places = _placed(items % BLOCK, blocks, BLOCK, calendar.order_of_tiers)
    last, age, back = np.zeros_like(items), np.zeros_like(items), np.zeros_like(items)
    word = _mixed(np.full(len(items), mixed(calendar.seed), np.uint64), (items + FIRST).astype(np.uint64))
    of_word = _mixed(np.full(len(items), START, np.uint64), word)
    old, back_share = (_shares(_mixed(of_word, np.uint64(part))) for part in (10, 11))
    for tier in TIERS:
        here = (places >= tier.first) & (places < tier.first + tier.size)
        age[here] = YOUNGEST + (OLDEST[tier.name] * (old[here] * old[here])).astype(np.int64)
        most = np.minimum(age[here] - 1, OLDEST_UPDATE[tier.name])
        back[here] = 1 + (most * back_share[here]).astype(np.int64)
        if tier.period:
            last[here] = _last_edits(calendar, tier, places[here] - tier.first, blocks[here], release)
    return items + FIRST, last, epoch - age, epoch - back


def _last_edits(calendar: Calendar, tier: Tier, places: Numbers, blocks: Numbers, release: int) -> Numbers:
    last = np.zeros_like(places)
    for turn in (release // tier.period - 1, release // tier.period):
        at = _placed(places, blocks, tier.size, partial(calendar.order_of_edits, tier, turn))
        when = turn * tier.period + at * tier.period // tier.size
        last = np.where((when > 0) & (when <= release), when, last)
    return last


def _placed(items: Numbers, blocks: Numbers, size: int, order: Callable[[int], Shuffle]) -> Numbers:
    """Where items stand, each in the order of its block."""
    orders = [order(block) for block in range(int(blocks.max(initial=-1)) + 1)]
    factors, offsets = (
        np.array(each, np.int64) for each in zip(*((o.factor, o.offset) for o in orders), strict=True)
    )
    placed: Numbers = (items * factors[blocks] + offsets[blocks]) % size
    return placed


def _mixed(values: NDArray[np.uint64], part: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    """One turn of `numbers.mixed`, on many at once: what is beyond 64 bits falls away by itself."""
    first, second = map(np.uint64, FACTORS)
    values = (values ^ part) * first
    values = (values ^ (values >> np.uint64(27))) * second
    return values ^ (values >> np.uint64(31))


def _shares(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    return (words >> np.uint64(11)) / float(1 << 53)
