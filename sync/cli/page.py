"""Commands for pages that were published about studies: registered, they are checked at every change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import RenderableType

from storage.published_pages import published_pages, remove_page
from sync.alerts.published.registered import RegisteredPage, registered, standing
from sync.alerts.published.registered import register as register_page
from sync.alerts.published.untrue import Untrue
from sync.cli.arguments import ByOption, nct, who
from sync.cli.common import emit, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.published_text import TextFile, text_in
from sync.terminal.text import safe
from sync.timing.clock import utc_now
from sync.versions.known import known_study
from sync.words import agreeing, counted

page_app = typer.Typer(
    no_args_is_help=True, help="Pages published about studies, checked at every change: add, list, remove."
)

Study = Annotated[str, typer.Argument(metavar="NCT", help="The study.", show_default=False)]
Url = Annotated[str, typer.Argument(metavar="URL", help="Where the page is.", show_default=False)]

_STATES = {
    "holds": "[green]holds[/]",
    "holds_in_part": "[yellow]holds as far as it could be read[/]",
    "differs": "[red]no longer holds[/]",
    "unclear": "[yellow]cannot tell[/]",
    "other_study": "[red]is about another study[/]",
    None: "[yellow]cannot be checked: no version can be read[/]",
}


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(page_app, name="page")


@page_app.command()
def add(
    study: Study,
    url: Url,
    text: TextFile,
    reviewed: Annotated[
        str | None, typer.Option(metavar="DAY", help="When its publisher last reviewed it (2026-05-15).")
    ] = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Register a page: every event of the study then says whether the page still holds, and which sentence does not.

    Given again, the text takes the place of the one before. Nothing is fetched from the address.

    [bold]Examples[/]
      trialdelta page add NCT06056921 https://example.org/trials/1 --text page.html --reviewed 2026-05-15
      curl -s https://example.org/trials/1 | trialdelta page add NCT06056921 https://example.org/trials/1 --text -
    """
    nct_id, published = nct(study), text_in(text)
    with open_storage(settings_of(config)).write() as session:
        register_page(session, nct_id, url, published, reviewed, by=who(by), at=utc_now())
        there = next(each for each in published_pages(session, nct_id) if each.url == url.strip())
        found = standing(session, there)
    emit([found], as_json, _lines)


@page_app.command("list")
def list_pages(
    study: Annotated[
        str | None, typer.Argument(metavar="[NCT]", help="Only of this study.", show_default=False)
    ] = None,
    outdated: Annotated[bool, typer.Option("--outdated", help="Only those that no longer hold.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """The registered pages, each against the newest version of its study: does it hold, and what does not?

    [bold]Examples[/]
      trialdelta page list
      trialdelta page list NCT06056921
      trialdelta page list --outdated --json
    """
    with open_storage(settings_of(config)).read() as session:
        nct_id = nct(study) if study else None
        if nct_id:
            known_study(session, nct_id)
        pages = registered(session, nct_id)
    found = [page for page in pages if not outdated or page.state == "differs"]
    emit(found, as_json, lambda found: _lines(found) if found else [_none(nct_id, len(pages))])


@page_app.command()
def remove(
    study: Study, url: Url, by: ByOption = None, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Look after a page no longer.

    [bold]Examples[/]
      trialdelta page remove NCT06056921 https://example.org/trials/1
    """
    nct_id = nct(study)
    with open_storage(settings_of(config)).write() as session:
        remove_page(session, nct_id, url.strip(), by=who(by), at=utc_now())
    emit([{"nct_id": nct_id, "url": url.strip()}], as_json, lambda _: [f"Removed: {safe(url.strip())}"])


def _lines(pages: Sequence[RegisteredPage]) -> Iterator[RenderableType]:
    for page in pages:
        reviewed = f", last reviewed {page.reviewed}" if page.reviewed else ""
        yield f"[bold]{page.nct_id}[/]  {safe(page.url)}{reviewed}: {_state(page)}{_number(page)}"
        yield from map(_sentence, page.untrue)
        yield from (f"  [yellow]cannot tell[/] {_sentence(each).strip()}" for each in page.doubted)
        yield from (f"  [yellow]not understood[/] “{safe(each)}”" for each in page.undecided)
        if page.state == "unclear" and not (page.doubted or page.undecided):
            yield "  nothing that it says could be held against the record: is it the text of the page?"
        if page.rests_on:
            yield f"  [dim]right: {safe(page.rests_on)}[/]"


def _none(nct_id: str | None, registered: int) -> str:
    of_study = f" of {nct_id}" if nct_id else ""
    if not registered:
        return f"No page{of_study} is registered: `trialdelta page add {nct_id or 'NCT'} URL --text FILE` adds one."
    listed = f"trialdelta page list{f' {nct_id}' if nct_id else ''}"
    return (
        f"None of {counted(registered, 'registered page')}{of_study} was found to be outdated: `{listed}` says how each "
        "stands."
    )


def _state(page: RegisteredPage) -> str:
    # What no version ever said has never held.
    return "[red]does not hold[/]" if page.state == "differs" and not page.since else _STATES[page.state]


def _number(page: RegisteredPage) -> str:
    if not page.untrue:
        return ""
    number = len(page.untrue)
    since = f" since {page.since}" if page.since else ""
    return f"{since}: {counted(number, 'sentence')} {agreeing(number, 'is', 'are')} untrue"


def _sentence(each: Untrue) -> str:
    said = f"“{safe(each.page)}”" if each.page else "nothing of the kind"
    return f"  {each.title}: the page says {said}; the record: {safe(each.record) or 'gives none'}"
