"""Silence: a study of which nothing is heard, whose dates have passed, or which the registry is about to set UNKNOWN."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sync.changes.model import Kind
from sync.changes.rule import Limits
from sync.changes.sentences import coded
from sync.study.dates import PartialDate
from sync.study.record import DateStruct, Study
from sync.study.statuses import ENDED, OPEN, RECRUITING
from sync.study.unknown_rule import months_before, months_later, unknown_day

NEVER_SILENT = ENDED | {"UNKNOWN", "WITHHELD"}
"""Of studies with one of these statuses nothing is awaited: three in four of the registry's."""


@dataclass(frozen=True, slots=True)
class SilenceState:
    """One kind of silence. `state` names what was found: told once, and again only when it becomes another one."""

    kind: Kind
    state: str
    fact: str
    day: date | None = None
    """For a forecast: the day on which the registry can be expected to set UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """The days by which silence can be asked for without reading a record; None where nothing of the kind is awaited."""

    heard: date | None
    """The last day on which anything was heard of it: it is stale so many months later."""
    overdue: date | None
    """The first day on which a date has passed that contradicts its status."""
    unknown: date | None
    """The day from which the registry sets UNKNOWN."""


def awaited(study: Study) -> Awaited:
    """The days of a study, whatever limits a watch has."""
    heard = _heard(study)
    return Awaited(heard.last if heard else None, min(_passing(study), default=None), unknown_day(study))


def next_look(study: Study, today: date, limits: Limits | None = None) -> date | None:
    """The next day after `today` on which more may be silent about a study; None where nothing ever will be.

    Until then there is nothing to find that was not found by today, while the record and the limits stay what they are.
    """
    known, heard, unknown = limits or Limits(), _heard(study), unknown_day(study)
    to_come = [day for day in _passing(study) if day > today]
    if heard is not None and (stale := months_later(heard.last, int(known.stale_months))) > today:
        to_come.append(stale)
    if unknown is not None:
        left = (unknown - today).days
        to_come += [unknown - timedelta(days=ahead) for ahead in known.forecast_days if ahead < left]
    return min(to_come, default=None)


_FORM = 1
"""Raised where studies are to be looked at that would not have to be by what was looked for before."""


def named(limits: Limits) -> str:
    """The limits that silence is judged by, in a word: where they are others, `next_look` is another day."""
    ahead = ",".join(f"{days:g}" for days in sorted(limits.forecast_days))
    return f"{_FORM}:{limits.stale_months:g}:{ahead}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Who is silent on a day, by the days of `Awaited`: each up to the one here, which counts too."""

    heard: str
    overdue: str
    unknown: str


def bounds(today: date, limits: Limits | None = None) -> Bounds:
    """The bounds of a day under limits."""
    known = limits or Limits()
    ahead = today + timedelta(days=max(known.forecast_days, default=-1))
    heard = months_before(today, int(known.stale_months))
    return Bounds(heard.isoformat(), today.isoformat(), ahead.isoformat() if known.forecast_days else "")


def silence(
    study: Study, today: date, seen: Collection[str], limits: Limits | None = None
) -> list[SilenceState]:
    """What is silent about a study on a day, without the states that were `seen` (told) before."""
    bounds = limits or Limits()
    # What was told before is nearly all of it, day by day: no sentence is made of that.
    return [
        *_stale(study, today, seen, bounds),
        *_overdue(study, today, seen),
        *_forecast(study, today, seen, bounds),
    ]


def _stale(study: Study, today: date, seen: Collection[str], limits: Limits) -> Iterator[SilenceState]:
    heard = _heard(study)
    if heard is None or f"stale:{heard}" in seen:
        return
    if today >= months_later(heard.last, int(limits.stale_months)):
        fact = f"Not verified or updated since {heard}, while the status is {coded(study.status)}"
        yield SilenceState(Kind.STALE, f"stale:{heard}", fact)


def _overdue(study: Study, today: date, seen: Collection[str]) -> Iterator[SilenceState]:
    for name, known in _contradicted(study):
        # Date and status are part of the state: when either changes it is another silence, and told again.
        state = f"overdue:{name}:{known.date}:{study.status}"
        if known.date.last < today and state not in seen:
            fact = f"The {name} date {known.date} has passed, yet the status is {coded(study.status)}"
            yield SilenceState(Kind.OVERDUE, state, fact)


def _heard(study: Study) -> PartialDate | None:
    """When anything was heard of a study last; None where nothing is awaited of it."""
    # A record that does not say when it was verified is not a whole record: its silence means nothing.
    if study.verified is None or study.status in NEVER_SILENT:
        return None
    return max(
        (known for known in (study.verified, study.submitted, study.posted) if known), key=lambda d: d.last
    )


_CONTRADICTING: tuple[tuple[str, Callable[[Study], DateStruct | None], frozenset[str]], ...] = (
    ("start", lambda study: study.start, frozenset({"NOT_YET_RECRUITING"})),
    ("primary completion", lambda study: study.primary_completion, RECRUITING | {"NOT_YET_RECRUITING"}),
    ("completion", lambda study: study.completion, OPEN),
)
"""Which dates, once they have passed, contradict which statuses."""


def _contradicted(study: Study) -> Iterator[tuple[str, DateStruct]]:
    """The dates of a study that its status contradicts once they have passed."""
    status = study.status
    for name, date_of, contradicting in _CONTRADICTING:
        known = date_of(study) if status in contradicting else None
        # the calendar ends with the last day that can be written
        if known is not None and known.date.last < date.max:
            yield name, known


def _passing(study: Study) -> list[date]:
    """The days from which the dates of a study contradict its status."""
    return [known.date.last + timedelta(days=1) for _, known in _contradicted(study)]


def _forecast(study: Study, today: date, seen: Collection[str], limits: Limits) -> Iterator[SilenceState]:
    day = unknown_day(study)
    # Told once at each distance; the nearest one reached stands for those that were missed.
    ahead = min((days for days in limits.forecast_days if day and (day - today).days <= days), default=None)
    state = f"unknown_forecast:{day}:{ahead}"
    if day is None or ahead is None or state in seen:
        return
    when = f"about {day}" if day > today else f"any day (due since {day})"
    fact = (
        f"The registry will set UNKNOWN {when}, unless the sponsor updates the record "
        f"(status {coded(study.status)}, not verified since {study.verified})"
    )
    yield SilenceState(Kind.UNKNOWN_FORECAST, state, fact, day)
