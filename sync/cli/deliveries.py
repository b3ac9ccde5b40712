"""Commands about deliveries that wait for a person: after a restore, or since their channel was away; see owed.py too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from storage import restored
from storage.restored import HeldDelivery
from sync.cli import owed
from sync.cli.arguments import ByOption, who
from sync.cli.common import console, emit, print_json
from sync.cli.database import open_storage
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.owed import DryRunOption, YesOption, drop_owed
from sync.errors import UsageError
from sync.terminal.text import safe, told
from sync.timing.clock import utc_now
from sync.words import counted

deliveries_app = typer.Typer(no_args_is_help=True, help="Decide about deliveries that wait for a person.")
owed.register(deliveries_app)

IdsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]…", help="These deliveries.", show_default=False)
]
HeldOption = Annotated[
    bool, typer.Option("--held", help="All that are held, by a restore or since their channel was away.")
]
ChannelOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of those, the ones to this channel.")
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(deliveries_app, name="deliveries")


@deliveries_app.command("held")
def list_held(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """The deliveries that are held: they may have been told before a restore, or are old and their channel was away.

    [bold]Example[/]
      trialdelta deliveries held
    """
    with open_storage(settings_logged(config)).read() as session:
        found = restored.held(session)
    emit(found, as_json, _lines)


def _lines(found: Sequence[HeldDelivery]) -> Iterator[str]:
    for each in found:
        about = f"{each.id}  {each.channel:<10} {each.kind:<7} {each.nct_id or '':<11}"
        yield f"{safe(about)}  {told(each.headline or '')}"
    end = "Release or drop them: trialdelta deliveries release|drop ID… or --held"
    yield f"{len(found)} held. {end}" if found else "Nothing is held."


@deliveries_app.command("release")
def release_held(
    ids: IdsArgument = None,
    held: HeldOption = False,
    channel: ChannelOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Have deliveries that are held told after all: at once, or in their route's next digest.

    [bold]Examples[/]
      trialdelta deliveries release dlv_…
      trialdelta deliveries release --held --channel mail
    """
    _decide(restored.release, "released", ids, held, channel, by, as_json, config)


@deliveries_app.command("drop")
def drop_held(
    ids: IdsArgument = None,
    held: HeldOption = False,
    channel: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="All that this channel owes; with --held, of those only."),
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="DAY", help="With --channel: only what was written before (UTC).")
    ] = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Have deliveries never told: those that are held, or what a channel owes. The events stay where they are.

    What a channel owes is dropped once you agree: at a terminal you are asked, else it takes --yes. --dry-run only counts.

    [bold]Examples[/]
      trialdelta deliveries drop --held
      trialdelta deliveries drop dlv_…
      trialdelta deliveries drop --channel pager --before 2026-09-01 --dry-run
    """
    if channel and not held and not ids:
        how = {"dry_run": dry_run, "yes": yes, "as_json": as_json}
        drop_owed(channel, before, by=by, config=config, **how)
    elif before or dry_run:
        raise UsageError("--before and --dry-run are for what a channel owes: --channel NAME without --held")
    else:
        _decide(restored.drop, "dropped", ids, held, channel, by, as_json, config)


def _decide(
    decide: Callable[..., int],
    word: str,
    ids: list[str] | None,
    held: bool,
    channel: str | None,
    by: str | None,
    as_json: bool,
    config: Path | None,
) -> None:
    # Neither and both are refused: "all that is held" must be said in so many words.
    if bool(ids) == held or (channel and not held):
        raise UsageError("name deliveries, or give --held, with --channel NAME for those to one channel")
    with open_storage(settings_logged(config)).write() as session:
        chosen = _chosen(session, ids, channel)
        number = decide(session, [each.id for each in chosen], by=who(by), at=utc_now())
    if as_json:
        print_json([{"state": word, "deliveries": number}])
    else:
        console().print(f"{counted(number, 'delivery')} {word}.")


def _chosen(session: Session, ids: list[str] | None, channel: str | None) -> list[HeldDelivery]:
    # Chosen from what is held now, in the transaction that decides: one that was released meanwhile is not dropped.
    found = restored.held(session)
    unknown = set(ids or ()).difference(each.id for each in found)
    if unknown:
        raise UsageError(f"{min(unknown)} is not held; see `trialdelta deliveries held`")
    return [
        each for each in found if (not ids or each.id in ids) and (channel is None or each.channel == channel)
    ]
