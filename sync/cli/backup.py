"""Commands that keep copies: backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from storage.backup import back_up
from storage.engine import open_database
from storage.errors import DatabaseMissing
from storage.restore import Request
from storage.restore import restore as put_back
from storage.schema import SchemaState
from sync.cli.arguments import who
from sync.cli.common import console, print_json, settings_of, working
from sync.cli.options import ConfigOption, JsonOption
from sync.terminal.text import safe
from sync.timing.clock import utc_now
from sync.words import agreeing, counted

ByOption = Annotated[str | None, typer.Option(metavar="NAME", help="Who restores (else your login).")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Write the whole database to one file, while the daemon goes on, and read the file back to prove that it is whole.

    The configuration file and its secrets are not in it. The daemon makes such backups by itself: \\[backup] schedule.

    [bold]Examples[/]
      trialdelta backup /backup/trialdelta.db
      trialdelta backup /backup/trialdelta.db --force --json
    """
    settings = settings_of(config)
    database = open_database(settings.database.url.get_secret_value(), create=False)
    # A backup of nothing would be found out on the day that somebody needs it.
    if database.schema_state() is SchemaState.EMPTY:
        raise DatabaseMissing("The database has no tables yet")
    with working("copying the database") as say:

        def show(done: int, of: int) -> None:
            say(f"{done / of:.0%} copied" if done < of else "reading the copy back")

        made = back_up(
            database, file, now=utc_now, overwrite=force, tools=settings.backup.tools, progress=show
        )
    if as_json:
        print_json([made])
        return
    proved = "every version verified" if made.checked == "verified" else "read to its end"
    console().print(
        f"{safe(made.file)}: {made.bytes:,} bytes, as of {made.at:%Y-%m-%d %H:%M:%S} UTC, {proved}, in {made.seconds} s."
    )


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.", show_default=False)],
    force: Annotated[
        bool, typer.Option("--force", help="Replace a database that is there; it is kept aside.")
    ] = False,
    even_if_damaged: Annotated[
        bool, typer.Option("--even-if-damaged", help="Though its check finds something wrong.")
    ] = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Put a backup in the database's place, once it has proved to be whole. Stop the daemon first.

    What may have been told between the backup and now is not told again: it is held, and `deliveries` decides.

    [bold]Examples[/]
      trialdelta restore /backup/trialdelta.db
      trialdelta restore /backup/trialdelta.db --force
    """
    settings = settings_of(config)
    # Its tables are not asked for: a database that is missing or damaged is what a backup is restored for.
    database = open_database(settings.database.url.get_secret_value())
    request = Request(file, utc_now, who(by), force, settings.backup.tools, even_if_damaged)
    with working("checking and restoring the backup"):
        done = put_back(database, request)
    if as_json:
        print_json([done])
        return
    of = f"as of {done.backup_at:%Y-%m-%d %H:%M} UTC" if done.backup_at else "of an unknown time"
    console().print(f"{safe(done.database)} is restored, {of}.")
    # Named to the person: a restore of the wrong file is undone by putting this one back.
    if done.aside:
        console().print(f"What was there before is kept as {safe(done.aside)}.")
    console().print(
        f"{counted(done.held, 'due delivery')} {agreeing(done.held, 'is', 'are')} held. The next cycle catches up; what it "
        "finds that may have been told already is held too, and told once as a number. Then: trialdelta deliveries held"
    )
