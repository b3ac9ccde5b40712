"""The commands `worklist` and `own-page`: what an editor has to look at."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Literal, get_args

import typer
from rich.console import RenderableType

from storage.own_pages import own_pages, set_own_page
from sync.alerts.published.address import own_page_url
from sync.changes.model import Kind, Severity
from sync.cli.arguments import ByOption, nct, who
from sync.cli.common import console, print_json, print_lines, settings_of
from sync.cli.database import open_storage
from sync.cli.empty import Filters, nothing
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.tables import table
from sync.errors import UsageError
from sync.terminal.text import SEVERITY_STYLE, safe
from sync.timing.clock import utc_now
from sync.versions.known import known_study, known_watch, one_of
from sync.web.export import export
from sync.web.views import worklist as view
from sync.web.views.worklist import EXPORTED, WorkItem, WorklistQuery

Order = Literal["heaviest", "newest"]
_NONE = {
    False: "Nothing to look at: no study has changed since it was last reviewed.",
    True: "Nothing to look at: each study was reviewed by somebody.",
}


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(worklist)
    app.command("own-page")(own_page)


def worklist(
    watch: Annotated[str, typer.Option(help="Only studies of this watch.")] = "",
    severity: Annotated[str, typer.Option(help="With a change of this severity or a heavier one.")] = "",
    kind: Annotated[str, typer.Option(help="With a change of this kind.")] = "",
    status: Annotated[str, typer.Option(help="Only of this status, such as RECRUITING.")] = "",
    reviewer: Annotated[str, typer.Option(help="Last reviewed by this person.")] = "",
    never: Annotated[bool, typer.Option("--never", help="Those that nobody has reviewed yet.")] = False,
    sort: Annotated[str, typer.Option(metavar="heaviest|newest", help="Which come first.")] = "heaviest",
    csv: Annotated[bool, typer.Option("--csv", help="As CSV, as the console's export has it.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Studies that changed since somebody last reviewed them, with the weightiest change of each.

    `review NCT --by WHO` marks one as reviewed.

    [bold]Examples[/]
      trialdelta worklist --watch lupus --severity medium
      trialdelta worklist --never --json
    """
    for name, names, value, there in (
        ("severity", "severities", severity, list(Severity)),
        ("kind", "kinds", kind, list(Kind)),
        ("order", "orders", sort, get_args(Order)),
    ):
        if value:
            one_of(name, names, value, there)
    settings = settings_of(config)
    query = WorklistQuery.model_validate(
        {
            "watch": watch,
            "severity": severity,
            "kind": kind,
            "status": status,
            "reviewer": reviewer,
            "sort": sort,
        }
        | {"show": "never" if never else "changed"}
    )
    with open_storage(settings).read() as session:
        if watch:
            known_watch(session, (each.name for each in settings.watch), watch)
        found = view.everything(session, query, utc_now())
        filters: Filters = {"--watch": watch, "--severity": severity, "--kind": kind, "--status": status}
        none = nothing(session, "study", filters | {"--reviewer": reviewer}, _NONE[never])
    if csv:
        sys.stdout.buffer.write(export(found, EXPORTED, "csv", "worklist").body)
    elif as_json:
        print_json(found)
    else:
        print_lines(_lines([WorkItem.model_validate(each) for each in found]) if found else [none])


def _lines(found: list[WorkItem]) -> Iterator[RenderableType]:
    headings = ("study", "severity", "changes", "last change", "reviewed", "weightiest change since")
    yield from table(headings, map(_row, found))


def _row(item: WorkItem) -> tuple[str, ...]:
    severity = f"[{SEVERITY_STYLE[item.severity]}]{item.severity}[/]" if item.severity else ""
    reviewed = f"{item.reviewed_at:%Y-%m-%d} {safe(item.reviewed_by)}" if item.reviewed_at else "never"
    return (
        item.nct_id,
        severity,
        str(item.changes),
        item.last_change or "",
        reviewed,
        safe(item.heaviest or ""),
    )


def own_page(
    study: Annotated[str, typer.Argument(metavar="NCT", help="The study.", show_default=False)],
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="The address, to note it.", show_default=False)
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="There is no such page any more.")] = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say where your own page on a study is, or note it: shown with the study, in the worklist and in alerts.

    [bold]Examples[/]
      trialdelta own-page NCT06056921 https://www.example.org/trials/nct06056921
      trialdelta own-page NCT06056921
      trialdelta own-page NCT06056921 --remove
    """
    if url is not None and remove:
        raise UsageError("an address to note and --remove say two things: give one of them")
    nct_id, database = nct(study), open_storage(settings_of(config))
    if url is not None or remove:
        with database.write() as session:
            set_own_page(session, nct_id, "" if remove else own_page_url(url or ""), by=who(by), at=utc_now())
    with database.read() as session:
        known_study(session, nct_id)
        found = own_pages(session, [nct_id]).get(nct_id)
    if as_json:
        print_json([{"nct_id": nct_id, "url": found}])
    else:
        console().print(f"{nct_id}: {safe(found) if found else 'no page of your own is noted'}")
