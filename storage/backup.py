"""A backup: one file that holds the whole database as it was at one moment, read back before it counts."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.orm import Session

from storage import ledger, postgres_tools, readable, schema
from storage.engine import Database, open_database
from storage.errors import BackupFailed, BackupUnsound, StorageError
from storage.placing import put_in_place
from storage.schema import SchemaState
from storage.verify import verify

Progress = Callable[[int, int], None]
"""Hears how many of how many pages are copied."""
PAGES_AT_A_TIME = 1_000
PROBLEMS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made. `checked`: `verified` as `verify` does, or `read through` where that could not be done."""

    file: str
    bytes: int
    at: datetime
    seconds: float
    schema: str
    checked: str


def back_up(
    database: Database,
    target: Path,
    *,
    now: Callable[[], datetime],
    overwrite: bool = False,
    tools: Path | None = None,
    progress: Progress = lambda _done, _of: None,
) -> Backup:
    """Write the database as it is now to a file, while others read and write it, and check what was written.

    `tools`: the folder of PostgreSQL's programs. Raises BackupExists, BackupFailed, BackupUnsound or ToolMissing; then
    the target is as it was.
    """
    at, started = now(), time.monotonic()
    # Unless it passes its check it never gets the name: whoever finds a file of that name may rely on it.
    with put_in_place(target, overwrite=overwrite) as partial:
        fits = database.schema_state() is SchemaState.CURRENT
        if database.engine.dialect.name == "sqlite":
            _copy_sqlite(database, partial, progress)
            if fits:
                _sign(partial, at)
            checked = check_sqlite(partial)
        else:
            if fits:
                # Before the dump, so that the archive carries it: an archive cannot be written into afterwards, as a file
                # of SQLite's can.
                _note(database, at, state="running", source=identity(database))
            postgres_tools.dump(database, partial, tools)
            checked = postgres_tools.check(database, partial, tools, problems_of)
        size = partial.stat().st_size
    with database.engine.connect() as connection:
        revision = str(schema.revision(connection))
    made = Backup(str(target), size, at, round(time.monotonic() - started, 3), revision, checked)
    if fits:
        _note(database, at, state="done", file=str(target.absolute()), bytes=size)
    return made


def identity(database: Database) -> str | None:
    """What tells a PostgreSQL database from one that a backup of it was restored into."""
    if database.engine.dialect.name != "postgresql":
        return None
    with database.engine.connect() as connection:
        query = "SELECT oid FROM pg_database WHERE datname = current_database()"
        return str(connection.exec_driver_sql(query).scalar())


def _sign(copy: Path, at: datetime) -> None:
    """Write into a copy that it is one, and as of when: so it is known for one, should it be put in place by hand."""
    with (
        closing(open_database(URL.create("sqlite", database=str(copy)), create=False)) as opened,
        opened.write() as session,
    ):
        ledger.beat(session, "backup", at, {"state": "copy"})


def _note(database: Database, at: datetime, **detail: object) -> None:
    """Write into the database that it is backed up; one that may only be read can be backed up all the same."""
    with suppress(StorageError), database.write() as session:
        ledger.beat(session, "backup", at, detail)
        if detail["state"] == "done":
            ledger.beat(session, "good_backup", at, detail)


def _copy_sqlite(database: Database, target: Path, progress: Progress) -> None:
    source = Path(str(database.engine.url.database))
    how = readable.how_to_open(source)
    try:
        with (
            closing(sqlite3.connect(how or source, uri=bool(how), isolation_level=None)) as origin,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            # One snapshot for the whole copy. Without it SQLite begins anew whenever another process writes: beside a
            # writer every 2 ms it did not end within 15 s; with it 80 MB took 0.2 s, and the writer never waited.
            origin.execute("BEGIN")
            origin.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            copy.execute("PRAGMA synchronous = OFF")  # the whole file is brought to the disk at the end
            origin.backup(
                copy, pages=PAGES_AT_A_TIME, progress=lambda _, left, of: progress(of - left, of), sleep=0
            )
            # one file that needs no other beside it, and can be read where nothing may be written
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise BackupFailed(f"The database could not be copied: {error}") from error


def check_sqlite(file: Path) -> str:
    """Read a copy back from end to end. Raises BackupUnsound."""
    with closing(open_database(URL.create("sqlite", database=str(file)), create=False)) as copy:
        return problems_of(copy)


def problems_of(copy: Database) -> str:
    """Check a copy as `verify` does; one of an older schema only for whether the file is whole. Raises BackupUnsound."""
    with copy.read() as session:
        current = schema.state(session.connection()) is SchemaState.CURRENT
        # Older tables lack the columns that the whole check reads.
        problems = [str(each) for each in (verify(session) if current else _file_problems(session))]
    if problems:
        more = f" (and {len(problems) - PROBLEMS_SHOWN} more)" if len(problems) > PROBLEMS_SHOWN else ""
        raise BackupUnsound(f"The copy does not pass its check: {'; '.join(problems[:PROBLEMS_SHOWN])}{more}")
    return "verified" if current else "read through"


def _file_problems(session: Session) -> list[str]:
    if session.get_bind().dialect.name != "sqlite":
        return []
    found = session.connection().exec_driver_sql("PRAGMA integrity_check").scalars()
    return [str(each) for each in found if each != "ok"]
