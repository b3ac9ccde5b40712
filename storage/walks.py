"""The walk through the whole registry: how far it has come, which studies its pages held, whom it has to ask for by id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import chunks, insert, stream
from storage.membership import in_state, now_in
from storage.readings import read_on
from storage.rows import columns_of, first_row, rows
from storage.studies import studies
from storage.tables import table_of

WALK = table_of(tables.RegistryWalk).c
PAGE = table_of(tables.WalkPage).c
STUDY = table_of(tables.Study).c
MEMBERSHIP = table_of(tables.Membership).c
QUARANTINE = table_of(tables.Quarantine).c


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk for a watch, under way or ended; see the table. `whole_release` and `covered_release` outlive it."""

    watch: str
    source: str
    kind: str
    stamp: str
    release: str
    began_at: datetime
    resumed_at: datetime
    updated_at: datetime
    since: str | None = None
    cursor: str | None = None
    pages: int = 0
    seen: int = 0
    refused: int = 0
    total: int | None = None
    attempt: int = 1
    resumed_seen: int = 0
    ended_at: datetime | None = None
    proved: bool = False
    whole_release: str | None = None
    covered_release: str | None = None

    @property
    def a_second(self) -> float | None:
        """Studies read a second since the walk was begun or resumed; None where that is too short ago to tell."""
        seconds = (self.updated_at - self.resumed_at).total_seconds()
        return (self.seen - self.resumed_seen) / seconds if seconds >= 1 else None

    @property
    def seconds_left(self) -> float | None:
        """Until it has read all, at its rate; None where either is not known."""
        rate = self.a_second
        return max(self.total - self.seen, 0) / rate if rate and self.total is not None else None


def walk(session: Session, watch: str, source: str = "api") -> Walk | None:
    """The walk of a watch; None before its first."""
    mine = WALK.watch == watch, WALK.source == source
    return first_row(session, select(*columns_of(WALK, Walk)).where(*mine), Walk)


def walks(session: Session) -> list[Walk]:
    """The walks of all watches; there is one as a rule."""
    return rows(session, select(*columns_of(WALK, Walk)).order_by(WALK.watch, WALK.source), Walk)


def begin(session: Session, new: Walk) -> None:
    """Begin a walk of the API in the place of the watch's last one."""
    session.execute(delete(table_of(tables.WalkPage)).where(PAGE.watch == new.watch))
    save(session, new)


def save(session: Session, walk: Walk) -> None:
    """Write down how far a walk has come."""
    values = asdict(walk)
    statement = insert(session, tables.RegistryWalk).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["watch", "source"], set_=values))


def add_page(session: Session, walk: Walk, ids: bytes) -> None:
    """Note the studies of the walk's last page, in the transaction that takes them in; `walk` has come so far with it."""
    save(session, walk)
    session.execute(insert(session, tables.WalkPage).values(watch=walk.watch, number=walk.pages, ids=ids))


def pages(session: Session, watch: str) -> Iterator[bytes]:
    """The studies of each page that a walk has read."""
    statement = select(PAGE.ids).where(PAGE.watch == watch).order_by(PAGE.number)
    yield from (row.ids for row in stream(session, statement))


def to_ask_for(session: Session, watch: str, stamp: str, day: str) -> list[str]:
    """The studies of a watch that no sweep by update date finds, so that they are asked for by their ids.

    Those whose UNKNOWN is due on a day, those that are missing, and those of which the last record could not be read.
    What was read on the release of this stamp is left out.
    """
    # Correlated: asked for as a list, the members of a whole registry would be gathered for each of the three.
    statement = select(STUDY.nct_id).where(now_in(watch, STUDY.nct_id))
    # Each for itself: an OR over both would have the whole table read.
    due = (STUDY.unknown_on <= day, in_state("missing"))
    wanted = {nct_id for each in due for nct_id in session.scalars(statement.where(each))}
    wanted |= _refused_last(session, statement)
    return sorted(wanted - read_on(session, wanted, stamp))


def _refused_last(session: Session, among: Select[Any]) -> set[str]:
    """Those of which the last record that came could not be read."""
    newest = select(QUARANTINE.nct_id, func.max(QUARANTINE.seen_at)).group_by(QUARANTINE.nct_id)
    named = session.execute(newest.where(QUARANTINE.nct_id.is_not(None)))
    refused = {row[0]: row[1] for row in named}
    there = {
        nct_id
        for chunk in chunks(refused)
        for nct_id in session.scalars(among.where(STUDY.nct_id.in_(chunk)))
    }
    read = {nct_id: each.checked_at for nct_id, each in studies(session, there).items()}
    return {nct_id for nct_id, at in read.items() if at is None or refused[nct_id] > at}


def gone(session: Session, watch: str) -> list[str]:
    """The studies of a watch of which the registry has said that there is no such study, more than once."""
    # Correlated: joined, SQLite would go through the members, of whom next to none is gone.
    asked = in_state("gone"), now_in(watch, STUDY.nct_id)
    return sorted(session.scalars(select(STUDY.nct_id).where(*asked)))
