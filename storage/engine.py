"""The database: SQLite or PostgreSQL, with the same manners on both.

A reader sees one snapshot and may not write. There is one writer at a time: SQLite begins immediately,
PostgreSQL takes an advisory lock, so what a writer has read stays true until it commits: no update is lost.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from storage import readable, schema, wake
from storage.errors import (
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseMissing,
    DatabaseUnavailable,
    DatabaseUnwritable,
    DatabaseUrlError,
    FullTextMissing,
    StorageError,
)
from storage.schema import SchemaState
from storage.seals import SealingSession

LOCK_WAIT_S = 30
"""How long a writer waits for another one before it gives up with DatabaseBusy."""
SWITCH_PAUSE_S = 0.1
"""Between two tries to switch SQLite to write-ahead logging, which is refused at once where another process does it."""
IDLE_TRANSACTION_S = 300
"""After this PostgreSQL ends the transaction of a process that froze in it, so that another can take over."""
APPLICATION = "trialdelta"
WRITER_LOCK = 0x7472_6961_6C64
"""Key of PostgreSQL's advisory lock for writers ("triald"); it is local to one database."""


BeforeMigration = Callable[[str], None]
"""Called with the older tables' revision while no other process can write: makes the backup."""


def open_database(url: str | URL, *, lock_wait_s: float = LOCK_WAIT_S, create: bool = True) -> Database:
    """The database at `url`: sqlite:///PATH (its folder is made), sqlite:// in memory, or postgresql://…

    Without `create` a file that is missing raises DatabaseMissing, and one that may only be read can be read.
    Nothing is read yet. Raises DatabaseUrlError.
    """
    try:
        parsed = make_url(url)
        return Database(_ENGINES[parsed.get_backend_name()](parsed, lock_wait_s, create))
    except (ArgumentError, NoSuchModuleError, KeyError, ValueError):
        # The URL may hold a password: it is not repeated, nor is the cause, which quotes half of one that holds a slash
        # ("invalid literal for int()": what stands before the slash is taken for the port).
        raise DatabaseUrlError("The database URL is neither SQLite's nor PostgreSQL's") from None
    except ImportError as error:
        raise DatabaseUrlError(
            "PostgreSQL needs a driver: install trialdelta with its extra `postgres`"
        ) from error


class Mode(StrEnum):
    """How a connection begins: as a reader, as the only writer, beside that one to claim rows, or not at all."""

    READ = "read"
    WRITE = "write"
    CLAIM = "claim"
    OUTSIDE = "outside"


