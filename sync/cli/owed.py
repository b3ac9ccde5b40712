"""Commands for what channels owe, such as one that was renamed or taken out: deliveries list, move; and a part of drop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.orm import Session

from storage.engine import Database
from storage.owed import OWED, Moved, Owed, OwedDelivery, owed, owed_deliveries
from sync.alerts import absent
from sync.cli.arguments import ByOption, today, who
from sync.cli.common import console, emit, print_json
from sync.cli.database import open_storage
from sync.cli.empty import no_match
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.config import Settings
from sync.errors import UsageError
from sync.terminal.text import safe, told
from sync.timing.clock import utc_now
from sync.timing.days import moment_named
from sync.versions.known import one_of
from sync.words import agreeing, counted

T = TypeVar("T")

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say how many there are.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `deliveries`."""
    app.command("list")(list_owed)
    app.command()(move)


def list_owed(
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="NAME", help="Only those to this channel.")
    ] = None,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="Only due, waiting, collecting, held or dead ones.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 100,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """The deliveries that were written and not sent, oldest first; those of channels that are not configured any more too.

    [bold]Examples[/]
      trialdelta deliveries list
      trialdelta deliveries list --channel pager --json
    """
    if state is not None:
        one_of("state of what is owed", "states", state, OWED)
    settings = settings_logged(config)
    with open_storage(settings).read() as session:
        states = [state] if state else OWED
        owes = owed(session)
        if channel:
            one_of("channel", "channels", channel, dict.fromkeys([*settings.channels, *owes]))
        found = owed_deliveries(session, channel=channel, states=states, limit=limit)
        owing = [each for each in owes.values() if channel in (None, each.channel)]
    none = no_match("delivery", {"--channel": channel, "--state": state}) or "Nothing is owed."
    emit(found, as_json, partial(_lines, settings, owing, none))


def _lines(
    settings: Settings, owing: Sequence[Owed], none: str, found: Sequence[OwedDelivery]
) -> Iterator[str]:
    for each in found:
        about = f"{each.id}  {each.channel:<12} {each.state:<10} {each.created_at:%Y-%m-%d %H:%M} UTC"
        yield f"{safe(about)}  {safe(each.nct_id or '')} {told(each.headline or each.kind)}"
    for channel in owing:
        note = "" if channel.channel in settings.channels else "  [red]not configured any more[/]"
        yield f"[bold]{safe(channel.channel)}[/]: {channel.words}{note}"
    if not found:
        yield none


def move(
    source: Annotated[
        str,
        typer.Option("--from", metavar="OLD", help="The channel that owes them.", show_default=False),
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="NEW", help="The channel to have them.", show_default=False)
    ],
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Let another channel have what a channel owes, such as one that was renamed or taken out of the configuration.

    Deliveries keep their ids. What the other channel has, or had, of the same event is dropped: nothing is told twice. Dead
    letters are tried afresh. Exits with 3 when some are being sent just now and were left.

    [bold]Examples[/]
      trialdelta deliveries move --from pager --to mail --dry-run
      trialdelta deliveries move --from pager --to mail --yes
    """
    settings = settings_logged(config)

    def work(session: Session) -> Moved:
        return absent.move(session, source, to, settings.channels, by=who(by), at=utc_now())

    def question(done: Moved) -> str:
        return f"Move {counted(done.moved + done.doubles, 'delivery')} from {source} to {to}?"

    done = _decide(open_storage(settings), work, question, dry_run=dry_run, yes=yes)
    if as_json:
        print_json([{"from": source, "to": to, **asdict(done), "dry_run": dry_run}])
    else:
        would = "would be " if dry_run else ""
        console().print(
            f"{counted(done.moved, 'delivery')} {would}moved from {safe(source)} to {safe(to)}; {done.doubles:,} that it "
            f"has already {would}dropped; {done.under_way:,} being sent just now, which "
            f"{agreeing(done.under_way, 'stays', 'stay')}."
        )
    raise typer.Exit(3 if done.under_way else 0)


def drop_owed(
    channel: str,
    before: str | None,
    *,
    dry_run: bool,
    yes: bool,
    by: str | None,
    as_json: bool,
    config: Path | None,
) -> None:
    """Have what a channel owes never told: the part of `deliveries drop` that asks first."""
    settings, until = settings_logged(config), moment_named(before, today()) if before else None

    def work(session: Session) -> int:
        return absent.drop(session, channel, settings.channels, by=who(by), at=utc_now(), before=until)

    def question(number: int) -> str:
        return f"Drop {counted(number, 'delivery')} to {channel}, so that nobody there is told of them?"

    number = _decide(open_storage(settings), work, question, dry_run=dry_run, yes=yes)
    if as_json:
        print_json([{"channel": channel, "before": before, "dropped": number, "dry_run": dry_run}])
    else:
        console().print(
            f"{counted(number, 'delivery')} to {safe(channel)} {'would be ' if dry_run else ''}dropped."
        )


class _TriedOut(Exception):
    """Ends a transaction that was only to show what would be done."""


def _decide(
    database: Database,
    work: Callable[[Session], T],
    question: Callable[[T], str],
    *,
    dry_run: bool,
    yes: bool,
) -> T:
    """Do it; on trial only, or once a person agrees to what it comes to. No lock is held while they think."""
    if dry_run or not yes:
        outcome = _on_trial(database, work)
        if dry_run:
            return outcome
        if not sys.stdin.isatty():
            raise UsageError(
                "there is no terminal to ask at: give --yes, or --dry-run to see what it comes to"
            )
        # On standard error, so that the question is seen where `--json` goes into a file.
        typer.confirm(question(outcome), abort=True, err=True)
    # Done anew rather than held open: deliveries sent or added while the person thought are counted as they are now.
    with database.write() as session:
        return work(session)


def _on_trial(database: Database, work: Callable[[Session], T]) -> T:
    outcomes: list[T] = []
    with suppress(_TriedOut), database.write() as session:
        # The real work, undone at the end, instead of a count of its own: what the question says is what then happens.
        outcomes.append(work(session))
        raise _TriedOut
    return outcomes[0]
