"""One cycle from top to bottom: the page to read first.

Ask for the release. When it is new: walk the searches, read every watched study whole, keep what is new, tell what changed,
look for what is absent, make sure that the release still stands, and only then move the watermark. Each batch of records is
one transaction, so a cycle that is killed anywhere is taken up where it stopped, and tells nothing twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import structlog
from sqlalchemy.orm import Session

from storage import ledger, outbox, readings, seals
from storage.errors import StorageError
from storage.lease import Lease
from storage.ledger import Watermark
from storage.readings import read_on
from storage.versions import unchanging
from storage.walks import Walk
from sync import logs
from sync.alerts.unread import report_unread
from sync.cohort.membership import Cohort
from sync.config import WatchSettings
from sync.cycle.absence import Absence
from sync.cycle.aliases import Aliases
from sync.cycle.answers import Answers
from sync.cycle.catching_up import end_catch_up
from sync.cycle.closing import close_what_is_over
from sync.cycle.cohort_walk import CohortWalk, is_settled
from sync.cycle.context import Counts, CycleContext, PartlyRead, Trouble
from sync.cycle.end_of_release import hold_storms, notify_of_troubles, record_silence
from sync.cycle.everything import take_in_everything
from sync.cycle.gathered import gathered
from sync.cycle.heap import frozen_heap
from sync.cycle.ledger_entry import LedgerEntry
from sync.cycle.passed_over import passed_over
from sync.cycle.presence import Presences
from sync.cycle.recorder import Recorder
from sync.cycle.report import Met, Report, together
from sync.cycle.stamps import Stamps
from sync.errors import Stopped, TrialdeltaError
from sync.leases import leased
from sync.registry.client import Release
from sync.registry.errors import ReleaseFlip
from sync.service import Service
from sync.versions.backfill_facts import with_gaps
from sync.versions.base_rates import note_base_rates
from sync.versions.classes import fill_classes
from sync.versions.profiles import fill_profiles

RESTARTS = 3
"""How often a cycle starts again because the registry moved on to another release under it."""

log = structlog.get_logger("cycle")


class NothingWatched(TrialdeltaError):
    """No study is watched: there is nothing to ask the registry for."""

    hint = (
        "`trialdelta watch add NCT…` follows a study, the console's first page leads through it, and `trialdelta init` "
        "writes a configuration file. Where watches are paused: `trialdelta watch resume NAME`."
    )
    exit_code = 2


def run_cycle(
    service: Service,
    *,
    stop: threading.Event | None = None,
    force: bool = False,
    progress: Callable[[Counts], None] = lambda _counts: None,
    moved: Callable[[], None] = lambda: None,
) -> Report:
    """Ask for the release and, when it is new (or `force`), read every watched study on it and tell what changed.

    On a release that is known, what is new in a watch is read. `progress` hears of the counts after each batch,
    `moved` of each step, however small: a cycle from which it hears nothing hangs.
    Raises NothingWatched without a watch, HeldElsewhere while another process runs a cycle on this database, and whatever
    made the cycle fail: then nothing was concluded from what went wrong, and the next cycle goes on where this one ended.
    """
    # Without a watch every release would be read to its end at once, and all would look well.
    if not service.watched:
        raise NothingWatched
    started, before = time.monotonic(), service.registry.requests
    stop = stop or threading.Event()
    with leased(service.database, service.now) as lease, frozen_heap():
        # The whole registry takes minutes, in a cycle of its own: what a team watches by name is told before.
        report = together(
            [
                _with_restarts(partial(Cycle, service, lease, stop, force, progress, moved, watches))
                for watches in passes(service.watched)
            ]
        )
    report = replace(report, requests=service.registry.requests - before, seconds=time.monotonic() - started)
    nothing_read = {"unchanged": logs.RELEASE_UNCHANGED, "older": logs.RELEASE_OLDER}
    log.info(nothing_read.get(report.state, logs.CYCLE_FINISHED), **report.as_json())
    return report


def _with_restarts(begin: Callable[[], Cycle]) -> Report:
    for attempt in range(1, RESTARTS):
        try:
            return begin().run()
        except ReleaseFlip as flip:
            log.warning(logs.CYCLE_RESTARTED, reason=str(flip), attempt=attempt)
    return begin().run()


def _state_of(counts: Counts, troubles: Sequence[Trouble]) -> str:
    if counts.quarantined or troubles:
        return "partial"
    return "held" if counts.held else "complete"


def _asked_ids(cohorts: Sequence[Cohort]) -> frozenset[str]:
    return frozenset[str]().union(*(cohort.asked_ids for cohort in cohorts))


def passes(watched: Sequence[WatchSettings]) -> list[Sequence[WatchSettings]]:
    """The watches that are read together, in order: those of ids and searches, then the whole registry."""
    named = [watch for watch in watched if not watch.everything]
    return [each for each in (named, [watch for watch in watched if watch.everything]) if each]


class Cycle:
    """One pass over one release, under a lease, for watches of ids and searches or for the whole registry."""

    def __init__(
        self,
        service: Service,
        lease: Lease,
        stop: threading.Event,
        force: bool,
        progress: Callable[[Counts], None],
        moved: Callable[[], None],
        watches: Sequence[WatchSettings],
    ) -> None:
        self.service, self.lease, self.stop, self.force = service, lease, stop, force
        self.progress, self.moved, self.watches = progress, moved, watches
        self.database, self.registry = service.database, service.registry
        self.counts, self.answers = Counts(), Answers()
        self.asked_before = self.registry.requests
        self.entry = LedgerEntry(service, lease, self._counted)

    def run(self) -> Report:
        """Ask for the release and, when it is new, take it in; a step that fails is written into the ledger, and raised."""
        with self.entry.failures():
            release = self.entry.release = self.registry.release()
            if (nothing := self._passed_over(release)) is not None:
                return nothing
            cycle_id = self.entry.begin(release)
            take_in = take_in_everything if self.watches[0].everything else Cycle._take_in
            with structlog.contextvars.bound_contextvars(cycle=cycle_id):
                return take_in(self, release, cycle_id)

    def _take_in(self, release: Release, cycle_id: int) -> Report:
        """The whole pass, step by step."""
        self.enter("cohort")
        # What the watches' second look asks for: after an upgrade all of it is our view, before any record is read.
        go_on = with_gaps(self.go_on, self.stop.wait)
        fill_classes(self.database, now=self.service.now, go_on=go_on)
        if any(watch.related_to for watch in self.watches):
            fill_profiles(self.database, go_on)
        walk = CohortWalk(self.service, release, self.confirm, self.answers, force=self.force)
        cohorts = list(walk.resolve())

        context = CycleContext(
            self.service, self.lease, release, cycle_id, cohorts, walk.troubles, self.counts
        )
        wanted = self._unread(cohorts, release)
        # Fewer are wanted than are watched when a cycle that ended early has read some on this release, stamps and all.
        stamps = Stamps(release, self.confirm, proven=len(wanted) < self.counts.studies)
        report = self.conclude(context, wanted, stamps)
        return replace(report, met=replace(report.met, asked=_asked_ids(cohorts)))

    def conclude(self, context: CycleContext, wanted: Sequence[str], stamps: Stamps) -> Report:
        """Read studies by their ids, look for those that are absent, and conclude the release for the watches."""
        aliases = Aliases(context)
        presences = Presences(context, aliases)
        recorder = Recorder(context, presences, self.go_on)

        self.enter("read")
        asked_before, before = self.registry.requests, replace(self.counts)
        checked = (
            replace(batch, records=aliases.set_aside(stamps.checked(batch.records)))
            for batch in self.registry.records(wanted, self._known(wanted))
        )
        for batches in gathered(checked, self.go_on):
            recorder.take_all(batches)
            self.progress(self.counts)

        self.enter("absent")
        absence = Absence(context, recorder, aliases, stamps, self.go_on)
        lost = absence.look_for(wanted)
        requests = self.registry.requests - asked_before
        self.answers.note_records(len(wanted), before, self.counts, context.unresolved, requests)

        self.enter("confirm")
        self.confirm()

        self.enter("complete")
        with context.write() as session:
            presences.settle(session, lost, gone=absence.note(session, lost))
            record_silence(context, session)
            close_what_is_over(context, session)
            hold_storms(context, session)
            notify_of_troubles(context, session)
            report = self.complete(context, session)
        self._note_base_rates(context.release)
        return replace(report, met=self._met(context.release, wanted, lost))

    def walked(self, walk: Walk) -> None:
        """A walk has come so far: tells of it, and raises Stopped where the cycle is to stop."""
        self.counts.studies = (walk.total or walk.seen) - walk.resumed_seen
        self.progress(self.counts)
        self.go_on()

    @property
    def _others(self) -> list[WatchSettings]:
        """The watches that another cycle reads on the same release."""
        return [watch for watch in self.service.watched if watch not in self.watches]

    def enter(self, stage: str) -> None:
        """Begin a stage, and note it in the ledger; raises Stopped where the cycle is to stop."""
        self.go_on()
        self.entry.enter(stage)

    def go_on(self) -> None:
        """Tells that the cycle gets on; raises Stopped where it is to stop."""
        self.moved()
        if self.stop.is_set():
            raise Stopped

    # the steps

    def _passed_over(self, release: Release) -> Report | None:
        """The report where nothing is to be read on this release."""
        if self.force:
            return None
        return passed_over(self.service, self.lease, release, self.watches, alone=not self._others)

    def _note_base_rates(self, release: Release) -> None:
        """How usual each event of the release was; what cannot be written now is counted when it is asked for."""
        try:
            note_base_rates(self.database, release.date)
        except StorageError as error:
            log.warning(logs.BASE_RATES_LATER, reason=str(error))

    def _unread(self, cohorts: Sequence[Cohort], release: Release) -> list[str]:
        """What this cycle has to read: all that the watches ask for, but nothing twice on one release."""
        asked_ids = _asked_ids(cohorts)
        # those new to a watch come into it by being read
        new = {nct_id for cohort in cohorts if not cohort.settled for nct_id in cohort.entered}
        with self.database.read() as session:
            before = set() if self.force else read_on(session, asked_ids, release.stamp) - new
        self.counts.studies = len(asked_ids)
        # Those that others are compared with come first: what is read after them is held against what they are now.
        compared = {nct_id for cohort in cohorts for nct_id in cohort.related}
        return sorted(asked_ids - before, key=lambda nct_id: (nct_id not in compared, nct_id))

    def _known(self, wanted: Sequence[str]) -> dict[str, str]:
        """The raw hashes, by id, of those that are there as they always were.

        They hold until they are read: whoever else stores a version of a study, an import too, has to hold the lease.
        """
        with self.database.read() as session:
            return unchanging(session, wanted)

    def confirm(self) -> None:
        """The release must still be the one that the cycle began with. Raises ReleaseFlip."""
        began, now = self.entry.release, self.registry.release()
        if began is not None and now.stamp != began.stamp:
            raise ReleaseFlip(
                f"the registry moved from release {began.stamp} to {now.stamp} during the cycle"
            )

    def complete(self, context: CycleContext, session: Session) -> Report:
        """Close the ledger's entry and let deliveries go; move the watermark if all could be read."""
        release, now, counts = context.release, self.service.now(), self.counts
        troubles = (*context.troubles.values(), *context.unresolved.values())
        counts.troubled, counts.unresolved = len(context.troubles), len(context.unresolved)
        # Deliveries wait for the end of the cycle: a storm can only be seen when all of a release has been read.
        outbox.end_waiting(session)
        readings.discard_superseded(session)
        state = _state_of(counts, troubles)
        lacks = (PartlyRead.__name__, " ".join(trouble.advice for trouble in troubles)) if troubles else None
        cycle_id = context.ledger_entry
        ledger.finish_cycle(session, cycle_id, state=state, counts=self._counted(), lacks=lacks, now=now)
        # With the watermark where it is, each poll asks again for what is missing and for nothing else.
        others_read = all(is_settled(session, watch, release.stamp) for watch in self._others)
        if state != "partial" and others_read and not self._stands_at(session, release):
            mark = Watermark(release.date, release.stamp, release.api_version, now)
            ledger.move_watermark(session, mark)
        settings = self.service.settings
        report_unread(
            session, routes=settings.route, settings=settings.alerts, schedule=settings.schedule, now=now
        )
        members = {nct_id for cohort in context.cohorts for nct_id in cohort.sources}
        end_catch_up(session, self.service, release.stamp, members)
        return Report(
            state=state,
            release=release.date,
            stamp=release.stamp,
            cycle=cycle_id,
            counts=counts.as_json(),
            answers=tuple(self.answers.values()),
            anchor=seals.anchor(session),
            troubles=troubles,
        )

    def _met(self, release: Release, wanted: Sequence[str], lost: Sequence[str]) -> Met:
        """Which studies were asked for by id, and what became of them; none where no other cycle counts them too."""
        if not self._others:
            return Met()
        with self.database.read() as session:
            read = read_on(session, wanted, release.stamp)
        return Met(frozenset(wanted), frozenset(read), frozenset(lost))

    def _stands_at(self, session: Session, release: Release) -> bool:
        """Whether the watermark stands there already: what is new in a watch was read, which moves nothing."""
        mark = ledger.watermark(session)
        return mark is not None and mark.stamp == release.stamp

    def _counted(self) -> dict[str, object]:
        """For the ledger: what was checked and found, how often the registry was asked, and whether it answered whole."""
        requests = self.registry.requests - self.asked_before
        return {**self.counts.as_json(), "requests": requests, "answers": self.answers.as_json()}
