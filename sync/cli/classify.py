"""The command `classify`: what a trial has to do with CAR-T cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from storage.cohorts import members
from sync.cli.arguments import nct
from sync.cli.common import emit, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.tables import table
from sync.cohort.classifying import Classification
from sync.errors import UsageError
from sync.terminal.text import safe
from sync.versions.classified import classified_file, classified_studies
from sync.versions.known import known_study, known_watch
from sync.words import counted


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(classify)


def classify(
    studies: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NCT]…", help="Studies that are stored.", show_default=False),
    ] = None,
    watch: Annotated[str, typer.Option(help="Every study of this watch.")] = "",
    records: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Records in a file, one a line (.gz too); needs no database."),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say what trials have to do with CAR-T cells: class, antigens, source, diseases, with the words that say so.

    What a record does not say is `unknown`, never guessed; what is `uncertain` asks for a person's look. With --json one
    object a line, with all the evidence. Changes nothing that is stored.

    [bold]Examples[/]
      trialdelta classify NCT06056921
      trialdelta classify --watch lupus --json
      trialdelta classify --records studies.jsonl.gz
    """
    if (records is not None) + bool(watch) + bool(studies) != 1:
        raise UsageError("give NCT IDs, or --watch NAME, or --records FILE: one of the three")
    found = classified_file(records) if records else _stored(studies or [], watch, config)
    emit(found, as_json, _lines)


def _stored(studies: Sequence[str], watch: str, config: Path | None) -> Iterator[Classification]:
    ids = [nct(each) for each in studies]
    settings = settings_of(config)
    with open_storage(settings).read() as session:
        if watch:
            known_watch(session, (each.name for each in settings.watch), watch)
            ids = sorted(members(session, watch))
        for nct_id in ids if studies else ():
            known_study(session, nct_id)
        yield from classified_studies(session, ids)


def _lines(found: Sequence[Classification]) -> Iterator[RenderableType]:
    if not found:
        yield "No record to classify."
        return
    yield from table(("study", "class", "antigens", "source", "area", "sure", "because"), map(_row, found))
    unsure = sum(each.confidence == "uncertain" for each in found)
    cars = sum(each.is_car_t for each in found)
    yield f"{counted(len(found), 'record')}, {cars} of CAR-T products, {unsure} for a person to look at"


def _row(found: Classification) -> tuple[str, ...]:
    why = found.evidence[0]
    return (
        found.nct_id or "",
        f"[bold]{found.class_}[/]" if found.is_car_t else found.class_,
        safe(", ".join(found.antigens) or "-"),
        found.source,
        found.area,
        f"[yellow]{found.confidence}[/]" if found.confidence == "uncertain" else found.confidence,
        f"{safe(why.says.partition(', for ')[2])}: “{safe(why.quote[:80])}”",
    )
