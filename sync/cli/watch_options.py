"""What commands for watches are given, and the watch that is meant by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from sync.cohort.vocabulary import AREAS, CLASSES
from sync.config import WatchSettings
from sync.errors import UsageError
from sync.service import Service
from sync.study.typed_id import nct_id_typed
from sync.versions.known import one_of
from sync.watches.typed import WrongWatch, ids_typed, searches_typed, watch_of

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
Classes = Annotated[
    list[str] | None,
    typer.Option("--class", metavar="CLASS", help=f"Take only these of what is found: {', '.join(CLASSES)}."),
]
Antigens = Annotated[
    list[str] | None,
    typer.Option(
        "--antigen", metavar="NAME", help="Take only what aims at it, such as CD19 (may be repeated)."
    ),
]
Areas = Annotated[
    list[str] | None,
    typer.Option("--area", metavar="AREA", help=f"Take only what is in it: {', '.join(AREAS)}."),
]
Unasked = Annotated[
    bool, typer.Option("--unasked", help="Do not ask the registry first how many studies it would bring.")
]


TYPED = "typed"
"""The name of a watch that is only typed."""
_OPTIONS = {
    "name": "the watch's name",
    "related_to": "--related-to",
    "classes": "--class",
    "antigens": "--antigen",
    "areas": "--area",
}
"""How the keys of a watch are called on the command line."""


def by_options(name: str, **given: Any) -> WatchSettings:
    """A watch, whose faults are told by the options that they were typed for. Raises WrongWatch."""
    try:
        return watch_of(name, **given)
    except WrongWatch as wrong:
        raise WrongWatch([_by_option(fault) for fault in wrong.faults]) from None


def _by_option(fault: str) -> str:
    place, colon, words = fault.partition(": ")
    option = _OPTIONS.get(place.partition(".")[0])
    return f"{option}{colon}{words}" if option and colon else fault


def typed_watch(
    name: str,
    ids: Iterable[str] | None,
    search: Iterable[str] | None,
    related_to: Iterable[str] | None,
    conditions: Mapping[str, Sequence[str]],
) -> WatchSettings:
    """A watch of what was typed. Raises WrongWatch with all that is wrong."""
    return by_options(
        name,
        ids=ids_typed(" ".join(ids or ())),
        searches=searches_typed(search or ()),
        related_to=ids_typed(" ".join(related_to or ())),
        **conditions,
    )


def is_of_file(service: Service, name: str) -> bool:
    """Whether the configuration file has a watch of this name."""
    return any(watch.name == name for watch in (service.of_file or service.settings).watch)


def meant(
    service: Service,
    what: Sequence[str],
    search: Iterable[str] | None,
    related_to: Iterable[str] | None,
    conditions: Mapping[str, Sequence[str]],
) -> WatchSettings:
    """The watch of this name, or one of what was typed."""
    is_typed = search or related_to or any(conditions.values())
    watches = {watch.name: watch for watch in service.settings.watch}
    if len(what) == 1 and not is_typed and not nct_id_typed(what[0]):
        return watches[one_of("watch", "watches", what[0], watches)]
    if named := [word for word in what if word in watches]:
        raise UsageError(
            f"{named[0]!r} is a watch, which is taken as it stands: name it alone, or type all of another one without it"
        )
    return typed_watch(TYPED, what, search, related_to, conditions)
