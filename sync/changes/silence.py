"""Silence: a study of which nothing is heard, whose dates have passed, or which the registry is about to set UNKNOWN."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from sync.changes.model import Kind
from sync.changes.rule import Limits
from sync.changes.sentences import coded
from sync.study.record import Study
from sync.study.statuses import ENDED, OPEN, RECRUITING
from sync.study.unknown_rule import months_later, unknown_day

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


def silence(
    study: Study, today: date, seen: Collection[str], limits: Limits | None = None
) -> list[SilenceState]:
    """What is silent about a study on a day, without the states that were `seen` (told) before."""
    bounds = limits or Limits()
    found = [*_stale(study, today, bounds), *_overdue(study, today), *_forecast(study, today, bounds)]
    return [silence_state for silence_state in found if silence_state.state not in seen]


def _stale(study: Study, today: date, limits: Limits) -> Iterator[SilenceState]:
    heard = max(
        (known for known in (study.verified, study.submitted, study.posted) if known),
        key=lambda d: d.last,
        default=None,
    )
    # A record that does not say when it was verified is not a whole record: its silence means nothing.
    if heard is None or study.verified is None or study.status in NEVER_SILENT:
        return
    if today >= months_later(heard.last, int(limits.stale_months)):
        fact = f"Not verified or updated since {heard}, while the status is {coded(study.status)}"
        yield SilenceState(Kind.STALE, f"stale:{heard}", fact)


def _overdue(study: Study, today: date) -> Iterator[SilenceState]:
    waiting = RECRUITING | {"NOT_YET_RECRUITING"}
    for name, known, contradicting in (
        ("start", study.start, frozenset({"NOT_YET_RECRUITING"})),
        ("primary completion", study.primary_completion, waiting),
        ("completion", study.completion, OPEN),
    ):
        if known is not None and known.date.last < today and study.status in contradicting:
            fact = f"The {name} date {known.date} has passed, yet the status is {coded(study.status)}"
            # Date and status are part of the state: when either changes it is another silence, and told again.
            yield SilenceState(Kind.OVERDUE, f"overdue:{name}:{known.date}:{study.status}", fact)


def _forecast(study: Study, today: date, limits: Limits) -> Iterator[SilenceState]:
    day = unknown_day(study)
    # Told once at each distance; the nearest one reached stands for those that were missed.
    ahead = min((days for days in limits.forecast_days if day and (day - today).days <= days), default=None)
    if day is None or ahead is None:
        return
    when = f"about {day}" if day > today else f"any day (due since {day})"
    fact = (
        f"The registry will set UNKNOWN {when}, unless the sponsor updates the record "
        f"(status {coded(study.status)}, not verified since {study.verified})"
    )
    yield SilenceState(Kind.UNKNOWN_FORECAST, f"unknown_forecast:{day}:{ahead}", fact, day)
