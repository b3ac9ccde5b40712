"""Commands about the database."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from storage.copying import Copied, Copy, Progress
from storage.engine import open_database
from storage.schema import REVISION, SchemaState
from storage.studies import totals
from sync.backup.backups import before_migration
from sync.cli.common import console, emit, working
from sync.cli.database import open_storage
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.progress import pacing
from sync.terminal.text import safe
from sync.timing.clock import utc_now
from sync.timing.clock_watch import steady_seconds
from sync.versions.profiles import fill_profiles
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
    indexed, profiled = fill_index(database), fill_profiles(database)
    console().print(f"{safe(database)} is up to date.")
    if indexed:
        console().print(f"{counted(indexed, 'study')} can be found by words from now on.")
    if profiled:
        console().print(f"{counted(profiled, 'study')} can be compared with others from now on.")


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
def copy(
    source: Annotated[
        str,
        typer.Argument(
            help="The URL of the database to copy: sqlite:///PATH or postgresql://…", show_default=False
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            help="The URL of an empty database, or of one that this copy filled in part.", show_default=False
        ),
    ],
    even_if_damaged: Annotated[
        bool,
        typer.Option("--even-if-damaged", help="Though `verify` finds something wrong with what is copied."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy a database into an empty one, of either kind, row by row, then compare and verify it. Stop the daemon first.

    The source stays as it is. Killed anywhere, the same command goes on; until it ends no program works on the target.
    A password need not stand in the URL: PGPASSWORD and ~/.pgpass serve as well.

    [bold]Examples[/]
      trialdelta db copy sqlite:///data/trialdelta.db postgresql://trials@db.example.org/trials
      trialdelta db copy postgresql://trials@db.example.org/trials sqlite:///laptop/trialdelta.db --json
    """
    with (
        closing(open_database(source, create=False)) as origin,
        closing(open_database(target)) as into,
        pacing("rows", "copying the database", steady_seconds) as pace,
    ):

        def show(now: Progress) -> None:
            pace(now.part, now.stage, now.done, now.total)

        copied = Copy(origin, into, utc_now, show, even_if_damaged).run()
    emit([copied], as_json, lambda _: copied_lines(copied))


def copied_lines(copied: Copied) -> list[str]:
    """What a copy came to, and what is to be done next."""
    rows = f"{counted(copied.rows, 'row')} in {counted(len(copied.tables), 'table')}"
    was_there = "" if copied.written else " It was there already: nothing had to be written."
    return [
        f"{safe(copied.source)} is copied to {safe(copied.target)}: {rows}, counts and hashes alike, {copied.checked}, "
        f"in {copied.seconds:,.1f} s.{was_there}",
        f"Its anchor is {safe(copied.anchor)}.",
        # Escaped, or the terminal's markup takes the name of the table for a style, and shows nothing.
        r"Now set \[database] url to the target, and start no daemon on the source: both would tell what is due.",
    ]


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
