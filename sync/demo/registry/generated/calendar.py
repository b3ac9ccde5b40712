"""On which releases what is edited: cheap both ways, from a study to its edits and from a release to its studies.

Studies are numbered, in blocks of a thousand. In each block every tier edits each of its studies once a period, in an
order that differs from period to period: a study's edits are found with one multiplication a period, the studies of
a release with one for each of them. Of a release 1.1 % of the studies are updated by their sponsors and of 0.25 %
only the computed part changes, together the 1.4 % that were measured on real ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from sync.demo.registry.answers import QueryError
from sync.demo.registry.generated.numbers import Shuffle, mixed, share, shuffle

EPOCH = date(2025, 1, 6)
"""Release 0, a Monday: the state that all else is an edit of."""
RELEASES = 1_000
DEFAULT_RELEASE = "2026-09-01"
BLOCK = 1_000
FIRST, FIRST_NEWCOMER = 60_000_000, 70_000_000
"""The numbers in the ids of the first study and of the first one that is registered later; the registry is far from both."""
MOST_STUDIES = 2_000_000
"""As many as the numbers of former ids and of those that are registered later leave room for."""
NEW_A_RELEASE = 0.00025
"""Studies that are registered, as a share of all: 150 where there are 600,000."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Studies that are edited equally often: once in `period` releases, or never."""

    name: str
    first: int
    size: int
    """A thousandth each."""
    period: int


BUSY, OPEN = Tier("busy", 0, 50, 12), Tier("open", 50, 300, 50)
QUIET, DORMANT = Tier("quiet", 350, 500, 600), Tier("dormant", 850, 150, 0)
DERIVED = Tier("derived", 0, BLOCK, 400)
"""All studies, and how often the registry computes something anew of them."""
NEWCOMER = Tier("newcomer", 0, 0, 40)
TIERS = (BUSY, OPEN, QUIET, DORMANT)

OLDEST = {"busy": 1_400, "open": 2_000, "quiet": 7_300, "dormant": 5_500}
"""How many days before the epoch a study of each tier was posted at most."""
OLDEST_UPDATE = {"busy": 60, "open": 200, "quiet": 580, "dormant": 1_100}
"""And how many before it was updated last."""
YOUNGEST = 20

_ORDER_OF_TIERS, _ORDER_OF_EDITS, _ORDER_OF_DERIVED = 1, 2, 3
_FIRST_EDIT_OF_NEWCOMER = 15


