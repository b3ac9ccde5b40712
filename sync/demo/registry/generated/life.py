"""What has become of a study by a release: its status, its dates, its numbers, and the edits that its record shows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from sync.demo.registry.generated.calendar import Calendar, Tier, release_of
from sync.demo.registry.generated.numbers import chosen, mixed, quantile, share, shuffle
from sync.demo.registry.generated.words import PLACES_OF_THEMES, SPONSORS
from sync.study.unknown_rule import months_later

OPEN = frozenset({"RECRUITING", "NOT_YET_RECRUITING", "ACTIVE_NOT_RECRUITING", "ENROLLING_BY_INVITATION"})
"""The registry sets them UNKNOWN in time."""
ENDED = frozenset({"COMPLETED", "TERMINATED", "WITHDRAWN"})

KINDS = (
    ("bookkeeping", 230), ("sites_added", 145), ("sites_removed", 70), ("site_status", 110), ("contacts", 110),
    ("dates", 125), ("status", 76), ("enrollment", 25), ("criteria", 32), ("outcomes", 27), ("arms", 12),
    ("references", 14), ("title", 10), ("description", 10), ("results", 4),
)  # fmt: skip
"""What an update by a sponsor changes, besides its dates: a thousand, about as real ones do."""

_STATUSES = {
    "busy": (("RECRUITING", 70), ("ACTIVE_NOT_RECRUITING", 15), ("NOT_YET_RECRUITING", 10),
             ("ENROLLING_BY_INVITATION", 5)),
    "open": (("RECRUITING", 42), ("COMPLETED", 24), ("ACTIVE_NOT_RECRUITING", 17), ("NOT_YET_RECRUITING", 12),
             ("ENROLLING_BY_INVITATION", 4), ("SUSPENDED", 1)),
    "quiet": (("COMPLETED", 74), ("TERMINATED", 9), ("WITHDRAWN", 4), ("ACTIVE_NOT_RECRUITING", 6),
              ("RECRUITING", 6), ("SUSPENDED", 1)),
    "dormant": (("RECRUITING", 40), ("NOT_YET_RECRUITING", 22), ("ACTIVE_NOT_RECRUITING", 22), ("COMPLETED", 16)),
    "newcomer": (("NOT_YET_RECRUITING", 60), ("RECRUITING", 35), ("COMPLETED", 5)),
}  # fmt: skip
_NEXT = {
    "NOT_YET_RECRUITING": (("RECRUITING", 9), ("WITHDRAWN", 1)),
    "RECRUITING": (("ACTIVE_NOT_RECRUITING", 12), ("COMPLETED", 4), ("TERMINATED", 3), ("SUSPENDED", 1)),
    "ENROLLING_BY_INVITATION": (("ACTIVE_NOT_RECRUITING", 1), ("COMPLETED", 1)),
    "ACTIVE_NOT_RECRUITING": (("COMPLETED", 9), ("TERMINATED", 1)),
    "SUSPENDED": (("RECRUITING", 2), ("TERMINATED", 1)),
}
SIZES = (
    (0, 2_400), (0.01, 3_900), (0.05, 5_100), (0.1, 5_900), (0.25, 7_700), (0.5, 10_900), (0.75, 16_200), (0.85, 22_500),
    (0.9, 30_500), (0.95, 56_000), (0.99, 135_000), (0.999, 400_000), (0.99999, 1_050_000), (1, 1_100_000),
)  # fmt: skip
"""How many bytes of JSON a record has, by its place among all, as real ones are spread."""
LARGE = 0.88
"""From this place on most records have results: as many of them have ended as the next figure says."""
ENDED_OF_LARGE = 85
"""Per cent."""


@dataclass(slots=True)
class Life:
    """A study as it is on a release."""

    number: int
    word: int
    theme: int
    sponsor: int
    place: float
    """Its place among all by size."""
    status: str
    posted: date
    first_posted: date
    start: date
    primary: date
    completion: date
    enrolled: int
    submitted: date
    results: bool
    """Whether its record has results."""
    had_results: bool
    """Whether it had them from the first: the rest of its record is the shorter for them."""
    edits: list[tuple[str, int]] = field(default_factory=list)
    """What each edit changed, with a number of its own."""
    stopped: int = 0
    last_known: str = ""
    derived: int = 0

    @property
    def size(self) -> float:
        """How many bytes its record is to have."""
        return quantile(SIZES, self.place)

    @property
    def by_day(self) -> bool:
        """Whether its ends are given to the day, and not to the month."""
        return bool(self.word & 4)

    def edited(self, kind: str, word: int, posted: date) -> None:
        """The study after one more update by its sponsor."""
        self.posted, self.submitted = posted, posted - timedelta(days=1 + word % 5)
        ended = self.status in ENDED
        if kind == "status" and not ended:
            self._move_on(word)
        elif kind == "enrollment" and not ended:
            self.enrolled = max(1, self.enrolled * (60 + word % 90) // 100) + 1
        elif kind == "dates" and not ended:
            self._slip(word)
        elif kind == "results":
            self.results = self.results or self.status in ("COMPLETED", "TERMINATED")
        self.edits.append((kind, word))

    def _move_on(self, word: int) -> None:
        self.status = chosen(_NEXT[self.status], word >> 8)
        if self.status in ENDED:
            self.completion = self.submitted
            self.primary = min(self.primary, self.submitted)
            self.stopped = word >> 32
        if self.status == "WITHDRAWN":
            self.enrolled = 0
        elif word % 97 < 62:
            # So many of the changes of enrolment come with a change of status.
            self.enrolled = max(1, self.enrolled * (50 + word % 61) // 100)

    def _slip(self, word: int) -> None:
        months = 1 + (word >> 8) % 12
        self.completion = months_later(self.completion, months)
        if word % 3:
            self.primary = months_later(self.primary, months)

    def set_unknown(self, today: date) -> None:
        """The registry sets open studies UNKNOWN that nobody has verified for two years after their end."""
        end = self.completion if self.by_day else _last_of_month(self.completion)
        verified = _last_of_month(self.submitted)
        if self.status in OPEN and end < today and months_later(verified, 24) <= today:
            self.status, self.last_known = "UNKNOWN", self.status


def _last_of_month(day: date) -> date:
    return months_later(day.replace(day=1), 1) - timedelta(days=1)


def lives(calendar: Calendar, number: int, release: int) -> Iterator[tuple[int, Life]]:
    """A study after each update by its sponsor, with the release of it; it is the same object each time."""
    life = _first(calendar, number)
    born = calendar.born(number)
    yield born, life
    for at in calendar.edits(number, release):
        word = mixed(calendar.seed, number, at, 5)
        life.edited(chosen(KINDS, word >> 40), word, date.fromisoformat(release_of(at)))
        yield at, life


def life_on(calendar: Calendar, number: int, release: int) -> Life:
    """A study as it is on a release."""
    *_, (_, life) = lives(calendar, number, release)
    life.derived = len(calendar.derived(number, release))
    life.set_unknown(date.fromisoformat(release_of(release)))
    return life


def theme_of(seed: int, number: int) -> int:
    """The place of a study's theme among all."""
    block, item = divmod(number, 1_000)
    place = shuffle(1_000, seed, 4, block).place_of(item)
    return next(theme for theme, (_, end) in enumerate(PLACES_OF_THEMES) if place < end)


