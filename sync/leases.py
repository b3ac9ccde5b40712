"""Holding the right to run a cycle: one process at a time on one database, whoever it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import ClassVar

from storage import lease as leases
from storage.engine import Database
from storage.errors import LeaseLost, StorageError, TrialdeltaError
from storage.holder import has_ended, this_process
from storage.lease import Lease

NAME = "cycle"
TTL = timedelta(minutes=2)
"""A holder that says nothing for so long has lost its right; it renews three times as often."""


class HeldElsewhere(TrialdeltaError):
    """Another process is running a cycle on this database."""

    hint: ClassVar[str] = "Wait for it to end; `trialdelta doctor` says who it is."
    passing: ClassVar[bool] = True
    exit_code: ClassVar[int] = 3


@contextmanager
def leased(database: Database, now: Callable[[], datetime]) -> Iterator[Lease]:
    """Hold the lease for a block, renewed in the background; raises HeldElsewhere where another process has it."""
    with database.write() as session:
        lease = leases.acquire(session, NAME, this_process(), TTL, now(), has_ended)
    if lease is None:
        raise HeldElsewhere
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(database, lease, now, done), name="lease", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        done.set()
        keeper.join()
        with suppress(
            StorageError
        ):  # then it expires by itself; what ended the block is the error to be told
            _give_back(database, lease, now)


def _give_back(database: Database, lease: Lease, now: Callable[[], datetime]) -> None:
    with database.write() as session:
        leases.release(session, lease, now())


def _keep(database: Database, lease: Lease, now: Callable[[], datetime], done: threading.Event) -> None:
    while not done.wait(TTL.total_seconds() / 3):
        try:
            with database.write() as session:
                leases.renew(session, lease, TTL, now())
        except LeaseLost:
            return  # every write of the cycle checks the lease itself, and is refused
        except TrialdeltaError:
            continue  # the database is busy or away: the next try may come in time
