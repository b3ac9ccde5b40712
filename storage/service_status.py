"""How the service itself is doing, as its page shows it: signs of life, failures by stage, answers of channels, storms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select, text
from sqlalchemy.orm import Session

from storage import tables
from storage.audit import Entry
from storage.ledger import Beat
from storage.outbox import is_in
from storage.rows import columns_of, rows
from storage.tables import table_of

ATTEMPT = table_of(tables.Attempt).c
AUDIT = table_of(tables.Audit).c
BEAT = table_of(tables.Beat).c
CYCLE = table_of(tables.Cycle).c
DELIVERY = table_of(tables.Delivery).c
DISABLED = table_of(tables.DisabledChannel).c
EVENT = table_of(tables.Event).c
LEASE = table_of(tables.Lease).c

_DECISIONS = ("storm released", "storm dismissed")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel said last; `outcome` is None while the attempt is under way, or where the process ended in it."""

    channel: str
    at: datetime
    outcome: str | None
    said: str | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that nobody tries any more; `headline` is its event's, or its notice's subject."""

    id: str
    kind: str
    channel: str
    event_id: str | None
    headline: str | None
    attempts: int
    finished_at: datetime | None
    said: str | None


@dataclass(frozen=True, slots=True)
class Failures:
    """How often cycles failed at a stage with a kind of error, and when last."""

    stage: str
    error_kind: str
    number: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """An event that a storm holds back."""

    id: str
    nct_id: str | None
    severity: str
    kind: str
    headline: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease, and until when unless it is renewed."""

    name: str
    holder: str
    expires_at: datetime


def beats(session: Session) -> dict[str, Beat]:
    """The last sign of life of each name."""
    rows = session.execute(select(BEAT.name, BEAT.at, BEAT.detail))
    return {row.name: Beat(*row) for row in rows}


def leases(session: Session, now: datetime) -> list[Holder]:
    """The leases that are held."""
    held = select(LEASE.name, LEASE.holder, LEASE.expires_at).where(
        LEASE.holder.is_not(None), LEASE.expires_at > now
    )
    return rows(session, held.order_by(LEASE.name), Holder)


def failures(session: Session, since: datetime) -> list[Failures]:
    """What cycles that began since then failed of, most frequent first."""
    # A cycle can fail before it has a stage, and one that was killed has told of no error.
    stage, kind = func.coalesce(CYCLE.stage, "unknown"), func.coalesce(CYCLE.error_kind, "unknown")
    number = func.count()
    statement = (
        select(stage, kind, number, func.max(CYCLE.started_at))
        .where(CYCLE.state == "failed", CYCLE.started_at >= since)
        .group_by(stage, kind)
        .order_by(number.desc(), stage, kind)
    )
    return rows(session, statement, Failures)


def last_answers(session: Session) -> dict[str, Answer]:
    """What each channel said last.

    Asked through the index on channel, state and due time: an attempt follows the time at which its delivery was due.
    Joining all attempts takes 200 ms with 100,000 of them, this 20 ms.
    """
    latest = (
        select(DELIVERY.channel, DELIVERY.state, func.max(DELIVERY.due_at).label("due_at"))
        .where(text("state IN ('sent', 'dead')"))  # as the index over just those says it
        .group_by(DELIVERY.channel, DELIVERY.state)
        .subquery()
    )
    columns = (DELIVERY.channel, ATTEMPT.began_at, ATTEMPT.ended_at, ATTEMPT.outcome, ATTEMPT.said)
    attempts = (
        select(*columns)
        .join_from(table_of(tables.Delivery), table_of(tables.Attempt), ATTEMPT.delivery_id == DELIVERY.id)
        .where(ATTEMPT.number == DELIVERY.attempts)
    )
    same = [DELIVERY[name] == latest.c[name] for name in ("channel", "state", "due_at")]
    ended = session.execute(attempts.join(latest, same[0] & same[1] & same[2])).all()
    tried = session.execute(attempts.where(is_in("due"), DELIVERY.attempts > 0)).all()
    found = sorted([*ended, *tried], key=lambda row: row.began_at)
    return {
        row.channel: Answer(row.channel, row.ended_at or row.began_at, row.outcome, row.said) for row in found
    }


def has_failures(session: Session) -> bool:
    """Whether anything waits for another attempt, or was given up: without that no channel need be looked at."""
    waits = exists().where(is_in("due"), DELIVERY.attempts > 0)
    return bool(session.scalar(select(or_(waits, exists().where(DELIVERY.state == "dead")))))


def dead_letters(session: Session, *, limit: int) -> list[DeadLetter]:
    """The deliveries that are given up, last given up first."""
    columns = ("id", "kind", "channel", "event_id")
    statement = (
        select(
            *(DELIVERY[name] for name in columns),
            EVENT.headline,
            DELIVERY.body,
            *(DELIVERY[name] for name in ("attempts", "finished_at", "said")),
        )
        .join_from(
            table_of(tables.Delivery), table_of(tables.Event), EVENT.id == DELIVERY.event_id, isouter=True
        )
        .where(DELIVERY.state == "dead")
        .order_by(DELIVERY.finished_at.desc(), DELIVERY.seq.desc())
        .limit(limit)
    )
    return [
        DeadLetter(*row[:4], row.headline or _subject(row.body), row.attempts, row.finished_at, row.said)
        for row in session.execute(statement)
    ]


def _subject(body: Any) -> str | None:
    subject = body.get("subject") if isinstance(body, dict) else None
    return subject if isinstance(subject, str) else None


def disabled(session: Session) -> dict[str, tuple[datetime, str]]:
    """The channels that are not used: since when, and why."""
    rows = session.execute(select(DISABLED.name, DISABLED.at, DISABLED.reason))
    return {name: (at, reason) for name, at, reason in rows}


def held_events(session: Session, storm_ids: Collection[str], *, limit: int) -> defaultdict[str, list[Held]]:
    """The first events that each storm holds, in the order of telling."""
    place = func.row_number().over(partition_by=EVENT.held_by, order_by=EVENT.seq)
    columns = columns_of(EVENT, Held)
    ranked = select(EVENT.held_by, *columns, EVENT.seq, place.label("place"))
    inside = ranked.where(EVENT.held_by.in_(storm_ids)).subquery()
    first = select(inside).where(inside.c.place <= limit).order_by(inside.c.seq)
    found: defaultdict[str, list[Held]] = defaultdict(list)
    for storm, *held, _, _ in session.execute(first) if storm_ids else ():
        found[storm].append(Held(*held))
    return found


def decisions(session: Session, storm_ids: Collection[str]) -> dict[str, Entry]:
    """Who decided each of the storms, as the audit log has it."""
    columns = columns_of(AUDIT, Entry)
    statement = select(*columns).where(AUDIT.subject.in_(storm_ids), AUDIT.action.in_(_DECISIONS))
    rows: Iterator[Any] = iter(session.execute(statement)) if storm_ids else iter(())
    return {row.subject: Entry(*row) for row in rows}


def size(session: Session) -> int:
    """Bytes of the database."""
    if session.connection().dialect.name == "postgresql":
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages = [session.scalar(text(f"PRAGMA {name}")) or 0 for name in ("page_count", "page_size")]
    return int(pages[0] * pages[1])
