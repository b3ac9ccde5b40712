"""What a digest is made of: events counted and the heaviest of them, what cycles came to, what is owed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from storage import tables
from storage.events import TOLD, WEIGHT
from storage.rows import rows
from storage.tables import SEVERITIES, table_of

EVENT = table_of(tables.Event).c
STUDY = table_of(tables.Study).c
CYCLE = table_of(tables.Cycle).c
MEMBERSHIP = table_of(tables.Membership).c
DELIVERY = table_of(tables.Delivery).c
QUARANTINE = table_of(tables.Quarantine).c


@dataclass(frozen=True, slots=True)
class DigestEvent:
    """An event in one line."""

    event_id: str
    nct_id: str
    title: str
    severity: str
    kind: str
    headline: str
    origin: str
    release: str


@dataclass(frozen=True, slots=True)
class CycleTally:
    """What cycles came to in a period: releases read, failures with the last one's words, records in quarantine."""

    releases: int
    failures: int
    last_failure: str | None
    quarantined: int


def of_deliveries(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """The events of deliveries."""
    return EVENT.id.in_(select(DELIVERY.event_id).where(which))


def seen_between(since: datetime | None, until: datetime) -> ColumnElement[bool]:
    """The events seen in a period (its end included), but for those that a storm holds."""
    seen = TOLD & EVENT.held_by.is_(None) & (EVENT.seen_at <= until)
    return seen if since is None else seen & (EVENT.seen_at > since)


def first_seen(session: Session, which: ColumnElement[bool]) -> datetime | None:
    """When the first of the events was seen; None where there are none."""
    found: datetime | None = session.scalar(select(func.min(EVENT.seen_at)).where(which))
    return found


def counts(session: Session, which: ColumnElement[bool]) -> dict[str, int]:
    """How many events there are of each severity that there is any of, heaviest first."""
    rows = session.execute(select(EVENT.severity, func.count()).where(which).group_by(EVENT.severity))
    found = {row[0]: row[1] for row in rows}
    return {severity: found[severity] for severity in SEVERITIES if severity in found}


def heaviest(
    session: Session,
    which: ColumnElement[bool],
    limit: int,
    *,
    only: Collection[str] = (),
    exclude: Collection[str] = (),
) -> list[DigestEvent]:
    """The heaviest events, those of one study together; `only` of these kinds, or of all `but` these."""
    statement = select(
        EVENT.id,
        func.coalesce(EVENT.nct_id, ""),
        func.coalesce(STUDY.title, ""),
        *(EVENT[name] for name in ("severity", "kind", "headline", "origin", "release")),
    ).join_from(table_of(tables.Event), table_of(tables.Study), STUDY.nct_id == EVENT.nct_id, isouter=True)
    if only:
        statement = statement.where(EVENT.kind.in_(only))
    statement = statement.where(which, EVENT.kind.not_in(exclude))
    return rows(session, statement.order_by(WEIGHT, EVENT.nct_id, EVENT.seq).limit(limit), DigestEvent)


def watched(session: Session) -> int:
    """How many studies are watched."""
    members = select(func.count(distinct(MEMBERSHIP.nct_id))).where(MEMBERSHIP.left_release.is_(None))
    return session.scalar(members) or 0


def cycle_tally(session: Session, since: datetime | None, until: datetime) -> CycleTally:
    """What the cycles of a period came to."""
    within = CYCLE.finished_at <= until
    within = within & (CYCLE.finished_at > since) if since else within
    read = CYCLE.state.in_(("complete", "held", "partial"))
    failed = CYCLE.state == "failed"
    last = select(CYCLE.error_kind, CYCLE.error_message).where(within, failed).order_by(CYCLE.id.desc())
    words = session.execute(last.limit(1)).first()
    refused = QUARANTINE.seen_at <= until
    refused = refused & (QUARANTINE.seen_at > since) if since else refused
    return CycleTally(
        session.scalar(select(func.count(distinct(CYCLE.release))).where(within, read)) or 0,
        session.scalar(select(func.count()).select_from(table_of(tables.Cycle)).where(within, failed)) or 0,
        f"{words[0]}: {words[1]}" if words else None,
        session.scalar(select(func.count()).select_from(table_of(tables.Quarantine)).where(refused)) or 0,
    )
