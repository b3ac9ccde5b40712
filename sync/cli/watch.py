"""Commands for watches: those of the file are listed, those in the database also added, edited and removed."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from storage import not_taken
from storage.errors import DatabaseMissing
from storage.kept_watches import kept_watch
from sync.cli.arguments import ByOption, who
from sync.cli.common import emit, working
from sync.cli.database import open_storage
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.watch_options import (
    Antigens,
    Areas,
    Classes,
    Ids,
    Name,
    RelatedTo,
    Searches,
    Unasked,
    by_options,
    is_of_file,
    meant,
    typed_watch,
)
from sync.cli.watch_output import (
    added_lines,
    preview_lines,
    removed_lines,
    trial_lines,
    watch_rows,
    whole_watch,
)
from sync.config import WatchSettings
from sync.errors import UsageError
from sync.health.pause import politely
from sync.registry.errors import RegistryError
from sync.service import Service, open_service
from sync.study.record import is_nct_id
from sync.terminal.text import safe
from sync.versions.known import one_of
from sync.watches.edits import Edits, edits_of
from sync.watches.listing import lines_of_file, watch_lines
from sync.watches.preview import Preview, must_fit, preview, why_not_asked
from sync.watches.trial_run import trial_run
from sync.watches.typed import FOLLOWED, conditions_typed, definition_of, ids_typed, searches_typed

watch_app = typer.Typer(
    no_args_is_help=True, help="Follow studies and searches: list, add, edit, remove, pause."
)


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
    emit(found, as_json, watch_rows)


@watch_app.command()
def show(
    name: Name,
    limit: Annotated[
        int, typer.Option(min=0, max=10_000, help="So many of those found and not taken, at most.")
    ] = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show one watch: what it asks for, how it stands, which ids were put beside, and what it finds and does not take.

    [bold]Examples[/]
      trialdelta watch show lupus
      trialdelta watch show lupus --limit 1000 --json
    """
    settings = settings_logged(config)
    with open_storage(settings).read() as session:
        lines = {line.name: line for line in reversed(watch_lines(session, settings))}
        line = lines[one_of("watch", "watches", name, lines)]
        dropped = not_taken.listed(session, name, limit=limit)
    shown = {**line.as_json(), "found_and_not_taken": [asdict(each) for each in dropped]}
    emit([shown], as_json, lambda _: whole_watch(line, dropped))


