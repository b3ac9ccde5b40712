"""What is lacking of the release in hand: watched records that stand in quarantine, and since when it is partial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from storage import tables
from storage.readings import read_on
from storage.tables import table_of

CYCLE = table_of(tables.Cycle).c
MEMBERSHIP = table_of(tables.Membership).c
QUARANTINE = table_of(tables.Quarantine).c
STUDY = table_of(tables.Study).c


@dataclass(frozen=True, slots=True)
class Record:
    """A record that is in quarantine now; `nct_id` only where it could be told."""

    entry: int
    nct_id: str | None
    reason: str

    @property
    def name(self) -> str:
        """What people call it."""
        return self.nct_id or f"a record without a readable id (quarantine entry {self.entry})"


@dataclass(frozen=True, slots=True)
class Unread:
    """A release of which the last cycle that came to an end is partial."""

    release: str
    since: datetime
    """When the first partial cycle over it ended."""
    records: tuple[Record, ...]
    said: str = ""
    """What the last cycle says it lacks besides: watches in trouble, studies that cannot be resolved."""


def unread(session: Session) -> Unread | None:
    """What the release in hand lacks; None where the last cycle that came to an end read all of it."""
    columns = (CYCLE.stamp, CYCLE.release, CYCLE.state, CYCLE.error_message)
    ended = select(*columns).where(CYCLE.state.in_(("complete", "held", "partial")))
    last = session.execute(ended.order_by(CYCLE.id.desc()).limit(1)).first()
    if last is None or last.state != "partial":
        return None
    # Of this very stamp: a release that was partial before is another matter, and may be over.
    partial = select(func.min(CYCLE.finished_at)).where(CYCLE.stamp == last.stamp, CYCLE.state == "partial")
    return Unread(
        release=last.release or last.stamp,
        since=session.execute(partial).scalar_one(),
        records=_records(session, last.stamp),
        said=last.error_message or "",
    )


def _records(session: Session, stamp: str) -> tuple[Record, ...]:
    """What was refused on a release and not read on it since, of studies that are watched or were never read at all."""
    is_member = exists().where(MEMBERSHIP.nct_id == QUARANTINE.nct_id, MEMBERSHIP.left_release.is_(None))
    known = exists().where(STUDY.nct_id == QUARANTINE.nct_id)
    refused = (
        select(QUARANTINE.id, QUARANTINE.nct_id, QUARANTINE.reason)
        .where(QUARANTINE.stamp == stamp, or_(is_member, ~known))
        .order_by(QUARANTINE.id)
    )
    # Each poll asks again, so that a record that changes under our hands can stand there several times.
    newest = {row.nct_id or str(row.id): Record(*row) for row in session.execute(refused)}
    read = read_on(session, (record.nct_id for record in newest.values() if record.nct_id), stamp)
    return tuple(record for record in newest.values() if record.nct_id not in read)
