"""One cycle from top to bottom: the page to read first.

Ask for the release. When it is new: walk the searches, read every watched study whole, keep what is new, tell what changed,
look for what is absent, make sure that the release still stands, and only then move the watermark. Each batch of records is
one transaction, so a cycle that is killed anywhere is taken up where it stopped, and tells nothing twice.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from storage import cohorts, ledger, outbox, seals
from storage import lease as leases
from storage.errors import LeaseLost, StorageError
from storage.holder import this_process
from storage.lease import Lease
from storage.ledger import Watermark
from storage.studies import read_on
from sync import logs
from sync.alerts.unread import tell_unread
from sync.catching_up import end_catch_up, nothing_to_catch_up_with
from sync.closing import hold_storms, tell_silence
from sync.cohort.membership import Movement, Roster, movement
from sync.context import Counts, CycleContext
from sync.errors import Stopped
from sync.leases import leased
from sync.presence import Presences
from sync.recorder import Recorder
from sync.registry.client import Release
from sync.registry.errors import NotFound, ReleaseFlip
from sync.registry.pages import RawRecord
from sync.roll import Roll
from sync.service import Service

RESTARTS = 3
"""How often a cycle starts again because the registry moved on to another release under it."""

log = structlog.get_logger("cycle")


@dataclass(frozen=True, slots=True)
class Report:
    """What a cycle came to. `state`: unchanged, complete, partial or held; a cycle that fails raises instead."""

    state: str
    release: str
    stamp: str
    cycle: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    seconds: float = 0.0
    anchor: str | None = None
    """Of the chain of seals when the cycle was written down: `verify --anchor` proves later what was there by then."""

    def as_json(self) -> dict[str, object]:
        """The report as one flat object."""
        about = {"cycle": self.cycle, "state": self.state, "release": self.release, "stamp": self.stamp}
        anchored = {"anchor": self.anchor} if self.anchor else {}
        effort = {"requests": self.requests, "seconds": round(self.seconds, 3)}
        return {**about, **self.counts, **effort, **anchored}


def run_cycle(
    service: Service,
    *,
    stop: threading.Event | None = None,
    force: bool = False,
    progress: Callable[[Counts], None] = lambda _counts: None,
) -> Report:
    """Ask for the release and, when it is new (or `force`), read every watched study on it and tell what changed.

    `progress` hears of the counts after each batch. Raises HeldElsewhere while another process runs a cycle on this
    database, and whatever made the cycle fail: then nothing was concluded from what went wrong, and the next cycle
    goes on where this one ended.
    """
    started, before = time.monotonic(), service.registry.requests
    with leased(service.database, service.now) as lease:
        report = _with_restarts(lambda: Cycle(service, lease, stop or threading.Event(), force, progress))
    report = replace(report, requests=service.registry.requests - before, seconds=time.monotonic() - started)
    log.info(
        logs.RELEASE_UNCHANGED if report.state == "unchanged" else logs.CYCLE_FINISHED, **report.as_json()
    )
    return report


def _with_restarts(begin: Callable[[], Cycle]) -> Report:
    for attempt in range(1, RESTARTS):
        try:
            return begin().run()
        except ReleaseFlip as flip:
            log.warning(logs.CYCLE_RESTARTED, reason=str(flip), attempt=attempt)
    return begin().run()


class Cycle:
    """One pass over one release, under a lease."""

    def __init__(
        self,
        service: Service,
        lease: Lease,
        stop: threading.Event,
        force: bool,
        progress: Callable[[Counts], None],
    ) -> None:
        self.service, self.lease, self.stop, self.force = service, lease, stop, force
        self.progress = progress
        self.database, self.registry = service.database, service.registry
        self.stage = "release"
        self.release: Release | None = None
        self.cycle_id: int | None = None
        self.counts = Counts()
        self.asked_before = self.registry.requests

    def run(self) -> Report:
        """Ask for the release and, when it is new, take it in; a step that fails is written into the ledger, and raised."""
        with self._failure_in_the_ledger():
            release = self.release = self.registry.release()
            if self._is_known(release):
                nothing_to_catch_up_with(self.service, self.lease, release.stamp)
                return Report("unchanged", release.date, release.stamp)
            cycle_id = self._begin(release)
            with structlog.contextvars.bound_contextvars(cycle=cycle_id):
                return self._take_in(release, cycle_id)

    def _take_in(self, release: Release, cycle_id: int) -> Report:
        """The whole pass, step by step."""
        self._enter("cohort")
        rosters = Roll(self.service).call()
        moves = self._compare_membership(rosters)

        context = CycleContext(self.service, self.lease, release, cycle_id, rosters, moves, self.counts)
        presences = Presences(context)
        recorder = Recorder(context, presences, self._go_on)

        self._enter("read")
        wanted = self._unread(rosters, moves, release)
        for batch in self.registry.records(wanted):
            recorder.take(batch.asked, self._of_one_release(batch.records, release))
            self.progress(self.counts)
            self._go_on()

        self._enter("absent")
        absent = presences.to_look_for(set(wanted) - recorder.answered, of=self.counts.studies)
        lost = [nct_id for nct_id in absent if not self._finds(nct_id, release, recorder)]

        self._enter("confirm")
        self._confirm(release)

        self._enter("complete")
        return self._complete(context, presences, lost)

    # the steps

    def _is_known(self, release: Release) -> bool:
        with self.database.read() as session:
            mark = ledger.watermark(session)
        return mark is not None and mark.stamp == release.stamp and not self.force

    def _begin(self, release: Release) -> int:
        with self.database.write() as session:
            leases.check(session, self.lease)
            self.cycle_id = ledger.begin_cycle(
                session,
                release=release.date,
                stamp=release.stamp,
                owner=this_process(),
                fence=self.lease.fence,
                now=self.service.now(),
            )
        log.info(logs.CYCLE_STARTED, cycle=self.cycle_id, release=release.date)
        return self.cycle_id

    def _compare_membership(self, rosters: tuple[Roster, ...]) -> dict[str, Movement]:
        limit = self.service.settings.gates.max_shrink
        with self.database.read() as session:
            return {
                roster.watch: movement(
                    roster, cohorts.members(session, roster.watch).keys(), max_shrink=limit
                )
                for roster in rosters
            }

    def _unread(
        self, rosters: tuple[Roster, ...], moves: Mapping[str, Movement], release: Release
    ) -> list[str]:
        """What this cycle has to read: all members, and those who leave once more, but nothing twice on one release."""
        wanted = {nct_id for roster in rosters for nct_id in roster.sources}
        wanted.update(nct_id for move in moves.values() for nct_id in move.left)
        self.counts.studies = len(wanted)
        return sorted(wanted if self.force else wanted - self._read_before(wanted, moves, release))

    def _read_before(
        self, wanted: Collection[str], moves: Mapping[str, Movement], release: Release
    ) -> set[str]:
        """The studies that an earlier cycle has read on this very release; those new to a watch come in by a read."""
        new = {nct_id for move in moves.values() for nct_id in move.entered}
        with self.database.read() as session:
            return read_on(session, wanted, release.stamp) - new

    def _of_one_release(self, records: Sequence[RawRecord], release: Release) -> list[RawRecord]:
        """The records, those refused that are of another release than the rest: the registry stamps each with its date.

        Another date than expected means that the registry may have moved on, so that it is asked. Raises ReleaseFlip.
        """
        stamps = Counter(record.version_holder for record in records if record.version_holder)
        if not stamps:
            return list(records)
        if stamps.keys() != {release.date}:
            self._confirm(release)
        usual, _ = stamps.most_common(1)[0]
        return [
            record
            if record.version_holder in (None, usual)
            else replace(
                record, problem=f"it is of release {record.version_holder}, the others are of {usual}"
            )
            for record in records
        ]

    def _finds(self, nct_id: str, release: Release, recorder: Recorder) -> bool:
        """Ask for a study by itself and take what comes; whether there is such a study in the registry."""
        self._go_on()
        try:
            record = self.registry.study(nct_id)
        except NotFound:
            return False
        recorder.take([nct_id], self._of_one_release([record], release))
        return True

    def _confirm(self, release: Release) -> None:
        now = self.registry.release()
        if now.stamp != release.stamp:
            raise ReleaseFlip(
                f"the registry moved from release {release.stamp} to {now.stamp} during the cycle"
            )

    def _complete(self, context: CycleContext, presences: Presences, lost: Sequence[str]) -> Report:
        """Conclude who is gone, left or silent, and what is a storm; move the watermark if all could be read."""
        release, now = context.release, self.service.now()
        with context.write() as session:
            presences.settle(session, lost)
            tell_silence(context, session)
            hold_storms(context, session)
            outbox.end_waiting(session)
            state = "partial" if self.counts.quarantined else "held" if self.counts.held else "complete"
            ledger.finish_cycle(session, context.cycle_id, state=state, counts=self._counted(), now=now)
            if state != "partial":
                mark = Watermark(release.date, release.stamp, release.api_version, now)
                ledger.move_watermark(session, mark)
            self._tell_unread(session, now)
            members = {nct_id for roster in context.rosters for nct_id in roster.sources}
            end_catch_up(session, self.service, release.stamp, members)
            anchor = seals.anchor(session)
        counts = self.counts.as_json()
        return Report(state, release.date, release.stamp, context.cycle_id, counts, anchor=anchor)

    def _tell_unread(self, session: Session, now: datetime) -> None:
        settings = self.service.settings
        tell_unread(
            session, routes=settings.route, settings=settings.alerts, schedule=settings.schedule, now=now
        )

    # around the steps

    def _enter(self, stage: str) -> None:
        self._go_on()
        self.stage = stage
        with self.database.write() as session:
            leases.check(session, self.lease)
            if self.cycle_id is not None:
                ledger.enter_stage(session, self.cycle_id, stage)

    def _go_on(self) -> None:
        if self.stop.is_set():
            raise Stopped

    def _counted(self) -> dict[str, int]:
        """For the ledger: what was checked and found, and how often the registry was asked."""
        return {**self.counts.as_json(), "requests": self.registry.requests - self.asked_before}

    @contextmanager
    def _failure_in_the_ledger(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not isinstance(error, LeaseLost):
                self._fail(error)
            raise

    def _fail(self, error: Exception) -> None:
        kind, message = type(error).__name__, str(error)
        # Without an entry no cycle began: whoever asked for one tells of it, in one line.
        say = (
            log.debug
            if self.cycle_id is None
            else log.warning
            if getattr(error, "passing", False)
            else log.error
        )
        say(logs.CYCLE_FAILED, cycle=self.cycle_id, stage=self.stage, kind=kind, problem=message)
        release, now = self.release, self.service.now()
        try:
            with self.database.write() as session:
                cycle_id = self.cycle_id or ledger.begin_cycle(
                    session,
                    release=release.date if release else None,
                    stamp=release.stamp if release else None,
                    owner=this_process(),
                    fence=self.lease.fence,
                    now=now,
                )
                ledger.enter_stage(session, cycle_id, self.stage)
                counts = self._counted()
                ledger.fail_cycle(session, cycle_id, kind=kind, message=message, counts=counts, now=now)
        except StorageError as fault:
            log.error(logs.LEDGER_UNWRITABLE, problem=str(fault))
