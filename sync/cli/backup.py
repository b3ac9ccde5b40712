"""Commands that keep copies: backup, restore; and those that decide what a restore holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.arguments import who
from sync.cli.common import (
    ConfigOption,
    JsonOption,
    console,
    open_storage,
    print_json,
    print_records,
    safe,
    settings_of,
    working,
)
from sync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from storage.restored import HeldDelivery

deliveries_app = typer.Typer(no_args_is_help=True, help="Decide about deliveries that wait for a person.")

IdsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]…", help="These deliveries.", show_default=False)
]
AllOption = Annotated[bool, typer.Option("--all", help="All that are held since the restore.")]
ChannelOption = Annotated[str | None, typer.Option(metavar="NAME", help="Those to this channel.")]
ByOption = Annotated[str | None, typer.Option(metavar="NAME", help="Who decides (else your login).")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(rich_help_panel="Keep")(backup)
    app.command(rich_help_panel="Keep")(restore)
    app.add_typer(deliveries_app, name="deliveries", rich_help_panel="Tell")


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
    from storage.backup import back_up
    from storage.engine import open_database
    from storage.errors import DatabaseMissing
    from storage.schema import SchemaState
    from sync.service import utc_now

    settings = settings_of(config)
    database = open_database(settings.database.url.get_secret_value(), create=False)
    if database.schema_state() is SchemaState.EMPTY:
        raise DatabaseMissing("The database has no tables yet")
    with working("copying the database") as say:

        def show(done: int, of: int) -> None:
            say(f"{done / of:.0%} copied" if done < of else "reading the copy back")

        made = back_up(
            database, file, now=utc_now, overwrite=force, tools=settings.backup.tools, progress=show
        )
    if as_json:
        print_records([made])
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
    from storage.engine import open_database
    from storage.restore import Request
    from storage.restore import restore as put_back
    from sync.service import utc_now

    settings = settings_of(config)
    database = open_database(settings.database.url.get_secret_value())
    request = Request(file, utc_now, who(by), force, settings.backup.tools, even_if_damaged)
    with working("checking and restoring the backup"):
        done = put_back(database, request)
    if as_json:
        print_records([done])
        return
    of = f"as of {done.backup_at:%Y-%m-%d %H:%M} UTC" if done.backup_at else "of an unknown time"
    console().print(f"{safe(done.database)} is restored, {of}.")
    if done.aside:
        console().print(f"What was there before is kept as {safe(done.aside)}.")
    console().print(
        f"{done.held} deliveries that were due are held. The next cycle catches up; what it finds that may have been told "
        "already is held too, and told once as a number. Then: trialdelta deliveries held"
    )


@deliveries_app.command("held")
def list_held(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """The deliveries that a restore holds: they may have been told before it, and are not sent by themselves.

    [bold]Example[/]
      trialdelta deliveries held
    """
    from storage import restored

    with open_storage(settings_of(config)).read() as session:
        found = restored.held(session)
    if as_json:
        print_records(found)
        return
    for each in found:
        about = f"{each.id}  {each.channel:<10} {each.kind:<7} {each.nct_id or '':<11}"
        console().print(f"{safe(about)}  {safe(each.headline or '')}")
    end = "Release or drop them: trialdelta deliveries release|drop ID… or --all"
    console().print(f"{len(found)} held. {end}" if found else "Nothing is held since a restore.")


@deliveries_app.command("release")
def release_held(
    ids: IdsArgument = None,
    every: AllOption = False,
    channel: ChannelOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Have deliveries that a restore holds told after all: at once, or in their route's next digest.

    [bold]Examples[/]
      trialdelta deliveries release dlv_…
      trialdelta deliveries release --channel mail
    """
    from storage.restored import release

    _decide(release, "released", ids, every, channel, by, as_json, config)


@deliveries_app.command("drop")
def drop_held(
    ids: IdsArgument = None,
    every: AllOption = False,
    channel: ChannelOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Have deliveries that a restore holds never told: they were told before it. The events stay where they are.

    [bold]Examples[/]
      trialdelta deliveries drop --all
      trialdelta deliveries drop dlv_…
    """
    from storage.restored import drop

    _decide(drop, "dropped", ids, every, channel, by, as_json, config)


def _decide(
    decide: Callable[..., int],
    word: str,
    ids: list[str] | None,
    every: bool,
    channel: str | None,
    by: str | None,
    as_json: bool,
    config: Path | None,
) -> None:
    from sync.service import utc_now

    if sum((bool(ids), every, channel is not None)) != 1:
        raise UsageError("name deliveries, or --all, or --channel NAME")
    with open_storage(settings_of(config)).write() as session:
        chosen = _chosen(session, ids, channel)
        number = decide(session, [each.id for each in chosen], by=who(by), at=utc_now())
    if as_json:
        print_json([{"state": word, "deliveries": number}])
    else:
        console().print(f"{number} {'delivery' if number == 1 else 'deliveries'} {word}.")


def _chosen(session: Session, ids: list[str] | None, channel: str | None) -> list[HeldDelivery]:
    from storage.restored import held

    found = held(session)
    unknown = set(ids or ()).difference(each.id for each in found)
    if unknown:
        raise UsageError(f"{min(unknown)} is not held; see `trialdelta deliveries held`")
    return [
        each for each in found if (not ids or each.id in ids) and (channel is None or each.channel == channel)
    ]
