"""The command `export`: versions, events and timelines, to a file or to standard output."""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console
from sqlalchemy.orm import Session

from storage import cohorts, studies
from sync.cli.arguments import day, nct
from sync.cli.common import settings_of
from sync.cli.database import open_storage
from sync.cli.export_files import Form, write, written
from sync.cli.options import ConfigOption
from sync.config import Settings
from sync.errors import UsageError
from sync.versions.exported import COLUMNS, What, event_row, exported, of_no_study, whole_events
from sync.versions.known import known_study, known_watch, one_of
from sync.words import counted


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(export)


def export(
    what: Annotated[
        str, typer.Argument(metavar="versions|events|timeline", help="What of it.", show_default=False)
    ],
    study: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NCT]...", help="Of these studies; of all without.", show_default=False),
    ] = None,
    watch: Annotated[str | None, typer.Option(help="Of the studies that are in this watch.")] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="What was known by this day (2026-08-01, 7d, yesterday)."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="jsonl, csv or parquet (else as the file is called, else jsonl)."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="A file (else standard output).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    config: ConfigOption = None,
) -> None:
    """Write versions, events or timelines of studies as lines of JSON, CSV or Parquet.

    versions: each with its record (in CSV without), so that `trialdelta import` takes the lines of JSON back. events: as
    they are told everywhere; in CSV and Parquet a row each. timeline: what each version says of status, enrollment, dates
    and sites. Those of the past are among them. What a spreadsheet would take for a formula begins with an apostrophe.
    Parquet needs the extra `parquet`.

    [bold]Examples[/]
      trialdelta export events NCT06056921
      trialdelta export timeline --watch cart-autoimmune --format csv --out lives.csv
      trialdelta export versions --watch cart-autoimmune --as-of 2026-08-01 --out versions.parquet
    """
    settings = settings_of(config)
    table = _what(what)
    chosen = _form(form, out)
    if chosen == "parquet" and out is None and sys.stdout.isatty():
        raise UsageError("Parquet is no text: name a file with --out")
    until = day(as_of)
    with open_storage(settings).read() as session:
        ids = _ids(session, settings, study, watch)
        whole = table == "events" and chosen == "jsonl"
        rows = whole_events(session, ids, until) if whole else exported(session, table, ids, until)
        if table == "events" and not study and watch is None:
            storms = of_no_study(session, until)
            rows = chain(rows, storms if whole else map(event_row, storms))
        with written(out, force=force) as file:
            number = write(rows, COLUMNS[table], chosen, file)
    # On standard error, so that it never ends up in what is piped on.
    aside = Console(stderr=True, highlight=False, emoji=False)
    if out is not None:
        aside.print(f"{counted(number, 'row')} written to {out}.")
    elif not number:
        aside.print(f"No row: nothing of {table} is stored for this.")


_JSON_LINES = ("", "json", "ndjson", "txt")
"""Endings of files that JSON lines are expected in, too."""


def _what(text: str) -> What:
    found: What = one_of("table", "tables", text, get_args(What))  # type: ignore[assignment]
    return found


def _form(named: str | None, out: Path | None) -> Form:
    ending = out.suffix.removeprefix(".") if out else ""
    if named is None and ending not in (*get_args(Form), *_JSON_LINES):
        raise UsageError(
            f"{out} ends as no format does that is written here: name it .jsonl, .csv or .parquet, or give the --format"
        )
    text = named or (ending if ending in get_args(Form) else "jsonl")
    found: Form = one_of("format", "formats", text, get_args(Form))  # type: ignore[assignment]
    return found


def _ids(session: Session, settings: Settings, study: list[str] | None, watch: str | None) -> list[str]:
    named = [known_study(session, nct(each)) for each in study or ()]
    if watch is not None:
        known_watch(session, (each.name for each in settings.watch), watch)
        named += cohorts.members(session, watch)
    if named or watch is not None:
        return sorted(set(named))
    return list(studies.studies(session))
