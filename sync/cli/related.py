"""The command `related`: the stored studies that are nearest to one, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from sync.cli.arguments import nct
from sync.cli.common import print_json, print_lines, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.cohort.neighbours import RELATED
from sync.study.labels import in_words
from sync.terminal.text import safe
from sync.versions.known import known_study, known_watch
from sync.versions.neighbours import Neighbour, Neighbours, neighbours, not_compared
from sync.words import agreeing, counted


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(related)


def related(
    study: Annotated[str, typer.Argument(metavar="NCT", help="A study that is stored.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="So many at most.")] = 10,
    watch: Annotated[str, typer.Option(help="Only studies of this watch.")] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the stored studies that are nearest to one: a score from 0 to 100, and what they have in common.

    What is tried (antigen, class, product) and in which disease count most; then sponsor, sites, country, phase and design.
    From 45 on two studies count as related. With --json one object a line.

    [bold]Examples[/]
      trialdelta related NCT06056921
      trialdelta related NCT06056921 --watch lupus --limit 30
      trialdelta related NCT06056921 --json
    """
    nct_id, settings = nct(study), settings_of(config)
    with open_storage(settings).read() as session:
        known_study(session, nct_id)
        if watch:
            known_watch(session, (each.name for each in settings.watch), watch)
        found = neighbours(session, nct_id, limit=limit, watch=watch or None)
        missing = not_compared(session, watch or None)
    if as_json:
        print_json(found.nearest)
    else:
        print_lines(_lines(found, missing))


def _lines(found: Neighbours, missing: int) -> Iterator[str]:
    for each in found.nearest:
        yield from _neighbour(each)
    if not found.is_known:
        yield f"{found.nct_id} cannot be compared yet: no record of it is kept, or it was not looked through."
    elif not found.nearest:
        yield f"No stored study has a treatment, a disease or a sponsor in common with {found.nct_id}."
    else:
        number, verb = counted(found.related, "study"), agreeing(found.related, "counts", "count")
        yield f"[dim]{number} of those stored {verb} as related (a score of {RELATED} or more).[/]"
    if missing:
        yield f"[dim]{counted(missing, 'study')} could not be compared yet:[/] `trialdelta db upgrade`"


def _neighbour(found: Neighbour) -> Iterator[str]:
    status = in_words(found.status) if found.status else ""
    yield f"[bold]{found.relation.score:>3}  {found.nct_id}[/]  {safe(found.title or '')}  [dim]{safe(status)}[/]"
    yield f"     {safe(found.relation.sentence)}"
