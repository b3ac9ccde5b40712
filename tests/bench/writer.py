"""Writes to a database once a second, as the service does, until it is ended: for pages that are measured meanwhile.

`python tests/bench/writer.py URL`: a cycle that is at work tells an event of three studies, for twenty seconds, then the
next one does; and their classes are filled in, as after an upgrade. The database is no use for anything else then.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import func, select, update  # noqa: E402

from storage import events, ledger, tables  # noqa: E402
from storage.engine import Database, open_database  # noqa: E402
from storage.tables import table_of  # noqa: E402
from sync.versions.classes import fill_classes  # noqa: E402

STUDY, CLASS = table_of(tables.Study).c, table_of(tables.StudyClass).c
STUDIES, CYCLE_S = 3, 20


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def ids_of(database: Database) -> list[str]:
    """Studies whose records are there."""
    with database.read() as session:
        return list(session.scalars(select(STUDY.nct_id).where(STUDY.head.is_not(None)).limit(2_000)))


class Cycles:
    """Cycles that tell the database's newest event again, of other studies."""

    def __init__(self, database: Database) -> None:
        self._database, self._cycle = database, 0
        with database.read() as session:
            (self._event,) = events.events(session, limit=1)

    def write(self, number: int, ids: list[str]) -> None:
        """What a cycle commits in a second."""
        with self._database.write() as session:
            if number % CYCLE_S == 0:
                if self._cycle:
                    ledger.finish_cycle(session, self._cycle, state="complete", counts={}, now=now())
                release = str(self._event["release"])
                self._cycle = ledger.begin_cycle(
                    session, release=release, stamp=f"{release}T09:00:05", owner="bench", fence=1, now=now()
                )
            first = (session.scalar(select(func.max(table_of(tables.Event).c.seq))) or 0) + 1
            told = [
                {**self._event, "id": f"evt_bench{first + at:021}", "nct_id": nct_id}
                for at, nct_id in enumerate(ids)
            ]
            events.add_events(session, told, self._cycle)


def forget_classes(database: Database, ids: list[str]) -> None:
    """Let classes be an older classifier's."""
    with database.write() as session:
        session.execute(
            update(table_of(tables.StudyClass)).where(CLASS.nct_id.in_(ids)).values(classifier="older")
        )


def main() -> None:
    """Write until somebody ends it."""
    database = open_database(sys.argv[1])
    database.ensure_schema()
    ids, cycles = ids_of(database), Cycles(database)
    for number in count():
        some = [ids[(number * STUDIES + at) % len(ids)] for at in range(STUDIES)]
        cycles.write(number, some)
        forget_classes(database, some)
        fill_classes(database, now=now)
        time.sleep(1)


if __name__ == "__main__":
    main()
