"""The inbox: events that ask for attention, and what people said of them. Whatever a person does is in the audit log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from storage import audit, seals, storms, tables
from storage.bulk import chunks, insert
from storage.classes import ClassFilter, ids_that_match
from storage.errors import ChangedSince, UnknownEntry
from storage.rows import columns_of, first_row, rows
from storage.tables import ALERT_STATES, table_of

ALERT = table_of(tables.Alert).c
EVENT = table_of(tables.Event).c
STUDY = table_of(tables.Study).c
DELIVERY = table_of(tables.Delivery).c
MUTE = table_of(tables.Mute).c
ITSELF = "trialdelta"
"""Who closes an alert whose fact is over."""
UNDOABLE = ("acknowledge", "close", "reopen", "snooze", "wake", "assign", "mute", "storm dismissed")
"""What the audit log calls the deeds that can be taken back."""


@dataclass(frozen=True, slots=True)
class AlertInfo:
    """An alert and what its event says in a line."""

    event_id: str
    nct_id: str | None
    state: str
    opened_at: datetime
    assignee: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    closed_at: datetime | None
    verdict: str | None
    note: str | None
    snoozed_until: datetime | None
    snoozed_until_change: bool
    title: str | None
    severity: str
    kind: str
    headline: str
    origin: str
    release: str


@dataclass(frozen=True, slots=True)
class Mute:
    """Silence that a person ordered about a study, a kind, or a kind of one study."""

    id: int
    nct_id: str | None
    kind: str | None
    until: datetime
    reason: str
    by: str
    at: datetime

    def covers(self, nct_id: str | None, kinds: Collection[str]) -> bool:
        """Whether an event of a study, whose changes are all of these kinds, is to be kept quiet.

        An event that tells of anything besides the muted kind is not.
        """
        return self.nct_id in (None, nct_id) and (self.kind is None or set(kinds) == {self.kind})


def open_alerts(session: Session, events: Sequence[tuple[str, str | None]], at: datetime) -> None:
    """Open an alert for each event (its id and its study's); whoever snoozed a study until it changes hears again."""
    if not events:
        return
    for chunk in chunks(nct_id for _, nct_id in events if nct_id):
        waking = update(table_of(tables.Alert)).where(ALERT.nct_id.in_(chunk), ALERT.snoozed_until_change)
        session.execute(waking.values(snoozed_until_change=False))
    rows = [
        {
            "event_id": event_id,
            "nct_id": nct_id,
            "state": "open",
            "opened_at": at,
            "snoozed_until_change": False,
        }
        for event_id, nct_id in events
    ]
    # An alert that exists is left as it is: told again it must not open after somebody has closed it.
    once = insert(session, tables.Alert).on_conflict_do_nothing()
    new = session.scalars(once.returning(ALERT.event_id), rows)
    seals.seal(session, tables.Alert, sorted((each,) for each in new))


def alerts(
    session: Session,
    *,
    now: datetime,
    states: Collection[str] = ("open",),
    nct_id: str | None = None,
    assignee: str | None = None,
    severities: Collection[str] = (),
    snoozed: bool = False,
    of_class: ClassFilter | None = None,
    limit: int | None = None,
) -> list[AlertInfo]:
    """Alerts, longest open first; those that are snoozed are left out unless `snoozed`. None that a storm holds."""
    statement = listed().where(ALERT.state.in_(states), EVENT.held_by.is_(None))
    if nct_id is not None:
        statement = statement.where(ALERT.nct_id == nct_id)
    if assignee is not None:
        statement = statement.where(ALERT.assignee == assignee)
    if severities:
        statement = statement.where(EVENT.severity.in_(severities))
    if of_class:
        statement = statement.where(ALERT.nct_id.in_(ids_that_match(of_class)))
    if not snoozed:
        statement = statement.where(awake(now))
    return rows(session, statement.order_by(ALERT.opened_at, EVENT.seq).limit(limit), AlertInfo)


def alert(session: Session, event_id: str) -> AlertInfo | None:
    """The alert of an event."""
    return first_row(session, listed().where(ALERT.event_id == event_id), AlertInfo)


def unacknowledged(
    session: Session, route: str, *, opened_before: datetime, now: datetime
) -> list[tuple[str, str | None]]:
    """The alerts that a route told of and nobody has acknowledged or snoozed: their event's id and study's."""
    announced = select(DELIVERY.event_id).where(
        DELIVERY.route == route, DELIVERY.state.in_(("sent", "bundled", "dead"))
    )
    # An alert is escalated once; without this every pass would do it again.
    again = select(DELIVERY.event_id).where(DELIVERY.route == f"{route}/escalated")
    statement = select(ALERT.event_id, ALERT.nct_id).where(
        ALERT.state == "open",
        ALERT.opened_at <= opened_before,
        awake(now),
        ALERT.event_id.in_(announced),
        ALERT.event_id.not_in(again),
    )
    return [(row[0], row[1]) for row in session.execute(statement.order_by(ALERT.opened_at))]


def acknowledge(
    session: Session,
    event_id: str,
    *,
    by: str,
    at: datetime,
    verdict: str | None = None,
    note: str | None = None,
    close: bool = False,
) -> None:
    """A person has seen the alert, with a verdict and a note, and may close it.

    It covers the pair of versions that the event tells of: the study's next event opens again.
    Whoever has acknowledged it may add a verdict or a note, and anybody may close it.
    Raises UnknownEntry; ChangedSince where somebody was faster, so that whose word it was stays true.
    """
    values: dict[str, Any] = {"state": "closed" if close else "acknowledged", "acknowledged_by": by}
    said = {name: value for name, value in (("verdict", verdict), ("note", note)) if value is not None}
    values |= {"acknowledged_at": at, "closed_at": at if close else None, **said}
    may_add = close or (bool(said) and _acknowledged_by(session, event_id) == by)
    among = ("open", "acknowledged") if may_add else ("open",)
    before = _change(session, event_id, values, among=among, by=by)
    audit.append(session, at, by, "close" if close else "acknowledge", event_id, before=before, **said)


def standing(session: Session, kinds: Collection[str]) -> list[AlertInfo]:
    """The alerts of these kinds that nobody has closed, snoozed ones too; none that a storm holds."""
    statement = listed().where(
        ALERT.state != "closed", EVENT.kind.in_([str(kind) for kind in kinds]), EVENT.held_by.is_(None)
    )
    return rows(session, statement.order_by(ALERT.opened_at, EVENT.seq), AlertInfo)


def resolve(session: Session, event_id: str, *, at: datetime, reason: str) -> None:
    """Close an alert by itself: what it says is over. The reason is its note, the audit log says who: trialdelta."""
    was = alert(session, event_id)
    seen = {"acknowledged_by": was.acknowledged_by, "acknowledged_at": was.acknowledged_at} if was else {}
    if not seen.get("acknowledged_at"):
        seen = {"acknowledged_by": ITSELF, "acknowledged_at": at}
    # What a person wrote beside it stays.
    note = f"{was.note} · {reason}" if was and was.note else reason
    values = {"state": "closed", "closed_at": at, "note": note, **seen}
    before = _change(session, event_id, values, among=("open", "acknowledged"))
    audit.append(session, at, ITSELF, "resolve", event_id, before=before, note=reason)


def _acknowledged_by(session: Session, event_id: str) -> str | None:
    return session.scalar(select(ALERT.acknowledged_by).where(ALERT.event_id == event_id))


def snooze(session: Session, event_id: str, *, by: str, at: datetime, until: datetime | None) -> None:
    """Leave the alert out of the inbox until a time, or (None) until its study changes.

    Raises UnknownEntry; ChangedSince where it is open no more, and would never come back.
    """
    values = {"snoozed_until": until, "snoozed_until_change": until is None}
    before = _change(session, event_id, values, among=("open",), by=by)
    until_text = until.isoformat() if until else "change"
    audit.append(session, at, by, "snooze", event_id, before=before, until=until_text)


def reopen(session: Session, event_id: str, *, by: str, at: datetime) -> None:
    """Have an alert that is acknowledged or closed ask for attention again; its verdict goes, its note stays.

    Raises UnknownEntry; ChangedSince where it is open.
    """
    nobody = {"acknowledged_by": None, "acknowledged_at": None, "closed_at": None, "verdict": None}
    awake_again = {"snoozed_until": None, "snoozed_until_change": False}
    values = {"state": "open", **nobody, **awake_again}
    before = _change(session, event_id, values, among=("acknowledged", "closed"), by=by)
    audit.append(session, at, by, "reopen", event_id, before=before)


def wake(session: Session, event_id: str, *, by: str, at: datetime) -> None:
    """Have an alert that is snoozed back in the inbox. Raises UnknownEntry; ChangedSince where it is not snoozed."""
    info = alert(session, event_id)
    if info and not info.snoozed_until_change and (info.snoozed_until is None or info.snoozed_until <= at):
        raise ChangedSince(f"the alert of {event_id} is not snoozed; nothing was done")
    values = {"snoozed_until": None, "snoozed_until_change": False}
    before = _change(session, event_id, values, among=("open",), by=by)
    audit.append(session, at, by, "wake", event_id, before=before)


def assign(session: Session, event_id: str, *, by: str, at: datetime, to: str | None) -> None:
    """Give the alert to a person, or (None) to nobody. Raises UnknownEntry."""
    before = _change(session, event_id, {"assignee": to})
    audit.append(session, at, by, "assign", event_id, before=before, to=to)


def undo(session: Session, seq: int, *, by: str, at: datetime) -> str:
    """Take back what the audit log's entry `seq` says was done to an alert, or a mute; the entry stays. What it was about.

    Raises UnknownEntry where there is nothing to take back, ChangedSince where something else was done to it since.
    """
    entry = audit.entry(session, seq)
    if entry is None or entry.action not in UNDOABLE:
        raise UnknownEntry(f"entry {seq} of the audit log is nothing that can be undone")
    if entry.action == "mute":
        lift(session, entry.detail["number"], by=by, at=at)
        return entry.subject
    # What stood before is put back as it was, so that undoing an older deed would silently take back a newer one too.
    since = [each for each in audit.entries(session, entry.subject) if each.seq > seq]
    if since:
        raise ChangedSince(f"{since[-1].who} did something else to {entry.subject} since: {since[-1].action}")
    if entry.action == "storm dismissed":
        storms.hold_again(session, entry.subject)
        audit.append(session, at, by, "undo", entry.subject, undone=seq, deed=entry.action)
        return entry.subject
    _change(
        session,
        entry.subject,
        {name: _restored(name, value) for name, value in entry.detail["before"].items()},
    )
    audit.append(session, at, by, "undo", entry.subject, undone=seq, deed=entry.action)
    return entry.subject


def mute(
    session: Session,
    *,
    by: str,
    at: datetime,
    until: datetime,
    reason: str,
    nct_id: str | None = None,
    kind: str | None = None,
) -> int:
    """Keep quiet about a study, a kind, or a kind of one study, until a time; the number to lift it by."""
    values = {"nct_id": nct_id, "kind": kind, "until": until, "reason": reason, "by": by, "at": at}
    number: int = session.execute(insert(session, tables.Mute).values(values).returning(MUTE.id)).scalar_one()
    seals.seal(session, tables.Mute, [(number,)])
    detail = {"kind": kind, "until": until.isoformat(), "reason": reason, "number": number}
    audit.append(session, at, by, "mute", nct_id or kind or "", **detail)
    return number


def lift(session: Session, number: int, *, by: str, at: datetime) -> None:
    """End a mute before its time. Raises UnknownEntry."""
    statement = update(table_of(tables.Mute)).where(MUTE.id == number, MUTE.lifted_at.is_(None))
    lifted = session.execute(statement.values(lifted_at=at).returning(MUTE.nct_id, MUTE.kind)).first()
    if lifted is None:
        raise UnknownEntry(f"no mute has the number {number}")
    audit.append(session, at, by, "lift", lifted.nct_id or lifted.kind, number=number)


def mutes(session: Session, now: datetime) -> list[Mute]:
    """The mutes in force."""
    statement = select(*columns_of(MUTE, Mute)).order_by(MUTE.id)
    return rows(session, statement.where(MUTE.until > now, MUTE.lifted_at.is_(None)), Mute)


def awake(now: datetime) -> ColumnElement[bool]:
    """Which alerts are not snoozed."""
    until = or_(ALERT.snoozed_until.is_(None), ALERT.snoozed_until <= now)
    return and_(until, ALERT.snoozed_until_change.is_(False))


def listed() -> Select[Any]:
    """All alerts, as `AlertInfo` has them."""
    elsewhere = ("severity", "kind", "headline", "origin", "release")
    own = columns_of(ALERT, AlertInfo, exclude=("title", *elsewhere))
    said = [EVENT[name] for name in elsewhere]
    return (
        select(*own, STUDY.title, *said)
        .join(table_of(tables.Event), EVENT.id == ALERT.event_id)
        .join(table_of(tables.Study), STUDY.nct_id == ALERT.nct_id, isouter=True)
    )


def _change(
    session: Session,
    event_id: str,
    values: dict[str, Any],
    *,
    among: Collection[str] = ALERT_STATES,
    by: str = "",
) -> dict[str, Any]:
    """Change an alert that is in one of these states; what stood there before, as JSON."""
    rows = session.execute(select(table_of(tables.Alert)).where(ALERT.event_id == event_id))
    was = rows.mappings().first()
    if was is None:
        raise UnknownEntry(f"no alert of an event {event_id} is open or was")
    if was["state"] not in among:
        raise ChangedSince(_other_was_faster(was, by))
    session.execute(update(table_of(tables.Alert)).where(ALERT.event_id == event_id).values(values))
    return {name: _kept(was[name]) for name in values}


def _other_was_faster(was: RowMapping, by: str) -> str:
    """Why nothing is done to an alert that is not as it was believed to be."""
    if was["state"] == "open":
        return f"the alert of {was['event_id']} is open; nothing was done"
    who = was["acknowledged_by"]
    faster = "you did so before" if who == by else f"{who} was faster"
    at = f"{was['closed_at'] or was['acknowledged_at']:%Y-%m-%d %H:%M} UTC"
    return f"{faster}: the alert of {was['event_id']} is {was['state']} already, by {who} at {at}; nothing was done"


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _restored(name: str, value: Any) -> Any:
    is_time = name.endswith(("_at", "_until")) and isinstance(value, str)
    return datetime.fromisoformat(value) if is_time else value
