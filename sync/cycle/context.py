"""What the steps of one cycle share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import ClassVar

import structlog
from sqlalchemy.orm import Session

from storage import events
from storage import lease as leases
from storage.classes import Answer, answers_of
from storage.lease import Lease
from storage.studies import studies
from storage.times import as_text
from sync import logs, rules
from sync.alerts.inbox import NewEvent, dispatch
from sync.changes.event import Event
from sync.changes.explain import presence_event
from sync.changes.model import Kind
from sync.changes.ruleset import RuleSet
from sync.cohort.membership import Cohort
from sync.config import GateSettings
from sync.errors import TrialdeltaError, as_sentence
from sync.registry.client import Release
from sync.service import Service

log = structlog.get_logger("cycle")


@dataclass(slots=True)
class Counts:
    """What a cycle has checked and found, in studies; `events` and `held` in events, `troubled` in watches.

    `unresolved`: studies of which the registry says neither what they are nor that there are none. `unregistered`: ids that
    are newly known to be none of the registry's.
    """

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
    unregistered: int = 0
    dropped: int = 0
    quarantined: int = 0
    unresolved: int = 0
    troubled: int = 0
    held: int = 0

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


class PartlyRead(TrialdeltaError):
    """Some of what is watched could not be read to the end of the release."""

    hint: ClassVar[str] = (
        "Each poll asks again for what is missing. `trialdelta doctor` says which watch is in trouble, and what to do."
    )
    passing: ClassVar[bool] = True
    exit_code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a watch, or one study, from being read to the end of a release. It holds up nothing else."""

    subject: str
    """The watch's name, or the study's id."""
    what: str
    """What failed, where the error does not say it."""
    error: TrialdeltaError
    is_partial: bool = False
    """Whether the registry refuses only some of a watch's searches: its ids and its other searches are sound."""

    def __str__(self) -> str:
        return f"{self.what}: {self.error}" if self.what else str(self.error)

    @property
    def advice(self) -> str:
        """The trouble, and what to do about it."""
        return f"{as_sentence(str(self))} {self.error.hint}"

    def as_json(self) -> dict[str, str]:
        """The trouble by its parts."""
        kind, hint = type(self.error).__name__, self.error.hint
        return {"subject": self.subject, "kind": kind, "message": str(self), "hint": hint}


class Troubles(dict[str, Trouble]):
    """The watches that are in trouble, each with the first that was found of it, or the first that concerns all of it."""

    def add(self, trouble: Trouble) -> None:
        """One more watch that nothing is concluded of."""
        known = self.get(trouble.subject)
        if known is None or (known.is_partial and not trouble.is_partial):
            log.warning(logs.WATCH_IN_TROUBLE, watch=trouble.subject, problem=str(trouble))
            self[trouble.subject] = trouble

    def raise_if_all(self, watches: Iterable[str]) -> None:
        """Where every watch is in trouble, and none in part only, it is the cycle that fails: raises the first error."""
        if all(name in self and not self[name].is_partial for name in watches):
            raise next(iter(self.values())).error


