"""What the steps of one cycle share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import structlog
from sqlalchemy.orm import Session

from storage import events
from storage import lease as leases
from storage.lease import Lease
from sync import logs
from sync.alerts.inbox import News, receive
from sync.changes.model import Event
from sync.changes.rules import RuleSet
from sync.cohort.membership import Movement, Roster
from sync.registry.client import Release
from sync.service import Service

log = structlog.get_logger("cycle")


@dataclass(slots=True)
class Counts:
    """What a cycle has checked and found, in studies; `events` in events."""

    studies: int = 0
    checked: int = 0
    unchanged: int = 0
    noise: int = 0
    baselines: int = 0
    changed: int = 0
    derived: int = 0
    events: int = 0
    entered: int = 0
    left: int = 0
    absent: int = 0
    quarantined: int = 0
    held: int = 0

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CycleContext:
    """One cycle under way: its release, its entry in the ledger, who is watched, and the lease that lets it write."""

    service: Service
    lease: Lease
    release: Release
    cycle_id: int
    rosters: Sequence[Roster]
    moves: Mapping[str, Movement]
    counts: Counts

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction, refused where the lease has passed on to another process."""
        with self.service.database.write() as session:
            leases.check(session, self.lease)
            yield session

    def tell(self, session: Session, told: Sequence[Event], watch: str | None = None) -> None:
        """Store events with their alerts and deliveries due, and log each one's headline.

        What was told before, by a cycle that was killed, is not told again.
        """
        bodies = {event.id: event.as_json() for event in told}
        new = events.add_events(session, list(bodies.values()), self.cycle_id, watch)
        self.counts.events += len(new)
        settings, now = self.service.settings, self.service.now()
        news = [News(bodies[event_id], self._watches(bodies[event_id]["nct_id"], watch)) for event_id in new]
        receive(session, news, settings.route, settings.alerts, now)
        for event in told:
            if event.id in new:
                log.info(
                    logs.STUDY_CHANGED,
                    nct_id=event.nct_id,
                    severity=str(event.severity),
                    origin=str(event.origin),
                    headline=event.headline,
                    event_id=event.id,
                )

    def _watches(self, nct_id: str, watch: str | None) -> set[str]:
        found = {roster.watch for roster in self.rosters if nct_id in roster.sources}
        found.update(name for name, move in self.moves.items() if nct_id in move.left)
        return found | {watch} if watch else found

    def rules_for(self, nct_id: str) -> RuleSet:
        """The rules of the first watch, in the order of the configuration, that has the study."""
        watch = next(
            (roster.watch for roster in self.rosters if nct_id in roster.sources), self.rosters[0].watch
        )
        return self.service.rules[watch]

    def seen_at(self) -> str:
        """The time, as events carry it."""
        return self.service.now().isoformat(timespec="seconds").replace("+00:00", "Z")
