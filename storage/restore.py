"""Putting a backup in the database's place: checked first, marked as restored, and only then under the database's name."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from storage import ledger, postgres_tools, restored, schema
from storage.backup import problems_of
from storage.engine import APPLICATION, Database, open_database
from storage.errors import (
    BackupDamaged,
    BackupUnsound,
    DatabaseCorrupt,
    DatabaseInUse,
    NotRestorable,
    RestoreRefused,
    StorageError,
)
from storage.placing import BESIDE_SQLITE, link, put_in_place, sync_folder
from storage.process_identity import has_ended
from storage.schema import SchemaState
from storage.seals import SealingSession
from storage.verify import verify

SQLITE = b"SQLite format 3\0"
ALIVE = timedelta(minutes=2)
"""A daemon gives a sign of life every half minute; one that says nothing for so long is dead."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did; `aside` is where the database that was there before is kept, `held` how many deliveries are."""

    file: str
    database: str
    backup_at: datetime | None
    at: datetime
    held: int
    aside: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be restored, when, by whom; `force` where a database is there already."""

    file: Path
    now: Callable[[], datetime]
    by: str
    force: bool = False
    tools: Path | None = None
    even_if_damaged: bool = False
    """Though the check finds something wrong: better a damaged database than none."""


def restore(database: Database, request: Request) -> Restored:
    """Put a backup in the database's place.

    Raises NotRestorable, SchemaAhead, RestoreRefused, DatabaseInUse or ToolMissing; then nothing was changed.
    """
    if not request.file.is_file():
        raise NotRestorable(f"There is no file {request.file}")
    if database.engine.dialect.name == "postgresql":
        return _into_postgresql(database, request)
    file = database.engine.url.database
    if not file or file == ":memory:":
        raise NotRestorable("A database in memory has no place for a backup")
    return _into_sqlite(Path(file), request)


# SQLite


def _into_sqlite(target: Path, request: Request) -> Restored:
    _must_be_sqlite(request.file)
    at = request.now()
    if target.exists():
        if target.samefile(request.file):
            raise NotRestorable(f"{target} is the database itself")
        if not request.force:
            raise RestoreRefused(f"There is a database {target} already")
        # Swapping the file under a process that has it open would let that one go on writing to the old database, unseen.
        _refuse_if_in_use(target, at)
    target.parent.mkdir(parents=True, exist_ok=True)
    with put_in_place(target, overwrite=request.force) as staged:
        _copy(request.file, staged)
        with closing(open_database(URL.create("sqlite", database=str(staged)))) as copy:
            _check(copy, request)
            # Migrated before it gets the name: a backup that cannot be brought up to date leaves everything as it was.
            copy.ensure_schema()
            with copy.write() as session:
                backup_at = restored.backed_up_at(session)
                held = _mark(session, request, backup_at, at)
        aside = _keep_aside(target, at)
    return Restored(str(request.file), str(target), backup_at, at, held, aside)


def _must_be_sqlite(file: Path) -> None:
    with file.open("rb") as opened:
        if opened.read(len(SQLITE)) != SQLITE:
            raise NotRestorable(f"{file} is not a database of SQLite's")


def _copy(source: Path, target: Path) -> None:
    """Copy a backup without touching it; what lies in a log beside a copy made by hand comes along."""
    log = source.with_name(f"{source.name}-wal")
    # A backup may lie on a disk that can only be read, where a file in write-ahead mode has no place for its index.
    whole = "" if log.exists() and log.stat().st_size else "&immutable=1"
    uri = f"file:{quote(str(source.absolute()))}?mode=ro{whole}"
    try:
        with (
            closing(sqlite3.connect(uri, uri=True)) as origin,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            origin.backup(copy)
    except sqlite3.Error as error:
        raise NotRestorable(f"{source} cannot be read: {error}") from error


def _check(copy: Database, request: Request) -> None:
    try:
        if copy.schema_state() is SchemaState.EMPTY:
            raise NotRestorable(f"{request.file} holds no tables of trialdelta")
        if copy.schema_state() is SchemaState.AHEAD:
            copy.require_schema()
        problems_of(copy)
    except DatabaseCorrupt as error:
        raise NotRestorable(f"{request.file} is damaged: {error}") from error
    except BackupUnsound as error:
        if not request.even_if_damaged:
            raise BackupDamaged(f"{request.file} is damaged: {error}") from error


def _refuse_if_in_use(target: Path, now: datetime) -> None:
    """Raises DatabaseInUse. Only where no other connection is open does SQLite leave the write-ahead mode."""
    try:
        with closing(open_database(URL.create("sqlite", database=str(target)), create=False)) as present:
            refuse_living_daemon(present, now)
        with closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise DatabaseInUse(f"Another process has {target} open") from error
    except (StorageError, SQLAlchemyError, sqlite3.DatabaseError) as error:
        # a damaged database is what a backup is restored for
        if isinstance(error, DatabaseInUse):
            raise


def _keep_aside(target: Path, at: datetime) -> str | None:
    """Give the present database a second name; its log, left by a killed process, would be taken for the new one's."""
    aside = target.with_name(f"{target.name}.replaced-{at:%Y%m%dT%H%M%S%f}")
    if target.exists():
        # A second name instead of a rename: at no moment is there no database under the first one.
        link(target, aside)
    for suffix in BESIDE_SQLITE:
        with suppress(FileNotFoundError):
            target.with_name(target.name + suffix).rename(aside.with_name(aside.name + suffix))
    sync_folder(target.parent)
    return str(aside) if aside.exists() else None


