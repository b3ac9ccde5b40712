"""Times stored by a clock that was ahead: found, and brought back, so that nothing waits for that future to come.

Whatever is planned is stored with the time of writing. Where that lies in the future, the clock was ahead then: the time
of writing becomes now, and what was planned from it keeps its distance. And nothing waits longer than the longest wait
that there is, whoever's clock was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, select, update
from sqlalchemy.orm import Session

from storage import ledger, tables
from storage.tables import table_of

AHEAD = timedelta(minutes=1)
"""Clocks of two machines on one database may differ by so much; what is dated later is from a clock that was wrong."""
LONGEST_WAIT = timedelta(hours=27)
"""The longest time to the next attempt (a day, and a tenth), and longer than any quiet hours."""
LONGEST_CLAIM = timedelta(minutes=10)
POSTPONED = timedelta(hours=1)
"""An untried delivery waits no longer than this for its channel to have room, unless it waits for quiet hours to end."""
FROM_THE_FUTURE = "from_the_future"
"""In a beat's detail: the time that a wrong clock gave it."""

DELIVERY = table_of(tables.Delivery).c
ATTEMPT = table_of(tables.Attempt).c
ALERT = table_of(tables.Alert).c
AUDIT = table_of(tables.Audit).c
BEAT = table_of(tables.Beat).c
MARK = table_of(tables.Watermark).c

_UNFINISHED = DELIVERY.state.in_(("waiting", "collecting", "due", "held"))


def is_behind(mark: ledger.Watermark | None, now: datetime) -> bool:
    """Whether the clock shows a day before the last release that was read: then it is wrong now, not what is stored."""
    return mark is not None and (now + timedelta(days=1)).date().isoformat() < mark.release


def bring_back(session: Session, now: datetime, quiet_until: Mapping[str, datetime]) -> dict[str, int]:
    """Bring back what lies in the future for no good reason; how many rows of each kind, those that there were.

    `quiet_until`: until when each route is quiet, `now` where it is not. While the clock itself is known to be behind,
    stored times are left alone but for what would wait too long.
    """
    # These two are bounded whichever clock was wrong: at worst something is tried a little too soon.
    found = {"deliveries": 0, "claims": _claims(session, now), "pauses": _pauses(session, now)}
    if not is_behind(ledger.watermark(session), now):
        found["deliveries"] += _written_ahead(session, now) + _tried_ahead(session, now)
        found["deliveries"] += _postponed(session, now, quiet_until)
        found["alerts"] = _alerts(session, now)
        found["snoozes"] = _snoozes(session, now)
        found["mutes"] = _spans(session, table_of(tables.Mute), "at", "until", now)
        found["visits"] = _spans(session, table_of(tables.WebSession), "began_at", "ends_at", now)
        found["signs of life"] = _beats(session, now)
        found["watermarks"] = _watermark(session, now)
    found["deliveries"] += _long_waits(session, now)
    return {kind: number for kind, number in found.items() if number}


def _long_waits(session: Session, now: datetime) -> int:
    waits = and_(DELIVERY.state == "due", DELIVERY.due_at > now + LONGEST_WAIT)
    return _changed(session, tables.Delivery, waits, due_at=now)


def _claims(session: Session, now: datetime) -> int:
    return _changed(
        session,
        tables.Delivery,
        DELIVERY.claimed_until > now + LONGEST_CLAIM,
        claimed_until=now + LONGEST_CLAIM,
    )


def _written_ahead(session: Session, now: datetime) -> int:
    ahead = and_(_UNFINISHED, DELIVERY.created_at > now + AHEAD)
    rows = session.execute(select(DELIVERY.seq, DELIVERY.created_at, DELIVERY.due_at).where(ahead)).all()
    for row in rows:
        # What was meant to wait for quiet hours or a full channel waits as long as it was to, counted from now.
        due_at = now + max(row.due_at - row.created_at, timedelta(0))
        _changed(session, tables.Delivery, DELIVERY.seq == row.seq, created_at=now, due_at=due_at)
    return len(rows)