@dataclass(frozen=True, slots=True)
class CycleContext:
    """One cycle under way: its release, its entry in the ledger, who is watched, and the lease that lets it write."""

    service: Service
    lease: Lease
    release: Release
    cycle_id: int | None
    """None where a file is read: that is no cycle."""
    cohorts: list[Cohort]
    """As they are known so far: the second look at the end of the reading replaces those that it drops studies from."""
    troubles: Troubles
    counts: Counts
    unresolved: dict[str, Trouble] = field(default_factory=dict)
    """Studies that the registry answers for with nonsense, and what it is."""

    @property
    def ledger_entry(self) -> int:
        """The cycle's entry in the ledger."""
        assert self.cycle_id is not None, "a file that is read has no entry"
        return self.cycle_id

    @property
    def gates(self) -> GateSettings:
        """Which answers are not believed."""
        return self.service.settings.gates

    def sound(self) -> list[Cohort]:
        """The watches of which something can be concluded on this release, and is not yet."""
        return [cohort for cohort in self.cohorts if not cohort.settled and cohort.watch not in self.troubles]

    def trouble(self, cohort: Cohort, error: TrialdeltaError) -> None:
        """Conclude nothing of a watch. Raises the first error where that is now so of every watch."""
        self.troubles.add(Trouble(cohort.watch, "", error))
        self.troubles.raise_if_all(each.watch for each in self.cohorts)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction, refused where the lease has passed on to another process."""
        with self.service.database.write() as session:
            leases.check(session, self.lease)
            yield session

    def record_events(self, session: Session, found: Sequence[Event], watch: str | None = None) -> None:
        """Store events with their alerts and deliveries due, and log each one's headline.

        What was told before, by a cycle that was killed, is not told again.
        """
        if not found:
            return
        by_id = {event.id: event for event in found}
        # The ids are derived from what an event says, so the database knows those that a killed cycle has committed
        # already.
        new = events.add_events(session, [each.as_json() for each in by_id.values()], self.cycle_id, watch)
        self.counts.events += len(new)
        settings, now = self.service.settings, self.service.now()
        answers = self._answers(session, {by_id[event_id].nct_id for event_id in new})
        new_events = [
            NewEvent(event, self._watches(event.nct_id, watch), answers.get(event.nct_id, ()))
            for event in map(by_id.__getitem__, new)
            if watch or not self._is_dropped(event.nct_id)
        ]
        # In the event's own transaction: a process killed between the two would leave an event that nobody hears of.
        dispatch(session, new_events, settings.route, settings.alerts, now)
        for event in found:
            if event.id in new:
                log.info(
                    logs.STUDY_CHANGED,
                    nct_id=event.nct_id,
                    severity=str(event.severity),
                    origin=str(event.origin),
                    headline=event.headline,
                    event_id=event.id,
                )

    def record_presence(
        self, session: Session, kind: Kind, nct_id: str, fact: str, watch: str | None = None
    ) -> None:
        """Store what is to be told of a study's being there: `fact` says it."""
        event = self.presence(session, kind, nct_id, fact, watch)
        self.record_events(session, [event] if event else [], watch)

    def presence(
        self, session: Session, kind: Kind, nct_id: str, fact: str, watch: str | None = None
    ) -> Event | None:
        """The event of it; None where its rule is switched off."""
        known = studies(session, [nct_id])[nct_id]
        return presence_event(
            kind,
            nct_id,
            known.title or "",
            self.release.date,
            fact=fact,
            rules=self.rules_for(nct_id),
            seen_at=self.seen_at(),
            watch=watch,
        )

    def _is_dropped(self, nct_id: str) -> bool:
        """Whether a study is only read to be looked at: it is in no watch, and nobody is told of it."""
        return not self._watches(nct_id, None) and any(nct_id in cohort.hits for cohort in self.cohorts)

    def _answers(self, session: Session, ids: set[str]) -> dict[str, tuple[Answer, ...]]:
        """What studies are, where a route asks for it."""
        is_asked = any(route.asks_for_a_class for route in self.service.settings.route)
        return answers_of(session, ids) if is_asked else {}

    def _watches(self, nct_id: str, watch: str | None) -> set[str]:
        found = {cohort.watch for cohort in self.cohorts if cohort.has(nct_id)}
        return found | {watch} if watch else found

    def rules_for(self, *ids: str) -> RuleSet:
        """The rules of a study, or of some together, on this release: a watch has those that leave it on it too."""
        having = [cohort.watch for cohort in self.cohorts if any(map(cohort.has, ids))]
        return rules.first_of(self.service.rules, having) or rules.shared(self.service.settings)

    @property
    def release_day(self) -> date:
        """The day of the release, on which silence is told."""
        return date.fromisoformat(self.release.date)

    def seen_at(self) -> str:
        """The time, as events carry it."""
        return as_text(self.service.now())
