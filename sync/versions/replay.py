"""Replaying rules over the stored versions: which events would appear, vanish or weigh otherwise."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from msgspec import structs
from sqlalchemy.orm import Session

from storage import studies, versions
from storage.times import as_text
from storage.versions import VersionInfo
from sync.changes.event import HISTORICAL, Event
from sync.changes.explain import version_event
from sync.changes.model import Severity, Snapshot, VersionRef
from sync.changes.ruleset import RuleSet
from sync.errors import ConfigError
from sync.study.canonical import canonicalise
from sync.study.record import read_record
from sync.versions import events
from sync.versions.prior_state import prior_state_of

RulesFor = Callable[[str, str], RuleSet]
"""The rules of a study (its id) on a release."""

Comparison = Literal["same", "appears", "vanishes", "severity", "reasons"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One event as it was told and as the rules of the replay would tell it; one of the two may be missing."""

    comparison: Comparison
    stored: Event | None
    now: Event | None

    @property
    def event(self) -> Event:
        """The event as it would be told, else as it was."""
        found = self.now or self.stored
        assert found is not None
        return found

    def as_json(self) -> dict[str, Any]:
        """The comparison with what it is about."""
        event = self.event
        about = {name: getattr(event, name) for name in ("id", "nct_id", "release", "kind", "headline")}
        severities = {
            "was": self.stored.severity if self.stored else None,
            "would_be": self.now.severity if self.now else None,
        }
        return {"verdict": self.comparison, **about, **severities}


def rules_from(path: Path) -> RuleSet:
    """The rules in a file: a [rules] table, as in the configuration. Raises ConfigError."""
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"the file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file {path} is not TOML: {error}") from error
    if "rules" not in settings:
        raise ConfigError(f"the file {path} has no [rules]")
    return RuleSet.from_settings(settings["rules"])


def replay(session: Session, rules_for: RulesFor, *, since: str | None = None) -> Iterator[Replayed]:
    """Every event of a pair of stored versions, told by `rules_for` its study and release, beside how it was told."""
    for nct_id in studies.studies(session):
        stored = events.events(session, nct_id=nct_id, since=since, held=True, historical=True)
        # Events of presence, silence and storms have no pair of versions to be told anew from.
        before = {event.id: event for event in stored if event.before}
        now = {event.id: event for event in _events(session, nct_id, rules_for, since)}
        for event_id in sorted(before.keys() | now.keys()):
            yield _compare(before.get(event_id), now.get(event_id))


def _events(session: Session, nct_id: str, rules_for: RulesFor, since: str | None) -> Iterator[Event]:
    before: Snapshot | None = None
    for info in versions.versions(session, nct_id):
        record = read_record(versions.payload(session, nct_id, info.number))
        ref = VersionRef(info.number, info.release, info.sha256)
        after = Snapshot(record, canonicalise(record), ref, info.since)
        # All versions are read from the first one on: the one before the period is the other half of its first pair.
        if before is not None and (since is None or info.day >= since):
            rules, prior = rules_for(nct_id, info.day), prior_state_of(session, nct_id, info.number - 1)
            event = version_event(before, after, rules=rules, seen_at=as_text(info.seen_at), prior=prior)
            if event is not None:
                yield structs.replace(event, state=HISTORICAL if is_past(info) else None)
        before = after


def is_past(info: VersionInfo) -> bool:
    """Whether what a version made is of the past: all before the first poll, and what came out of a file later."""
    return info.number <= 1 or info.provenance != "api"


def _compare(before: Event | None, now: Event | None) -> Replayed:
    if before is None or now is None:
        return Replayed("appears" if before is None else "vanishes", before, now)
    if before.severity is not now.severity:
        return Replayed("severity", before, now)
    same = _rules(before) == _rules(now) and before.headline == now.headline
    return Replayed("same" if same else "reasons", before, now)


def _rules(event: Event) -> list[str]:
    return sorted(reason.rule for reason in event.reasons)


@dataclass(frozen=True, slots=True)
class Sum:
    """What a replay comes to: comparisons, and alerts (events of `at_least` or heavier) a day, then and now."""

    comparisons: dict[str, int]
    alerts_told: int
    alerts_now: int
    days: int

    def as_json(self) -> dict[str, Any]:
        """The sum as one object."""
        return {
            "verdicts": self.comparisons,
            "alerts_told": self.alerts_told,
            "alerts_now": self.alerts_now,
            "days": self.days,
            "alerts_a_day_told": round(self.alerts_told / self.days, 2),
            "alerts_a_day_now": round(self.alerts_now / self.days, 2),
        }


def sum_up(replayed: Iterable[Replayed], at_least: Severity) -> Sum:
    """Count comparisons and alerts over the days that the events span."""
    rows = list(replayed)
    days = [date.fromisoformat(row.event.release) for row in rows if row.event.release]
    return Sum(
        dict(Counter(row.comparison for row in rows)),
        sum(_alerts(row.stored, at_least) for row in rows),
        sum(_alerts(row.now, at_least) for row in rows),
        (max(days) - min(days)).days + 1 if days else 1,
    )


def _alerts(event: Event | None, at_least: Severity) -> bool:
    return event is not None and event.severity.weight >= at_least.weight
