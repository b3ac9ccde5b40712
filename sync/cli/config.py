"""Commands about the configuration."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storage.errors import DatabaseMissing, SchemaBehind, StorageError
from sync.alerts.channels import KINDS, channel_settings, check_channels
from sync.cli.common import console, emit, print_json, print_text, settings_of
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.toml import document
from sync.config import Settings, doubts
from sync.errors import ConfigError
from sync.redaction import HIDDEN
from sync.terminal.text import safe
from sync.words import counted

if TYPE_CHECKING:
    from sync.health.reload_request import Answer

config_app = typer.Typer(no_args_is_help=True, help="Check, show and reload the configuration.")


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(config_app, name="config")


@config_app.command()
def check(config: ConfigOption = None) -> None:
    """Say whether the configuration is right; if not, every wrong key with what is allowed, and the nearest known key.

    What is wrong is never repeated: it may be a secret on the wrong line. An antigen that is not known can be used, and is
    told with near names.

    [bold]Example[/]
      trialdelta config check --config /etc/trialdelta/config.toml
    """
    settings = settings_of(config)
    for doubt in doubts(settings.watch, settings.route):
        console().print(f"[yellow]{safe(doubt)}[/]")
    # Reading the settings leaves a channel's own keys unread, as only its adapter knows them; here they must be right
    # too.
    check_channels(settings.channels)
    routes = ", ".join(f"{route.name} → {'/'.join(route.channels)}" for route in settings.route)
    number = len(settings.watch)
    watches = counted(number, "watch") if number else "no watch in the file (`trialdelta watch add NCT…`)"
    console().print(f"The configuration is right: {watches}, poll {settings.schedule.poll}, routes {routes}.")


@config_app.command()
def show(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Print the configuration in force, defaults and environment included, as TOML that can be read back.

    The watches that are kept in the database are among it, after those of the file.

    Secrets are hidden: their lines are comments that say so.

    [bold]Examples[/]
      trialdelta config show > whole.toml
      trialdelta config show --json
    """
    settings = _with_kept(settings_of(config))
    # In JSON mode, since it is the fields' serializers that hide the secrets.
    values = settings.model_dump(mode="json")
    if as_json:
        print_json([values])
    else:
        values["channels"] = {name: _shown(name, table) for name, table in settings.channels.items()}
        print_text(document(values))


@config_app.command()
def reload(
    wait: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="How long to wait for its answer.")
    ] = 30,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Have the running daemon reload its configuration, and say what it took over and what waits for its next start.

    The same as sending it SIGHUP, on the machine that it runs on. It reads the file and the environment that it was started
    with; the file named here is checked first, and when it is wrong nothing is sent.

    Exits with 1 when no daemon runs, or it cannot be reached from here; 2 when the file is wrong; 3 when a part waits for
    the next start, or the daemon has not answered in time.

    [bold]Examples[/]
      trialdelta config reload
      trialdelta config reload --wait 120 --json
    """
    settings = settings_of(config)
    check_channels(settings.channels)
    # The storage comes with these, which `config check` needs not.
    from sync.cli.database import open_storage
    from sync.health.reload_request import NoDaemon, request_reload

    try:
        database = open_storage(settings)
    except DatabaseMissing as missing:
        raise NoDaemon(f"no daemon has run: {missing}") from missing
    answer = request_reload(database, settings.schedule, wait_s=wait, steady=time.monotonic, sleep=time.sleep)
    emit([answer], as_json, _answered)
    raise typer.Exit(answer.exit_code)


def _answered(answers: Sequence[Answer]) -> Iterator[str]:
    for answer in answers:
        daemon = f"The daemon (process {answer.pid})"
        if answer.state == "refused":
            yield f"[red]{daemon} refused its configuration; the one before stays in force:[/] {safe(answer.problem)}"
            return
        taken = ", ".join(answer.changed) or "nothing that it can take over had changed"
        yield f"{daemon} reloaded its configuration. Taken over: {safe(taken)}."
        if answer.waiting:
            yield f"[yellow]Waits for its next start:[/] {safe(', '.join(answer.waiting))}."


def _with_kept(settings: Settings) -> Settings:
    """With what the database keeps, where there is one that fits; else the file's alone, and why that is all."""
    # The storage comes with these, which `config check` needs not.
    from sync.cli.database import open_storage
    from sync.kept import in_force

    try:
        with open_storage(settings).read() as session:
            return in_force(settings, session)
    except (DatabaseMissing, SchemaBehind):  # nothing can be kept there yet
        return settings
    except StorageError as error:
        sys.stderr.write(f"# what the database keeps beside the file could not be read: {error.sentence}\n")
        return settings


def _shown(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """A channel's table as it was given, its secrets hidden; of one that is wrong nothing is shown but its kind."""
    try:
        dumped = channel_settings(name, table).model_dump(mode="json")
    except ConfigError:
        kind = table["kind"]
        return {"kind": kind if kind in KINDS else HIDDEN}
    return {key: HIDDEN if HIDDEN in str(dumped.get(key)) else given for key, given in table.items()}
