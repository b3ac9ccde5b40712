"""How usual an event was in its cohort when it was told: who else had the like in the weeks before it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from storage import cohorts, rates
from storage.engine import Database
from storage.rates import What, Window
from sync.changes.sentences import kind_name
from sync.study.labels import in_words
from sync.versions.intervals import share_interval
from sync.words import agreeing, counted, ordinal

DAYS = 90
"""Before an event, in which the like of it is counted."""
FEWEST = 20
"""Studies that must have been observed: of fewer nothing is said, as one of them would make all the difference."""
SHORTEST = 7
"""Days that the cohort must have been observed."""

_SAID = {
    "stale": "became stale",
    "overdue": "became overdue",
    "unknown_forecast": "came near to being set Unknown",
    "entered": "entered the watch",
    "reentered": "came back into the watch",
    "left": "left the watch",
    "missing": "{was} absent from the registry's answer",
    "gone": "{was} gone from the registry",
    "alias": "got another id",
    "withheld": "{was} withheld",
}
_BECAME = {
    "SUSPENDED": "{was} suspended",
    "TERMINATED": "{was} terminated",
    "WITHDRAWN": "{was} withdrawn",
    "COMPLETED": "{was} completed",
    "UNKNOWN": "{was} set to Unknown",
}
UNCOUNTED = ("entered", "reentered", "storm", "schema", "administrative", "derived")
"""Kinds that no share of a cohort says anything about."""


@dataclass(frozen=True, slots=True)
class BaseRate:
    """How many of the studies observed had the like in the days before an event; the event itself is not among them."""

    watch: str
    kind: str
    status: str | None
    days: int
    """The days before the event that were observed: 90, or fewer where the cohort is younger."""
    studies: int
    """Studies of the cohort that were observed in them."""
    before: int
    """How many of these had the like."""
    again: bool
    """Whether the event's own study is one of them."""

    @property
    def is_enough(self) -> bool:
        """Whether enough was observed to say anything."""
        return self.studies >= FEWEST and self.days >= SHORTEST

    @property
    def sentence(self) -> str:
        """In words: "In this cohort 3 of 316 studies were suspended in the 90 days before; this one is the 4th."."""
        if not self.is_enough:
            return (
                f"Too few to say how usual this is: {counted(self.studies, 'study')} of the watch {self.watch} "
                f"observed for {counted(self.days, 'day')}; {FEWEST} studies and {SHORTEST} days are needed."
            )
        low, high = share_interval(self.before, self.studies)
        share = f"{percent(self.before / self.studies)}, 95 % interval {percent(low)} to {percent(high)}"
        number = f"{self.before:,}" if self.before else "none"
        happened = words(What(self.kind, self.status), self.before or 1)
        place = "this study was one of them" if self.again else f"this one is {_place(self.before + 1)}"
        return (
            f"In this cohort ({self.watch}) {number} of {counted(self.studies, 'study')} {happened} in the {self.days} days "
            f"before ({share}); {place}."
        )

    def as_json(self) -> dict[str, Any]:
        """The numbers, the interval of the share, and the sentence."""
        low, high = share_interval(self.before, self.studies)
        ours = {
            "low": round(low, 5),
            "high": round(high, 5),
            "enough": self.is_enough,
            "sentence": self.sentence,
        }
        return asdict(self) | ours


def _place(number: int) -> str:
    return "the first" if number == 1 else f"the {ordinal(number)}"


def percent(share: float) -> str:
    """A share as "0.9 %"."""
    return f"{100 * share:.1f} %"


def words(what: What, number: int) -> str:
    """What happened to a number of studies: "were suspended", "had a change of sites"."""
    said = _SAID.get(what.kind) or f"had a change of {kind_name(what.kind)}"
    if what.status:
        said = _BECAME.get(what.status) or f"{{was}} changed to {in_words(what.status)}"
    # Not `format`: a status that is new to the registry is its own words, braces and all.
    return said.replace("{was}", agreeing(number, "was", "were"), 1)


def base_rate(session: Session, event_id: str, release: str | None) -> BaseRate | None:
    """How usual an event was: as it was kept when it was told, else counted now. None where no share says anything."""
    kept = rates.noted(session, event_id)
    if kept is not None:
        return msgspec.convert(kept, BaseRate)
    return dict(_of_release(session, release, only=event_id)).get(event_id) if release else None


