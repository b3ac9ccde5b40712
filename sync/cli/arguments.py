"""What several commands read from their arguments, refused with a sentence where it is wrong."""

from __future__ import annotations

from typing import Annotated

import typer

from sync.actor import person
from sync.changes.model import Kind, Severity
from sync.config import Settings
from sync.errors import UsageError
from sync.study.record import is_nct_id

ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="WHO", help="Who does it (else TRIALDELTA_USER, else the login)."),
]


def who(by: str | None) -> str:
    """Who does it: as the option says, else the environment, else the login."""
    return by or person()


def nct(text: str) -> str:
    """An NCT ID, in capitals."""
    if not is_nct_id(text.upper()):
        raise UsageError(f"{text!r} is not an NCT ID (NCT and eight digits)")
    return text.upper()


def known_channel(settings: Settings, name: str) -> str:
    """The name of a channel that is configured."""
    if name not in settings.channels:
        raise UsageError(f"there is no channel {name!r}; the channels are: {', '.join(settings.channels)}")
    return name


def kinds(asked: list[str] | None) -> tuple[str, ...]:
    """Kinds of events or changes."""
    # Refused, not passed on: a search for a kind that does not exist would find nothing, and look like good news.
    for name in asked or ():
        if name not in set(Kind):
            raise UsageError(f"there is no kind {name!r}; the kinds are: {', '.join(Kind)}")
    return tuple(asked or ())


def at_least(severity: str | None) -> tuple[str, ...]:
    """A severity and the heavier ones; none of them where none is asked for."""
    if severity is None:
        return ()
    if severity not in set(Severity):
        raise UsageError(f"there is no severity {severity!r}; the severities are: {', '.join(Severity)}")
    return tuple(each for each in Severity if each.weight >= Severity(severity).weight)
