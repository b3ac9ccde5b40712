"""One holder at a time of a named right to work, proved by a number that grows with each holder.

A process that froze and wakes after its lease passed on still believes that it holds it; `check`, in the
transaction that writes, is what stops it. An advisory lock alone would not: a frozen holder keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import insert
from storage.errors import LeaseLost
from storage.tables import table_of

LEASE = table_of(tables.Lease).c


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work under a name, until `expires_at` unless renewed."""

    name: str
    holder: str
    fence: int
    expires_at: datetime


def acquire(
    session: Session,
    name: str,
    holder: str,
    ttl: timedelta,
    now: datetime,
    has_ended: Callable[[str], bool] = lambda _holder: False,
) -> Lease | None:
    """Take a lease that is free, released or expired; None while another holder has it.

    `holder` must be unique to the process; `has_ended` may tell of a holder that it is known to be dead.
    """
    # A row to compete for must be there first; two that make it at once both go on with the one.
    nobody = {"name": name, "holder": None, "fence": 0, "expires_at": now}
    session.execute(insert(session, tables.Lease).values(nobody).on_conflict_do_nothing())
    current = session.execute(select(LEASE.holder, LEASE.fence).where(LEASE.name == name)).one()
    free: ColumnElement[bool] = _is_free(now, ttl)
    if current.holder is not None and has_ended(current.holder):
        free = or_(free, LEASE.holder == current.holder)
    lease = Lease(name, holder, current.fence + 1, now + ttl)
    # The fence read above must still stand: of two that found the lease free, one moves it on and the other takes
    # nothing.
    taken = _change(session, (LEASE.name == name) & (LEASE.fence == current.fence) & free, lease)
    return lease if taken else None


def renew(session: Session, lease: Lease, ttl: timedelta, now: datetime) -> Lease:
    """Hold on to a lease for another while. Raises LeaseLost."""
    renewed = replace(lease, expires_at=now + ttl)
    if not _change(session, _is_held(lease), renewed):
        raise LeaseLost
    return renewed


def release(session: Session, lease: Lease, now: datetime) -> None:
    """Give a lease back; nothing happens if it was lost before."""
    session.execute(update(table_of(tables.Lease)).where(_is_held(lease)).values(holder=None, expires_at=now))


def holder(session: Session, name: str) -> str | None:
    """Who took a lease last and has not given it back; it may have expired, or its holder have ended."""
    return session.scalar(select(LEASE.holder).where(LEASE.name == name))


def is_held(session: Session, name: str, now: datetime) -> bool:
    """Whether somebody has a lease now, as far as the clock tells."""
    statement = select(LEASE.name).where(
        LEASE.name == name, LEASE.holder.is_not(None), LEASE.expires_at > now
    )
    return session.execute(statement).first() is not None


def check(session: Session, lease: Lease) -> None:
    """Refuse the rest of a writing transaction when the lease has passed on. Raises LeaseLost."""
    # Locked as well as read: whoever would take the lease over waits until this transaction has ended.
    if session.execute(select(LEASE.name).where(_is_held(lease)).with_for_update()).first() is None:
        raise LeaseLost


def _is_held(lease: Lease) -> ColumnElement[bool]:
    return (LEASE.name == lease.name) & (LEASE.fence == lease.fence) & (LEASE.holder == lease.holder)


def _is_free(now: datetime, ttl: timedelta) -> ColumnElement[bool]:
    # an expiry further off than any holder sets it was written by a clock that has been put back since
    return or_(LEASE.holder.is_(None), LEASE.expires_at <= now, LEASE.expires_at > now + 2 * ttl)


def _change(session: Session, condition: ColumnElement[bool], lease: Lease) -> bool:
    values = {"holder": lease.holder, "fence": lease.fence, "expires_at": lease.expires_at}
    statement = update(table_of(tables.Lease)).where(condition).values(values).returning(LEASE.name)
    return session.execute(statement).first() is not None
