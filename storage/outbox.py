"""The outbox: what each channel is to be told. Written with its event; claimed, attempted, marked: at least once.

A delivery is claimed by a conditional update that must touch one row, under a lease, and its attempt is written down
before it is made: a process that is killed loses nothing, and whoever comes next repeats at most that one, with its id.
On PostgreSQL claims go on beside the writer: each takes the first row that nobody has locked (SKIP LOCKED).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from storage import seals, tables, wake
from storage.bulk import chunks, insert
from storage.rows import columns_of, rows, values_of
from storage.tables import table_of

DELIVERY = table_of(tables.Delivery).c
ATTEMPT = table_of(tables.Attempt).c
EVENT = table_of(tables.Event).c
DISABLED = table_of(tables.DisabledChannel).c

SAID = 500
"""So much of a receiver's answer is kept."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery to write down; `id` is derived from what it says and to whom, so that it exists once."""

    id: str
    kind: str
    route: str
    channel: str
    state: str
    created_at: datetime
    due_at: datetime
    event_id: str | None = None
    nct_id: str | None = None
    collects: bool = False
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it stands; `attempts` counts the one under way."""

    seq: int
    id: str
    kind: str
    event_id: str | None
    nct_id: str | None
    route: str
    channel: str
    state: str
    created_at: datetime
    due_at: datetime
    attempts: int
    attempts_reset: int
    bundle: str | None
    body: dict[str, Any] | None
    finished_at: datetime | None
    said: str | None

    @property
    def tries(self) -> int:
        """Attempts made since it was written, or since a person had it tried again."""
        return self.attempts - self.attempts_reset


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try; without an outcome the process ended in it."""

    number: int
    began_at: datetime
    ended_at: datetime | None
    outcome: str | None
    said: str | None


def add(session: Session, new: Sequence[NewDelivery]) -> int:
    """Write deliveries down, each once; how many were new."""
    if not new:
        return 0
    rows = [values_of(each) | {"attempts": 0, "attempts_reset": 0} for each in new]
    once = insert(session, tables.Delivery).on_conflict_do_nothing(index_elements=["id"])
    written = list(session.scalars(once.returning(DELIVERY.id), rows))
    seals.seal(session, tables.Delivery, sorted((each,) for each in written))
    if any(each.state == "due" for each in new):
        wake.deliveries_due(session)
    return len(written)


def deliveries(
    session: Session,
    *,
    ids: Collection[str] = (),
    event_id: str | None = None,
    states: Collection[str] = (),
    channel: str | None = None,
    bundle: str | None = None,
    limit: int | None = None,
) -> list[Delivery]:
    """Deliveries, in the order in which they were written."""
    wanted = [
        condition
        for value, condition in (
            (ids, DELIVERY.id.in_(ids)),
            (event_id, DELIVERY.event_id == event_id),
            (states, DELIVERY.state.in_(states)),
            (channel, DELIVERY.channel == channel),
            (bundle, DELIVERY.bundle == bundle),
        )
        if value
    ]
    statement = select(*_COLUMNS).where(*wanted).order_by(DELIVERY.seq).limit(limit)
    return rows(session, statement, Delivery)


def attempts(session: Session, delivery_id: str) -> list[Attempt]:
    """The attempts at a delivery, first to last."""
    columns = columns_of(ATTEMPT, Attempt)
    statement = select(*columns).where(ATTEMPT.delivery_id == delivery_id).order_by(ATTEMPT.number)
    return rows(session, statement, Attempt)


# from event to due


def end_waiting(session: Session, *, written_before: datetime | None = None) -> int:
    """A cycle has ended: what waited for that becomes due, but for what a storm holds. How many became due.

    `written_before`: only what has waited since then, for a cycle that failed or was killed.
    """
    waiting = is_in("waiting")
    if written_before is not None:
        waiting = and_(waiting, DELIVERY.created_at <= written_before)
    held = DELIVERY.event_id.in_(select(EVENT.id).where(EVENT.held_by.is_not(None)))
    # First, or what a storm holds would become due with the rest.
    _set(session, and_(DELIVERY.state.in_(("waiting", "collecting")), held), state="held")
    number = _set(session, waiting, state="due")
    if number:
        wake.deliveries_due(session)
    return number


