"""A time axis: where a day stands, and which days are named below it (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = (1, 2, 7, 14)
_A_MONTH = 30.44
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 2_400, 6_000, 12_000, 120_000)


@dataclass(frozen=True, slots=True)
class Tick:
    """A day that is named on the axis."""

    day: date
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Days (as ordinals) on pixels; what lies outside stands at the edge."""

    first: int
    last: int
    left: float
    right: float

    @classmethod
    def around(
        cls, days: list[date], left: float, right: float, *, least: int = 14, margin: float = 0.03
    ) -> Scale:
        """A scale that holds all the days, with some room at both ends, and is at least so many days long."""
        low, high = min(days).toordinal(), max(days).toordinal()
        missing = max(least - (high - low), 0)
        # A mark on the first or the last day would be cut in half at the edge.
        room = max(round((high - low + missing) * margin), 1)
        first = max(low - missing // 2 - room, date.min.toordinal())
        return cls(first, min(high + (missing + 1) // 2 + room, date.max.toordinal()), left, right)

    def x(self, day: date) -> float:
        """Where a day stands."""
        share = (day.toordinal() - self.first) / max(self.last - self.first, 1)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def holds(self, day: date) -> bool:
        """Whether a day lies on the axis."""
        return self.first <= day.toordinal() <= self.last

    @property
    def end(self) -> date:
        """The last day."""
        return date.fromordinal(self.last)


def ticks(scale: Scale, room: float = 92) -> list[Tick]:
    """The days to name, at least `room` pixels apart: days, else months, else years."""
    # One day alone has no length to divide by.
    pixels_a_day = (scale.right - scale.left) / max(scale.last - scale.first, 1)
    for step in _DAYS:
        if step * pixels_a_day >= room:
            return list(_daily(scale, step))
    # Up to ten thousand years: a record may say 9999, and its axis must still be drawn in bounded time.
    step = next((months for months in _MONTHS if months * _A_MONTH * pixels_a_day >= room), _MONTHS[-1])
    return list(_monthly(scale, step))


def _daily(scale: Scale, step: int) -> Iterator[Tick]:
    # weeks begin on Mondays, whose ordinals are 1 more than a multiple of 7
    start = scale.first + (1 - scale.first) % step
    last_year: int | None = None
    for ordinal in range(start, scale.last + 1, step):
        day = date.fromordinal(ordinal)
        year = f" {day.year}" if day.year != last_year else ""
        last_year = day.year
        yield Tick(day, f"{day.day} {MONTHS[day.month - 1]}{year}")


def _monthly(scale: Scale, step: int) -> Iterator[Tick]:
    begin, end = date.fromordinal(scale.first), date.fromordinal(scale.last)
    month = begin.year * 12 + begin.month - 1
    # Quarters begin in January and decades in years that end in 0, wherever the axis begins.
    month += -month % step
    last_year: int | None = None
    while month <= min(end.year * 12 + end.month - 1, date.max.year * 12 + 11):
        year, place = divmod(month, 12)
        day = date(max(year, 1), place + 1, 1)
        if scale.holds(day):
            yield Tick(day, _month_label(day, step, last_year))
            last_year = day.year
        month += step


def _month_label(day: date, step: int, last_year: int | None) -> str:
    if step >= 12:
        return str(day.year)
    return f"{MONTHS[day.month - 1]} {day.year}" if day.year != last_year else MONTHS[day.month - 1]
