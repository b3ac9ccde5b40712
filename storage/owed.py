"""What a channel owes: deliveries that were written for it and have not been sent; moved to another channel, or dropped.

A moved delivery keeps its id, so that a receiver that had it under a channel's former name knows it again; it is dropped
where the other channel has, or had, a delivery of the same event.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session

from storage import ledger, tables, wake
from storage.bulk import chunks
from storage.outbox import DELIVERY, EVENT, is_in, keep_from_claims, unclaimed
from storage.rows import columns_of
from storage.tables import table_of

OWED = ("due", "waiting", "collecting", "held", "dead")
"""The states of what somebody was to hear and has not heard; a dead letter is owed until somebody decides otherwise."""
AWAY = "away:"
"""Begins the name of the beat that says since when a channel with something owed has not been configured."""

_NEVER_SENT = ("dropped", "muted")
BEAT = table_of(tables.Beat).c


@dataclass(frozen=True, slots=True)
class Owed:
    """What one channel owes: how many deliveries of each state, and since when the oldest."""

    channel: str
    states: dict[str, int]
    oldest: datetime

    @property
    def number(self) -> int:
        """How many in all."""
        return sum(self.states.values())

    @property
    def words(self) -> str:
        """ "3 due, 2 held"."""
        return ", ".join(f"{number:,} {state}" for state, number in self.states.items())


@dataclass(frozen=True, slots=True)
class OwedDelivery:
    """A delivery that is owed; `headline` is its event's, or what its notice is about."""

    id: str
    kind: str
    channel: str
    route: str
    state: str
    created_at: datetime
    due_at: datetime
    attempts: int
    said: str | None
    event_id: str | None
    nct_id: str | None
    headline: str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move came to; `doubles`: dropped, since the other channel has them; `under_way`: left, being sent just now."""

    moved: int
    doubles: int
    under_way: int


def owed(session: Session) -> dict[str, Owed]:
    """What each channel owes, those that owe nothing left out."""
    statement = (
        select(DELIVERY.channel, DELIVERY.state, func.count(), func.min(DELIVERY.created_at))
        .where(DELIVERY.state.in_(OWED))
        .group_by(DELIVERY.channel, DELIVERY.state)
        .order_by(DELIVERY.channel)
    )
    found: dict[str, Owed] = {}
    for channel, state, number, oldest in session.execute(statement):
        known = found.get(channel, Owed(channel, {}, oldest))
        found[channel] = Owed(channel, known.states | {state: number}, min(known.oldest, oldest))
    return found


def owed_deliveries(
    session: Session,
    *,
    channel: str | None = None,
    states: Collection[str] = OWED,
    before: datetime | None = None,
    limit: int | None = None,
) -> list[OwedDelivery]:
    """Deliveries that are owed, in the order in which they were written."""
    columns = columns_of(DELIVERY, OwedDelivery, exclude=("headline",))
    which: list[ColumnElement[bool]] = [DELIVERY.state.in_(states)]
    which += [DELIVERY.channel == channel] if channel is not None else []
    which += [DELIVERY.created_at < before] if before is not None else []
    statement = (
        select(*columns, EVENT.headline, DELIVERY.body)
        .join_from(
            table_of(tables.Delivery), table_of(tables.Event), EVENT.id == DELIVERY.event_id, isouter=True
        )
        .where(*which)
        .order_by(DELIVERY.seq)
        .limit(limit)
    )
    return [_owed_delivery(row) for row in session.execute(statement)]


def _owed_delivery(row: Any) -> OwedDelivery:
    values = {field.name: getattr(row, field.name) for field in fields(OwedDelivery)}
    return OwedDelivery(**values | {"headline": row.headline or _subject(row.body)})


def move(session: Session, old: str, new: str, now: datetime) -> Moved:
    """Let another channel have what a channel owes; what failed, or was given up, is tried there afresh."""
    # What is being sent just now is left to its sender: moved under its hands it could go out twice.
    theirs = and_(DELIVERY.channel == old, DELIVERY.state.in_(OWED), unclaimed(now))
    keep_from_claims(session, theirs)
    whole = _divide(session, theirs, new, now)
    doubles = _set(session, and_(theirs, _is_double(new)), **_dropped(now, f"{new} has it already"))
    for chunk in chunks(whole):
        # Members of a bundle go where their message goes, though they are not owed by themselves.
        _set(session, DELIVERY.bundle.in_(chunk), channel=new)
    tried = and_(theirs, DELIVERY.state.in_(("due", "dead")))
    fresh = {"state": "due", "due_at": now, "attempts_reset": DELIVERY.attempts, "finished_at": None}
    moved = _set(session, tried, channel=new, claimed_by=None, claimed_until=None, **fresh)
    # What waits or is held keeps its state: another channel is not a reason to tell it sooner.
    moved += _set(session, theirs, channel=new)
    wake.deliveries_due(session)
    left = select(func.count()).where(DELIVERY.channel == old, DELIVERY.state.in_(OWED))
    return Moved(moved, doubles, session.scalar(left) or 0)


def drop(session: Session, channel: str, now: datetime, *, by: str, before: datetime | None = None) -> int:
    """Have what a channel owes never told, or what was written before a time; how many."""
    theirs = and_(DELIVERY.channel == channel, DELIVERY.state.in_(OWED), unclaimed(now))
    if before is not None:
        theirs = and_(theirs, DELIVERY.created_at < before)
    return _set(session, theirs, **_dropped(now, f"dropped by {by}"))


def hold_old(session: Session, channel: str, *, written_before: datetime, why: str) -> int:
    """Keep back what is due to a channel and was written before a time, until a person decides; how many."""
    old = and_(DELIVERY.channel == channel, is_in("due"), DELIVERY.created_at < written_before)
    return _set(session, old, state="held", said=why, claimed_by=None, claimed_until=None)


def strays(session: Session, channels: Collection[str]) -> dict[tuple[str, str, bool], int]:
    """Alerts that wait for a digest, or are due and untried: how many by route, channel and whether for a digest."""
    statement = (
        select(DELIVERY.route, DELIVERY.channel, DELIVERY.state, func.count())
        .where(
            DELIVERY.channel.in_(channels),
            DELIVERY.state.in_(("collecting", "due")),
            DELIVERY.kind == "alert",
            DELIVERY.attempts == 0,
        )
        .group_by(DELIVERY.route, DELIVERY.channel, DELIVERY.state)
    )
    return {
        (route, channel, state == "collecting"): n for route, channel, state, n in session.execute(statement)
    }


# channels that were taken out of the configuration


def away(session: Session) -> dict[str, ledger.Beat]:
    """The channels that are known to owe something and not to be configured; each beat says since when."""
    rows = session.execute(select(BEAT.name, BEAT.at, BEAT.detail).where(BEAT.name.startswith(AWAY)))
    return {row.name.removeprefix(AWAY): ledger.Beat(*row) for row in rows}


def note_away(session: Session, channel: str, at: datetime) -> None:
    """Remember since when a channel is away."""
    ledger.beat(session, AWAY + channel, at)


def forget_away(session: Session, channel: str) -> None:
    """The channel is configured again, or owes nothing any more."""
    session.execute(delete(table_of(tables.Beat)).where(BEAT.name == AWAY + channel))


def _divide(session: Session, theirs: ColumnElement[bool], new: str, now: datetime) -> list[str]:
    """Take apart the messages of which the other channel has a part; the ids of those that are whole.

    What a digest was to tell is then moved by itself, and the digest is dropped.
    """
    member = table_of(tables.Delivery).alias()
    has_members = exists().where(member.c.bundle == DELIVERY.id)
    leads = select(DELIVERY.id, DELIVERY.kind, DELIVERY.event_id).where(theirs, has_members)
    whole: list[str] = []
    for lead in session.execute(leads).all():
        inside = DELIVERY.bundle == lead.id
        events = [*session.scalars(select(DELIVERY.event_id).where(inside)), lead.event_id]
        if not _had(session, new, [event for event in events if event]):
            whole.append(lead.id)
            continue
        alone = {"bundle": None, "finished_at": None, "due_at": now}
        _set(session, and_(inside, DELIVERY.collects), state="collecting", **alone)
        _set(session, inside, state="due", **alone)
        if lead.kind == "digest":
            why = f"taken apart: {new} has some of what it tells"
            _set(session, DELIVERY.id == lead.id, **_dropped(now, why))
    return whole


def _had(session: Session, channel: str, events: Sequence[str]) -> bool:
    for chunk in chunks(events):
        theirs = and_(DELIVERY.channel == channel, DELIVERY.event_id.in_(chunk))
        if session.scalar(select(func.count()).where(theirs, DELIVERY.state.not_in(_NEVER_SENT))):
            return True
    return False


def _is_double(new: str) -> ColumnElement[bool]:
    """What the other channel has too: of an event any delivery; a notice, or a digest of nothing, of the same moment."""
    other, member = table_of(tables.Delivery).alias(), table_of(tables.Delivery).alias()
    there = and_(other.c.channel == new, other.c.state.not_in(_NEVER_SENT))
    same_event = exists().where(there, other.c.event_id == DELIVERY.event_id)
    same_moment = and_(other.c.kind == DELIVERY.kind, other.c.created_at == DELIVERY.created_at)
    same_notice = exists().where(there, same_moment, DELIVERY.kind == "notice", other.c.body == DELIVERY.body)
    same_digest = and_(
        DELIVERY.kind == "digest",
        exists().where(there, same_moment, other.c.route == DELIVERY.route),
        ~exists().where(member.c.bundle == DELIVERY.id),
    )
    return same_event | same_notice | same_digest


def _dropped(now: datetime, why: str) -> dict[str, Any]:
    return {"state": "dropped", "finished_at": now, "said": why, "claimed_by": None, "claimed_until": None}


def _set(session: Session, which: ColumnElement[bool], **values: Any) -> int:
    done = session.execute(update(table_of(tables.Delivery)).where(which).values(values))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _subject(body: Any) -> str | None:
    subject = body.get("subject") or body.get("reason") if isinstance(body, dict) else None
    return subject if isinstance(subject, str) else None
