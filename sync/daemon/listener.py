"""A thread that listens on PostgreSQL for deliveries that another process made due, and wakes who sends them.

It may be without a connection, or miss a call: the outbox is looked at every few seconds all the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from storage.engine import Database
from storage.errors import StorageError
from storage.listening import calls
from sync import logs

CHECK_EVERY_S = 10.0
"""The connection is asked so often whether it still lives."""
RECONNECT_S = 5.0

log = structlog.get_logger("daemon")


class Listener:
    """Listens from `start` on until it is told to stop; where the database is no PostgreSQL there is nothing to hear."""

    def __init__(
        self,
        database: Database,
        wake: Callable[[], None],
        stopping: threading.Event,
        reconnect_s: float = RECONNECT_S,
    ) -> None:
        self._database, self._wake, self._stopping = database, wake, stopping
        self._reconnect_s = reconnect_s

    def start(self) -> None:
        """Begin to listen, in a thread that ends with the process."""
        if self._database.engine.dialect.name == "postgresql":
            threading.Thread(target=self._run, name="listener", daemon=True).start()

    def _run(self) -> None:
        is_told = False
        while not self._stopping.is_set():
            try:
                for is_called in calls(self._database, CHECK_EVERY_S):
                    is_told = False
                    if self._stopping.is_set():
                        return
                    if is_called:
                        self._wake()
            except (StorageError, SQLAlchemyError) as error:
                # once an outage: it is tried again every few seconds
                if not is_told:
                    log.warning(logs.LISTENER_LOST, problem=str(error))
                is_told = True
            self._stopping.wait(self._reconnect_s)