def numbers_about(seed: int, theme: int, block: int) -> Iterator[int]:
    """Of the thousand numbers of a block those that are about a theme."""
    order = shuffle(1_000, seed, 4, block)
    for place in range(*PLACES_OF_THEMES[theme]):
        yield block * 1_000 + order.item_at(place)


def posted(calendar: Calendar, number: int, release: int) -> date:
    """The day on which the last update of a study was posted."""
    last = calendar.last_edit(number, release)
    return date.fromisoformat(release_of(last)) if last else calendar.posted_at_first(number)[1]


def first_posted(calendar: Calendar, number: int) -> date:
    """The day on which a study was first posted."""
    return calendar.posted_at_first(number)[0]


def _first(calendar: Calendar, number: int) -> Life:
    tier, word = calendar.tier(number), mixed(calendar.seed, number)
    place = share(mixed(word, 1))
    first, updated = calendar.posted_at_first(number)
    status = _status(tier, place, mixed(word, 2))
    start, primary, completion = _course(status, mixed(word, 3), first, updated)
    with_results = place > LARGE and status in ("COMPLETED", "TERMINATED")
    return Life(
        number=number,
        word=word,
        theme=theme_of(calendar.seed, number),
        # The first ones have many studies, most of them few.
        sponsor=int(SPONSORS * share(mixed(word, 5)) ** 2),
        place=place,
        status=status,
        posted=updated,
        first_posted=first,
        start=start,
        primary=primary,
        completion=completion,
        enrolled=0 if status == "WITHDRAWN" else int(12 + 10 ** (1 + 2 * ((word >> 20) % 1_000) / 1_000)),
        submitted=updated - timedelta(days=1 + word % 5),
        results=with_results,
        had_results=with_results,
        stopped=word >> 30,
    )


def _status(tier: Tier, place: float, word: int) -> str:
    if place > LARGE and word % 100 < ENDED_OF_LARGE:
        return "COMPLETED" if word % 7 else "TERMINATED"
    return chosen(_STATUSES[tier.name], word >> 8)


def _course(status: str, word: int, first: date, updated: date) -> tuple[date, date, date]:
    """When a study began, met its primary end and ended, or is to."""
    if status == "NOT_YET_RECRUITING":
        start = _day(updated, 1 + word % 6, word >> 16)
    else:
        start = min(_day(first, word % 7 - 3, word >> 16), updated)
    if status in ENDED:
        completion = start + (updated - start) * share(mixed(word, 1))
        return start, start + (completion - start) * share(mixed(word, 2)), completion
    months = 18 + (word >> 8) % 48
    primary = _day(start, months - (word >> 24) % 12, word >> 32)
    return start, primary, max(primary, _day(start, months, word >> 40))


def _day(origin: date, months: int, word: int) -> date:
    """A day of the month that is so many months away."""
    month = origin.year * 12 + origin.month - 1 + months
    return date(month // 12, month % 12 + 1, 1 + word % 28)
