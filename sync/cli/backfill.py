"""The command `backfill`: what studies said before they were watched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from storage import cohorts
from sync.cli.arguments import ByOption, nct, who
from sync.cli.common import console, print_json, working
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.health.pause import politely
from sync.past.backfill import BackfillRun, Filled, Progress
from sync.service import Service, open_service
from sync.terminal.text import safe
from sync.versions.known import known_watch
from sync.words import agreeing, counted


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(backfill)


def backfill(
    study: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NCT]...", help="Studies, such as NCT06056921.", show_default=False),
    ] = None,
    watch: Annotated[str | None, typer.Option(help="All studies that are in this watch.")] = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Fill in what studies said before they were watched, from the registry's record history.

    The versions go before what was polled, in order, with the provenance `history`; what changed between them is kept as
    events of the past, which nobody is told of. A study that no cycle has read yet is read first. The record history is in
    no description of the registry: it is asked one request at a time, half a second apart (the table backfill of the
    configuration), and where its answers have another shape nothing of them is stored. Killed anywhere, the next run goes
    on with the study in hand; a study that is done is not asked for again.

    Exits with 3 when a study was refused, or more of them wait for the next run, with 4 when the registry cannot be asked.

    [bold]Examples[/]
      trialdelta backfill NCT06056921
      trialdelta backfill --watch cart-autoimmune
      trialdelta backfill --watch cart-autoimmune --json
    """
    settings = settings_logged(config)
    with open_service(settings) as service:
        ids = list(dict.fromkeys([*map(nct, study or ()), *_members(service, watch)]))
        if not ids:
            raise UsageError(
                "name studies, or a watch that has some: `trialdelta sync` reads a watch's searches"
            )
        with _progress(service) as say, politely(service):
            run = BackfillRun(service, by=who(by), say=say)
            found = _followed(run.run(ids), as_json)
    total = _total(found, run.waiting)
    if as_json:
        print_json([total])
    else:
        console().print(_sentence(found, run.waiting))
    if total["refused"] or run.waiting:
        raise typer.Exit(3)


def _members(service: Service, watch: str | None) -> list[str]:
    """The studies of a watch: those that are in it, and those that it names and that were not read yet."""
    if watch is None:
        return []
    with service.database.read() as session:
        known_watch(session, (each.name for each in service.settings.watch), watch)
        inside = cohorts.members(session, watch)
    named = {nct_id for each in service.settings.watch if each.name == watch for nct_id in each.ids}
    return sorted({*inside, *named})


def _followed(run: Iterator[Filled], as_json: bool) -> list[Filled]:
    """Each study is told as it is done: a run takes minutes, and what is killed has said how far it came."""
    found = []
    for filled in run:
        found.append(filled)
        if as_json:
            print_json([filled])
        elif filled.problem:
            console().print(f"[yellow]{filled.nct_id} was refused:[/] {safe(filled.problem)}")
    return found


@contextmanager
def _progress(service: Service) -> Iterator[Callable[[Progress], None]]:
    pace = service.settings.backfill.min_interval_s
    with working("asking for the record history") as say:
        yield lambda progress: say(_how_far(progress, pace))


def _how_far(progress: Progress, pace: float) -> str:
    if progress.waiting:
        return "waiting for a cycle to end"
    left = progress.left_s(pace)
    rest = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
    done = f"{progress.done} of {counted(progress.studies, 'study', 'studies')}"
    return f"{done}, {counted(progress.versions, 'version')} so far; about {rest} left"


def _total(found: Sequence[Filled], waiting: int) -> dict[str, int]:
    states = Counter(filled.state for filled in found)
    return {
        "studies": len(found),
        **{state: states[state] for state in ("stored", "nothing", "done", "refused")},
        "versions": sum(filled.versions for filled in found),
        "events": sum(filled.events for filled in found),
        "older": sum(filled.older for filled in found),
        "waiting": waiting,
    }


def _sentence(found: Sequence[Filled], waiting: int) -> str:
    total = _total(found, waiting)
    parts = [
        f"{counted(total['studies'], 'study', 'studies')}: {counted(total['versions'], 'version')} and "
        f"{counted(total['events'], 'event')} of the past stored"
    ]
    if total["done"]:
        parts.append(f"{total['done']} {agreeing(total['done'], 'was', 'were')} done before")
    if total["nothing"]:
        parts.append(f"{total['nothing']} {agreeing(total['nothing'], 'has', 'have')} no older version")
    if total["refused"]:
        parts.append(f"{total['refused']} refused")
    told = [", ".join(parts) + "."]
    if total["older"]:
        told.append(
            f"Older still are {counted(total['older'], 'version')}: raise backfill.versions_per_study for them."
        )
    if waiting:
        told.append(f"{counted(waiting, 'study waits', 'studies wait')} for the next run.")
    return " ".join(told)
