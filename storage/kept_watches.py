"""Watches that are kept in the database beside the configuration file's, pauses of either, and the contact.

Each change is written into the audit log by whoever calls for it (`sync.watches.edits`), in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from storage import seals, tables
from storage.bulk import chunks, insert
from storage.errors import AlreadyThere, ChangedSince, UnknownEntry
from storage.rows import columns_of, first_row, rows, values_of
from storage.tables import table_of

KEPT = table_of(tables.KeptWatch).c
PAUSED = table_of(tables.PausedWatch).c
KEPT_ID = table_of(tables.KeptId).c
SETTING = table_of(tables.KeptSetting).c

CONTACT = "registry.contact"
"""The name of the contact among the settings."""

Mark = tuple[Any, ...]
"""Stands for all that is kept here: another one means that something was changed."""


@dataclass(frozen=True, slots=True)
class KeptWatch:
    """A watch that is kept here; `revision` is that of its last change, and grows with each."""

    name: str
    definition: dict[str, Any]
    revision: int
    changed_at: datetime
    changed_by: str
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PausedWatch:
    """A watch that is not asked for, since when and by whose word."""

    name: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class KeptId:
    """A study that somebody put into a watch, beside the ids that the watch itself names."""

    watch: str
    nct_id: str
    at: datetime
    by: str


def mark(session: Session) -> Mark:
    """Another value than a moment ago where something was changed since."""
    # A removed watch keeps its row, and each change counts: their sum only grows.
    watches = session.scalar(select(func.sum(KEPT.revision))) or 0
    pauses = tuple(sorted(tuple(row) for row in session.execute(select(PAUSED.name, PAUSED.at))))
    ids = tuple((each.watch, each.nct_id, each.at) for each in kept_ids(session))
    return watches, pauses, ids, contact(session)


def kept_watches(session: Session) -> list[KeptWatch]:
    """The watches that are kept here, by name."""
    statement = select(*columns_of(KEPT, KeptWatch)).where(KEPT.removed_at.is_(None))
    # not sorted by the database: PostgreSQL would follow its locale
    return sorted(rows(session, statement, KeptWatch), key=lambda each: each.name)


def kept_watch(session: Session, name: str) -> KeptWatch | None:
    """The watch of this name, unless it was removed."""
    found = _known(session, name)
    return found if found and found.removed_at is None else None


def add(session: Session, name: str, definition: Mapping[str, Any], *, by: str, at: datetime) -> KeptWatch:
    """Keep a new watch. Raises AlreadyThere where one of this name is kept."""
    former = _known(session, name)
    if former and former.removed_at is None:
        raise AlreadyThere(f"there is a watch {name} already")
    # The number goes on, or an edit of the one that was removed would pass for one of this one.
    new = KeptWatch(name, dict(definition), former.revision + 1 if former else 1, at, by)
    values = values_of(new)
    with seals.revising(session, tables.KeptWatch, [(name,)]):
        statement = insert(session, tables.KeptWatch).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=["name"], set_=values, where=KEPT.removed_at.is_not(None)
        )
        if session.execute(statement.returning(KEPT.name)).first() is None:
            raise AlreadyThere(f"there is a watch {name} already")
    return new


def edit(
    session: Session, name: str, definition: Mapping[str, Any], *, revision: int, by: str, at: datetime
) -> None:
    """Give a watch another definition. Raises ChangedSince where `revision` is not its last one any more."""
    _change(session, name, revision, by, at, definition=dict(definition))


def remove(session: Session, name: str, *, revision: int, by: str, at: datetime) -> None:
    """Keep a watch no more; what was read for it stays stored. Raises ChangedSince as `edit` does."""
    _change(session, name, revision, by, at, removed_at=at)


def _change(session: Session, name: str, revision: int, by: str, at: datetime, **values: Any) -> None:
    """One conditional update: of two that were begun from the same revision, the second one finds no row."""
    now = {"revision": revision + 1, "changed_at": at, "changed_by": by, **values}
    mine = (KEPT.name == name, KEPT.revision == revision, KEPT.removed_at.is_(None))
    done = session.execute(update(table_of(tables.KeptWatch)).where(*mine).values(now))
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise _changed_since(session, name)


def _changed_since(session: Session, name: str) -> UnknownEntry:
    known = _known(session, name)
    if known is None:
        return UnknownEntry(f"there is no watch {name} in the database")
    what = "removed" if known.removed_at else "edited"
    when = f"{known.changed_at:%Y-%m-%d %H:%M} UTC"
    return ChangedSince(f"the watch {name} was {what} meanwhile by {known.changed_by}, at {when}")


def _known(session: Session, name: str) -> KeptWatch | None:
    return first_row(session, select(*columns_of(KEPT, KeptWatch)).where(KEPT.name == name), KeptWatch)


# ids beside a watch's own


def kept_ids(session: Session, watch: str | None = None) -> list[KeptId]:
    """The studies that were put into watches beside their own ids, or into one of them; by watch, then as they came."""
    statement = select(*columns_of(KEPT_ID, KeptId))
    if watch is not None:
        statement = statement.where(KEPT_ID.watch == watch)
    return sorted(rows(session, statement, KeptId), key=lambda each: (each.watch, each.at, each.nct_id))


def put_ids(session: Session, watch: str, ids: Sequence[str], *, by: str, at: datetime) -> list[str]:
    """Put studies into a watch beside its own ids; those that were not there yet."""
    new = [{"watch": watch, "nct_id": nct_id, "at": at, "by": by} for nct_id in dict.fromkeys(ids)]
    if not new:
        return []
    statement = insert(session, tables.KeptId).on_conflict_do_nothing().returning(KEPT_ID.nct_id)
    added = set(session.scalars(statement, new))
    return [nct_id for nct_id in dict.fromkeys(ids) if nct_id in added]


def take_ids(session: Session, watch: str, ids: Iterable[str]) -> list[str]:
    """Take such studies out of a watch again; those that were there."""
    wanted = list(dict.fromkeys(ids))
    taken = {
        nct_id
        for chunk in chunks(wanted)
        for nct_id in session.scalars(
            delete(table_of(tables.KeptId))
            .where(KEPT_ID.watch == watch, KEPT_ID.nct_id.in_(chunk))
            .returning(KEPT_ID.nct_id)
        )
    }
    return [nct_id for nct_id in wanted if nct_id in taken]


# pauses, and the contact


def paused_watches(session: Session) -> dict[str, PausedWatch]:
    """The watches that are paused, by name."""
    found = rows(session, select(*columns_of(PAUSED, PausedWatch)), PausedWatch)
    return {each.name: each for each in sorted(found, key=lambda each: each.name)}


def pause(session: Session, name: str, *, by: str, at: datetime) -> bool:
    """Ask for a watch no more until a person says so; whether that is new."""
    statement = insert(session, tables.PausedWatch).values(name=name, by=by, at=at).on_conflict_do_nothing()
    return session.execute(statement.returning(PAUSED.name)).first() is not None


def resume(session: Session, name: str) -> bool:
    """Ask for a watch again; whether it was paused."""
    gone = delete(table_of(tables.PausedWatch)).where(PAUSED.name == name).returning(PAUSED.name)
    return session.execute(gone).first() is not None


def contact(session: Session) -> str | None:
    """The contact that was told on the first page or with `init`; None where none was."""
    found: str | None = session.scalar(select(SETTING.text).where(SETTING.name == CONTACT))
    return found


def set_contact(session: Session, text: str, *, by: str, at: datetime) -> None:
    """Keep the contact that the registry is told where the configuration file names none."""
    values = {"name": CONTACT, "text": text, "changed_at": at, "changed_by": by}
    with seals.revising(session, tables.KeptSetting, [(CONTACT,)]):
        statement = insert(session, tables.KeptSetting).values(values)
        session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
