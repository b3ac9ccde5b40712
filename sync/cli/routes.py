"""Commands about routes: who hears of what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from storage import alerts as inbox
from storage import classes, cohorts
from sync.alerts.backtest import backtest
from sync.alerts.inbox import is_muted
from sync.alerts.routing import due_at, match_route
from sync.changes.event import Event
from sync.cli.arguments import day, nct
from sync.cli.common import emit
from sync.cli.database import open_storage
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.terminal.text import SEVERITY_STYLE, safe, told
from sync.timing.clock import utc_now
from sync.versions import events
from sync.words import counted

routes_app = typer.Typer(no_args_is_help=True, help="Show who hears of what, and how much that is.")


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(routes_app, name="routes")


@routes_app.command("test")
def try_routes(
    subject: Annotated[
        str,
        typer.Argument(metavar="EVENT|NCT", help="An event, or a study's last one.", show_default=False),
    ],
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show who would hear of an event, when, and why; and who would not.

    [bold]Examples[/]
      trialdelta routes test evt_k3v…
      trialdelta routes test NCT06056921 --json
    """
    settings, now = settings_logged(config), utc_now()
    with open_storage(settings).read() as session:
        event = _event(session, subject)
        watches = cohorts.watches_of(session, [event.nct_id]).get(event.nct_id, [])
        answers = classes.answers_of(session, [event.nct_id]).get(event.nct_id, ())
        # Mutes as they are now, not as they were when the event came: the question is who would hear of the like today.
        mute = is_muted(event, inbox.mutes(session, now))
    matches = [match_route(event, watches, route, answers) for route in settings.route]
    rows: list[dict[str, Any]] = [
        {
            "event": event.id,
            "route": match.route.name,
            "takes": match.takes and mute is None,
            "why": f"muted by {mute.by}: {mute.reason}" if mute else match.why,
            "channels": list(match.route.channels),
            "mode": match.route.mode,
            "due": due_at(event, match.route, settings.alerts, now).isoformat(timespec="minutes"),
        }
        for match in matches
    ]
    emit(rows, as_json, partial(_hearers, event))


def _hearers(event: Event, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    style = SEVERITY_STYLE[event.severity]
    yield f"[{style}]{event.severity}[/] {event.nct_id} {told(event.headline)}"
    for row in rows:
        mark = f"[green]→ {', '.join(row['channels'])}[/], {row['mode']}" if row["takes"] else "[dim]–[/]"
        yield f"  [bold]{row['route']}[/] {mark}  [dim]{safe(row['why'])}[/]"


@routes_app.command("backtest")
def backtest_routes(
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="From this release on (2026-08-01, 7d, yesterday).")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show how many messages a day the routes would have sent over the stored history.

    [bold]Example[/]
      trialdelta routes backtest --since 2026-08-01
    """
    settings = settings_logged(config)
    with open_storage(settings).read() as session:
        rows = [row.as_json() for row in backtest(session, settings.route, day(since))]
    emit(rows, as_json, _messages_a_day)


def _messages_a_day(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        busiest = f", at most {row['busiest']} ({row['busiest_day']})" if row["messages"] else ""
        sent = f"{counted(row['messages'], 'message')} in {counted(row['days'], 'day')}"
        yield (
            f"[bold]{row['route']}[/] → {row['channel']}, {row['mode']}: {sent}, {row['messages_a_day']} a day{busiest}; "
            f"{counted(row['events'], 'event')}, {row['heavy_share']:.0%} critical or high"
        )


def _event(session: Session, subject: str) -> Event:
    if subject.startswith("evt_"):
        event = events.event(session, subject)
        found = [event] if event else []
    else:
        found = events.events(session, nct_id=nct(subject), limit=1)
    if not found:
        raise UsageError(f"nothing was told of {subject}")
    return found[0]