def release_held(session: Session, event_ids: Iterable[str], *, send: bool, at: datetime) -> None:
    """A storm was decided: the deliveries that it held become due (or wait for their digest), or are dropped."""
    for chunk in chunks(event_ids):
        held = and_(DELIVERY.event_id.in_(chunk), DELIVERY.state == "held")
        if send:
            _set(session, and_(held, DELIVERY.collects), state="collecting")
            _set(session, held, state="due", due_at=at)
            wake.deliveries_due(session)
        else:
            _set(session, held, state="dropped", finished_at=at)


def hold_dropped(session: Session, event_ids: Iterable[str], *, dropped_at: datetime) -> None:
    """The dismissal of a storm is taken back: what was dropped then, and no other delivery, waits for a person again."""
    for chunk in chunks(event_ids):
        dropped = and_(DELIVERY.event_id.in_(chunk), DELIVERY.state == "dropped")
        _set(session, and_(dropped, DELIVERY.finished_at == dropped_at), state="held", finished_at=None)


def waiting_of(route: str, channel: str, *, until: datetime, collects: bool) -> ColumnElement[bool]:
    """Which deliveries of a route to a channel wait for its digest, or are due and untried."""
    return and_(
        DELIVERY.route == route,
        DELIVERY.channel == channel,
        DELIVERY.kind == "alert",
        is_in("collecting" if collects else "due"),
        DELIVERY.attempts == 0,
        (DELIVERY.created_at if collects else DELIVERY.due_at) <= until,
    )