def release_of(number: int) -> str:
    """The date of a release; there is one each weekday."""
    return (EPOCH + timedelta(days=number // 5 * 7 + number % 5)).isoformat()


def number_of(release: str) -> int:
    """The number of a release. Raises QueryError where there is none on that day."""
    try:
        weeks, day = divmod((date.fromisoformat(release) - EPOCH).days, 7)
    except ValueError as error:
        raise QueryError(f"`{release}` is not a day: {error}") from error
    number = weeks * 5 + day
    if day > 4 or not 0 <= number < RELEASES:
        span = f"{EPOCH} to {release_of(RELEASES - 1)}"
        raise QueryError(f"there is no release of {release}: they are those of the weekdays from {span}")
    return number


def until(day: str) -> int:
    """The number of the last release that is not after a day; less than 0 before the first one."""
    weeks, weekday = divmod((date.fromisoformat(day) - EPOCH).days, 7)
    return min(weeks * 5 + min(weekday, 4), RELEASES - 1)


@dataclass(frozen=True)
class Calendar:
    """The edits of so many studies. Numbers are those in their ids, releases are numbered from the epoch."""

    total: int
    """How many studies there are on the default release."""
    seed: int

    @cached_property
    def studies(self) -> int:
        """How many there are at the epoch."""
        return self.total - sum(map(self.newcomers, range(1, number_of(DEFAULT_RELEASE) + 1)))

    def newcomers(self, release: int) -> int:
        """How many studies are registered on a release."""
        rate = self.total * NEW_A_RELEASE
        return int((release + 1) * rate) - int(release * rate) if release > 0 else 0

    def born(self, number: int) -> int:
        """The release that a study is registered on; 0 for the first ones."""
        return (number - FIRST_NEWCOMER) // BLOCK if number >= FIRST_NEWCOMER else 0

    def exists(self, number: int, release: int) -> bool:
        """Whether there is such a study on a release."""
        if number < FIRST_NEWCOMER:
            return 0 <= number - FIRST < self.studies
        born, place = divmod(number - FIRST_NEWCOMER, BLOCK)
        return 0 < born <= release and place < self.newcomers(born)

    def numbers(self, release: int) -> Iterator[int]:
        """All studies of a release, the lowest number first."""
        yield from range(FIRST, FIRST + self.studies)
        yield from self.registered(1, release)

    def registered(self, first: int, last: int) -> Iterator[int]:
        """The studies that are registered on these releases."""
        for born in range(max(first, 1), last + 1):
            start = FIRST_NEWCOMER + born * BLOCK
            yield from range(start, start + self.newcomers(born))

    def count(self, release: int) -> int:
        """How many studies there are on a release."""
        return self.studies + sum(self.newcomers(born) for born in range(1, release + 1))

    def tier(self, number: int) -> Tier:
        """The tier of a study."""
        return self._place(number)[0]

    def edits(self, number: int, release: int) -> list[int]:
        """The releases on which its sponsor edited a study, up to one of them."""
        if number >= FIRST_NEWCOMER:
            return list(range(self._first_edit(number), release + 1, NEWCOMER.period))
        tier, place = self._place(number)
        return self._turns(tier, number, place, release, _ORDER_OF_EDITS) if tier.period else []

    def last_edit(self, number: int, release: int) -> int:
        """The last of its edits up to a release, or the one that it was registered on; 0: none since the epoch."""
        if number >= FIRST_NEWCOMER:
            first, born = self._first_edit(number), self.born(number)
            return release - (release - first) % NEWCOMER.period if release >= first else born
        tier, place = self._place(number)
        if not tier.period:
            return 0
        block, period = (number - FIRST) // BLOCK, release // tier.period
        for turn in (period, period - 1):
            order = self.order_of_edits(tier, turn, block)
            when = turn * tier.period + order.place_of(place) * tier.period // tier.size
            if 0 < when <= release:
                return when
        return 0

    def posted_at_first(self, number: int) -> tuple[date, date]:
        """When a study was first posted, and when its last update before the epoch was."""
        if number >= FIRST_NEWCOMER:
            born = date.fromisoformat(release_of(self.born(number)))
            return born, born
        tier, word = self.tier(number).name, mixed(self.seed, number)
        old = share(mixed(word, 10))
        age = YOUNGEST + int(OLDEST[tier] * (old * old))
        back = 1 + int(min(age - 1, OLDEST_UPDATE[tier]) * share(mixed(word, 11)))
        return EPOCH - timedelta(days=age), EPOCH - timedelta(days=back)

    def derived(self, number: int, release: int) -> list[int]:
        """The releases on which the registry computed something anew of a study, up to one of them."""
        if number >= FIRST_NEWCOMER:
            return []
        return self._turns(DERIVED, number, (number - FIRST) % BLOCK, release, _ORDER_OF_DERIVED)

    def edited_on(self, release: int) -> Iterator[int]:
        """The studies that their sponsors edited on a release, those that are registered on it too."""
        for block in range(self._blocks):
            of_tiers = self.order_of_tiers(block)
            for tier in TIERS:
                places = self._on(tier, block, release, _ORDER_OF_EDITS) if tier.period else ()
                yield from self._existing(block, (of_tiers.item_at(tier.first + place) for place in places))
        for number in self.registered(1, release - _FIRST_EDIT_OF_NEWCOMER):
            age = release - self._first_edit(number)
            if age >= 0 and age % NEWCOMER.period == 0:
                yield number
        yield from self.registered(release, release)

    def derived_on(self, release: int) -> Iterator[int]:
        """The studies of which the registry computes something anew on a release."""
        for block in range(self._blocks):
            yield from self._existing(block, self._on(DERIVED, block, release, _ORDER_OF_DERIVED))

    def order_of_tiers(self, block: int) -> Shuffle:
        """In which order the studies of a block are shared out among the tiers."""
        return shuffle(BLOCK, self.seed, _ORDER_OF_TIERS, block)

    def order_of_edits(self, tier: Tier, turn: int, block: int) -> Shuffle:
        """In which order a tier's studies are edited, on its so many-th turn."""
        return shuffle(tier.size, self.seed, _ORDER_OF_EDITS, tier.first, block, turn)

    @cached_property
    def _blocks(self) -> int:
        return -(-self.studies // BLOCK)

    def _existing(self, block: int, places: Iterator[int]) -> Iterator[int]:
        for place in places:
            if block * BLOCK + place < self.studies:
                yield FIRST + block * BLOCK + place

    def _first_edit(self, number: int) -> int:
        born, place = divmod(number - FIRST_NEWCOMER, BLOCK)
        return born + _FIRST_EDIT_OF_NEWCOMER + place * 7 % 13

    def _place(self, number: int) -> tuple[Tier, int]:
        """A study's tier and its number in it."""
        if number >= FIRST_NEWCOMER:
            return NEWCOMER, 0
        block, item = divmod(number - FIRST, BLOCK)
        place = self.order_of_tiers(block).place_of(item)
        tier = next(tier for tier in TIERS if place < tier.first + tier.size)
        return tier, place - tier.first

    def _turns(self, tier: Tier, number: int, place: int, release: int, purpose: int) -> list[int]:
        block, found = (number - FIRST) // BLOCK, []
        for turn in range(release // tier.period + 1):
            order = shuffle(tier.size, self.seed, purpose, tier.first, block, turn)
            when = turn * tier.period + order.place_of(place) * tier.period // tier.size
            if 0 < when <= release:
                found.append(when)
        return found

    def _on(self, tier: Tier, block: int, release: int, purpose: int) -> Iterator[int]:
        """The items of a tier whose turn it is on a release."""
        if release < 1:
            return
        turn, slot = divmod(release, tier.period)
        order = shuffle(tier.size, self.seed, purpose, tier.first, block, turn)
        first, after = (-(-each * tier.size // tier.period) for each in (slot, slot + 1))
        yield from map(order.item_at, range(first, after))
