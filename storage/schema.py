"""How the database's tables stand to this program's, and bringing them up to date.

Alembic takes a quarter of a second to import: it is imported only when there is something to migrate.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, inspect, text
from sqlalchemy.orm import Session

from storage.errors import CopyUnfinished, DatabaseMissing, SchemaAhead, SchemaBehind

REVISION = "0024"
"""The newest migration. Revisions are numbered, so that their order is known without asking Alembic."""


UNFINISHED = " unfinished"
"""Ends the revision of a database that is being copied into: no program, an older one either, takes it for its own."""


class SchemaState(StrEnum):
    """How the database's tables stand to this program's."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"
    UNFINISHED = "unfinished"


def state(connection: Connection) -> SchemaState:
    """Compare the revision that the database is at with this program's."""
    current = revision(connection)
    if current is None:
        return SchemaState.EMPTY
    if current.endswith(UNFINISHED):
        return SchemaState.UNFINISHED
    if current == REVISION:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if current < REVISION else SchemaState.AHEAD


def revision(connection: Connection) -> str | None:
    """The newest migration that the database has been through; None where it has no tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def require(connection: Connection) -> None:
    """Refuse tables that are not this program's own. Raises DatabaseMissing, SchemaBehind, SchemaAhead or CopyUnfinished."""
    current = revision(connection)
    if current is None:
        raise DatabaseMissing("The database has no tables yet")
    if current != REVISION:
        raise _misfit(current)


def require_unchanged(connection: Connection) -> None:
    """The same in one short query, for a database whose tables have fitted before: another program may have migrated it."""
    # Asked by every writing transaction, so without looking first whether the table is there.
    current = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
    if current != REVISION:
        raise _misfit(current)


def mark_unfinished(connection: Connection) -> None:
    """Keep every program away from a database of this program's revision until it is whole."""
    _set_revision(connection, REVISION + UNFINISHED)


def mark_finished(connection: Connection) -> None:
    """Let programs work on it."""
    _set_revision(connection, REVISION)


def _set_revision(connection: Connection, revision: str) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def _misfit(current: str) -> SchemaAhead | SchemaBehind | CopyUnfinished:
    if current.endswith(UNFINISHED):
        return CopyUnfinished()
    kind = SchemaAhead if current > REVISION else SchemaBehind
    return kind(f"{str(kind())[:-1]}: its tables are at {current}, this program's at {REVISION}")


def migrate(connection: Connection) -> None:
    """Run the missing migrations inside the connection's transaction.

    What an older program stored is sealed in the same transaction, once: from then on `verify` proves it.
    """
    from alembic import command

    from storage import seals
    from storage.migrations import configuration

    # Sealed once and never again: sealing anew would wash away what was changed beside the service since.
    was_sealed = inspect(connection).has_table("seal")
    command.upgrade(configuration(connection), "head")
    if not was_sealed:
        with Session(connection) as session:
            seals.seal_all(session, datetime.now(UTC))
            session.flush()
