"""Commands for watches: those of the file are listed, those in the database also added, edited and removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from storage.errors import DatabaseMissing
from storage.kept_watches import kept_watch
from sync.cli.arguments import ByOption, who
from sync.cli.common import emit, working
from sync.cli.database import open_storage
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.tables import table
from sync.config import WatchSettings
from sync.errors import UsageError
from sync.health.pause import politely
from sync.registry.errors import RegistryError
from sync.service import Service, open_service
from sync.study.record import is_nct_id
from sync.terminal.text import safe
from sync.versions.known import one_of
from sync.watches.edits import Edits, edits_of
from sync.watches.listing import WatchLine, lines_of_file, watch_lines
from sync.watches.preview import Preview, must_fit, preview, unregistered_words, why_not_asked
from sync.watches.trial_run import Tried, trial_run
from sync.watches.typed import FOLLOWED, definition_of, ids_typed, searches_typed, watch_of
from sync.words import agreeing, counted

watch_app = typer.Typer(
    no_args_is_help=True, help="Follow studies and searches: list, add, edit, remove, pause."
)

Ids = Annotated[list[str] | None, typer.Argument(metavar="[NCT]…", help="Studies.", show_default=False)]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The watch's name.", show_default=False)]
Searches = Annotated[
    list[str] | None,
    typer.Option(
        "--search",
        metavar="SEARCH",
        help="A search: 'cond=lupus; intr=CAR-T', words, or the address of one on clinicaltrials.gov (may be repeated).",
    ),
]
RelatedTo = Annotated[
    list[str] | None,
    typer.Option("--related-to", metavar="NCT", help="What is related to this study (may be repeated)."),
]
Unasked = Annotated[
    bool, typer.Option("--unasked", help="Do not ask the registry first how many studies it would bring.")
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(watch_app, name="watch")


@watch_app.command("list")
def list_watches(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """The watches of the configuration file, then those that are kept in the database.

    [bold]Examples[/]
      trialdelta watch list
      trialdelta watch list --json
    """
    settings = settings_logged(config)
    try:
        with open_storage(settings).read() as session:
            found = watch_lines(session, settings)
    except DatabaseMissing:  # nothing can be kept there yet
        found = lines_of_file(settings)
    emit(found, as_json, _lines)


@watch_app.command()
def add(
    ids: Ids = None,
    watch: Annotated[
        str | None, typer.Option("--watch", metavar="NAME", help=f"Into this watch (else {FOLLOWED!r}).")
    ] = None,
    search: Searches = None,
    related_to: RelatedTo = None,
    unasked: Unasked = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Follow studies or searches: put them into a watch that is kept in the database, a new one where there is none.

    The registry is asked first what it would bring. It is read at the daemon's next poll, or with `sync`.
    Exits with 3 when the registry could not be asked: it is added all the same.

    [bold]Examples[/]
      trialdelta watch add NCT06056921
      trialdelta watch add NCT06056921 NCT05869955 --watch lupus
      trialdelta watch add --watch lupus --search 'cond=lupus; intr="CAR-T"'
      trialdelta watch add --watch lupus --search 'https://clinicaltrials.gov/search?cond=lupus&intr=CAR-T'
    """
    if watch is None and (search or related_to):
        raise UsageError("a search needs the name of its watch: --watch NAME")
    name = watch or FOLLOWED
    typed = _typed(name, ids, search, related_to)
    with open_service(settings_logged(config)) as service:
        found, why_not = _looked_up(service, typed, unasked)
        with edits_of(service, who(by)) as edits:
            was_there = kept_watch(edits.session, name) is not None
            is_changed = edits.widen(typed)
    done = {
        "watch": name,
        "added": is_changed,
        **definition_of(typed),
        "preview": found.as_json() if found else None,
    }
    emit([done], as_json, lambda _: _added(typed, was_there, is_changed, found, why_not))
    raise typer.Exit(3 if why_not else 0)


