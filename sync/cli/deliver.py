"""Commands of delivery: deliver, digest, routes, channels."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync.cli.arguments import nct, who
from sync.cli.common import ConfigOption, JsonOption, console, open_storage, print_json, settings_of
from sync.errors import UsageError
from sync.terminal.text import SEVERITY_STYLE, safe
from sync.words import counted

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from storage.engine import Database
    from sync.alerts.outbox import Outbox
    from sync.changes.event import Event
    from sync.config import Settings

routes_app = typer.Typer(no_args_is_help=True, help="Show who hears of what, and how much that is.")
channels_app = typer.Typer(no_args_is_help=True, help="Look after the channels.")


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(deliver)
    app.command()(digest)
    app.add_typer(routes_app, name="routes")
    app.add_typer(channels_app, name="channels")


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
    from dataclasses import asdict

    from storage.operator_actions import send_again
    from storage.outbox import disabled
    from sync.alerts.after_restore import notice_a_copy
    from sync.timing.clock import utc_now

    settings = settings_of(config)
    database = open_storage(settings)
    # Before anything is sent: in a copy that was put in place by hand, deliveries are due that were sent long since.
    notice_a_copy(database, utc_now())
    outbox = _outbox(settings, database)
    names = [_known(settings, channel)] if channel else outbox.names()
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
    if as_json:
        print_json(rows)
    for row in () if as_json else rows:
        note = f"; not used: {safe(row['disabled'])}" if row["disabled"] else ""
        console().print(f"[bold]{row['channel']}[/]: {row['sent']} sent, {row['failed']} failed{note}")
    # 3, not 1: what could not be sent stays due, and the next run tries again.
    raise typer.Exit(3 if any(row["failed"] or row["disabled"] for row in rows) else 0)


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
    from datetime import UTC, timedelta

    from storage import digests
    from sync.alerts.channels.plain import text
    from sync.alerts.collect_digest import collect
    from sync.alerts.message import compose_digest
    from sync.alerts.settings import RouteSettings
    from sync.timing.clock import utc_now

    settings, until = settings_of(config), utc_now()
    try:
        start = datetime.fromisoformat(since).replace(tzinfo=UTC) if since else until - timedelta(days=1)
    except ValueError as error:
        raise UsageError(f"{since!r} is no day such as 2026-09-01") from error
    route = RouteSettings(name="digest", channels=("console",), mode="daily")
    with open_storage(settings).read() as session:
        which = digests.seen_between(start, until)
        made = collect(session, which, route, settings.alerts, since=start, until=until)
    if as_json:
        print_json([made.as_json()])
    else:
        typer.echo(text(compose_digest(made)))


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
    from storage import alerts as inbox
    from storage import cohorts
    from sync.alerts.inbox import is_muted
    from sync.alerts.routing import due_at, match_route
    from sync.timing.clock import utc_now

    settings, now = settings_of(config), utc_now()
    with open_storage(settings).read() as session:
        event = _event(session, subject)
        watches = cohorts.watches_of(session, [event.nct_id]).get(event.nct_id, [])
        # Mutes as they are now, not as they were when the event came: the question is who would hear of the like today.
        mute = is_muted(event, inbox.mutes(session, now))
    matches = [match_route(event, watches, route) for route in settings.route]
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
    if as_json:
        print_json(rows)
        return
    style = SEVERITY_STYLE[event.severity]
    console().print(f"[{style}]{event.severity}[/] {event.nct_id} {safe(event.headline)}")
    for row in rows:
        mark = f"[green]→ {', '.join(row['channels'])}[/], {row['mode']}" if row["takes"] else "[dim]–[/]"
        console().print(f"  [bold]{row['route']}[/] {mark}  [dim]{safe(row['why'])}[/]")


@routes_app.command("backtest")
def backtest_routes(
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="From this release on (YYYY-MM-DD).")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show how many messages a day the routes would have sent over the stored history.

    [bold]Example[/]
      trialdelta routes backtest --since 2026-08-01
    """
    from sync.alerts.backtest import backtest

    settings = settings_of(config)
    with open_storage(settings).read() as session:
        rows = [row.as_json() for row in backtest(session, settings.route, since)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        busiest = f", at most {row['busiest']} ({row['busiest_day']})" if row["messages"] else ""
        sent = f"{counted(row['messages'], 'message')} in {counted(row['days'], 'day')}"
        console().print(
            f"[bold]{row['route']}[/] → {row['channel']}, {row['mode']}: {sent}, {row['messages_a_day']} a day{busiest}; "
            f"{counted(row['events'], 'event')}, {row['heavy_share']:.0%} critical or high"
        )


@channels_app.command("list")
def list_channels(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """The channels, and how their deliveries stand.

    [bold]Example[/]
      trialdelta channels list
    """
    from storage import outbox

    settings = settings_of(config)
    with open_storage(settings).read() as session:
        counts, unused = outbox.counts(session), outbox.disabled(session)
    rows = [
        {
            "channel": name,
            "kind": table["kind"],
            "disabled": unused.get(name),
            "deliveries": {state: n for (channel, state), n in sorted(counts.items()) if channel == name},
        }
        for name, table in settings.channels.items()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        states = ", ".join(f"{n} {state}" for state, n in row["deliveries"].items()) or "nothing yet"
        note = f"  [red]not used: {safe(row['disabled'])}[/]" if row["disabled"] else ""
        console().print(f"[bold]{row['channel']}[/] ({row['kind']}): {states}{note}")


@channels_app.command("test")
def try_channel(
    name: Annotated[str, typer.Argument(help="The channel's name in the configuration.", show_default=False)],
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Send a marked test through the real path, and say what the receiver answered. Exits with 1 when it refused.

    [bold]Example[/]
      trialdelta channels test slack
    """
    from sync.alerts.channel_test import send_channel_test

    settings = settings_of(config)
    # Before the database is opened: a name that is mistyped is not worth a word about the database.
    _known(settings, name)
    outcome = send_channel_test(_outbox(settings, open_storage(settings)), name)
    if as_json:
        print_json([outcome.as_json()])
    else:
        outcome_words = "[green]took it[/]" if outcome.taken else "[red]refused it[/]"
        console().print(f"{safe(name)} {outcome_words} in {outcome.seconds:.2f} s: {safe(outcome.said)}")
    raise typer.Exit(0 if outcome.taken else 1)


@channels_app.command("enable")
def enable_channel(
    name: Annotated[str, typer.Argument(help="The channel's name in the configuration.", show_default=False)],
    config: ConfigOption = None,
) -> None:
    """Use a disabled channel again; what it is owed is sent, dead letters only with `deliver --retry`.

    [bold]Example[/]
      trialdelta channels enable slack
    """
    from storage.operator_actions import enable_channel
    from sync.timing.clock import utc_now

    settings = settings_of(config)
    with open_storage(settings).write() as session:
        # Dead letters stay: a channel that was off for a week would otherwise greet people with a week of old news.
        enable_channel(session, _known(settings, name), by=who(None), at=utc_now(), retry=False)
    console().print(f"{safe(name)} is used again.")


def _outbox(settings: Settings, database: Database) -> Outbox:
    from sync.alerts.outbox import Outbox
    from sync.timing.clock import utc_now

    return Outbox(database, settings.route, settings.alerts, settings.channels, utc_now)


def _known(settings: Settings, name: str) -> str:
    if name not in settings.channels:
        raise UsageError(f"there is no channel {name!r}; the channels are: {', '.join(settings.channels)}")
    return name


def _event(session: Session, subject: str) -> Event:
    from sync.versions import events

    if subject.startswith("evt_"):
        event = events.event(session, subject)
        found = [event] if event else []
    else:
        found = events.events(session, nct_id=nct(subject), limit=1)
    if not found:
        raise UsageError(f"nothing was told of {subject}")
    return found[0]
