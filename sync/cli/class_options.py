"""The options that narrow lists by what studies have to do with CAR-T cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from storage.classes import ClassFilter
from sync.cli.empty import Filters
from sync.cohort.conditions import doubts_of
from sync.cohort.vocabulary import ANTIGEN, AREAS, CLASSES
from sync.errors import UsageError
from sync.versions.known import one_of

ClassOption = Annotated[
    list[str] | None,
    typer.Option("--class", metavar="CLASS", help="Only of studies of this class (may be repeated)."),
]
AntigenOption = Annotated[
    list[str] | None,
    typer.Option("--antigen", metavar="NAME", help="Only of studies whose CAR aims at it (may be repeated)."),
]
AreaOption = Annotated[
    list[str] | None,
    typer.Option("--area", metavar="AREA", help="Only of studies in this area (may be repeated)."),
]


def class_filter(
    classes: Sequence[str] | None, antigens: Sequence[str] | None, areas: Sequence[str] | None
) -> ClassFilter:
    """Which studies are meant; an antigen that only people can name is doubted aloud, on standard error.

    Raises UsageError for a class or an area that there is not, and for what is not the name of an antigen.
    """
    found = ClassFilter(
        tuple(one_of("class", "classes", each, CLASSES) for each in classes or ()),
        tuple(map(_antigen, antigens or ())),
        tuple(one_of("area", "areas", each, AREAS) for each in areas or ()),
    )
    for doubt in doubts_of(found.antigens):
        typer.echo(doubt, err=True)
    return found


def classes_named(
    classes: Sequence[str] | None, antigens: Sequence[str] | None, areas: Sequence[str] | None
) -> Filters:
    """The same by their options, for what is said of an empty list."""
    return {"--class": classes, "--antigen": antigens, "--area": areas}


def _antigen(text: str) -> str:
    # all terms are read and compiled for this
    from sync.cohort.terms import antigen_named

    name = text.strip()
    if (known := antigen_named(name)) is None and not ANTIGEN.fullmatch(name):
        raise UsageError(
            f"{name[:40]!r} is not the name of an antigen: letters, digits and dashes, such as CD19"
        )
    return known or name
