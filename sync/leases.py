"""Holding the right to run a cycle: one process at a time on one database, whoever it is."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ClassVar

from storage import lease as leases
from storage.engine import Database
from storage.errors import LeaseLost, TrialdeltaError
from storage.lease import Lease

NAME = "cycle"
TTL = timedelta(minutes=2)
"""A holder that says nothing for so long has lost its right; it renews three times as often."""

_RUN = secrets.token_hex(4)


class HeldElsewhere(TrialdeltaError):
    """Another process is running a cycle on this database."""

    hint: ClassVar[str] = "Wait for it to end; `trialdelta doctor` says who it is."
    passing: ClassVar[bool] = True
    exit_code: ClassVar[int] = 3


def me() -> str:
    """This process, unmistakably: host, process number, and a word that no other run of that number has."""
    return f"{socket.gethostname()}:{os.getpid()}:{_RUN}"


def has_ended(holder: str) -> bool:
    """Whether a holder is known to be dead: a process of this machine that is there no more, so no need to wait for it."""
    host, number, run = holder.rsplit(":", 2)
    if host != socket.gethostname() or run == _RUN:
        return False
    if int(number) == os.getpid():
        return True  # our own number, another run: the process before us, as in a restarted container
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@contextmanager
def leased(database: Database, now: Callable[[], datetime]) -> Iterator[Lease]:
    """Hold the lease for a block, renewed in the background; raises HeldElsewhere where another process has it."""
    with database.write() as session:
        lease = leases.acquire(session, NAME, me(), TTL, now(), has_ended)
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
