"""Commands about storms: the same change in many studies at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from storage import audit
from storage.alerts import undo
from storage.operator_actions import decide_storm
from storage.storms import StormInfo, storms
from sync.cli.arguments import ByOption, who
from sync.cli.common import console, emit, settings_of
from sync.cli.database import open_storage
from sync.cli.empty import nothing
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.terminal.text import safe
from sync.timing.clock import utc_now
from sync.words import counted

storm_app = typer.Typer(
    no_args_is_help=True, help="Release or dismiss storms: the same change in many studies at once."
)
StormId = Annotated[
    str, typer.Argument(metavar="EVENT", help="Id of the storm's event (evt_…).", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(storm_app, name="storm")


@storm_app.command("list")
def list_storms(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """The storms, newest first: held, released or dismissed.

    [bold]Example[/]
      trialdelta storm list
    """
    with open_storage(settings_of(config)).read() as session:
        found = storms(session)
        none = nothing(session, "storm", {}, "No storm so far: no change came to many studies at once.")
    emit(found, as_json, lambda found: _lines(found) if found else [none])


def _lines(found: Sequence[StormInfo]) -> Iterator[str]:
    for storm in found:
        yield f"[bold]{storm.event_id}[/] {storm.release} [bold]{storm.state}[/] {safe(storm.headline)}"


@storm_app.command()
def release(storm: StormId, by: ByOption = None, config: ConfigOption = None) -> None:
    """Tell the events that a storm holds, each by itself.

    [bold]Example[/]
      trialdelta storm release evt_k3v…
    """
    _decide(storm, "released", by, config)


@storm_app.command()
def dismiss(storm: StormId, by: ByOption = None, config: ConfigOption = None) -> None:
    """Leave the events that a storm holds untold; they stay stored, and `events --held` lists them.

    [bold]Example[/]
      trialdelta storm dismiss evt_k3v…
    """
    _decide(storm, "dismissed", by, config)


@storm_app.command()
def hold(storm: StormId, by: ByOption = None, config: ConfigOption = None) -> None:
    """Take the dismissal of a storm back: what it held waits for a decision again.

    [bold]Example[/]
      trialdelta storm hold evt_k3v…
    """
    with open_storage(settings_of(config)).write() as session:
        done = [each for each in audit.entries(session, storm) if each.action == "storm dismissed"]
        if not done:
            raise UsageError(f"the storm {storm} was not dismissed by anybody; see `trialdelta storm list`")
        undo(session, done[-1].seq, by=who(by), at=utc_now())
    console().print("The storm is held again.")


def _decide(
    storm: str, decision: Literal["released", "dismissed"], by: str | None, config: Path | None
) -> None:
    with open_storage(settings_of(config)).write() as session:
        count = decide_storm(session, storm, decision, by=who(by), at=utc_now())
    console().print(f"{counted(count, 'event')} {decision}.")
