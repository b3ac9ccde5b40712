"""The command `deliver`: send what is due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from storage.engine import Database
from storage.operator_actions import send_again
from storage.outbox import disabled
from sync.alerts.after_restore import notice_a_copy
from sync.alerts.outbox import Outbox
from sync.cli.arguments import known_channel, who
from sync.cli.common import emit
from sync.cli.database import open_storage
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.config import Settings
from sync.terminal.text import safe
from sync.timing.clock import utc_now


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(deliver)


def deliver(
    retry: Annotated[
        bool, typer.Option("--retry", help="Dead letters too, and channels that were disabled.")
    ] = False,
    channel: Annotated[str | None, typer.Option(metavar="NAME", help="Only to this channel.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Send what is due, as the daemon does by itself. Exits with 3 when something could not be sent.

    [bold]Examples[/]
      trialdelta deliver
      trialdelta deliver --retry --channel slack
    """
    settings = settings_logged(config)
    database = open_storage(settings)
    # Before anything is sent: in a copy that was put in place by hand, deliveries are due that were sent long since.
    notice_a_copy(database, utc_now())
    outbox = outbox_of(settings, database)
    names = [known_channel(settings, channel)] if channel else outbox.names()
    if retry:
        with database.write() as session:
            send_again(session, names, by=who(None), at=utc_now())
    # First what waits, digests and escalations become due: one run sends all that is to be sent by now.
    outbox.prepare()
    tallies = {name: outbox.deliver(name) for name in names}
    with database.read() as session:
        unused = disabled(session)
    rows = [
        {"channel": name, **asdict(tally), "disabled": unused.get(name)} for name, tally in tallies.items()
    ]
    emit(rows, as_json, _lines)
    # 3, not 1: what could not be sent stays due, and the next run tries again.
    raise typer.Exit(3 if any(row["failed"] or row["disabled"] for row in rows) else 0)


def _lines(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        note = f"; not used: {safe(row['disabled'])}" if row["disabled"] else ""
        yield f"[bold]{row['channel']}[/]: {row['sent']} sent, {row['failed']} failed{note}"


def outbox_of(settings: Settings, database: Database) -> Outbox:
    """The outbox of the settings' channels."""
    return Outbox(database, settings.route, settings.alerts, settings.channels, utc_now)
