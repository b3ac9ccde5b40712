"""Holding the right to run a cycle, or a backfill: one process at a time on one database, whoever it is."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import ClassVar

from storage import lease as leases
from storage.engine import Database
from storage.errors import LeaseLost, StorageError, TrialdeltaError
from storage.lease import Lease
from storage.process_identity import has_ended, this_process

NAME = "cycle"
BACKFILL = "backfill"
"""The two kinds of work that one process at a time does."""
TTL = timedelta(minutes=2)
"""A holder that says nothing for so long has lost its right; it renews three times as often."""

_working: Counter[str] = Counter()
"""How many cycles, or backfills, of this very process are under way, by kind and database."""
_turn = threading.Lock()


class HeldElsewhere(TrialdeltaError):
    """Another process is running a cycle on this database."""

    hint: ClassVar[str] = "Wait for it to end; `trialdelta doctor` says who it is."
    passing: ClassVar[bool] = True
    exit_code: ClassVar[int] = 3


@contextmanager
def leased(database: Database, now: Callable[[], datetime], name: str = NAME) -> Iterator[Lease]:
    """Hold the lease for a block, renewed in the background; raises HeldElsewhere where another process has it."""
    with _counted(database, name) as is_alone:

        def may_be_taken_from(holder: str) -> bool:
            # what stands in this process' own name, and no cycle of it has, it could not give back: the database was away
            return has_ended(holder) or (is_alone and holder == this_process())

        with database.write() as session:
            lease = leases.acquire(session, name, this_process(), TTL, now(), may_be_taken_from)
        if lease is None:
            raise HeldElsewhere(f"Another process is running a {name} on this database.")
        with _kept(database, lease, now):
            yield lease


@contextmanager
def _counted(database: Database, name: str) -> Iterator[bool]:
    """Whether this is the only work of its kind that this process does on the database."""
    place = f"{name} {database.engine.url.render_as_string()}"
    with _turn:
        _working[place] += 1
        is_alone = _working[place] == 1
    try:
        yield is_alone
    finally:
        with _turn:
            _working[place] -= 1


@contextmanager
def _kept(database: Database, lease: Lease, now: Callable[[], datetime]) -> Iterator[None]:
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(database, lease, now, done), name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
        # without the database it cannot be given back; what ended the block is the error to be told
        with suppress(StorageError), database.write() as session:
            leases.release(session, lease, now())


def _keep(database: Database, lease: Lease, now: Callable[[], datetime], done: threading.Event) -> None:
    # Three tries before it expires: a writer may keep SQLite busy for one of them.
    while not done.wait(TTL.total_seconds() / 3):
        try:
            with database.write() as session:
                leases.renew(session, lease, TTL, now())
        except LeaseLost:
            return  # every write of the cycle checks the lease itself, and is refused
        except TrialdeltaError:
            continue  # the database is busy or away: the next try may come in time
