"""Commands about the database."""

from __future__ import annotations

from typing import Annotated

import typer

from storage.engine import open_database
from storage.schema import REVISION, SchemaState
from storage.studies import totals
from sync.backup.backups import before_migration
from sync.cli.common import console, emit, working
from sync.cli.database import open_storage
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.terminal.text import safe
from sync.timing.clock import utc_now
from sync.versions.search_index import fill_index, rebuild_index
from sync.words import counted

db_app = typer.Typer(no_args_is_help=True, help="Look after the database.")


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(db_app, name="db")


@db_app.command()
def upgrade(
    no_backup: Annotated[
        bool, typer.Option("--no-backup", help="Migrate without the backup: you have one of your own.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Bring the database's tables up to date, after a backup; `run` and `sync` do so by themselves.

    [bold]Example[/]
      trialdelta db upgrade
    """
    settings = settings_logged(config)
    database = open_database(settings.database.url.get_secret_value())
    # A migration cannot be undone; a failed one on the only copy of the history could not either.
    database.ensure_schema(None if no_backup else before_migration(database, settings.backup, utc_now))
    indexed = fill_index(database)
    console().print(f"{safe(database)} is up to date.")
    if indexed:
        console().print(f"{counted(indexed, 'study')} can be found by words from now on.")


@db_app.command()
def reindex(config: ConfigOption = None) -> None:
    """Make the index that `find` and the console's search use anew, from the stored records; the service may go on.

    [bold]Example[/]
      trialdelta db reindex
    """
    database = open_storage(settings_logged(config))
    with working("Reading the records"):
        indexed = rebuild_index(database)
    console().print(f"{counted(indexed, 'study')} can be found by words.")


@db_app.command()
def status(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Say how the database's tables stand to this program's, and how much it holds.

    [bold]Example[/]
      trialdelta db status --json
    """
    # Not `open_storage`, which refuses an old or a newer schema: this command is what one asks then.
    database = open_database(settings_logged(config).database.url.get_secret_value(), create=False)
    state = database.schema_state()
    facts: dict[str, object] = {"database": str(database), "schema": str(state), "program": REVISION}
    if state is SchemaState.CURRENT:
        with database.read() as session:
            facts.update(totals(session))
    emit([facts], as_json, lambda _: [f"[dim]{name:>12}[/]  {safe(value)}" for name, value in facts.items()])
