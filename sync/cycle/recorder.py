"""Writing down what records mean: versions, events and quarantine of one batch, in one transaction.

The comparison is made before that transaction begins; only the lease's holder writes, so what was compared still stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import structlog
from sqlalchemy.orm import Session

from storage import new_versions, quarantine, readings, versions
from storage.classes import Step
from storage.quarantine import Refused
from storage.renewing import Rehash, Touch, rehash, touch
from storage.versions import Head
from sync import logs
from sync.changes.event import Event
from sync.changes.explain import version_event
from sync.changes.model import Kind, Snapshot, VersionRef
from sync.cycle.classify import Compared, Fresh, Recorded, Unchanged, Unreadable, classify, sift
from sync.cycle.context import CycleContext
from sync.cycle.prepare import Preparing, Reading, guarded, recorded_as
from sync.cycle.presence import Presences
from sync.cycle.stored_studies import StoredStudies
from sync.errors import TrialdeltaError
from sync.registry.batch import Batch
from sync.registry.pages import RawRecord
from sync.versions.classes import keep_classes, step_fact

log = structlog.get_logger("cycle")


class Unexplained(TrialdeltaError):
    """Its content differs from the stored version's, and no change was found that says how."""


class Recorder:
    """Takes batches of records and writes down what they mean."""

    def __init__(
        self,
        context: CycleContext,
        presences: Presences,
        go_on: Callable[[], None] = lambda: None,
        prepare: Preparing | None = None,
    ) -> None:
        """`go_on` is asked in the middle of a record's work too; it raises Stopped where the cycle is to stop."""
        self.context, self.presences, self._go_on = context, presences, go_on
        self._prepare = prepare or Preparing()
        self.answered: set[str] = set()

    def take(
        self,
        asked_ids: Sequence[str],
        records: Iterable[RawRecord],
        note: Callable[[Session], None] = lambda _session: None,
    ) -> None:
        """Classify the records that came, and write down what they mean in one transaction, with what `note` writes.

        `asked_ids`: those that they were asked for by; none for a page of a walk, which answers for nobody.
        """
        self.take_all([Batch(tuple(asked_ids), list(records))], note)

    def take_all(
        self, batches: Sequence[Batch], note: Callable[[Session], None] = lambda _session: None
    ) -> None:
        """The same with what some requests brought, in one transaction for all of it."""
        self._write_down([record for batch in batches for record in batch.records], note)
        for batch in batches:
            if batch.asked_ids:
                self.answered |= _answered(batch.asked_ids, batch.records)

    def _write_down(self, records: Sequence[RawRecord], note: Callable[[Session], None]) -> None:
        distinct = list({record.nct_id or index: record for index, record in enumerate(records)}.values())
        # Comparing takes up to a minute a record, and is over before the writing transaction begins: SQLite has one
        # writer.
        with self.context.service.database.read() as session:
            ids = [record.nct_id for record in distinct if record.nct_id]
            looked_up = [record.nct_id for record in distinct if record.nct_id and not record.is_known]
            same, others = sift(distinct, versions.unchanging(session, looked_up))
            # In nearly every batch nothing is left: then not even the statements are put together.
            heads = versions.heads(session, [each.nct_id for each in others if each.nct_id]) if others else {}
            outcomes = self._assessed(session, others, heads) if heads else []
        new = [record for record in others if record.nct_id not in heads]
        outcomes += self._prepare(new, self._reading(), self._go_on)
        recorded = [outcome for outcome in outcomes if isinstance(outcome, Recorded)]
        unreadable = [outcome for outcome in outcomes if isinstance(outcome, Unreadable)]
        with self.context.write() as session:
            if recorded:
                self._keep(session, recorded)
            if unreadable:
                self._refuse(session, unreadable)
            # Before the events: who hears of them may hang on what their studies are.
            steps = self._keep_classes(session, recorded)
            self.context.record_events(session, [entry.event for entry in recorded if entry.event])
            moved = [
                self.context.presence(session, Kind.CLASS, each.nct_id, step_fact(each)) for each in steps
            ]
            self.context.record_events(session, [event for event in moved if event])
            refused = {entry.nct_id for entry in unreadable}
            read = [nct_id for nct_id in ids if nct_id not in refused]
            readings.note(session, read, self.context.release.stamp, self.context.service.now())
            self.presences.note(session, read, recorded, [nct_id for nct_id in ids if nct_id in refused])
            note(session)
        self.context.counts.checked += len(same)
        self.context.counts.unchanged += len(same)
        self._count(recorded, unreadable)

    # looking, before anything is written

    def _assessed(
        self, session: Session, records: Sequence[RawRecord], heads: Mapping[str, Head]
    ) -> list[Recorded | Unreadable]:
        stored = StoredStudies(session, heads)
        known = ((record, heads.get(record.nct_id or "")) for record in records)
        return [self._assess(stored, record, head) for record, head in known if head]

    def _assess(self, stored: StoredStudies, record: RawRecord, head: Head) -> Recorded | Unreadable:
        def assess() -> Recorded | Unreadable:
            outcome = classify(record, head, stored.payload)
            return outcome if isinstance(outcome, Unreadable) else self._recorded(stored, outcome)

        return guarded(record, assess, self._go_on)

    def _reading(self) -> Reading:
        context = self.context
        return Reading(context.release.date, context.release.stamp, context.service.now(), context.cycle_id)

    def _recorded(self, stored: StoredStudies, outcome: Unchanged | Fresh) -> Recorded:
        if isinstance(outcome, Unchanged):
            return Recorded(outcome)
        pair = outcome.compared
        assert pair is not None, "a study that has a version is compared with it"
        event = self._explain(stored, outcome, pair)
        # Told as "nothing" this would be lost for ever, the new version being the stored one from then on.
        if event is None and outcome.content_changed:
            raise Unexplained
        answer = stored.answer(pair.head, pair.before, outcome.study.record)
        return recorded_as(
            outcome,
            self._reading(),
            event,
            answer,
            stored.decided(outcome.nct_id),
            is_found_as_before=answer is not None
            and stored.is_found_as_before(outcome.nct_id, pair.before, outcome.study.record),
        )

    def _explain(self, stored: StoredStudies, fresh: Fresh, pair: Compared) -> Event | None:
        head = pair.head
        then = VersionRef(head.number, head.release, head.sha256)
        now = VersionRef(head.number + 1, self.context.release.date, sha256(fresh.raw).hexdigest())
        before = Snapshot(pair.before, pair.before_form, then)
        after = Snapshot(fresh.study.record, pair.form, now)
        rules, seen_at = self.context.rules_for(fresh.nct_id), self.context.seen_at()
        prior = stored.prior_state(fresh.nct_id, pair.before)
        return version_event(before, after, rules=rules, seen_at=seen_at, prior=prior)

    # writing

    def _keep(self, session: Session, recorded: Sequence[Recorded]) -> None:
        fresh = [entry.outcome for entry in recorded if isinstance(entry.outcome, Fresh)]
        same = [entry.outcome for entry in recorded if isinstance(entry.outcome, Unchanged)]
        now = self.context.service.now()
        touch(session, [self._touch(outcome, now) for outcome in same])
        # Only a head of an older canonical form changes by this; from then on nothing has to be derived of it again.
        heads = [outcome.head for outcome in same if outcome.noise]
        # Those of a baseline are due when its second version comes: `verify` holds the two against each other.
        heads += [pair.head for outcome in fresh if (pair := outcome.compared) and pair.is_first]
        rehash(
            session,
            [
                Rehash(each.nct_id, each.number, each.content_hash, each.derived_hash, each.canon)
                for each in heads
            ],
        )
        new_versions.add_versions(session, [entry.version for entry in recorded if entry.version])

    def _keep_classes(self, session: Session, recorded: Sequence[Recorded]) -> list[Step]:
        """What new versions have to do with CAR-T cells; each step that the records made, not our view of them."""
        found = [entry.classified for entry in recorded if entry.classified]
        stored = {entry.nct_id for entry in recorded if entry.outcome.head}
        steps = keep_classes(session, found, self.context.service.now(), stored) if found else []
        return [step for step in steps if step.cause == "record"]

    def _touch(self, same: Unchanged, now: datetime) -> Touch:
        state = "withheld" if same.head.state == "withheld" else "present"
        return Touch(same.nct_id, same.raw_hash, self.context.release.stamp, now, state)

    def _refuse(self, session: Session, unreadable: Sequence[Unreadable]) -> None:
        release, now = self.context.release, self.context.service.now()
        quarantine.refuse(
            session,
            [
                Refused(
                    entry.raw,
                    entry.reason,
                    release.stamp,
                    release.date,
                    now,
                    entry.nct_id,
                    self.context.cycle_id,
                )
                for entry in unreadable
            ],
        )
        for entry in unreadable:
            log.warning(
                logs.STUDY_QUARANTINED, nct_id=entry.nct_id, reason=entry.reason, bytes=len(entry.raw)
            )

    def _count(self, recorded: Sequence[Recorded], unreadable: Sequence[Unreadable]) -> None:
        counts = self.context.counts
        counts.checked += len(recorded)
        counts.quarantined += len(unreadable)
        for outcome in (entry.outcome for entry in recorded):
            if isinstance(outcome, Unchanged):
                counts.unchanged += 1
                counts.noise += outcome.noise
            elif outcome.head is None:
                counts.baselines += 1
            elif outcome.content_changed:
                counts.changed += 1
            else:
                counts.derived += 1


def _answered(asked_ids: Sequence[str], records: Sequence[RawRecord]) -> set[str]:
    """The ids that an answer settles: its records' own and, where one was not asked for, all that were asked.

    Such a record could be any of those that seem absent, so that none of them can be called so.
    """
    asked = frozenset(asked_ids)
    is_strange = any(each.nct_id not in asked and asked.isdisjoint(each.aliases) for each in records)
    own = {record.nct_id for record in records if record.nct_id}
    return own | asked if is_strange else own