@watch_app.command()
def remove(
    what: Annotated[
        list[str], typer.Argument(metavar="NCT…|NAME", help="Studies, or one watch.", show_default=False)
    ],
    watch: Annotated[
        str | None, typer.Option("--watch", metavar="NAME", help="Only out of this watch (else of all).")
    ] = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Take studies out of the watches in the database; or remove a whole watch, by its name. What was read stays stored.

    [bold]Examples[/]
      trialdelta watch remove NCT06056921
      trialdelta watch remove NCT06056921 NCT05869955 --watch lupus
      trialdelta watch remove lupus
    """
    with open_service(settings_logged(config)) as service, edits_of(service, who(by)) as edits:
        if len(what) == 1 and not watch and not is_nct_id(what[0].upper()):
            edits.remove(what[0])
            rows = [{"watch": what[0], "removed": True, "ids": []}]
        else:
            taken = edits.unfollow(ids_typed(" ".join(what)), watch)
            rows = [
                {"watch": name, "removed": kept_watch(edits.session, name) is None, "ids": found}
                for name, found in taken.items()
            ]
    emit(rows, as_json, _removed)


@watch_app.command()
def edit(
    name: Name,
    ids: Annotated[
        str | None, typer.Option("--ids", metavar="NCT,…", help="These studies instead of those it names.")
    ] = None,
    search: Searches = None,
    related_to: RelatedTo = None,
    unasked: Unasked = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Give a watch in the database other ids, searches or studies that it is related to; what is not named stays.

    An empty text takes away: --search '' leaves no search. Exits with 3 when the registry could not be asked first.

    [bold]Examples[/]
      trialdelta watch edit lupus --search 'cond=lupus; intr="CAR-T"' --search 'cond=myositis; intr="CAR-T"'
      trialdelta watch edit lupus --ids NCT06056921,NCT05869955 --search ''
    """
    if ids is None and search is None and related_to is None:
        raise UsageError("name what is to change: --ids, --search or --related-to")
    with open_service(settings_logged(config)) as service:
        with service.database.read() as session:
            known = Edits(session, service.of_file or service.settings, who(by), service.now()).kept(name)
        before = known.definition
        typed = watch_of(
            name,
            ids=before.get("ids", ()) if ids is None else ids_typed(ids),
            searches=before.get("searches", ()) if search is None else searches_typed(search),
            related_to=before.get("related_to", ())
            if related_to is None
            else ids_typed(" ".join(related_to)),
        )
        found, why_not = _looked_up(service, typed, unasked)
        with edits_of(service, who(by)) as edits:
            # at the revision that was read: whoever was faster is not overwritten
            is_changed = edits.edit(typed, known.revision)
    done = {
        "watch": name,
        "edited": is_changed,
        **definition_of(typed),
        "preview": found.as_json() if found else None,
    }
    emit([done], as_json, lambda _: _added(typed, True, is_changed, found, why_not))
    raise typer.Exit(3 if why_not else 0)


@watch_app.command("preview")
def look(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME|NCT…]", help="A watch that is there, or studies.", show_default=False),
    ] = None,
    search: Searches = None,
    related_to: RelatedTo = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What ids and searches would bring: how many studies, and the first of them. Nothing is stored.

    Exits with 3 where the registry makes nothing of a part, with 4 where it cannot be asked.

    [bold]Examples[/]
      trialdelta watch preview --search 'cond=lupus; intr="CAR-T"'
      trialdelta watch preview lupus
    """
    with open_service(settings_logged(config)) as service:
        found = _asked(service, _meant(service, what or [], search, related_to))
    emit([found], as_json, lambda _: _preview_lines(found))
    raise typer.Exit(3 if found.problems else 0)


@watch_app.command("test")
def try_watch(
    name: Name,
    dropped: Annotated[bool, typer.Option("--dropped", help="Only what the second look drops.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show what a watch would bring now, and what its second look (classes, antigens, areas) drops, each with the reason.

    The registry is asked for every record that the watch names; nothing is stored. Exits with 4 where it cannot be asked.

    [bold]Examples[/]
      trialdelta watch test lupus
      trialdelta watch test lupus --dropped --json
    """
    with open_service(settings_logged(config)) as service:
        watches = {watch.name: watch for watch in service.settings.watch}
        watch = watches[one_of("watch", "watches", name, watches)]
        with working("asking the registry"), politely(service):
            found = trial_run(service, watch)
    emit(
        [each for each in found if not (dropped and each.kept)], as_json, partial(_trial_lines, watch, found)
    )


