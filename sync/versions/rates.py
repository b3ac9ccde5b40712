"""What is usual in a watch: how often what changes, how long studies stay in a status, what becomes of plans.

All of it from the stored versions: a study counts from its first version on, whoever watched it then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import compress
from statistics import median, quantiles
from typing import Any

from sqlalchemy.orm import Session

from storage import cohorts, rates, silence
from storage.rates import STRATA, What, Window
from sync.changes import silence as silences
from sync.changes.rule import Limits
from sync.study.record import Study
from sync.versions.base_rates import FEWEST, SHORTEST
from sync.versions.intervals import Interval, count_interval, share_interval

YEARS = 100 * 365.25
"""Days in the hundred study-years that rates are given for."""
BY = dict(zip(("class", "phase", "sponsor"), STRATA, strict=True))
"""What studies are told apart by, as people name it, and where it is kept."""
DATES = ("start", "primary completion", "completion")


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a number of studies, with Wilson's interval."""

    part: int
    n: int

    @property
    def interval(self) -> Interval:
        """Between which the true share lies."""
        return share_interval(self.part, self.n)

    def as_json(self) -> dict[str, Any]:
        """The share; without a value where too few were counted."""
        return {"part": self.part, "n": self.n} | _told(
            self.n, self.part / self.n if self.n else 0.0, self.interval
        )


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened to the studies of one stratum while they were observed."""

    what: What
    stratum: tuple[str, ...]
    events: int
    studies: int
    n: int
    days: int

    @property
    def is_enough(self) -> bool:
        """Whether enough studies were observed to say anything."""
        return self.n >= FEWEST and self.days >= FEWEST * SHORTEST

    @property
    def per_100_years(self) -> float:
        """Events in a hundred study-years."""
        return self.events / self.days * YEARS if self.days else 0.0

    @property
    def interval(self) -> Interval:
        """Between which the true rate lies: Garwood's of the count, by the time of observation."""
        low, high = count_interval(self.events)
        return (
            Interval(low / self.days * YEARS, high / self.days * YEARS) if self.days else Interval(0.0, 0.0)
        )

    def as_json(self) -> dict[str, Any]:
        """The rate with its interval, and the share of studies with Wilson's."""
        told = _told(self.n, self.per_100_years, self.interval) if self.is_enough else _REFUSED
        return {
            "kind": self.what.kind,
            "status": self.what.status,
            "stratum": list(self.stratum),
            "events": self.events,
            "days": self.days,
            "per_100_study_years": told,
            "studies": Share(self.studies, self.n).as_json(),
        }


@dataclass(frozen=True, slots=True)
class InStatus:
    """How long studies were in a status, and how many stepped out of it; `spells` were seen from begin to end."""

    status: str
    n: int
    days: int
    left: int
    spells: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        """The days, with the rate of leaving."""
        rate = Rate(What("status"), (), self.left, self.left, self.n, self.days)
        length = median(self.spells) if len(self.spells) >= FEWEST else None
        return {
            "status": self.status,
            "n": self.n,
            "days": self.days,
            "left": self.left,
            "leaving_per_100_study_years": rate.as_json()["per_100_study_years"],
            "spells": len(self.spells),
            "median_days_of_spells": length,
        }


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers that were seen; of too few nothing is said."""

    name: str
    values: tuple[float, ...]
    share: Share
    """Of these: how many later, or as many as planned."""

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """The values below which a quarter, a half and three quarters of them lie."""
        low, middle, high = quantiles(self.values, n=4, method="inclusive")
        return low, middle, high

    def as_json(self) -> dict[str, Any]:
        """Their median and quartiles, and the share."""
        low, middle, high = self.quartiles if len(self.values) >= FEWEST else (None, None, None)
        return {
            "name": self.name,
            "n": len(self.values),
            "median": middle,
            "quartiles": [low, high],
            "share": self.share.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Rates:
    """What is usual in a watch within a window."""

    watch: str
    window: Window
    by: tuple[str, ...]
    n: int
    days: int
    rates: tuple[Rate, ...]
    statuses: tuple[InStatus, ...]
    enrollment: Numbers
    slips: tuple[Numbers, ...]
    silent: Mapping[str, Share]

    def as_json(self) -> dict[str, Any]:
        """All of it as one object."""
        return {
            "watch": self.watch,
            **asdict(self.window),
            "by": list(self.by),
            "n": self.n,
            "study_days": self.days,
            "fewest": FEWEST,
            "rates": [each.as_json() for each in self.rates],
            "statuses": [each.as_json() for each in self.statuses],
            "enrollment": self.enrollment.as_json(),
            "slips": [each.as_json() for each in self.slips],
            "silent": {kind: share.as_json() for kind, share in self.silent.items()},
        }


_REFUSED = {"value": None, "low": None, "high": None, "said": "too few to say"}


def _told(n: int, value: float, interval: Interval) -> dict[str, Any]:
    if n < FEWEST:
        return _REFUSED
    return {
        "value": round(value, 5),
        "low": round(interval.low, 5),
        "high": round(interval.high, 5),
        "said": None,
    }


def rates_of(
    session: Session,
    watch: str,
    until: str,
    days: int,
    *,
    by: Sequence[str] = (),
    limits: Limits | None = None,
) -> Rates:
    """What was usual in a watch in the days up to a release; `by` names what studies are told apart by (STRATA)."""
    window = Window((date.fromisoformat(until) - timedelta(days=days)).isoformat(), until)
    observed = rates.observed(session, watch, window, by)
    size = {each.stratum: (each.studies, each.days) for each in observed}
    return Rates(
        watch=watch,
        window=window,
        by=tuple(by),
        n=sum(each.studies for each in observed),
        days=sum(each.days for each in observed),
        rates=tuple(_rates(rates.tallies(session, watch, window, by), size)),
        statuses=tuple(_in_statuses(session, watch, window)),
        enrollment=_enrollment(rates.changes(session, watch, window, "enrollment")),
        slips=tuple(_slips(rates.changes(session, watch, window, "dates"))),
        silent=_silent(session, watch, date.fromisoformat(until), limits),
    )


def _rates(tallies: Iterable[rates.Tally], size: Mapping[tuple[str, ...], tuple[int, int]]) -> Iterator[Rate]:
    for each in sorted(tallies, key=lambda each: (-each.events, each.what.kind, each.what.status or "")):
        n, days = size.get(each.stratum, (0, 0))
        yield Rate(each.what, each.stratum, each.events, each.studies, n, days)


def _in_statuses(session: Session, watch: str, window: Window) -> Iterator[InStatus]:
    steps: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for nct_id, release, old, new in rates.status_steps(session, watch):
        steps[nct_id].append((release, old, new))
    days: defaultdict[str, int] = defaultdict(int)
    studies: defaultdict[str, set[str]] = defaultdict(set)
    left: defaultdict[str, int] = defaultdict(int)
    spells: defaultdict[str, list[int]] = defaultdict(list)
    for nct_id, first, end, now in rates.stays(session, watch):
        for spell in _spells(first, end, now, steps.get(nct_id, [])):
            within = _days(max(spell.begin, window.since), min(spell.end or window.until, window.until))
            if within <= 0:
                continue
            days[spell.status] += within
            studies[spell.status].add(nct_id)
            if spell.stepped and spell.end is not None and window.since < spell.end <= window.until:
                left[spell.status] += 1
                spells[spell.status] += [_days(spell.begin, spell.end)] if spell.seen_to_begin else []
    for status in sorted(days, key=lambda name: -days[name]):
        yield InStatus(status, len(studies[status]), days[status], left[status], tuple(spells[status]))


@dataclass(frozen=True, slots=True)
class _Spell:
    """A study's time in a status; `stepped`: it ended in another status, not in the end of what was observed."""

    status: str
    begin: str
    end: str | None
    seen_to_begin: bool
    stepped: bool


