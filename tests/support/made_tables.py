"""New SQLite databases get the tables that the migrations made for the first of them: a tenth of the time."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Connection

from storage import schema
from storage.engine import open_database

migrate = schema.migrate
"""The migrations themselves, for what tests them and for everything but an empty SQLite database."""


def give_tables(connection: Connection) -> None:
    """What `migrate` does, in the same transaction."""
    if connection.dialect.name != "sqlite" or schema.revision(connection) is not None:
        migrate(connection)
        return
    for statement in _made_by_migrations():
        connection.exec_driver_sql(statement)


@cache
def _made_by_migrations() -> tuple[str, ...]:
    """The statements that make what the migrations make, in its order; they leave no row but the revision's."""
    database = open_database("sqlite://")
    with database.rebuild() as connection:
        migrate(connection)
        made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB 'search_words_*' ORDER BY rowid"
        statements = [str(sql) for sql in connection.exec_driver_sql(made).scalars()]
    database.close()
    return (*statements, f"INSERT INTO alembic_version VALUES ('{schema.REVISION}')")