def _tried_ahead(session: Session, now: datetime) -> int:
    """Attempts that failed in the future; the next one comes as long after them as it was to."""
    attempts = (
        select(DELIVERY.seq, DELIVERY.id, DELIVERY.due_at, ATTEMPT.number, ATTEMPT.began_at, ATTEMPT.ended_at)
        .join_from(table_of(tables.Attempt), table_of(tables.Delivery), ATTEMPT.delivery_id == DELIVERY.id)
        .where(DELIVERY.state == "due", ATTEMPT.began_at > now + AHEAD)
    )
    rows = session.execute(attempts).all()
    for row in rows:
        own = and_(ATTEMPT.delivery_id == row.id, ATTEMPT.number == row.number)
        _changed(session, tables.Attempt, own, began_at=now, ended_at=now if row.ended_at else None)
        soon = now + max(row.due_at - (row.ended_at or row.began_at), timedelta(0))
        _changed(session, tables.Delivery, and_(DELIVERY.seq == row.seq, DELIVERY.due_at > soon), due_at=soon)
    return len({row.seq for row in rows})


def _postponed(session: Session, now: datetime, quiet_until: Mapping[str, datetime]) -> int:
    """Untried deliveries that wait for longer than quiet hours or a full channel can make them wait."""
    number = 0
    for route, quiet in quiet_until.items():
        latest = max(quiet, now + POSTPONED)
        untried = and_(_UNFINISHED, DELIVERY.route == route, DELIVERY.attempts == 0)
        late = and_(untried, DELIVERY.due_at > latest + AHEAD)
        number += _changed(session, tables.Delivery, late, due_at=latest)
    return number


def _alerts(session: Session, now: datetime) -> int:
    ahead = and_(ALERT.state == "open", ALERT.opened_at > now + AHEAD)
    return _changed(session, tables.Alert, ahead, opened_at=now)


def _snoozes(session: Session, now: datetime) -> int:
    """Snoozes that were begun in the future last no longer, from now, than they were meant to."""
    begun = (
        select(ALERT.event_id, AUDIT.at, AUDIT.detail)
        .join_from(table_of(tables.Alert), table_of(tables.Audit), AUDIT.subject == ALERT.event_id)
        .where(ALERT.snoozed_until > now, AUDIT.action == "snooze", AUDIT.at > now + AHEAD)
    )
    number = 0
    for event_id, at, detail in session.execute(begun).all():
        # Ends with a change of the study, not at a time.
        if detail["until"] == "change":
            continue
        end = now + (datetime.fromisoformat(detail["until"]) - at)
        later = and_(ALERT.event_id == event_id, ALERT.snoozed_until > end)
        number += _changed(session, tables.Alert, later, snoozed_until=end)
    return number


def _spans(session: Session, table: Table, began: str, ends: str, now: datetime) -> int:
    key = next(iter(table.primary_key.columns))
    rows = session.execute(
        select(key, table.c[began], table.c[ends]).where(table.c[began] > now + AHEAD)
    ).all()
    for row in rows:
        moved = {began: now, ends: now + (row[2] - row[1])}
        session.execute(update(table).where(key == row[0]).values(moved))
    return len(rows)


def _pauses(session: Session, now: datetime) -> int:
    """Beats that say until when something rests: begun in the future, or by a clock that was put back since."""
    number = 0
    for beat in _ahead(session, now):
        if isinstance(until := beat.detail.get("until"), str):
            rest = datetime.fromisoformat(until) - beat.at
            _keep(session, beat, now, until=(now + rest).isoformat())
            number += 1
    return number


def _beats(session: Session, now: datetime) -> int:
    """They are marked: a sign of life that a wrong clock dated proves nothing of when it was given."""
    ahead = _ahead(session, now)
    for beat in ahead:
        _keep(session, beat, now, **{FROM_THE_FUTURE: beat.at.isoformat()})
    return len(ahead)


def _ahead(session: Session, now: datetime) -> list[ledger.Beat]:
    rows = session.execute(select(BEAT.name, BEAT.at, BEAT.detail).where(BEAT.at > now + AHEAD))
    return [ledger.Beat(*row) for row in rows]


def _keep(session: Session, beat: ledger.Beat, now: datetime, **more: Any) -> None:
    ledger.beat(session, beat.name, now, {**beat.detail, **more})


def _watermark(session: Session, now: datetime) -> int:
    return _changed(session, tables.Watermark, MARK.moved_at > now + AHEAD, moved_at=now)


def _changed(session: Session, model: type[tables.Base], which: ColumnElement[bool], **values: Any) -> int:
    done = session.execute(update(table_of(model)).where(which).values(values))
    return int(done.rowcount)  # type: ignore[attr-defined]
