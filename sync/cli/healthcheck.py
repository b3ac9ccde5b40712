"""The command `healthcheck`."""

from __future__ import annotations

import typer

from storage.errors import DatabaseMissing
from sync.cli.common import emit, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.health.liveness import check_health, without_database
from sync.terminal.text import safe
from sync.timing.clock import utc_now


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(healthcheck)


def healthcheck(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Say whether the service does its work: polls succeed, and every watched record can be read.

    Exits with 0 if so; 1 if the daemon is dead, or lives and no poll has succeeded for too long (an hour after the next
    one planned, or by the third); 3 if a watched record cannot be read; 4 if the registry fails.

    [bold]Example[/]
      trialdelta healthcheck
    """
    settings = settings_of(config)
    try:
        health = check_health(open_storage(settings), settings.schedule, utc_now())
    except DatabaseMissing as missing:
        health = without_database(missing)
    colour = "green" if health.exit_code == 0 else "red"
    emit([health], as_json, lambda _: [f"[{colour}]{health.state}[/] {safe(health.sentence)}"])
    raise typer.Exit(health.exit_code)