def _spells(
    first: str, end: str | None, now: str | None, steps: Sequence[tuple[str, str, str]]
) -> Iterator[_Spell]:
    begin, seen = first, False
    for release, old, new in steps:
        if release > begin:
            yield _Spell(old, begin, release, seen, stepped=True)
        begin, seen, now = release, True, new
    if isinstance(now, str):
        yield _Spell(now, begin, end, seen, stepped=False)


def _days(begin: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(begin)).days


def _enrollment(changes: Iterable[tuple[str, Any, Any, Any]]) -> Numbers:
    """What was reached of what was planned, where an actual number took the place of an estimate."""
    reached = []
    for _, old, new, detail in changes:
        if not (detail.get("replaced_by_actual") and not detail.get("stand_in")):
            continue
        planned, actual = (each.get("count") if isinstance(each, dict) else None for each in (old, new))
        if isinstance(planned, int) and isinstance(actual, int) and planned > 0:
            reached.append(actual / planned)
    return Numbers("actual of planned", tuple(reached), Share(sum(r >= 1 for r in reached), len(reached)))


def _slips(changes: Iterable[tuple[str, Any, Any, Any]]) -> Iterator[Numbers]:
    """How far planned dates moved, in days; what happened (an actual date) is no plan any more."""
    moved: defaultdict[str, list[float]] = defaultdict(list)
    for _, _, _, detail in changes:
        days = detail.get("slip_days")
        if days and not detail.get("became_actual") and not detail.get("was_actual"):
            moved[detail["date"]].append(days)
    for name in DATES:
        values = tuple(moved[name])
        yield Numbers(name, values, Share(sum(days > 0 for days in values), len(values)))


def _silent(session: Session, watch: str, day: date, limits: Limits | None) -> dict[str, Share]:
    """The share that is stale or overdue now, of the studies of which something is awaited and whose record has the dates.

    Nothing is awaited of a study that has ended or is Unknown. A record without a date of verification is never stale, one
    without dates of the study never overdue: counted as well, they would look as if all were heard of.
    """
    known = silence.present(session, cohorts.members(session, watch), without=silences.NEVER_SILENT)
    studies = [Study.of_status(each.status_module) for each in known]
    found = [{str(state.kind) for state in silences.silence(each, day, (), limits)} for each in studies]
    can_be = {
        "stale": [each.verified is not None for each in studies],
        "overdue": [bool(each.start or each.primary_completion or each.completion) for each in studies],
    }
    return {
        kind: Share(sum(kind in states for states in compress(found, which)), sum(which))
        for kind, which in can_be.items()
    }
