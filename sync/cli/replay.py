"""The command `replay`: rules run again over what is stored."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from storage import events, past
from sync.changes.model import Severity
from sync.cli.arguments import day
from sync.cli.common import console, print_json, settings_of, working
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.config import Settings
from sync.rules import for_study
from sync.terminal.text import SEVERITY_STYLE, safe
from sync.timing.clock import utc_now
from sync.versions.known import one_of
from sync.versions.replay import Replayed, RulesFor, rules_from, sum_up
from sync.versions.replay import replay as run
from sync.words import agreeing, counted


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(replay)


def replay(
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="From this release on (2026-08-01, 7d, yesterday).")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=r"A TOML file with \[rules], else the configuration's."),
    ] = None,
    at_least: Annotated[
        str, typer.Option(help="Severity from which an event counts as an alert.")
    ] = "medium",
    apply: Annotated[
        bool, typer.Option("--apply", help="Store the new telling; the old one stays addressable.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Run rules over the stored versions: which events would appear, vanish or weigh otherwise, and alerts a day.

    Nothing is stored unless --apply is given. With --json: one object an event that differs, then the sum.

    [bold]Examples[/]
      trialdelta replay --rules stricter.toml
      trialdelta replay --since 2026-08-01 --apply
    """
    one_of("severity", "severities", at_least, list(Severity))
    settings = settings_of(config)
    database = open_storage(settings)
    # Read to the end before anything is stored: the replay must not meet its own new tellings.
    with database.read() as session, working("telling every event anew"):
        replayed = list(run(session, _rules_for(session, settings, rules), since=day(since)))
    different = [row for row in replayed if row.comparison != "same"]
    total = sum_up(replayed, Severity(at_least)).as_json()
    if apply:
        _store(settings, different)
    if as_json:
        print_json([*(row.as_json() for row in different), total])
        return
    for row in different:
        about = row.as_json()
        was, now = (f"[{SEVERITY_STYLE[s]}]{s}[/]" if s else "-" for s in (about["was"], about["would_be"]))
        console().print(
            f"{about['release']} {about['nct_id']} {row.comparison}: {was} → {now} {safe(about['headline'])}"
        )
    console().print(
        f"{counted(len(replayed), 'event')} replayed, {len(different)} {agreeing(len(different), 'differs', 'differ')}; "
        f"alerts ({at_least} or heavier) a day: {total['alerts_a_day_told']} as told, "
        f"{total['alerts_a_day_now']} by these rules, over {counted(total['days'], 'day')}"
    )


def _rules_for(session: Session, settings: Settings, file: Path | None) -> RulesFor:
    """The file's rules for every study, else those in force for it."""
    if file is not None:
        ruleset = rules_from(file)
        return lambda _nct_id, _release: ruleset
    return partial(for_study, session, settings)


def _store(settings: Settings, different: list[Replayed]) -> None:
    with open_storage(settings).write() as session:
        for row in different:
            if row.now is not None and row.stored is None:
                add = past.add_historical if row.now.state else events.add_events
                add(session, [row.now.as_json()])
            elif row.now is not None:
                events.supersede(session, row.now.as_json(), utc_now())
