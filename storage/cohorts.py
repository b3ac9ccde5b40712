"""Which studies are in which watch, and since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Update, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage import seals, tables
from storage.bulk import chunks, insert, insert_in, stream
from storage.many_rows import write_rows
from storage.rows import columns_of, first_row, rows
from storage.studies import name_studies
from storage.tables import table_of

WATCH = table_of(tables.Watch).c
MEMBERSHIP = table_of(tables.Membership).c
EVENT = table_of(tables.Event).c
STORM = table_of(tables.Storm).c


@dataclass(frozen=True, slots=True)
class Watch:
    """A watch as it was last followed; until its first complete cycle `established_release` is None.

    `settled_stamp`: of the release that was last read to its end for it. `trouble`: what keeps the present one from being
    so, in a sentence, and since which release.
    """

    name: str
    definition_hash: str
    established_release: str | None = None
    settled_stamp: str | None = None
    trouble: str | None = None
    trouble_since: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A study's time in a watch; open while `left_release` is None. `source`: by id, or by which search.

    `leaving` is the event of its leaving that waits, in a storm, for a decision.
    """

    watch: str
    nct_id: str
    source: str
    entered_release: str
    left_release: str | None
    leaving: str | None = None


_COLUMNS = columns_of(WATCH, Watch)


def watch(session: Session, name: str) -> Watch | None:
    """The watch of this name, as it was last saved."""
    return first_row(session, select(*_COLUMNS).where(WATCH.name == name), Watch)


def in_trouble(session: Session) -> list[Watch]:
    """The watches that could not be read to their end, by name."""
    rows = session.execute(select(*_COLUMNS).where(WATCH.trouble.is_not(None)))
    return sorted((Watch(*row) for row in rows), key=lambda watch: watch.name)


def save_watch(session: Session, watch: Watch) -> None:
    """Write a watch down as it now is."""
    values = asdict(watch)
    statement = insert(session, tables.Watch).values(values)
    with seals.revising(session, tables.Watch, [(watch.name,)]):
        session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def members(session: Session, watch: str) -> dict[str, Membership]:
    """The studies that are now in a watch, by id, in order."""
    return {
        membership.nct_id: membership
        for membership in memberships(session, watch=watch)
        if membership.left_release is None
    }


def sources(session: Session, watch: str) -> dict[str, str]:
    """The same studies, each with no more than how it was found: of thousands in a third of the time."""
    statement = select(MEMBERSHIP.nct_id, MEMBERSHIP.source).where(
        MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None)
    )
    return dict(session.execute(statement.order_by(MEMBERSHIP.id)).all())


def size(session: Session, watch: str) -> int:
    """How many studies are now in a watch."""
    inside = MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None)
    return session.scalar(select(func.count()).select_from(table_of(tables.Membership)).where(*inside)) or 0


def sizes(session: Session) -> dict[str, int]:
    """How many studies are now in each watch."""
    each = select(MEMBERSHIP.watch, func.count()).where(MEMBERSHIP.left_release.is_(None))
    return {row[0]: row[1] for row in session.execute(each.group_by(MEMBERSHIP.watch))}


def inside(session: Session, watch: str, ids: Iterable[str]) -> set[str]:
    """Those of the studies that are now in a watch."""
    return _among(session, ids, MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None))


def once_inside(session: Session, watch: str, ids: Iterable[str]) -> set[str]:
    """Those of the studies that have left a watch at some time."""
    return _among(session, ids, MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_not(None))


def each_inside(session: Session, watch: str) -> Iterator[str]:
    """The ids of the studies that are now in a watch, a few at a time: for one that is too large to be held."""
    statement = select(MEMBERSHIP.nct_id).where(MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None))
    yield from (row.nct_id for row in stream(session, statement))


