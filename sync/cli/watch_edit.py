"""Commands that change the watches of the database: add, remove, edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from storage.kept_watches import kept_watch
from storage.watch_summary import watches
from sync.cli.arguments import ByOption, who
from sync.cli.common import emit
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
    typed_watch,
)
from sync.cli.watch_output import added_lines, removed_lines
from sync.cli.watch_trial import asked
from sync.config import WatchSettings
from sync.errors import UsageError
from sync.registry.errors import RegistryError
from sync.service import Service, open_service
from sync.study.typed_id import nct_id_typed
from sync.watches.edits import Edits, edits_of
from sync.watches.preview import Preview, must_fit, why_not_asked
from sync.watches.typed import FOLLOWED, conditions_typed, definition_of, ids_typed, searches_typed


def register(watch_app: typer.Typer) -> None:
    """Add these commands to those for watches."""
    for command in (add, remove, edit):
        watch_app.command()(command)


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
    done = {"watch": name, "added": is_changed, **_definition(typed, found)}
    emit([done], as_json, lambda _: added_lines(typed, was_there, is_changed, found, why_not))
    raise typer.Exit(3 if why_not else 0)


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
        followed = watches(edits.session)
        if len(what) == 1 and not watch and not nct_id_typed(what[0]):
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
    emit(rows, as_json, lambda rows: removed_lines(rows, followed))


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
    given = {
        "ids": None if ids is None else ids_typed(ids),
        "searches": None if search is None else searches_typed(search),
        "related_to": None if related_to is None else ids_typed(" ".join(related_to)),
        **_conditions(classes, antigens, areas),
    }
    if all(each is None for each in given.values()):
        raise UsageError(
            "name what is to change: --ids, --search, --related-to, --class, --antigen or --area"
        )
    with open_service(settings_logged(config)) as service:
        with service.database.read() as session:
            known = Edits(session, service.of_file or service.settings, who(by), service.now()).kept(name)
        whole = {key: known.definition.get(key, ()) if new is None else new for key, new in given.items()}
        typed = by_options(name, **whole)
        found, why_not = _looked_up(service, typed, unasked)
        with edits_of(service, who(by)) as edits:
            # at the revision that was read: whoever was faster is not overwritten
            is_changed = edits.edit(typed, known.revision)
    done = {"watch": name, "edited": is_changed, **_definition(typed, found)}
    emit([done], as_json, lambda _: added_lines(typed, True, is_changed, found, why_not))
    raise typer.Exit(3 if why_not else 0)


def _conditions(
    classes: list[str] | None, antigens: list[str] | None, areas: list[str] | None
) -> Mapping[str, Sequence[str] | None]:
    """What the second look is to take; None for what is not named, which stays."""
    given = {"classes": classes, "antigens": antigens, "areas": areas}
    typed = conditions_typed(classes or (), antigens or (), areas or ())
    return {key: None if given[key] is None else typed[key] for key in given}


def _definition(typed: WatchSettings, found: Preview | None) -> dict[str, Any]:
    return {**definition_of(typed), "preview": found.as_json() if found else None}


def _looked_up(service: Service, typed: WatchSettings, unasked: bool) -> tuple[Preview | None, str]:
    """What it would bring, or why that is not known. Raises TooManyStudies."""
    if unasked:
        return None, ""
    try:
        found = asked(service, typed)
    except RegistryError as error:
        return None, why_not_asked(error)
    must_fit(found)
    return found, ""