@watch_app.command()
def add(
    ids: Ids = None,
    watch: Annotated[
        str | None, typer.Option("--watch", metavar="NAME", help=f"Into this watch (else {FOLLOWED!r}).")
    ] = None,
    search: Searches = None,
    related_to: RelatedTo = None,
    classes: Classes = None,
    antigens: Antigens = None,
    areas: Areas = None,
    unasked: Unasked = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Follow studies or searches: put them into a watch that is kept in the database, a new one where there is none.

    Into a watch of the configuration file: studies by their ids, kept in the database beside those that the file names.

    The registry is asked first what it would bring. It is read at the daemon's next poll, or with `sync`. With --class,
    --antigen or --area a second look takes only such studies of what is found; without a search, of all that is stored.
    Exits with 3 when the registry could not be asked: it is added all the same.

    [bold]Examples[/]
      trialdelta watch add NCT06056921
      trialdelta watch add NCT06056921 NCT05869955 --watch lupus
      trialdelta watch add --watch lupus --search 'cond=lupus; intr="CAR-T"'
      trialdelta watch add --watch lupus --search 'https://clinicaltrials.gov/search?cond=lupus&intr=CAR-T'
      trialdelta watch add --watch near --related-to NCT06056921 --class car_t_product
      trialdelta watch add --watch cd19 --class car_t_product --class in_vivo_car --antigen CD19 --area autoimmune
    """
    conditions = conditions_typed(classes or (), antigens or (), areas or ())
    if watch is None and (search or related_to or any(conditions.values())):
        raise UsageError("a search, or a class, needs the name of its watch: --watch NAME")
    name = FOLLOWED if watch is None else watch
    typed = typed_watch(name, ids, search, related_to, conditions)
    with open_service(settings_logged(config)) as service:
        found, why_not = _looked_up(service, typed, unasked)
        with edits_of(service, who(by)) as edits:
            was_there = kept_watch(edits.session, name) is not None or is_of_file(service, name)
            is_changed = edits.widen(typed)
    done = {
        "watch": name,
        "added": is_changed,
        **definition_of(typed),
        "preview": found.as_json() if found else None,
    }
    emit([done], as_json, lambda _: added_lines(typed, was_there, is_changed, found, why_not))
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

    Studies that were put beside those of a watch in the file are taken out as well; those that the file names are not.

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
                {
                    "watch": name,
                    "removed": kept_watch(edits.session, name) is None and not is_of_file(service, name),
                    "ids": found,
                }
                for name, found in taken.items()
            ]
    emit(rows, as_json, removed_lines)


@watch_app.command()
def edit(
    name: Name,
    ids: Annotated[
        str | None, typer.Option("--ids", metavar="NCT,…", help="These studies instead of those it names.")
    ] = None,
    search: Searches = None,
    related_to: RelatedTo = None,
    classes: Classes = None,
    antigens: Antigens = None,
    areas: Areas = None,
    unasked: Unasked = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Give a watch in the database other ids, searches or conditions; what is not named stays.

    An empty text takes away: --search '' leaves no search, --class '' takes any class. Exits with 3 when the registry could
    not be asked first.

    [bold]Examples[/]
      trialdelta watch edit lupus --search 'cond=lupus; intr="CAR-T"' --search 'cond=myositis; intr="CAR-T"'
      trialdelta watch edit lupus --ids NCT06056921,NCT05869955 --search ''
      trialdelta watch edit lupus --class car_t_product --antigen CD19 --antigen BCMA --area ''
    """
    given = {"classes": classes, "antigens": antigens, "areas": areas}
    if all(each is None for each in (ids, search, related_to, *given.values())):
        raise UsageError(
            "name what is to change: --ids, --search, --related-to, --class, --antigen or --area"
        )
    with open_service(settings_logged(config)) as service:
        with service.database.read() as session:
            known = Edits(session, service.of_file or service.settings, who(by), service.now()).kept(name)
        before = known.definition
        new = conditions_typed(classes or (), antigens or (), areas or ())
        typed = by_options(
            name,
            ids=before.get("ids", ()) if ids is None else ids_typed(ids),
            searches=before.get("searches", ()) if search is None else searches_typed(search),
            related_to=before.get("related_to", ())
            if related_to is None
            else ids_typed(" ".join(related_to)),
            **{key: before.get(key, ()) if given[key] is None else new[key] for key in given},
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
    emit([done], as_json, lambda _: added_lines(typed, True, is_changed, found, why_not))
    raise typer.Exit(3 if why_not else 0)


@watch_app.command("preview")
def look(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME|NCT…]", help="A watch that is there, or studies.", show_default=False),
    ] = None,
    search: Searches = None,
    related_to: RelatedTo = None,
    classes: Classes = None,
    antigens: Antigens = None,
    areas: Areas = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What ids and searches would bring: how many studies, and the first of them. Nothing is stored.

    Exits with 3 where the registry makes nothing of a part, with 4 where it cannot be asked.

    [bold]Examples[/]
      trialdelta watch preview --search 'cond=lupus; intr="CAR-T"'
      trialdelta watch preview lupus
    """
    conditions = conditions_typed(classes or (), antigens or (), areas or ())
    with open_service(settings_logged(config)) as service:
        found = _asked(service, meant(service, what or [], search, related_to, conditions))
    emit([found], as_json, lambda _: preview_lines(found))
    raise typer.Exit(3 if found.problems else 0)


@watch_app.command("test")
def try_watch(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME|NCT…]",
            help="A watch that is there, or studies of one that is typed.",
            show_default=False,
        ),
    ] = None,
    search: Searches = None,
    related_to: RelatedTo = None,
    classes: Classes = None,
    antigens: Antigens = None,
    areas: Areas = None,
    dropped: Annotated[bool, typer.Option("--dropped", help="Only what the second look drops.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show what a watch would bring now, and what its second look drops, each with the reason; stored or only typed.

    The second look takes by class, antigen and area, and of what is related by its score. The registry is asked for every
    record that the watch names; nothing is stored. Exits with 4 where it cannot be asked.

    [bold]Examples[/]
      trialdelta watch test lupus
      trialdelta watch test lupus --dropped --json
      trialdelta watch test --related-to NCT06056921 --class car_t_product
      trialdelta watch test --search 'intr="CAR-T"' --antigen BCMA
    """
    conditions = conditions_typed(classes or (), antigens or (), areas or ())
    with open_service(settings_logged(config)) as service:
        watch = meant(service, what or [], search, related_to, conditions)
        with working("asking the registry"), politely(service):
            found = trial_run(service, watch)
    emit([each for each in found if not (dropped and each.kept)], as_json, partial(trial_lines, watch, found))


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


def _tell(name: str, as_json: bool, sentence: str, *, paused: bool) -> None:
    emit([{"watch": name, "paused": paused}], as_json, lambda _: [f"{safe(name)} {sentence}."])


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
