"""Runs one cycle and dies at a named point of it: `python cycle_killed_at.py POINT NUMBER`, configured by the environment.

POINT is where in the work on a transaction: `fetched`, `before_commit`, `after_commit`; NUMBER which one, from 1.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from storage.engine import Database
from sync.config import load
from sync.cycle.cycle import run_cycle
from sync.registry.client import Registry
from sync.service import open_service

POINT, NUMBER = sys.argv[1], int(sys.argv[2])
REACHED = count(1)


def reach(point: str) -> None:
    """Dies where it was told to."""
    if point == POINT and next(REACHED) == NUMBER:
        os.kill(os.getpid(), signal.SIGKILL)


write = Database.write
records = Registry.records


@contextmanager
def write_and_reach(self: Database) -> Iterator[Any]:
    """A transaction that dies before or after its commit."""
    with write(self) as session:
        yield session
        session.flush()
        reach("before_commit")
    reach("after_commit")


def records_and_reach(self: Registry, ids: Any, known: Any) -> Iterator[Any]:
    """Batches that are fetched and never worked on."""
    for batch in records(self, ids, known):
        reach("fetched")
        yield batch


Database.write = write_and_reach  # type: ignore[method-assign]
Registry.records = records_and_reach  # type: ignore[method-assign,assignment]
with open_service(load()) as service:
    run_cycle(service)
