"""Storms: events that wait together for a person's word, under the one event that tells of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, select, update
from sqlalchemy.orm import Session

from storage import outbox, seals, tables
from storage.bulk import insert
from storage.errors import ChangedSince, UnknownEntry
from storage.rows import rows
from storage.tables import table_of

STORM = table_of(tables.Storm).c
EVENT = table_of(tables.Event).c
MEMBERSHIP = table_of(tables.Membership).c

_OVERTAKEN = and_(EVENT.kind == "left", ~exists().where(MEMBERSHIP.leaving == EVENT.id))
"""Events that tell of a leaving which the study has taken back since: it is found again. They are told to nobody."""


@dataclass(frozen=True, slots=True)
class StormInfo:
    """A storm: the event that tells of it, whether it is held, released or dismissed, and how many events it held."""

    event_id: str
    headline: str
    release: str
    state: str
    decided_at: datetime | None
    events: int


def hold(session: Session, event_id: str, held: Collection[str]) -> None:
    """Hold events back under the event that tells of the storm, or more under one that is held; one decided stays so."""
    if not held:
        return
    values = {"event_id": event_id, "state": "held"}
    new = insert(session, tables.Storm).values(values).on_conflict_do_nothing().returning(STORM.event_id)
    # A cycle that resumes may find the same storm larger: its new events join those that are held.
    if session.execute(new).first() is not None:
        seals.seal(session, tables.Storm, [(event_id,)])
    if session.scalar(select(STORM.state).where(STORM.event_id == event_id)) == "held":
        hold_back = update(table_of(tables.Event)).where(EVENT.id.in_(sorted(held)))
        session.execute(hold_back.values(held_by=event_id))


def decide(session: Session, event_id: str, state: str, at: datetime) -> int:
    """Release or dismiss a storm; how many events it held. A dismissed storm's events stay out of lists, not out of reach.

    Raises UnknownEntry where there is no storm of this id, ChangedSince where it was decided before.
    """
    change = update(table_of(tables.Storm)).where(STORM.event_id == event_id, STORM.state == "held")
    done = session.execute(change.values(state=state, decided_at=at).returning(STORM.event_id)).first()
    if done is None:
        known = session.scalar(select(STORM.state).where(STORM.event_id == event_id))
        raise _undecidable(event_id, known)
    held = list(session.scalars(select(EVENT.id).where(EVENT.held_by == event_id, ~_OVERTAKEN)))
    overtaken = list(session.scalars(select(EVENT.id).where(EVENT.held_by == event_id, _OVERTAKEN)))
    outbox.release_held(session, held, send=state == "released", at=at)
    outbox.release_held(session, overtaken, send=False, at=at)
    if state == "released":
        # Those of a leaving that was taken back stay held, for they are not true any more.
        mine = update(table_of(tables.Event)).where(EVENT.held_by == event_id, ~_OVERTAKEN)
        session.execute(mine.values(held_by=None))
    return len(held)


def hold_again(session: Session, event_id: str) -> None:
    """Take a dismissal back: the storm waits for a decision again, and so do the deliveries that it kept from going out.

    Raises ChangedSince where the storm is not dismissed.
    """
    mine = and_(STORM.event_id == event_id, STORM.state == "dismissed")
    dismissed_at = session.scalar(select(STORM.decided_at).where(mine))
    if dismissed_at is None:
        raise ChangedSince(f"the storm {event_id} is not dismissed; nothing was done")
    session.execute(update(table_of(tables.Storm)).where(mine).values(state="held", decided_at=None))
    held = session.scalars(select(EVENT.id).where(EVENT.held_by == event_id, ~_OVERTAKEN))
    outbox.hold_dropped(session, list(held), dropped_at=dismissed_at)


def end_overtaken(session: Session, at: datetime) -> list[str]:
    """Dismiss the held storms of which nothing is true any more, since all their studies are back; which they were."""
    standing = exists().where(EVENT.held_by == STORM.event_id, ~_OVERTAKEN)
    ended = list(session.scalars(select(STORM.event_id).where(STORM.state == "held", ~standing)))
    for event_id in ended:
        decide(session, event_id, "dismissed", at)
    return ended


def _undecidable(event_id: str, state: str | None) -> UnknownEntry:
    if state:
        return ChangedSince(f"the storm {event_id} was {state} before")
    return UnknownEntry(f"no storm {event_id} is held")


def storms(session: Session, *, held_only: bool = False) -> list[StormInfo]:
    """The storms, newest first."""
    size = select(func.count()).where(EVENT.held_by == STORM.event_id).correlate(table_of(tables.Storm))
    teller = table_of(tables.Event).alias()
    statement = select(
        STORM.event_id,
        teller.c.headline,
        teller.c.release,
        STORM.state,
        STORM.decided_at,
        size.scalar_subquery(),
    ).join_from(table_of(tables.Storm), teller, teller.c.id == STORM.event_id)
    if held_only:
        statement = statement.where(STORM.state == "held")
    return rows(session, statement.order_by(teller.c.seq.desc()), StormInfo)
