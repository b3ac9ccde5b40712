"""The command `digest`: what happened lately."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from storage import digests
from sync.alerts.channels.plain import text
from sync.alerts.collect_digest import collect
from sync.alerts.message import compose_digest
from sync.alerts.routing import zone_of
from sync.alerts.settings import RouteSettings
from sync.cli.common import print_json, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.timing.clock import utc_now
from sync.timing.days import moment_named


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(digest)


def digest(
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="From this day on (else the last 24 hours).")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What happened lately, told as a digest on the console; nothing is sent or marked.

    [bold]Examples[/]
      trialdelta digest
      trialdelta digest --since 2026-09-01 --json
    """
    settings, until = settings_of(config), utc_now()
    start = moment_named(since, until.date()) if since else until - timedelta(days=1)
    if start > until:
        raise UsageError(f"{since} is still to come: nothing can have happened since")
    route = RouteSettings(name="digest", channels=("console",), mode="daily")
    with open_storage(settings).read() as session:
        which = digests.seen_between(start, until)
        made = collect(session, which, route, settings.alerts, since=start, until=until)
    if as_json:
        print_json([made])
    else:
        typer.echo(text(compose_digest(made, zone=zone_of(route, settings.alerts))))
