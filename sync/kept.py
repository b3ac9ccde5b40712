"""What is kept in the database of the configuration, put together with the file's: watches, pauses, the contact.

Ids that people put into a watch stand beside its own, also into one of the file.
The file goes before the database: a watch of a name that the file has too is not in force, and says so wherever it is
listed; a contact is only taken from here where the file has none of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    ids = ids_beside(session)
    registry = of_file.registry
    told = kept_watches.contact(session)
    if told and registry.contact == EXAMPLE_CONTACT:
        registry = registry.model_copy(update={"contact": told})
    # One that cannot be read, written by another program or by hand, must not keep the others from being watched.
    watches = (*of_file.watch, *filter(None, map(read, beside)))
    watches = tuple(_with_ids(each, ids.get(each.name, ())) for each in watches)
    return of_file.model_copy(update={"watch": watches, "registry": registry})


def ids_beside(session: Session) -> dict[str, list[str]]:
    """The ids that people put into watches, beside those that the watches themselves name, by watch."""
    found: dict[str, list[str]] = {}
    for each in kept_watches.kept_ids(session):
        found.setdefault(each.watch, []).append(each.nct_id)
    return found


def orphaned_ids(of_file: Settings, session: Session) -> dict[str, list[str]]:
    """Those of them whose watch is neither in the file any more nor kept: they are not in force."""
    names = {each.name for each in of_file.watch} | {each.name for each in kept_watches.kept_watches(session)}
    return {name: ids for name, ids in ids_beside(session).items() if name not in names}


def hidden_by_file(of_file: Settings, session: Session) -> list[KeptWatch]:
    """The kept watches that are not in force, since the file has one of the same name."""
    names = {watch.name for watch in of_file.watch}
    return [each for each in kept_watches.kept_watches(session) if each.name in names]


def unreadable(session: Session) -> list[str]:
    """The names of kept watches that this program cannot read: they are not in force."""
    return [each.name for each in kept_watches.kept_watches(session) if read(each) is None]


def is_example(registry: RegistrySettings) -> bool:
    """Whether the registry is told nobody whom it could ask about our requests."""
    return registry.contact == EXAMPLE_CONTACT and registry.user_agent is None


def _with_ids(watch: WatchSettings, ids: Sequence[str]) -> WatchSettings:
    # The whole registry has every study already.
    if not ids or watch.everything:
        return watch
    return watch.model_copy(update={"ids": tuple(dict.fromkeys((*watch.ids, *ids)))})


def read(kept: KeptWatch) -> KeptWatchSettings | None:
    """A kept watch as the settings have it; None where this program cannot read it."""
    try:
        return KeptWatchSettings(**{**kept.definition, "name": kept.name, "revision": kept.revision})
    except (ValidationError, TypeError):
        return None
