"""Versions and events of the past: what a study said before it was watched, put before what was polled.

What is stored already stays as it is: its numbers, its seals, the ids of its events. The versions of the past count down
from 0, and their events stand before all that was told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage import seals, tables
from storage.bulk import chunks, insert
from storage.dictionaries import Dictionaries
from storage.events import EVENT, EventJson, store
from storage.new_versions import NewVersion, version_row
from storage.payloads import for_full, pack
from storage.rows import columns_of, rows, values_of
from storage.tables import table_of
from storage.versions import VERSION

BACKFILL = table_of(tables.Backfill).c


@dataclass(frozen=True, slots=True)
class Backfill:
    """How far a study's past was looked up: of `listed` versions of the record history those before `older` are not."""

    nct_id: str
    at: datetime
    listed: int
    older: int


def prepend(session: Session, past: Sequence[NewVersion]) -> list[int]:
    """Store versions of one study, in order, before its first one; their numbers. The study itself stays as it is."""
    if not past:
        return []
    nct_id = past[0].nct_id
    first: int = session.scalars(select(func.min(VERSION.number)).where(VERSION.nct_id == nct_id)).one()
    numbers = list(range(first - len(past), first))
    previous, full = None, for_full(Dictionaries(session).newest())
    made = []
    for number, version in zip(numbers, past, strict=True):
        # The version that follows keeps its own packing: the first one of a study is always a full one.
        made.append(version_row(version, pack(version.payload, number, previous, full)))
        previous = version.payload
    session.execute(insert(session, tables.Version), made)
    seals.seal(session, tables.Version, [(nct_id, number) for number in numbers])
    return numbers


def known_since(session: Session, nct_id: str, number: int, day: str) -> None:
    """Note from which day on a version stood in the registry, which is before the release in which it was seen."""
    statement = update(table_of(tables.Version)).where(VERSION.nct_id == nct_id, VERSION.number == number)
    session.execute(statement.values(since=day))


def add_historical(session: Session, events: Sequence[EventJson]) -> list[str]:
    """Store events of the past, oldest first: before all that was told, so that nobody takes them for news."""
    least = min(session.scalar(select(func.min(EVENT.seq))) or 0, 0)
    return store(session, events, first_seq=least - len(events))


def backfills(session: Session, ids: Sequence[str]) -> dict[str, Backfill]:
    """How far the past of those of the studies was looked up of which it was at all."""
    statement = select(*columns_of(BACKFILL, Backfill))
    found = (
        each
        for chunk in chunks(ids)
        for each in rows(session, statement.where(BACKFILL.nct_id.in_(chunk)), Backfill)
    )
    return {each.nct_id: each for each in found}


def note_backfill(session: Session, backfill: Backfill) -> None:
    """Note how far a study's past was looked up."""
    adding = insert(session, tables.Backfill).values(values_of(backfill))
    renewed = {name: adding.excluded[name] for name in ("at", "listed", "older")}
    with seals.revising(session, tables.Backfill, [(backfill.nct_id,)]):
        session.execute(adding.on_conflict_do_update(index_elements=["nct_id"], set_=renewed))