def select_due(
    session: Session, route: str, channel: str, now: datetime
) -> list[tuple[str, str | None, str]]:
    """The untried deliveries of a route to a channel that are due: id, study and severity, oldest first.

    Until the transaction ends nobody else can claim them: they may be put together into one message.
    """
    which = waiting_of(route, channel, until=now, collects=False)
    keep_from_claims(session, which)
    statement = (
        select(DELIVERY.id, DELIVERY.nct_id, EVENT.severity)
        .join(table_of(tables.Event), EVENT.id == DELIVERY.event_id)
        .where(which)
        .order_by(DELIVERY.seq)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def bundle_into(
    session: Session, bundle: str, which: ColumnElement[bool] | Collection[str], at: datetime
) -> int:
    """Tell deliveries within another one; how many."""
    values = {"state": "bundled", "bundle": bundle, "finished_at": at}
    if isinstance(which, ColumnElement):
        return _set(session, which, **values)
    return sum(_set(session, DELIVERY.id.in_(chunk), **values) for chunk in chunks(which))


def postpone(session: Session, which: ColumnElement[bool], until: datetime) -> int:
    """Let deliveries become due later; how many."""
    return _set(session, which, due_at=until)


def sent_times(
    session: Session, route: str, channel: str, since: datetime, until: datetime
) -> list[datetime]:
    """When messages of a route went, or began to go, to a channel in a span of time, first to last."""
    began = select(ATTEMPT.began_at).join(table_of(tables.Delivery), DELIVERY.id == ATTEMPT.delivery_id)
    within = and_(ATTEMPT.began_at > since, ATTEMPT.began_at <= until)
    first = began.where(ATTEMPT.number == 1, within, DELIVERY.collects.is_(False))
    return list(
        session.scalars(
            first.where(DELIVERY.route == route, DELIVERY.channel == channel).order_by(ATTEMPT.began_at)
        )
    )


# sending


def keep_from_claims(session: Session, which: ColumnElement[bool]) -> None:
    """Have deliveries not claimed by anybody until the transaction ends; waits for a claim of them that is being made."""
    # PostgreSQL's claims go on beside the writer. On SQLite nothing does, and FOR UPDATE is left out of the statement.
    session.execute(select(DELIVERY.seq).where(which).with_for_update()).all()


def free(session: Session, channel: str, is_orphaned: Callable[[str], bool]) -> int:
    """Give up the claims that nobody works on, without waiting for their leases; how many.

    `is_orphaned` is asked of each holder once its claims have been read: one that is made since then is left alone.
    """
    claims = and_(DELIVERY.channel == channel, is_in("due"), DELIVERY.claimed_by.is_not(None))
    found = session.execute(select(DELIVERY.id, DELIVERY.attempts, DELIVERY.claimed_by).where(claims)).all()
    orphaned = {holder for holder in {row.claimed_by for row in found} if is_orphaned(holder)}
    return sum(
        _set(session, and_(claims, DELIVERY.id == row.id, DELIVERY.attempts == row.attempts), **_NOBODY)
        for row in found
        if row.claimed_by in orphaned
    )


def claim(
    session: Session, channel: str, now: datetime, lease: timedelta, holder: str, only: str | None = None
) -> Delivery | None:
    """Take the next delivery (or `only` this one) that is due to a channel, and write its attempt down; None without one.

    Of one study they go in order: an earlier one that is not finished holds back the later ones.
    """
    earlier = table_of(tables.Delivery).alias()
    unfinished = exists().where(
        earlier.c.channel == DELIVERY.channel,
        earlier.c.nct_id == DELIVERY.nct_id,
        # What a storm holds, or what waits for a digest, is not in the way: it may stay there for days.
        earlier.c.state.in_(("due", "waiting")),
        earlier.c.seq < DELIVERY.seq,
    )
    free = and_(is_in("due"), DELIVERY.due_at <= now, unclaimed(now))
    statement = select(*_COLUMNS).where(DELIVERY.channel == channel, free, ~unfinished)
    if only is not None:
        statement = statement.where(DELIVERY.id == only)
    unlocked = statement.with_for_update(of=table_of(tables.Delivery), skip_locked=True)
    found = session.execute(unlocked.order_by(DELIVERY.seq).limit(1)).first()
    if found is None:
        return None
    delivery = Delivery(*found)
    mine = and_(DELIVERY.id == delivery.id, DELIVERY.attempts == delivery.attempts, free)
    number = delivery.attempts + 1
    # The number of attempts stands for the row as it was read: two that claim at once both read it, and one changes it.
    if _set(session, mine, attempts=number, claimed_by=holder, claimed_until=now + lease) != 1:
        return None
    values = {"delivery_id": delivery.id, "number": number, "began_at": now}
    # Before it is made: a process that is killed in it then leaves a trace, and a repeat is known for one.
    session.execute(insert(session, tables.Attempt).values(values))
    return deliveries(session, ids=[delivery.id])[0]


def mark_sent(session: Session, delivery: Delivery, response: str, now: datetime) -> None:
    """The receiver has it."""
    _end_attempt(session, delivery, "sent", response, now)
    values = {"state": "sent", "finished_at": now, "said": response[:SAID], **_NOBODY}
    # Sent is sent, whoever has claimed it since: no condition on the attempt, or it would go out once more.
    _set(session, and_(DELIVERY.id == delivery.id, DELIVERY.state == "due"), **values)


def mark_failed(
    session: Session,
    delivery: Delivery,
    response: str,
    now: datetime,
    *,
    permanent: bool,
    again_at: datetime | None,
) -> None:
    """The receiver did not take it: it is tried again at a time, or (None) is a dead letter."""
    _end_attempt(session, delivery, "permanent" if permanent else "passing", response, now)
    after = {"due_at": again_at} if again_at else {"state": "dead", "finished_at": now}
    # whoever claimed it since, when this process was slow, decides
    own = and_(DELIVERY.id == delivery.id, DELIVERY.attempts == delivery.attempts, DELIVERY.state == "due")
    _set(session, own, said=response[:SAID], **_NOBODY, **after)


def abandon(session: Session, delivery_id: str, now: datetime) -> None:
    """Try a delivery no more, if it is not sent yet."""
    unsent = and_(DELIVERY.id == delivery_id, DELIVERY.state == "due")
    _set(session, unsent, state="dropped", finished_at=now, **_NOBODY)


def retry(session: Session, now: datetime, channel: str | None = None, only: str | None = None) -> int:
    """Have dead letters, and what waits for its next attempt, tried again at once, with a schedule of its own; how many.

    Those of a channel, or `only` the one of this id.
    """
    of_channel = DELIVERY.channel == channel if channel else DELIVERY.channel.is_not(None)
    this = DELIVERY.id == only if only else DELIVERY.id.is_not(None)
    waiting = and_(DELIVERY.state == "due", DELIVERY.attempts > 0)
    again = and_(of_channel, this, or_(DELIVERY.state == "dead", waiting), unclaimed(now))
    number = _set(session, again, state="due", due_at=now, finished_at=None, attempts_reset=DELIVERY.attempts)
    if number:
        wake.deliveries_due(session)
    return number


def counts(session: Session) -> dict[tuple[str, str], int]:
    """How many deliveries there are, by channel and state."""
    rows = session.execute(
        select(DELIVERY.channel, DELIVERY.state, func.count()).group_by(DELIVERY.channel, DELIVERY.state)
    )
    return {(channel, state): number for channel, state, number in rows}


def due_since(session: Session, now: datetime) -> dict[str, datetime]:
    """For each channel since when it has owed a delivery; one that was tried in vain is owed since it was written."""
    # Each failed attempt puts its due time off, so that by the due time alone a broken channel would never owe anything
    # for long.
    since = case((DELIVERY.attempts > 0, DELIVERY.created_at), else_=DELIVERY.due_at)
    owed = select(DELIVERY.channel, func.min(since)).where(is_in("due"), since <= now)
    return {row[0]: row[1] for row in session.execute(owed.group_by(DELIVERY.channel))}


# channels


def disable(session: Session, channel: str, reason: str, at: datetime) -> bool:
    """Use a channel no more until a person says so; whether it was in use."""
    values = {"name": channel, "reason": reason, "at": at}
    statement = insert(session, tables.DisabledChannel).values(values).on_conflict_do_nothing()
    return session.execute(statement.returning(DISABLED.name)).first() is not None


def enable(session: Session, channel: str) -> None:
    """Use a channel again."""
    session.execute(delete(table_of(tables.DisabledChannel)).where(DISABLED.name == channel))
    wake.deliveries_due(session)


def disabled(session: Session) -> dict[str, str]:
    """The channels that are not used, and why."""
    return {row.name: row.reason for row in session.execute(select(DISABLED.name, DISABLED.reason))}


_NOBODY: dict[str, Any] = {"claimed_by": None, "claimed_until": None}
_COLUMNS = columns_of(DELIVERY, Delivery)


def is_in(state: str) -> ColumnElement[bool]:
    """Deliveries in a state, which is written into the statement: only then are the indexes over just those rows used."""
    return DELIVERY.state == literal_column(f"'{state}'")


def unclaimed(now: datetime) -> ColumnElement[bool]:
    """Deliveries that nobody is sending just now."""
    return or_(DELIVERY.claimed_until.is_(None), DELIVERY.claimed_until <= now)


def _set(session: Session, which: ColumnElement[bool], **values: Any) -> int:
    done = session.execute(update(table_of(tables.Delivery)).where(which).values(values))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _end_attempt(session: Session, delivery: Delivery, outcome: str, response: str, now: datetime) -> None:
    own = and_(ATTEMPT.delivery_id == delivery.id, ATTEMPT.number == delivery.attempts)
    values = {"outcome": outcome, "ended_at": now, "said": response[:SAID]}
    session.execute(update(table_of(tables.Attempt)).where(own).values(values))