@watch_app.command()
def pause(name: Name, by: ByOption = None, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Ask for a watch no more until it is resumed, the file's or one in the database. Its studies stay in it.

    [bold]Example[/]
      trialdelta watch pause lupus
    """
    with open_service(settings_logged(config)) as service, edits_of(service, who(by)) as edits:
        is_new = edits.pause(name)
    _tell(name, as_json, "is paused: it is not asked for" if is_new else "was paused already", paused=True)


@watch_app.command()
def resume(name: Name, by: ByOption = None, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Ask for a paused watch again, from the next poll on.

    [bold]Example[/]
      trialdelta watch resume lupus
    """
    with open_service(settings_logged(config)) as service, edits_of(service, who(by)) as edits:
        was_paused = edits.resume(name)
    _tell(
        name,
        as_json,
        "is asked for again, from the next poll on" if was_paused else "was not paused",
        paused=False,
    )


def _trial_lines(
    watch: WatchSettings, found: Sequence[Tried], shown: Sequence[Tried]
) -> Iterator[RenderableType]:
    if shown:
        yield from table(("study", "named by", "first posted", "class", "in", "why"), map(_trial_row, shown))
    kept = sum(each.kept for each in found)
    new = sum(each.kept and not each.is_member for each in found)
    lost = sum(each.is_member and not each.kept for each in found)
    yield (
        f"[bold]{safe(watch.name)}[/] names {counted(len(found), 'study')}: {kept} would be in it, "
        f"{len(found) - kept} dropped by its second look; {new} would enter, {lost} leave. Nothing was stored."
    )


def _trial_row(each: Tried) -> tuple[str, ...]:
    return (
        each.nct_id,
        safe(each.source),
        safe(each.first_posted or ""),
        safe(" ".join([each.study_class or "", ", ".join(each.antigens)])),
        "[green]yes[/]" if each.kept else "[yellow]dropped[/]",
        safe(each.why),
    )


def _tell(name: str, as_json: bool, sentence: str, *, paused: bool) -> None:
    emit([{"watch": name, "paused": paused}], as_json, lambda _: [f"{safe(name)} {sentence}."])


def _typed(
    name: str, ids: Iterable[str] | None, search: Iterable[str] | None, related_to: Iterable[str] | None
) -> WatchSettings:
    return watch_of(
        name,
        ids=ids_typed(" ".join(ids or ())),
        searches=searches_typed(search or ()),
        related_to=ids_typed(" ".join(related_to or ())),
    )


def _meant(
    service: Service, what: Sequence[str], search: Iterable[str] | None, related_to: Iterable[str] | None
) -> WatchSettings:
    """The watch of this name, or one of what was typed."""
    if len(what) == 1 and not search and not related_to and not is_nct_id(what[0].upper()):
        watches = {watch.name: watch for watch in service.settings.watch}
        return watches[one_of("watch", "watches", what[0], watches)]
    return _typed("preview", what, search, related_to)


def _asked(service: Service, typed: WatchSettings) -> Preview:
    with working("asking the registry"):
        return preview(service, typed)


def _looked_up(service: Service, typed: WatchSettings, unasked: bool) -> tuple[Preview | None, str]:
    """What it would bring, or why that is not known. Raises TooManyStudies."""
    if unasked:
        return None, ""
    try:
        found = _asked(service, typed)
    except RegistryError as error:
        return None, why_not_asked(error)
    must_fit(found)
    return found, ""


def _lines(found: Sequence[WatchLine]) -> Iterable[RenderableType]:
    if not found:
        return ["No watch yet: `trialdelta watch add NCT…` follows a study."]
    return table(("watch", "kept in", "studies", "asks for", "state"), map(_row, found))


def _row(line: WatchLine) -> tuple[str, ...]:
    related = f"related to {', '.join(line.related_to)}" if line.related_to else ""
    everything = "the whole registry" if line.everything else ""
    parts = [everything, counted(len(line.ids), "id") if line.ids else "", *line.typed_searches, related]
    return (
        safe(line.name),
        line.where,
        f"{line.studies:,}",
        safe(" | ".join(filter(None, parts))),
        safe(_state(line)),
    )


def _state(line: WatchLine) -> str:
    if line.problem:
        return f"not in force: {line.problem}"
    if line.paused_at:
        return f"paused by {line.paused_by} since {line.paused_at:%Y-%m-%d %H:%M} UTC"
    if line.trouble:
        return f"in trouble: {line.trouble}"
    return f"since release {line.established}" if line.established else "not read to its end yet"


def _added(
    typed: WatchSettings, was_there: bool, is_changed: bool, found: Preview | None, why_not: str
) -> Iterator[str]:
    if found:
        yield from _preview_lines(found)
    if why_not:
        yield f"[yellow]{safe(why_not)}[/]"
    done = "is changed" if was_there else "is new"
    if is_changed:
        yield f"The watch [bold]{safe(typed.name)}[/] {done}. It is read at the next poll; `trialdelta sync` reads it now."
    else:
        yield f"The watch [bold]{safe(typed.name)}[/] has all of that already."


def _removed(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        if row["ids"]:
            number = len(row["ids"])
            yield f"{', '.join(row['ids'])} {agreeing(number, 'is', 'are')} not named by {safe(row['watch'])} any more."
        if row["removed"]:
            yield f"The watch {safe(row['watch'])} is removed. What was read for it stays stored."


def _preview_lines(found: Preview) -> Iterator[str]:
    for part in found.parts:
        words = f" ({safe(part.asked)})" if part.asked else ""
        said = f"[red]{safe(part.problem)}[/]" if part.problem else counted(part.studies, "study")
        yield f"[bold]{safe(part.source)}[/]{words}: {said}"
        for sample in part.first:
            yield f"  {safe(sample.nct_id)}  {safe(sample.title)}  [dim]{safe(sample.status)}[/]"
    if found.unregistered:
        yield f"[yellow]{safe(unregistered_words(found.unregistered))}[/]"
    yield safe(found.sentence)
