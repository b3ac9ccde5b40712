"""What the service has come to, in numbers: how many of each thing there are, for whoever draws curves of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from storage import outbox, tables
from storage.alerts import awake
from storage.membership import NOT_PRESENT
from storage.tables import table_of

ALERT = table_of(tables.Alert).c
CYCLE = table_of(tables.Cycle).c
EVENT = table_of(tables.Event).c
STORM = table_of(tables.Storm).c
STUDY = table_of(tables.Study).c


@dataclass(frozen=True, slots=True)
class Open:
    """The open alerts of a severity that nobody snoozed and no storm holds, and since when the oldest has been open."""

    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Metrics:
    """One look at the numbers. `oldest_due`: for each channel since when it has owed a delivery."""

    studies: Mapping[str, int]
    versions: int
    events: Mapping[str, int]
    open_alerts: Mapping[str, Open]
    deliveries: Mapping[tuple[str, str], int]
    oldest_due: Mapping[str, datetime]
    disabled: frozenset[str]
    quarantined: int
    storms_held: int
    cycles: Mapping[str, int]
    last_cycle: tuple[datetime, datetime] | None
    """When the last cycle that ended began, and when it ended."""


def read_metrics(session: Session, now: datetime) -> Metrics:
    """The numbers as they stand: a fixed number of queries."""
    return Metrics(
        studies=_states(session),
        versions=_number(session, tables.Version),
        events=_by(session, EVENT.severity),
        open_alerts=_open(session, now),
        deliveries=outbox.counts(session),
        oldest_due=outbox.due_since(session, now),
        disabled=frozenset(outbox.disabled(session)),
        quarantined=_number(session, tables.Quarantine),
        storms_held=session.scalar(select(func.count()).where(STORM.state == "held")) or 0,
        cycles=_by(session, CYCLE.state),
        # By number, not by time: the clock may have been put back between two cycles.
        last_cycle=_last_cycle(session),
    )


def _states(session: Session) -> dict[str, int]:
    """Studies by state; nearly all are present, whom no index has: they are all but the others."""
    others = _by(session, STUDY.state, NOT_PRESENT)
    present = _number(session, tables.Study) - sum(others.values())
    return {**({"present": present} if present else {}), **others}


def _by(session: Session, column: ColumnElement[Any], *where: ColumnElement[bool]) -> dict[str, int]:
    counted = select(column, func.count()).where(*where).group_by(column)
    return {str(row[0]): int(row[1]) for row in session.execute(counted)}


def _number(session: Session, model: type[tables.Base]) -> int:
    return session.scalar(select(func.count()).select_from(table_of(model))) or 0


def _open(session: Session, now: datetime) -> dict[str, Open]:
    statement = (
        select(EVENT.severity, func.count(), func.min(ALERT.opened_at))
        .join_from(table_of(tables.Alert), table_of(tables.Event), EVENT.id == ALERT.event_id)
        .where(ALERT.state == "open", awake(now), EVENT.held_by.is_(None))
        .group_by(EVENT.severity)
    )
    return {severity: Open(number, since) for severity, number, since in session.execute(statement)}


def _last_cycle(session: Session) -> tuple[datetime, datetime] | None:
    ended = select(CYCLE.started_at, CYCLE.finished_at).where(CYCLE.finished_at.is_not(None))
    row = session.execute(ended.order_by(CYCLE.id.desc()).limit(1)).first()
    return (row[0], row[1]) if row else None