# PostgreSQL


def _into_postgresql(database: Database, request: Request) -> Restored:
    at = request.now()
    state = database.schema_state()
    if state is not SchemaState.EMPTY:
        if not request.force:
            raise RestoreRefused(f"There is a database already: {database}")
        _refuse_others(database)
        refuse_living_daemon(database, at)
    aside = f"{postgres_tools.ASIDE}{at:%Y%m%dt%H%M%S%f}" if state is not SchemaState.EMPTY else None
    # all of it in one transaction: killed anywhere, the database is as it was
    with database.rebuild() as connection:
        if aside:
            # DDL is transactional on PostgreSQL, so that the old tables are out of the way and yet not gone until the
            # commit.
            connection.exec_driver_sql(f"ALTER SCHEMA public RENAME TO {aside}")
            connection.exec_driver_sql("CREATE SCHEMA public")
        postgres_tools.replay(connection, request.file, request.tools)
        backup_at, held = _settle(connection, request, at)
    return Restored(str(request.file), str(database), backup_at, at, held, aside and f"schema {aside}")


def _settle(connection: Connection, request: Request, at: datetime) -> tuple[datetime | None, int]:
    """Check what was restored, bring it up to date and mark it, before it is committed."""
    state = schema.state(connection)
    if state is SchemaState.EMPTY:
        raise NotRestorable(f"{request.file} holds no tables of trialdelta")
    if state is SchemaState.BEHIND:
        schema.migrate(connection)
    schema.require(connection)
    # The session joins the restore's one transaction: its own commit must not end it.
    with SealingSession(connection, join_transaction_mode="rollback_only") as session:
        problems = [] if request.even_if_damaged else [str(each) for each in verify(session)]
        if problems:
            raise BackupDamaged(f"{request.file} is damaged: {'; '.join(problems[:3])}")
        backup_at = restored.backed_up_at(session)
        held = _mark(session, request, backup_at, at)
        session.commit()
    return backup_at, held


def _refuse_others(database: Database) -> None:
    others = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = :name"
    )
    with database.engine.connect() as connection:
        if connection.execute(others, {"name": APPLICATION}).scalar():
            raise DatabaseInUse(f"Another process of trialdelta is connected to {database}")


# both


def refuse_living_daemon(database: Database, now: datetime) -> None:
    """Raises DatabaseInUse where a daemon works on the database."""
    with database.read() as session:
        beat = ledger.last_beat(session, "daemon")
    # A daemon that was killed leaves a beat that looks fresh; its process tells better, where it ran on this machine.
    if beat is None or beat.detail.get("stopped") or has_ended(str(beat.detail.get("holder", ""))):
        return
    if abs(now - beat.at) < ALIVE:
        raise DatabaseInUse(f"A daemon works on the database: process {beat.detail.get('pid')}")


def _mark(session: Session, request: Request, backup_at: datetime | None, at: datetime) -> int:
    return restored.mark(session, backup_at=backup_at, at=at, by=request.by, file=request.file.name)
