"""What a restored database knows: that it was restored, and which deliveries may have been told already.

Between backup and restore the lost database may have told whatever the restored one holds as due, and whatever its
first catch-up finds. Such deliveries are held until a person releases or drops them; nothing sends them by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from storage import audit, ledger, tables, wake
from storage.rows import columns_of
from storage.tables import table_of

BEAT = table_of(tables.Beat).c
CYCLE = table_of(tables.Cycle).c
DELIVERY = table_of(tables.Delivery).c
EVENT = table_of(tables.Event).c

MARK = "restore"
_UNFINISHED = ("due", "waiting", "collecting")


@dataclass(frozen=True, slots=True)
class Restore:
    """The last restore. `until`: when the release that was current then had been caught up with; None before.

    `pending`: studies that could not be read then; what is found of them next may have been told as well.
    """

    at: datetime
    backup_at: datetime | None
    until: datetime | None
    pending: frozenset[str]

    def may_have_announced(self, nct_id: str | None, posted: str | None, *, of_versions: bool) -> bool:
        """Whether the lost database may have told an event that is found now.

        A record that was posted after the day of the restore it cannot have read.
        """
        # Only a whole date can be compared: a month alone says nothing about the day of the restore.
        is_later = posted is not None and len(posted) == 10 and posted > self.at.date().isoformat()
        catches_up = self.until is None or (of_versions and nct_id in self.pending)
        return catches_up and not is_later


@dataclass(frozen=True, slots=True)
class HeldDelivery:
    """A delivery that is held because it may have been told before the restore; `headline` says what of."""

    id: str
    kind: str
    route: str
    channel: str
    nct_id: str | None
    event_id: str | None
    created_at: datetime
    headline: str | None


def mark(session: Session, *, backup_at: datetime | None, at: datetime, by: str, file: str) -> int:
    """Note that the database was restored, and hold whatever was due in it; how many deliveries are held.

    Who was signed in or held a lease when the backup was made no longer is or does.
    """
    values = {"state": "held", "claimed_by": None, "claimed_until": None}
    unfinished = update(table_of(tables.Delivery)).where(DELIVERY.state.in_(_UNFINISHED)).values(values)
    number = int(session.execute(unfinished).rowcount)  # type: ignore[attr-defined]
    # The fence stays and goes on growing: a process that held a lease before still has its writes refused.
    session.execute(update(table_of(tables.Lease)).values(holder=None, expires_at=at))
    session.execute(delete(table_of(tables.WebSession)))
    # what the lost database's digests said is not said again by one over the same days
    digests = update(table_of(tables.Beat)).where(BEAT.name.like("digest:%"), BEAT.at < at)
    session.execute(digests.values(at=at))
    _stop_daemon(session)
    detail: dict[str, Any] = {
        "backup_at": backup_at.isoformat() if backup_at else None,
        "until": None,
        "pending": [],
    }
    ledger.beat(session, MARK, at, detail | {"file": file})
    # Else the copy's own mark would have it taken, at the next start, for a copy put in place by hand.
    ledger.beat(session, "backup", backup_at or at, {"state": "restored"})
    audit.append(session, at, by, "database restored", file, backup_at=detail["backup_at"], held=number)
    return number


def last_restore(session: Session) -> Restore | None:
    """The last restore; None for a database that never was restored."""
    beat = ledger.last_beat(session, MARK)
    if beat is None:
        return None
    backup_at, until = (_time(beat.detail.get(name)) for name in ("backup_at", "until"))
    return Restore(beat.at, backup_at, until, frozenset(beat.detail.get("pending", ())))


def backed_up_at(session: Session) -> datetime | None:
    """When a copy was made: as `backup` wrote into it, else its last sign of life."""
    begun = ledger.last_beat(session, "backup")
    if begun and begun.detail.get("state") in ("copy", "running"):
        return begun.at
    last: datetime | None = session.scalar(select(func.max(BEAT.at)))
    return last


def is_a_copy(session: Session, identity: str | None) -> bool:
    """Whether this is a backup of another database than the one that it is now, put in place without `restore`."""
    begun = ledger.last_beat(session, "backup")
    if begun is None or begun.detail.get("state") != "running":
        return begun is not None and begun.detail.get("state") == "copy"
    # an archive of PostgreSQL's carries what stood in the database while it was written
    return begun.detail.get("source") not in (None, identity)


def caught_up(session: Session, at: datetime, pending: Collection[str] = ()) -> None:
    """The release that was current at the restore has been read, but for some studies: what comes next is news."""
    _change_mark(session, until=at.isoformat(), pending=sorted(pending))


def read_since(session: Session, nct_ids: Collection[str]) -> None:
    """Studies that could not be read when the rest was caught up with have been read now."""
    known = last_restore(session)
    if known:
        _change_mark(session, pending=sorted(known.pending.difference(nct_ids)))


def opened_before_restore(session: Session, event_ids: Collection[str]) -> set[str]:
    """The alerts that the backup had brought along."""
    known = last_restore(session)
    if known is None or not event_ids:
        return set()
    alert = table_of(tables.Alert).c
    opened = select(alert.event_id).where(alert.event_id.in_(event_ids), alert.opened_at <= known.at)
    return set(session.scalars(opened))


def held(session: Session) -> list[HeldDelivery]:
    """The deliveries that are held since a restore, in the order in which they were written."""
    columns = columns_of(DELIVERY, HeldDelivery, exclude=("headline",))
    statement = (
        select(*columns, EVENT.headline, DELIVERY.body)
        .join_from(
            table_of(tables.Delivery), table_of(tables.Event), EVENT.id == DELIVERY.event_id, isouter=True
        )
        .where(_held())
        .order_by(DELIVERY.seq)
    )
    return [HeldDelivery(*row[:7], row.headline or _subject(row.body)) for row in session.execute(statement)]


def count_held(session: Session, *, route_like: str = "%") -> int:
    """How many deliveries are held since a restore; those of routes whose name is like a pattern."""
    these = _held() & DELIVERY.route.like(route_like)
    return session.scalar(select(func.count()).select_from(table_of(tables.Delivery)).where(these)) or 0


def release(session: Session, ids: Sequence[str], *, by: str, at: datetime) -> int:
    """Have held deliveries told after all: at once, or in their route's next digest. How many."""
    with_digest = _set(session, _held() & DELIVERY.id.in_(ids) & DELIVERY.collects, state="collecting")
    at_once = _set(session, _held() & DELIVERY.id.in_(ids), state="due", due_at=at)
    wake.deliveries_due(session)
    return _decided(session, "held deliveries released", with_digest + at_once, by, at)


