"""Weeks of releases: each is named by its Monday (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from sync.study.dates import PartialDate


class Weeks:
    """So many weeks, the last of which has a day in it; tells in which of them a release was."""

    def __init__(self, last: date, number: int) -> None:
        monday = last - timedelta(days=last.weekday())
        self.mondays = [monday - timedelta(weeks=back) for back in range(number - 1, -1, -1)]
        self._place: dict[date | None, int] = {day: place for place, day in enumerate(self.mondays)}

    @property
    def since(self) -> str:
        """The first day, as releases are written."""
        return self.mondays[0].isoformat()

    def place(self, release: str) -> int | None:
        """The week's place, from 0; None where the release was in none of them."""
        return self._place.get(_monday_of(release))

    def sums(self, numbers: Iterable[tuple[str, int]]) -> tuple[int, ...]:
        """The sum of each week, of numbers by release."""
        sums = [0] * len(self.mondays)
        for release, number in numbers:
            place = self.place(release)
            if place is not None:
                sums[place] += number
        return tuple(sums)


# A few hundred releases, asked for once for each event.
@lru_cache(maxsize=4096)
def _monday_of(release: str) -> date | None:
    known = PartialDate.parse(release)
    return known.first - timedelta(days=known.first.weekday()) if known and known.precision == "day" else None