def note_base_rates(database: Database, release: str) -> int:
    """Count how usual the events of a release were, and keep it; of how many."""
    # Counted in a transaction of its own: in a whole registry it takes seconds, in which others could not write.
    with database.read() as session:
        found = [(each, rate.watch, asdict(rate)) for each, rate in _of_release(session, release)]
    if found:
        with database.write() as session:
            rates.note(session, found)
    return len(found)


def _of_release(session: Session, release: str, only: str | None = None) -> Iterator[tuple[str, BaseRate]]:
    told = rates.on_release(session, release, without_rate=only is None)
    wanted = [each for each in told if (only is None or each[0] == only) and each[2] not in UNCOUNTED]
    statuses = rates.new_statuses(session, [event_id for event_id, _, kind, _ in wanted if kind == "status"])
    before = _Before(session, release, {nct_id for _, nct_id, _, _ in wanted})
    for event_id, nct_id, kind, seq in wanted:
        watch = before.cohort_of(nct_id)
        if watch is not None:
            yield event_id, before.rate(watch, What(kind, statuses.get(event_id)), nct_id, seq)


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The studies of a watch to which the same happened: before a release, or on it, each at its first place."""

    studies: set[str]
    same_day: dict[str, int]
    places: list[int]
    """Those of the same day in order, so that what stands before an event is not counted anew for each."""


class _Before:
    """What happened before the events of one release; each watch and each kind is asked for once."""

    def __init__(self, session: Session, release: str, ids: Collection[str]) -> None:
        """`ids`: of the studies that will be asked for."""
        self.session = session
        self._watches = cohorts.watches_of(session, ids)
        self.window = Window((date.fromisoformat(release) - timedelta(days=DAYS)).isoformat(), release)
        self._sizes: dict[str, int] = {}
        self._observed: dict[str, tuple[int, int]] = {}
        self._earlier: dict[tuple[str, What], _Earlier] = {}

    def cohort_of(self, nct_id: str) -> str | None:
        """The smallest watch of a study that is large enough to count in, else its largest; None where it is in none."""
        sizes = {name: self._size(name) for name in self._watches.get(nct_id, ())}
        enough = {name: size for name, size in sizes.items() if size >= FEWEST}
        if enough:
            return min(enough, key=lambda name: (enough[name], name))
        return max(sizes, key=lambda name: (sizes[name], name), default=None)

    def _size(self, watch: str) -> int:
        # Once a watch, not once an event: of a whole registry counting takes a while.
        if watch not in self._sizes:
            self._sizes[watch] = rates.size(self.session, watch)
        return self._sizes[watch]

    def rate(self, watch: str, what: What, nct_id: str, seq: int) -> BaseRate:
        """How usual it was for a study at a place among the events of the release."""
        key = (watch, what)
        if watch not in self._observed:
            self._observed[watch] = self._observe(watch)
        if key not in self._earlier:
            self._earlier[key] = self._look_back(watch, what)
        (days, studies), earlier = self._observed[watch], self._earlier[key]
        return BaseRate(
            watch=watch,
            kind=what.kind,
            status=what.status,
            days=days,
            studies=studies,
            before=len(earlier.studies) + bisect_left(earlier.places, seq),
            again=nct_id in earlier.studies or earlier.same_day.get(nct_id, seq) < seq,
        )

    def _observe(self, watch: str) -> tuple[int, int]:
        found = rates.observed(self.session, watch, self.window)
        first = min((each.first for each in found), default=self.window.until)
        days = date.fromisoformat(self.window.until) - date.fromisoformat(first)
        return days.days, sum(each.studies for each in found)

    def _look_back(self, watch: str, what: What) -> _Earlier:
        found = rates.occurrences(self.session, watch, what, self.window)
        earlier = {nct_id for nct_id, release, _ in found if release < self.window.until}
        same_day: dict[str, int] = {}
        for nct_id, release, seq in found:
            if release == self.window.until and nct_id not in earlier:
                same_day[nct_id] = min(seq, same_day.get(nct_id, seq))
        return _Earlier(earlier, same_day, sorted(same_day.values()))
