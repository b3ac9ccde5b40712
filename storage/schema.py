"""How the database's tables stand to this program's, and bringing them up to date.

Alembic takes a quarter of a second to import: it is imported only when there is something to migrate.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, inspect
from sqlalchemy.orm import Session

REVISION = "0005"
"""The newest migration. Revisions are numbered, so that their order is known without asking Alembic."""


class SchemaState(StrEnum):
    """How the database's tables stand to this program's."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"


def state(connection: Connection) -> SchemaState:
    """Compare the revision that the database is at with this program's."""
    revision = _revision(connection)
    if revision is None:
        return SchemaState.EMPTY
    if revision == REVISION:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if revision < REVISION else SchemaState.AHEAD


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if revision is None else str(revision)


def migrate(connection: Connection) -> None:
    """Run the missing migrations inside the connection's transaction.

    What an older program stored is sealed in the same transaction, once: from then on `verify` proves it.
    """
    from alembic import command

    from storage import seals
    from storage.migrations import configuration

    was_sealed = inspect(connection).has_table("seal")
    command.upgrade(configuration(connection), "head")
    if not was_sealed:
        with Session(connection) as session:
            seals.seal_all(session, datetime.now(UTC))
            session.flush()
