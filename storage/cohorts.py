"""Which studies are in which watch, and since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage import seals, tables
from storage.bulk import chunks, insert
from storage.studies import name_studies
from storage.tables import table_of

WATCH = table_of(tables.Watch).c
MEMBERSHIP = table_of(tables.Membership).c


@dataclass(frozen=True, slots=True)
class Watch:
    """A watch as it was last followed; until its first complete cycle `established_release` is None."""

    name: str
    definition_hash: str
    established_release: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A study's time in a watch; open while `left_release` is None. `source`: by id, or by which search."""

    watch: str
    nct_id: str
    source: str
    entered_release: str
    left_release: str | None


def watch(session: Session, name: str) -> Watch | None:
    """The watch of this name, as it was last saved."""
    row = session.execute(select(*table_of(tables.Watch).c).where(WATCH.name == name)).first()
    return Watch(row.name, row.definition_hash, row.established_release) if row else None


def save_watch(session: Session, watch: Watch) -> None:
    """Write a watch down as it now is."""
    values = {"definition_hash": watch.definition_hash, "established_release": watch.established_release}
    statement = insert(session, tables.Watch).values(name=watch.name, **values)
    with seals.revising(session, tables.Watch, [(watch.name,)]):
        session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def members(session: Session, watch: str) -> dict[str, Membership]:
    """The studies that are now in a watch, by id, in order."""
    return {
        membership.nct_id: membership
        for membership in memberships(session, watch=watch)
        if membership.left_release is None
    }


def former_members(session: Session, watch: str) -> set[str]:
    """The studies that have left a watch at some time: one that enters again re-enters."""
    statement = select(MEMBERSHIP.nct_id).where(
        MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_not(None)
    )
    return set(session.scalars(statement))


def memberships(session: Session, *, watch: str | None = None, nct_id: str | None = None) -> list[Membership]:
    """All memberships, past ones too, of a watch and/or a study, in the order in which they began."""
    statement = select(*(MEMBERSHIP[name] for name in Membership.__dataclass_fields__))
    if watch is not None:
        statement = statement.where(MEMBERSHIP.watch == watch)
    if nct_id is not None:
        statement = statement.where(MEMBERSHIP.nct_id == nct_id)
    return [Membership(*row) for row in session.execute(statement.order_by(MEMBERSHIP.id))]


def watches_of(session: Session, ids: Iterable[str]) -> dict[str, list[str]]:
    """The names of the watches that studies are now in; a study in none is left out."""
    statement = select(MEMBERSHIP.nct_id, MEMBERSHIP.watch).where(MEMBERSHIP.left_release.is_(None))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for chunk in chunks(ids):
        for nct_id, name in session.execute(statement.where(MEMBERSHIP.nct_id.in_(chunk))):
            found[nct_id].append(name)
    # not sorted by the database: PostgreSQL would follow its locale
    return {nct_id: sorted(names) for nct_id, names in found.items()}


def enter(session: Session, watch: str, sources: Mapping[str, str], release: str) -> None:
    """Let studies (id → source) into a saved watch; those that are in it stay as they are."""
    if not sources:
        return
    name_studies(session, sources, release)
    rows = [
        {"watch": watch, "nct_id": nct_id, "source": source, "entered_release": release}
        for nct_id, source in sorted(sources.items())
    ]
    once = insert(session, tables.Membership).on_conflict_do_nothing(
        index_elements=["watch", "nct_id"], index_where=MEMBERSHIP.left_release.is_(None)
    )
    new = session.execute(once.returning(MEMBERSHIP.id), rows)
    seals.seal(session, tables.Membership, sorted((number,) for number in new.scalars()))


def leave(session: Session, watch: str, ids: Iterable[str], release: str) -> None:
    """Close the open memberships of studies in a watch."""
    statement = (
        update(table_of(tables.Membership))
        .where(MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None))
        .values(left_release=release)
    )
    for chunk in chunks(ids):
        session.execute(statement.where(MEMBERSHIP.nct_id.in_(chunk)))