def _among(session: Session, ids: Iterable[str], *conditions: ColumnElement[bool]) -> set[str]:
    statement = select(MEMBERSHIP.nct_id).where(*conditions)
    return {
        nct_id
        for chunk in chunks(ids)
        for nct_id in session.scalars(statement.where(MEMBERSHIP.nct_id.in_(chunk)))
    }


def former_members(session: Session, watch: str) -> set[str]:
    """The studies that have left a watch at some time: one that enters again re-enters."""
    statement = select(MEMBERSHIP.nct_id).where(
        MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_not(None)
    )
    return set(session.scalars(statement))


def memberships(session: Session, *, watch: str | None = None, nct_id: str | None = None) -> list[Membership]:
    """All memberships, past ones too, of a watch and/or a study, in the order in which they began."""
    statement = select(*columns_of(MEMBERSHIP, Membership))
    if watch is not None:
        statement = statement.where(MEMBERSHIP.watch == watch)
    if nct_id is not None:
        statement = statement.where(MEMBERSHIP.nct_id == nct_id)
    return rows(session, statement.order_by(MEMBERSHIP.id), Membership)


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
    name_studies(session, sources, release)
    # A study may enter again after it has left: only one membership at a time is open.
    already = inside(session, watch, sources)
    rows = [
        {"watch": watch, "nct_id": nct_id, "source": source, "entered_release": release}
        for nct_id, source in sorted(sources.items())
        if nct_id not in already
    ]
    # There is one writer at a time: what is beyond the last number by now is what is written here.
    last = session.scalar(select(func.max(MEMBERSHIP.id))) or 0
    write_rows(session, _memberships, rows)
    new = {row["nct_id"]: {**row, "left_release": None} for row in rows}
    numbers = select(MEMBERSHIP.id, MEMBERSHIP.nct_id).where(MEMBERSHIP.id > last).order_by(MEMBERSHIP.id)
    written = [{"id": number, **new[nct_id]} for number, nct_id in session.execute(numbers)]
    seals.seal_as_written(session, tables.Membership, written)


def _memberships(dialect: str) -> UpdateBase:
    return insert_in(dialect, tables.Membership)


def hold_leaving(session: Session, watch: str, events: Mapping[str, str]) -> None:
    """Note that studies (id → event of their leaving) stay in a watch until the storm that holds the event is decided."""
    for nct_id, event_id in events.items():
        session.execute(_open(watch).where(MEMBERSHIP.nct_id == nct_id).values(leaving=event_id))


def held_leavings(session: Session, watch: str) -> dict[str, str]:
    """The members of a watch whose leaving was held as a storm, and what became of it: held, released or dismissed."""
    statement = (
        select(MEMBERSHIP.nct_id, func.coalesce(STORM.state, "released"))
        .join_from(table_of(tables.Membership), table_of(tables.Event), EVENT.id == MEMBERSHIP.leaving)
        # what is released is held by no storm any more
        .join(table_of(tables.Storm), STORM.event_id == EVENT.held_by, isouter=True)
        .where(MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def stay(session: Session, watch: str, ids: Iterable[str]) -> None:
    """Note that studies did not leave after all."""
    for chunk in chunks(ids):
        session.execute(_open(watch).where(MEMBERSHIP.nct_id.in_(chunk)).values(leaving=None))


def leave(session: Session, watch: str, ids: Iterable[str], release: str) -> None:
    """Close the open memberships of studies in a watch."""
    for chunk in chunks(ids):
        session.execute(_open(watch).where(MEMBERSHIP.nct_id.in_(chunk)).values(left_release=release))


def unsettle(session: Session, watches: Sequence[str]) -> None:
    """Have watches read again on the release that they were read to the end of."""
    for chunk in chunks(watches):
        session.execute(
            update(table_of(tables.Watch)).where(WATCH.name.in_(chunk)).values(settled_stamp=None)
        )


def _open(watch: str) -> Update:
    """A change of the open memberships of a watch."""
    return update(table_of(tables.Membership)).where(
        MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None)
    )
