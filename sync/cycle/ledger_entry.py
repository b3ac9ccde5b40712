"""A cycle's entry in the ledger: when it began, how far it came, and how it ended, whatever ended it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from storage import lease as leases
from storage import ledger
from storage.errors import LeaseLost, StorageError
from storage.lease import Lease
from storage.process_identity import this_process
from sync import logs
from sync.registry.client import Release
from sync.service import Service

log = structlog.get_logger("cycle")

Counted = Callable[[], dict[str, object]]
"""What a cycle has come to so far, as the ledger has it."""


class LedgerEntry:
    """One cycle's entry: none before its release is known and new, or before it fails."""

    def __init__(self, service: Service, lease: Lease, counted: Counted) -> None:
        self._database, self._now, self._lease = service.database, service.now, lease
        self._counted = counted
        self.stage = "release"
        self.release: Release | None = None
        self.cycle_id: int | None = None
        self._began = service.now()

    def begin(self, release: Release) -> int:
        """Open the entry of a cycle that reads this release; its number."""
        with self._database.write() as session:
            leases.check(session, self._lease)
            self.cycle_id = ledger.begin_cycle(
                session,
                release=release.date,
                stamp=release.stamp,
                owner=this_process(),
                fence=self._lease.fence,
                now=self._now(),
            )
        log.info(logs.CYCLE_STARTED, cycle=self.cycle_id, release=release.date)
        return self.cycle_id

    def enter(self, stage: str) -> None:
        """Begin a stage. Raises LeaseLost where another process has taken over."""
        self.stage = stage
        with self._database.write() as session:
            leases.check(session, self._lease)
            if self.cycle_id is not None:
                ledger.enter_stage(session, self.cycle_id, stage)

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Within it whatever makes the cycle fail is written down, and raised on."""
        try:
            yield
        except Exception as error:
            # Whoever has the lease now keeps the ledger; an entry of ours would stand in the middle of its own.
            if not isinstance(error, LeaseLost):
                self._fail(error)
            raise

    def _fail(self, error: Exception) -> None:
        kind, message = type(error).__name__, str(error)
        say = log.warning if getattr(error, "passing", False) else log.error
        if self.cycle_id is None:
            say = log.debug  # without an entry no cycle began: whoever asked for one tells of it, in one line
        say(logs.CYCLE_FAILED, cycle=self.cycle_id, stage=self.stage, kind=kind, problem=message)
        release, now = self.release, self._now()
        try:
            with self._database.write() as session:
                # The release itself may not have been told; a failure that leaves no trace would look like a poll that
                # never was.
                cycle_id = self.cycle_id or ledger.begin_cycle(
                    session,
                    release=release.date if release else None,
                    stamp=release.stamp if release else None,
                    owner=this_process(),
                    fence=self._lease.fence,
                    now=self._began,
                )
                ledger.enter_stage(session, cycle_id, self.stage)
                ledger.fail_cycle(
                    session, cycle_id, kind=kind, message=message, counts=self._counted(), now=now
                )
        # The first error is the one to be told: it must not be hidden by the ledger that could not take it.
        except StorageError as fault:
            log.error(logs.LEDGER_UNWRITABLE, problem=str(fault))
