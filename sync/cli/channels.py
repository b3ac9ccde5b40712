"""Commands about channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from storage import operator_actions, outbox
from sync.alerts.channel_test import send_channel_test
from sync.cli.arguments import known_channel, who
from sync.cli.common import console, emit
from sync.cli.database import open_storage
from sync.cli.deliver import outbox_of
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.terminal.text import safe
from sync.timing.clock import utc_now

channels_app = typer.Typer(no_args_is_help=True, help="Look after the channels.")


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(channels_app, name="channels")


@channels_app.command("list")
def list_channels(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """The channels, and how their deliveries stand.

    [bold]Example[/]
      trialdelta channels list
    """
    settings = settings_logged(config)
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
    emit(rows, as_json, _lines)


def _lines(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        states = ", ".join(f"{n} {state}" for state, n in row["deliveries"].items()) or "nothing yet"
        note = f"  [red]not used: {safe(row['disabled'])}[/]" if row["disabled"] else ""
        yield f"[bold]{row['channel']}[/] ({row['kind']}): {states}{note}"


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
    settings = settings_logged(config)
    # Before the database is opened: a name that is mistyped is not worth a word about the database.
    known_channel(settings, name)
    outcome = send_channel_test(outbox_of(settings, open_storage(settings)), name)
    outcome_words = "[green]took it[/]" if outcome.taken else "[red]refused it[/]"
    sentence = f"{safe(name)} {outcome_words} in {outcome.seconds:.2f} s: {safe(outcome.said)}"
    emit([outcome], as_json, lambda _: [sentence])
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
    settings = settings_logged(config)
    with open_storage(settings).write() as session:
        operator_actions.enable_channel(
            session, known_channel(settings, name), by=who(None), at=utc_now(), retry=False
        )
    console().print(f"{safe(name)} is used again.")
