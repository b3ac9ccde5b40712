"""Hearing on PostgreSQL that another process made deliveries due."""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from typing import Any

from storage.engine import Database, Mode
from storage.wake import TOPIC


def calls(database: Database, wait_s: float) -> Iterator[bool]:
    """True for each call, or several; False where none came for so long. The first one, once it listens, is True.

    Raises DatabaseUnavailable when the connection is lost: what was called until it is made again is heard by nobody.
    """
    alone = database.engine.execution_options(isolation_level="AUTOCOMMIT", mode=Mode.OUTSIDE)
    with alone.connect() as connection, selectors.DefaultSelector() as selector:
        driver: Any = connection.connection.driver_connection
        heard: list[object] = []
        driver.add_notify_handler(heard.append)
        connection.exec_driver_sql(f"LISTEN {TOPIC}")
        selector.register(driver.fileno(), selectors.EVENT_READ)
        yield True
        while True:
            selector.select(wait_s)
            # Takes in what has come. And it is how a connection is found out that died without a word.
            connection.exec_driver_sql("SELECT 1")
            yield bool(heard)
            heard.clear()
