"""Commands for watches: those of the file and of the database are listed, shown, paused and resumed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from storage import not_taken
from storage.errors import DatabaseMissing
from sync.cli import watch_edit, watch_trial
from sync.cli.arguments import ByOption, who
from sync.cli.common import emit
from sync.cli.database import open_storage
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.watch_options import Name
from sync.cli.watch_output import watch_rows, whole_watch
from sync.service import open_service
from sync.terminal.text import safe
from sync.versions.known import one_of
from sync.watches.edits import edits_of
from sync.watches.listing import lines_of_file, watch_lines

watch_app = typer.Typer(
    no_args_is_help=True, help="Follow studies and searches: list, add, edit, remove, pause."
)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line, in the order in which its help lists them."""
    watch_app.command("list")(list_watches)
    watch_app.command()(show)
    watch_edit.register(watch_app)
    watch_trial.register(watch_app)
    watch_app.command()(pause)
    watch_app.command()(resume)
    app.add_typer(watch_app, name="watch")


def list_watches(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """The watches of the configuration file, then those that are kept in the database.

    [bold]Examples[/]
      trialdelta watch list
      trialdelta watch list --json
    """
    settings = settings_logged(config)
    try:
        with open_storage(settings).read() as session:
            found = watch_lines(session, settings)
    except DatabaseMissing:  # nothing can be kept there yet
        found = lines_of_file(settings)
    emit(found, as_json, watch_rows)


def show(
    name: Name,
    limit: Annotated[
        int, typer.Option(min=0, max=10_000, help="So many of those found and not taken, at most.")
    ] = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show one watch: what it asks for, how it stands, which ids were put beside, and what it finds and does not take.

    [bold]Examples[/]
      trialdelta watch show lupus
      trialdelta watch show lupus --limit 1000 --json
    """
    settings = settings_logged(config)
    with open_storage(settings).read() as session:
        lines = {line.name: line for line in reversed(watch_lines(session, settings))}
        line = lines[one_of("watch", "watches", name, lines)]
        dropped = not_taken.listed(session, name, limit=limit)
    shown = {**line.as_json(), "found_and_not_taken": [asdict(each) for each in dropped]}
    emit([shown], as_json, lambda _: whole_watch(line, dropped))


def pause(name: Name, by: ByOption = None, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Ask for a watch no more until it is resumed, the file's or one in the database. Its studies stay in it.

    [bold]Example[/]
      trialdelta watch pause lupus
    """
    with open_service(settings_logged(config)) as service, edits_of(service, who(by)) as edits:
        is_new = edits.pause(name)
    _tell(name, as_json, "is paused: it is not asked for" if is_new else "was paused already", paused=True)


def resume(name: Name, by: ByOption = None, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Ask for a paused watch again, from the next poll on.

    [bold]Example[/]
      trialdelta watch resume lupus
    """
    with open_service(settings_logged(config)) as service, edits_of(service, who(by)) as edits:
        was_paused = edits.resume(name)
    _tell(
        name,
        as_json,
        "is asked for again, from the next poll on" if was_paused else "was not paused",
        paused=False,
    )


def _tell(name: str, as_json: bool, sentence: str, *, paused: bool) -> None:
    emit([{"watch": name, "paused": paused}], as_json, lambda _: [f"{safe(name)} {sentence}."])
