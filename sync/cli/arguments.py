"""What several commands read from their arguments, refused with a sentence where it is wrong."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from sync.actor import person
from sync.changes.model import Kind, Severity
from sync.config import Settings
from sync.errors import UsageError
from sync.study.typed_id import nct_id_typed
from sync.timing.clock import utc_now
from sync.timing.days import day_named
from sync.versions.known import one_of

ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="WHO", help="Who does it (else TRIALDELTA_USER, else the login)."),
]


def who(by: str | None) -> str:
    """Who does it: as the option says, else the environment, else the login."""
    return by or person()


def nct(text: str) -> str:
    """An NCT ID, in capitals; the address of a study on the registry's site will do."""
    if (found := nct_id_typed(text)) is None:
        several = "; put blanks between several" if "," in text or ";" in text else ""
        raise UsageError(f"{text!r} is not an NCT ID (NCT and eight digits{several})")
    return found


def known_channel(settings: Settings, name: str) -> str:
    """The name of a channel that is configured."""
    return one_of("channel", "channels", name, settings.channels)


def kinds(names: list[str] | None) -> tuple[str, ...]:
    """Kinds of events or changes."""
    # Refused, not passed on: a search for a kind that does not exist would find nothing, and look like good news.
    return tuple(one_of("kind", "kinds", name, list(Kind)) for name in names or ())


def at_least(severity: str | None) -> tuple[str, ...]:
    """A severity and the heavier ones; none of them where none is asked for."""
    if severity is None:
        return ()
    least = Severity(one_of("severity", "severities", severity, list(Severity)))
    return tuple(each for each in Severity if each.weight >= least.weight)


def today() -> date:
    """The day that `yesterday` and `7d` are counted from, in UTC as everything here."""
    return utc_now().date()


def day(text: str | None) -> str | None:
    """A day, as releases are named."""
    return str(day_named(text, today())) if text else None
