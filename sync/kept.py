"""What is kept in the database of the configuration, put together with the file's: watches, pauses, the contact.

The file goes before the database: a watch of a name that the file has too is not in force, and says so wherever it is
listed; a contact is only taken from here where the file has none of its own.
"""

from __future__ import annotations

from pydantic import Field, ValidationError
from sqlalchemy.orm import Session

from storage import kept_watches
from storage.kept_watches import KeptWatch
from sync.config import Settings, WatchSettings
from sync.registry.settings import EXAMPLE_CONTACT, RegistrySettings


class KeptWatchSettings(WatchSettings):
    """A watch that is kept in the database; `revision` is that of its last edit."""

    revision: int = Field(exclude=True)


def in_force(of_file: Settings, session: Session) -> Settings:
    """The settings of the file with what the database keeps beside them."""
    names = {watch.name for watch in of_file.watch}
    beside = [each for each in kept_watches.kept_watches(session) if each.name not in names]
    registry = of_file.registry
    told = kept_watches.contact(session)
    if told and registry.contact == EXAMPLE_CONTACT:
        registry = registry.model_copy(update={"contact": told})
    # One that cannot be read, written by another program or by hand, must not keep the others from being watched.
    watches = (*of_file.watch, *filter(None, map(_read, beside)))
    return of_file.model_copy(update={"watch": watches, "registry": registry})


def hidden_by_file(of_file: Settings, session: Session) -> list[KeptWatch]:
    """The kept watches that are not in force, since the file has one of the same name."""
    names = {watch.name for watch in of_file.watch}
    return [each for each in kept_watches.kept_watches(session) if each.name in names]


def unreadable(session: Session) -> list[str]:
    """The names of kept watches that this program cannot read: they are not in force."""
    return [each.name for each in kept_watches.kept_watches(session) if _read(each) is None]


def is_example(registry: RegistrySettings) -> bool:
    """Whether the registry is told nobody whom it could ask about our requests."""
    return registry.contact == EXAMPLE_CONTACT and registry.user_agent is None


def _read(kept: KeptWatch) -> KeptWatchSettings | None:
    try:
        return KeptWatchSettings(**{**kept.definition, "name": kept.name, "revision": kept.revision})
    except (ValidationError, TypeError):
        return None
