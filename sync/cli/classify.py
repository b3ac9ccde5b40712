"""The command `classify`: what a trial has to do with CAR-T cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType

from storage.classes import ClassFilter, that_match
from storage.cohorts import members
from sync.cli.arguments import ByOption, nct, who
from sync.cli.common import emit, print_json, print_lines
from sync.cli.database import open_storage
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.tables import table
from sync.cohort.classifying import Classification
from sync.errors import UsageError
from sync.past.classified import Unclassified, classified_records
from sync.past.dump_files import dump_files, records_in
from sync.service import open_service
from sync.terminal.text import safe
from sync.versions.class_decisions import answers_typed, decide_class
from sync.versions.classified import classified_studies
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
        typer.Option(
            metavar="FILE",
            help="Records of a file as `import` takes them, of a folder, or of standard input (-); needs no database.",
        ),
    ] = None,
    uncertain: Annotated[
        bool,
        typer.Option(
            "--uncertain", help="Only those that ask for a person's look; alone: of all that is stored."
        ),
    ] = False,
    answers: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="ANSWER=…",
            help="Decide it: class=, antigens= (CD19,BCMA or none), source=, area= (may be repeated).",
        ),
    ] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Take back what was decided of them.")] = False,
    reason: Annotated[str, typer.Option(help="Why it is decided, or taken back.")] = "",
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say what trials have to do with CAR-T cells: class, antigens, source, diseases, with the words that say so.

    What a record does not say is `unknown`, never guessed; what is `uncertain` asks for a person's look. With --json one
    object a line, with all the evidence. Stores nothing but what --set decides: a decision stays above the classifier's
    answer, whatever the record comes to say, until --unset.

    What is no record in a file is named on standard error with its line and the reason; the others are classified. Exits
    with 3 then, and with 2 where there is no record at all. A record that says what the one before it of its study did is
    named as repeated, and classified once.

    [bold]Examples[/]
      trialdelta classify NCT06056921
      trialdelta classify --watch lupus --json
      trialdelta classify --uncertain
      trialdelta classify --records studies.jsonl.gz
      zcat dumps/*.gz | trialdelta classify --records - --json
      trialdelta classify NCT06056921 --set class=car_t_product --set antigens=CD19 --by ana --reason "the protocol says so"
      trialdelta classify NCT06056921 --unset --by ana --reason "the record says it now"
    """
    named = studies or []
    # `--set class=… antigens=…`: what follows the first is meant alike.
    ids, pairs = [each for each in named if "=" not in each], [each for each in named if "=" in each]
    named_by = (records is not None) + bool(watch) + bool(ids)
    if named_by > 1 or not (named_by or uncertain):
        raise UsageError(
            "give NCT IDs, or --watch NAME, or --records FILE, or --uncertain for all that is stored"
        )
    if answers or unset or pairs:
        _decide([nct(each) for each in ids], answers and [*answers, *pairs], unset, reason, by, config)
    elif reason:
        raise UsageError("--reason goes with --set or --unset")
    if records is not None:
        _classify_file(records, uncertain, as_json)
    else:
        found = _stored(ids, watch, uncertain, config)
        listed = [each for each in found if not uncertain or each.is_open]
        emit(listed, as_json, partial(_lines, _none(ids, watch, uncertain)))


def _classify_file(path: Path, uncertain: bool, as_json: bool) -> None:
    """Classify what a file, a folder or standard input holds; exits with 3 where some of it was no record."""
    aside = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)
    counts = {"classified": 0, "repeated": 0, "refused": 0}
    with dump_files([path]) as files:
        outcomes = classified_records(records_in(files))
        found = (each for each in _without_refused(outcomes, counts, aside) if not uncertain or each.is_open)
        if as_json:
            print_json(found)
        else:
            none = "No record asks for a person's look." if uncertain else "No record was classified."
            print_lines(_lines(none, list(found)))
    total = sum(counts.values())
    if total > counts["classified"]:
        aside.print(
            f"{counted(total, 'record')}: {', '.join(f'{count:,} {what}' for what, count in counts.items())}."
        )
    if counts["refused"]:
        raise typer.Exit(3)


def _without_refused(
    outcomes: Iterable[Classification | Unclassified], counts: dict[str, int], aside: Console
) -> Iterator[Classification]:
    """Those that were classified; each of the others is named at once, and all are counted."""
    for each in outcomes:
        if isinstance(each, Unclassified):
            counts["repeated" if each.is_repeated else "refused"] += 1
            heading = "Repeated:" if each.is_repeated else "[yellow]Refused:[/]"
            aside.print(f"{heading} {safe(each.place)}: {safe(each.problem)}")
        else:
            counts["classified"] += 1
            yield each


def _decide(
    ids: Sequence[str],
    answers: Sequence[str] | None,
    unset: bool,
    reason: str,
    by: str | None,
    config: Path | None,
) -> None:
    if bool(answers) == unset:
        raise UsageError("--set decides what studies are, --unset takes that back: give one of the two")
    if not ids:
        raise UsageError("name the studies that are decided on")
    decided = answers_typed(answers) if answers else None
    with open_service(settings_logged(config)) as service, service.database.write() as session:
        looking = [watch.name for watch in service.settings.watch if watch.asks_for_a_class]
        for nct_id in ids:
            decide_class(
                session,
                nct_id,
                decided,
                reason=reason,
                by=who(by),
                at=service.now(),
                watches=looking,
            )


def _stored(
    studies: Sequence[str], watch: str, uncertain: bool, config: Path | None
) -> Iterator[Classification]:
    ids = [nct(each) for each in studies]
    settings = settings_logged(config)
    with open_storage(settings).read() as session:
        if watch:
            known_watch(session, (each.name for each in settings.watch), watch)
            ids = sorted(members(session, watch))
        elif uncertain and not ids:
            ids = list(that_match(session, ClassFilter(open=True)))
        for nct_id in ids if studies else ():
            known_study(session, nct_id)
        yield from classified_studies(session, ids)


def _none(ids: Sequence[str], watch: str, uncertain: bool) -> str:
    of = f" of the watch {safe(watch)}" if watch else ""
    if ids:
        of = f" of the {len(ids)} that are named"
    if uncertain:
        return f"No stored study{of} asks for a person's look."
    return f"No study{of} was read yet: `trialdelta sync` reads what is watched."


def _lines(none: str, found: Sequence[Classification]) -> Iterator[RenderableType]:
    if not found:
        yield none
        return
    yield from table(("study", "class", "antigens", "source", "area", "sure", "because"), map(_row, found))
    unsure = sum(each.is_open for each in found)
    cars = sum(each.is_car_t for each in found)
    yield f"{counted(len(found), 'record')}, {cars} of CAR-T products, {unsure} for a person to look at"


def _row(found: Classification) -> tuple[str, ...]:
    why = found.evidence[0]
    grounds = f"{safe(why.says.partition(', for ')[2])}: “{safe(why.quote[:80])}”"
    if found.decided:
        grounds = safe(f"{found.decided['by']}, {found.decided['at'][:10]}: {found.decided['reason']}")
    return (
        found.nct_id or "",
        f"[bold]{found.class_}[/]" if found.is_car_t else found.class_,
        safe(", ".join(found.antigens) or "-"),
        found.source,
        found.area,
        f"[yellow]{found.confidence}[/]" if found.confidence == "uncertain" else found.confidence,
        grounds,
    )