class Database:
    """A handle on one database; safe to share between threads, not across a fork."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(mode=Mode.WRITE)
        self._claimer = engine.execution_options(mode=Mode.CLAIM)
        self._wakers: list[Callable[[], None]] = []
        self._fits = False
        event.listen(engine, "begin", _begin)
        event.listen(engine, "handle_error", _translate)

    def __str__(self) -> str:
        """The URL without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session over one snapshot; a write in it is refused."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction of the only writer: committed at the end, rolled back on an exception.

        Raises DatabaseBusy when another writer does not end in time, and SchemaAhead once a newer program has migrated
        the database: this one's writes would break what that one relies on.
        """
        with SealingSession(self._writer) as session, session.begin():
            # a session begins with its first statement; a writer waits here for its turn
            # Of 180 read-modify-writes at once a plain BEGIN lost 114 on SQLite; one that begins as a writer loses none.
            connection = session.connection()
            if self._fits:
                schema.require_unchanged(connection)
            yield session
        if wake.is_called_for(session):
            for waker in self._wakers:
                waker()

    @contextmanager
    def claim(self) -> Iterator[Session]:
        """One short transaction that takes rows by locking them, beside the writer; nothing that is sealed is written in it.

        On SQLite it is a writer's like any other. Raises as `write` does.
        """
        with Session(self._claimer) as session, session.begin():
            connection = session.connection()
            if self._fits:
                schema.require_unchanged(connection)
            yield session

    def when_due(self, waker: Callable[[], None]) -> None:
        """Have something called, in the thread that wrote, whenever this process has made deliveries due."""
        self._wakers.append(waker)

    def schema_state(self) -> SchemaState:
        """How the database's tables stand to this program's."""
        with self.engine.connect() as connection:
            return schema.state(connection)

    def require_schema(self) -> None:
        """Refuse tables that are not this program's own, and change nothing.

        Raises DatabaseMissing, SchemaBehind or SchemaAhead.
        """
        with self.engine.connect() as connection:
            schema.require(connection)
        self._fits = True

    def ensure_schema(self, before_migration: BeforeMigration | None = None) -> None:
        """Bring the tables up to date if need be; three short queries when they are. Raises SchemaAhead."""
        if self.engine.dialect.name == "sqlite":
            _write_ahead(self.engine)
        # Looked at without the lock, since it nearly always fits; looked at again under it before anything is migrated.
        if self.schema_state() in (SchemaState.EMPTY, SchemaState.BEHIND):
            self.upgrade(before_migration)
        self.require_schema()

    def upgrade(self, before_migration: BeforeMigration | None = None) -> None:
        """Run the missing migrations, all in one transaction; safe when several processes do so at once.

        Older tables are first shown to `before_migration`, under the writer's lock: nothing is written in between.
        """
        with self.rebuild() as connection:
            state = schema.state(connection)
            if state is SchemaState.AHEAD:
                schema.require(connection)
            if state is SchemaState.BEHIND and before_migration:
                before_migration(str(schema.revision(connection)))
            if state is not SchemaState.CURRENT:
                schema.migrate(connection)

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """One transaction of the only writer that may take long, on the bare connection: for the tables themselves."""
        with self._writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                # a backup may take longer than a frozen process is waited for
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _sqlite(url: URL, lock_wait_s: float, create: bool) -> Engine:
    # isolation_level None: the driver begins nothing by itself, so that `_begin` decides, DDL included
    arguments: dict[str, Any] = {"timeout": lock_wait_s, "isolation_level": None}
    if url.database in (None, "", ":memory:"):
        arguments["check_same_thread"] = False
        # A database in memory is gone with its connection, so all threads share the one.
        engine = create_engine(url, poolclass=StaticPool, connect_args=arguments)
    elif create:
        _make_folder(Path(str(url.database)).parent)
        engine = create_engine(url, connect_args=arguments)
        event.listen(engine, "do_connect", _make_file)
    else:
        engine = _sqlite_as_it_is(url, arguments)
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def _sqlite_as_it_is(url: URL, arguments: dict[str, Any]) -> Engine:
    """A file that is there already, opened as it can be."""
    path = Path(str(url.database))
    if not path.exists():
        raise DatabaseMissing(f"There is no database {path} yet")
    how = readable.how_to_open(path)
    if how is None:
        return create_engine(url, connect_args=arguments)
    return create_engine(url, creator=lambda: sqlite3.connect(how, uri=True, **arguments))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnwritable(f"The folder {folder} cannot be made: {error.strerror}") from error


def _make_file(_dialect: object, _record: object, arguments: tuple[str], _settings: object) -> None:
    """Make the database so that nobody else can read it: accounts, tokens and messages due are in it.

    The write-ahead log takes the same mode. A database that is there already keeps the one it has.
    """
    path = Path(arguments[0])
    if path.exists():
        return
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise DatabaseUnwritable(f"The database {path} cannot be made: {error.strerror}") from error


def _postgresql(url: URL, lock_wait_s: float, create: bool) -> Engine:  # noqa: ARG001 - a server makes none by itself
    settings = {
        "lock_timeout": f"{lock_wait_s:g}s",
        "idle_in_transaction_session_timeout": f"{IDLE_TRANSACTION_S}s",
        "timezone": "UTC",
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    # the name shows in pg_stat_activity: a restore looks there for who still works on the database
    arguments = {"options": options, "application_name": APPLICATION}
    return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, connect_args=arguments)


_ENGINES = {"sqlite": _sqlite, "postgresql": _postgresql, "postgres": _postgresql}


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Both are settings of a connection, not of the file.
    connection.execute("PRAGMA foreign_keys = ON")
    # With write-ahead logging this loses nothing to a killed process, and to a power cut the last commits at most.
    connection.execute("PRAGMA synchronous = NORMAL")
    # a long reader lets the write-ahead log grow; it is cut back to this once it can be
    connection.execute("PRAGMA journal_size_limit = 67108864")


def _write_ahead(engine: Engine) -> None:
    """Let readers and the writer not block each other. The mode is kept in the file, but not in every backup."""
    with engine.connect().execution_options(mode=Mode.OUTSIDE) as connection:
        if connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal":
            return
        until = time.monotonic() + LOCK_WAIT_S
        while not _is_switched(connection, until):
            time.sleep(SWITCH_PAUSE_S)


def _is_switched(connection: Connection, until: float) -> bool:
    """Switch to write-ahead; False where it is busy and may be tried again, DatabaseBusy where its time is over."""
    try:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    except DatabaseBusy:
        # two processes that switch at once: SQLite refuses one of them without waiting
        if time.monotonic() > until:
            raise
        return False
    return True


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("mode", Mode.READ)
    if mode is Mode.OUTSIDE:
        return
    if connection.dialect.name == "sqlite":
        # Set at each begin: the pool hands the same connection to a reader and to a writer.
        connection.exec_driver_sql(f"PRAGMA query_only = {mode is Mode.READ}")
        # A reader that turns writer fails at once where another has written meanwhile, whatever the timeout.
        connection.exec_driver_sql("BEGIN" if mode is Mode.READ else "BEGIN IMMEDIATE")
    elif mode is Mode.WRITE:
        # Read-committed is enough behind the lock: whatever a writer reads was committed before its turn began.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
    elif mode is Mode.READ:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


_SQLITE_FAULTS: dict[int, type[StorageError]] = {
    sqlite3.SQLITE_BUSY: DatabaseBusy,
    sqlite3.SQLITE_LOCKED: DatabaseBusy,
    sqlite3.SQLITE_CORRUPT: DatabaseCorrupt,
    sqlite3.SQLITE_NOTADB: DatabaseCorrupt,
    sqlite3.SQLITE_CANTOPEN: DatabaseUnwritable,
    sqlite3.SQLITE_FULL: DatabaseUnwritable,
    sqlite3.SQLITE_IOERR: DatabaseUnwritable,
    sqlite3.SQLITE_PERM: DatabaseUnwritable,
    sqlite3.SQLITE_READONLY: DatabaseUnwritable,
}
_POSTGRESQL_FAULTS: dict[str, type[StorageError]] = {
    "53100": DatabaseUnwritable,  # disk_full
    "55P03": DatabaseBusy,  # lock_not_available
}


def _translate(context: ExceptionContext) -> StorageError | None:
    """The driver's fault as an error of ours, with a hint; SQLAlchemy raises what is returned."""
    fault = context.original_exception
    if isinstance(fault, sqlite3.Error):
        if "no such module: fts5" in str(fault):
            return FullTextMissing()
        # the low byte is the primary code, the rest its detail
        kind = _SQLITE_FAULTS.get(getattr(fault, "sqlite_errorcode", 0) & 0xFF)
    else:
        kind = _POSTGRESQL_FAULTS.get(getattr(fault, "sqlstate", None) or "")
        if kind is None and (context.is_disconnect or context.connection is None):
            kind = DatabaseUnavailable
    return kind(f"{kind()} ({fault})") if kind else None