def drop(session: Session, ids: Sequence[str], *, by: str, at: datetime) -> int:
    """Have held deliveries never told: they were told before the restore. How many."""
    number = _set(session, _held() & DELIVERY.id.in_(ids), state="dropped", finished_at=at)
    return _decided(session, "held deliveries dropped", number, by, at)


def _decided(session: Session, action: str, number: int, by: str, at: datetime) -> int:
    if number:
        audit.append(session, at, by, action, "deliveries", deliveries=number)
    return number


def _held() -> ColumnElement[bool]:
    """Held since a restore: a storm's deliveries wait under the event that tells of the storm."""
    by_storm = select(EVENT.id).where(EVENT.held_by.is_not(None))
    return (DELIVERY.state == "held") & or_(DELIVERY.event_id.is_(None), DELIVERY.event_id.not_in(by_storm))


def _set(session: Session, which: ColumnElement[bool], **values: Any) -> int:
    done = session.execute(update(table_of(tables.Delivery)).where(which).values(values))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _stop_daemon(session: Session) -> None:
    """The daemon whose sign of life the backup carries does not run on this database."""
    beat = ledger.last_beat(session, "daemon")
    if beat:
        ledger.beat(session, "daemon", beat.at, {**beat.detail, "stopped": True})


def _change_mark(session: Session, **changes: Any) -> None:
    beat = ledger.last_beat(session, MARK)
    if beat:
        ledger.beat(session, MARK, beat.at, {**beat.detail, **changes})


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _subject(body: Any) -> str | None:
    subject = body.get("subject") or body.get("reason") if isinstance(body, dict) else None
    return subject if isinstance(subject, str) else None
