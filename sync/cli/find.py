"""The command `find`: studies by words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from storage.fulltext.query import LONGEST
from sync.cli.common import print_json, print_lines, settings_of
from sync.cli.database import open_storage
from sync.cli.empty import NO_STUDY
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.terminal.text import safe
from sync.timing.clock import utc_now
from sync.versions.known import known_watch
from sync.web.views import find as view
from sync.web.views.find import Found, FoundStudy, Span
from sync.words import counted


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(find)


def find(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS]…", help="Words, beginnings, ids, “phrases”.", show_default=False),
    ] = None,
    status: Annotated[str, typer.Option(help="Only of this status, such as RECRUITING.")] = "",
    phase: Annotated[str, typer.Option(help="Only of this phase, such as PHASE1.")] = "",
    country: Annotated[str, typer.Option(help="Only with a site in this country.")] = "",
    watch: Annotated[str, typer.Option(help="Only in this watch.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="So many at most.")] = 25,
    cursor: Annotated[str, typer.Option(help="Go on where the list before ended.")] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Find studies by words that they have, the best match first, and show where.

    Ids of any kind, titles, conditions, interventions, keywords, sponsors, people, sites, cities and countries are
    searched. All words must be found; a beginning will do, and accents and capitals do not matter.

    [bold]Examples[/]
      trialdelta find lup würzburg
      trialdelta find '"systemic sclerosis"' --country Germany --status RECRUITING
      trialdelta find KYV-101 --json
    """
    text, settings = " ".join(words or ()), settings_of(config)
    if not text.strip() and not any((status, phase, country, watch)):
        raise UsageError("no word was given: say what to look for (is a variable of the shell unset?)")
    if len(text) > LONGEST:
        raise UsageError(f"{len(text):,} characters are too many to look for: take at most {LONGEST}")
    query = view.FindQuery(
        q=text, status=status, phase=phase, country=country, watch=watch, limit=limit, cursor=cursor
    )
    with open_storage(settings).read() as session:
        if watch:
            known_watch(session, (each.name for each in settings.watch), watch)
        found = view.load(session, query, utc_now())
    if as_json:
        print_json(found.studies)
    else:
        print_lines(_lines(found))


def _lines(found: Found) -> Iterator[str]:
    for study in found.studies:
        yield from _study(study)
    if found.next:
        yield f"[dim]{counted(found.total, 'study')}; the following ones: --cursor {found.next}[/]"
    if not found.total:
        yield (f"None of {counted(found.known, 'stored study')} matches." if found.known else NO_STUDY)
    for each in found.alone if len(found.alone) > 1 else ():
        yield f"[dim]{safe(each.text)} alone:[/] {counted(each.studies, 'study')}"
    if found.left_out:
        yield f"[dim]Not looked for, being too many: {safe(', '.join(found.left_out))}[/]"
    if not found.is_complete:
        yield f"[dim]Only {found.indexed} of {found.known} can be found so far:[/] `trialdelta db reindex`"


def _study(study: FoundStudy) -> Iterator[str]:
    title = _marked(study.title, study.title_spans) if study.title else "[dim]not read yet[/]"
    yield f"[bold]{study.nct_id}[/]  {title}  [dim]{safe(study.status or study.state)}[/]"
    for match in study.matches:
        yield f"    [dim]{match.field}:[/] {_marked(match.text, match.spans)}"


def _marked(text: str, spans: list[Span]) -> str:
    return "".join(
        f"[bold yellow]{safe(piece)}[/]" if is_marked else safe(piece)
        for piece, is_marked in view.runs(text, spans)
    )
