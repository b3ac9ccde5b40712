"""The command `check`: a published page or text against the record."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from rich.console import RenderableType

from sync.alerts.published.comparison import ComparedCriterion
from sync.alerts.published.models import CheckedFact
from sync.cli.arguments import nct
from sync.cli.common import emit
from sync.cli.database import open_storage
from sync.cli.history import NctId
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.published_text import TextFile, text_in
from sync.cli.tables import table
from sync.terminal.text import safe
from sync.web.views.study.check import load
from sync.web.views.study.check_models import CheckView
from sync.words import agreeing, counted

EXIT_CODES = {"holds": 0, "holds_in_part": 3, "differs": 1, "other_study": 1, "unclear": 3}
_STATES = {
    "right": "[green]right[/]",
    "outdated": "[red]outdated[/]",
    "different": "[red]differs[/], no version said so",
    "unclear": "[yellow]cannot tell[/]",
    "unreadable": "[yellow]cannot be read[/]",
}
_ROWS = {"added": "not in the text", "removed": "only in the text", "moved": "in the other list"}


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(check)


def check(
    study: NctId,
    text: TextFile,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say whether a published page about a study still says what the record says: its criteria and its quick facts.

    The page may be whole, with menus and all. Exits with 0 if what was found holds; 1 if a fact, a sentence or a
    criterion differs, or the page is about another study; 3 if it cannot be told, or not of every
    sentence on who takes part, how many, or how the study stands.

    [bold]Examples[/]
      trialdelta check NCT06056921 --text page.html
      curl -s https://example.org/our-trial | trialdelta check NCT06056921 --text - --json
    """
    nct_id, published = nct(study), text_in(text)
    with open_storage(settings_logged(config)).read() as session:
        found = load(session, nct_id, published)
    emit([found], as_json, lambda _: _lines(found))
    raise typer.Exit(EXIT_CODES[found.state])


def _lines(found: CheckView) -> Iterator[RenderableType]:
    yield f"[bold]{found.nct_id}[/]  {safe(found.title)}"
    if found.other_ids:
        yield f"[red]The text names {', '.join(found.other_ids[:5])} and not {found.nct_id}.[/]"
    yield f"criteria: {_criteria(found)}"
    for row in found.comparison.rows:
        if row.state != "same" and found.verdict in ("outdated", "different"):
            yield f"  {_row(row)}"
    for line in found.unplaced:
        yield f"  [yellow]in no version:[/] {safe(line)}"
    if found.told:
        yield ""
        yield from table(("fact", "verdict", "the page", "the record"), map(_fact, found.told))
    if found.undecided:
        yield f"{_in_part(found)}these sentences were not understood, or the record does not decide them:"
        yield from (f"  [yellow]not understood[/] “{safe(each)}”" for each in found.undecided)
    missing = [each.title.lower() for each in found.missing]
    if missing:
        yield f"[dim]not found: {', '.join(missing)}[/]"


def _in_part(found: CheckView) -> str:
    return "the text holds as far as it could be read; " if found.state == "holds_in_part" else ""


def _criteria(found: CheckView) -> str:
    newest = f"version {found.newest.number}, the newest"
    near = found.nearest
    match found.verdict:
        case "current":
            return (
                f"[green]as in {newest}[/] ({counted(found.comparison.unchanged, 'criterion', 'criteria')})"
            )
        case "outdated" if near:
            until = f" until {near.until}" if near.until else ""
            nearest = f"nearest to version {near.version}, since {near.since}{until}"
            return f"[red]outdated:[/] {_differ(found.differing)}; {nearest}"
        case "outdated" | "different":
            return f"[red]{_differ(found.differing)} from {newest}[/]"
        case "unclear":
            return (
                "[yellow]cannot tell:[/] told in other words, or with lines between them that no version has"
            )
        case "not_found":
            return "[yellow]none found in the text[/]"
    return "the record has none"


def _differ(number: int) -> str:
    return f"{counted(number, 'criterion', 'criteria')} {agreeing(number, 'differs', 'differ')}"


def _row(row: ComparedCriterion) -> str:
    number = f" {', '.join(map(str, row.numbers_after))}" if row.numbers_after else ""
    told = _ROWS.get(row.state, row.state)
    texts = " → ".join(safe(" ".join(text.split())) for text in (row.before, row.after) if text)
    return f"[bold]{row.section or 'text'}{number}[/], {told}: {texts}"


def _fact(fact: CheckedFact) -> tuple[str, str, str, str]:
    since = f" since version {fact.since.version} ({fact.since.release})" if fact.since else ""
    return fact.title, f"{_STATES[fact.state]}{since}", safe(fact.page), safe(fact.record) or "gives none"
