"""The database as commands open it."""

from __future__ import annotations

from storage.engine import Database, open_database
from storage.errors import DatabaseMissing
from sync.config import Settings


def open_storage(settings: Settings) -> Database:
    """The database of the settings as it is: nothing is made or migrated, and one that may only be read can be read.

    Raises DatabaseMissing, SchemaBehind or SchemaAhead, each with what to do.
    """
    database = open_database(settings.database.url.get_secret_value(), create=False)
    database.require_schema()
    return database


def open_or_make_storage(settings: Settings) -> Database:
    """The same, but an empty database is made where there is none."""
    try:
        return open_storage(settings)
    except DatabaseMissing:
        database = open_database(settings.database.url.get_secret_value())
        database.ensure_schema()
        return database
