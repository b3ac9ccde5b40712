"""The options that narrow lists by what studies have to do with CAR-T cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from storage.classes import ClassFilter
from sync.cli.empty import Filters
from sync.cohort.vocabulary import AREAS, CLASSES
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
    """Which studies are meant. Raises UsageError for a class, an antigen or an area that there is not."""
    return ClassFilter(
        tuple(one_of("class", "classes", each, CLASSES) for each in classes or ()),
        tuple(map(known_antigen, antigens or ())),
        tuple(one_of("area", "areas", each, AREAS) for each in areas or ()),
    )


def classes_named(
    classes: Sequence[str] | None, antigens: Sequence[str] | None, areas: Sequence[str] | None
) -> Filters:
    """The same by their options, for what is said of an empty list."""
    return {"--class": classes, "--antigen": antigens, "--area": areas}


def known_antigen(text: str) -> str:
    """An antigen by the name that it has here. Raises UsageError for one that is not known."""
    # all terms are read and compiled for this
    from sync.cohort.terms import antigen_named, terms

    return antigen_named(text) or one_of("antigen", "antigens", text, sorted(terms().antigens))
