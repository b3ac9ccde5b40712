"""What happened to studies since somebody last reviewed them, in a fixed number of queries however many they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from storage import cohorts, tables
from storage.bulk import chunks
from storage.events import TOLD
from storage.membership import now_in
from storage.rows import rows
from storage.tables import table_of

STUDY = table_of(tables.Study).c
EVENT = table_of(tables.Event).c
MEMBERSHIP = table_of(tables.Membership).c
REVIEW = table_of(tables.Review).c


@dataclass(frozen=True, slots=True)
class Watched:
    """A study that is in a watch now, with its last review if there was one."""

    nct_id: str
    title: str | None
    status: str | None
    sponsor: str | None
    head: int | None
    reviewed_version: int | None
    reviewed_at: datetime | None
    reviewed_by: str | None


@dataclass(frozen=True, slots=True)
class Since:
    """An event that was told of a study after its last review, or ever where there was none."""

    nct_id: str
    seq: int
    id: str
    severity: str
    kind: str
    release: str


def watched(session: Session, watch: str, ids: Iterable[str]) -> dict[str, Watched]:
    """Those of the studies that are in a watch, or in any, and have been read; by id."""
    statement = _watched(watch)
    return {
        row.nct_id: Watched(*row)
        for chunk in chunks(ids)
        for row in session.execute(statement.where(STUDY.nct_id.in_(chunk)))
    }


def count(session: Session, watch: str, status: str = "", *, reviewed: bool = False) -> int:
    """How many studies a watch has, or all have, that have been read; of a status, or those that somebody has reviewed."""
    if not (status or reviewed):
        return _members(session, watch) - _unread(session, watch)
    statement = select(func.count()).where(*_in(watch, status))
    if reviewed:
        statement = statement.where(STUDY.nct_id.in_(select(REVIEW.nct_id)))
    return session.scalar(statement) or 0


def _members(session: Session, watch: str) -> int:
    """Out of an index alone: each study looked at, a whole registry takes half a second."""
    sizes = cohorts.sizes(session)
    if watch or len(sizes) < 2:
        return sizes.get(watch, 0) if watch else sum(sizes.values())
    # A study that is in two watches counts once.
    inside = select(MEMBERSHIP.nct_id).where(MEMBERSHIP.left_release.is_(None)).distinct()
    return session.scalar(select(func.count()).select_from(inside.subquery())) or 0


def _unread(session: Session, watch: str) -> int:
    never = select(func.count()).where(STUDY.head.is_(None), now_in(watch, STUDY.nct_id))
    return session.scalar(never) or 0


def untold(
    session: Session, watch: str, status: str = "", *, offset: int = 0, limit: int | None = None
) -> list[Watched]:
    """Studies that nobody has reviewed, and of which nothing was ever told, by id."""
    told = exists().where(EVENT.nct_id == STUDY.nct_id, TOLD, EVENT.held_by.is_(None))
    statement = _watched(watch, status).where(REVIEW.id.is_(None), ~told).order_by(STUDY.nct_id)
    return rows(session, statement.offset(offset).limit(limit), Watched)


def _watched(watch: str, status: str = "") -> Select[Any]:
    own = [STUDY[name] for name in ("nct_id", "title", "status", "sponsor", "head")]
    return (
        select(*own, REVIEW.version, REVIEW.at, REVIEW.by)
        .select_from(table_of(tables.Study))
        .outerjoin(table_of(tables.Review), REVIEW.id == _last_review(STUDY.nct_id))
        .where(*_in(watch, status))
    )


def _last_review(study: ColumnElement[Any]) -> ScalarSelect[Any]:
    mine = table_of(tables.Review).alias("mine").c
    return select(func.max(mine.id)).where(mine.nct_id == study).scalar_subquery()


def _in(watch: str, status: str) -> list[ColumnElement[bool]]:
    conditions = [STUDY.head.is_not(None), now_in(watch, STUDY.nct_id)]
    return [*conditions, STUDY.status == status] if status else conditions


def since_review(session: Session, watch: str = "") -> list[Since]:
    """The events after the last review of each study of a watch, or of all; not those that a storm holds."""
    # A review is of a version: what is told of later versions is new, whenever it was told.
    later = or_(
        EVENT.to_version > REVIEW.version, and_(EVENT.to_version.is_(None), EVENT.seen_at > REVIEW.at)
    )
    statement = (
        select(EVENT.nct_id, EVENT.seq, EVENT.id, EVENT.severity, EVENT.kind, EVENT.release)
        .select_from(table_of(tables.Event))
        .outerjoin(table_of(tables.Review), REVIEW.id == _last_review(EVENT.nct_id))
        .where(now_in(watch, EVENT.nct_id), TOLD, EVENT.held_by.is_(None), or_(REVIEW.id.is_(None), later))
        .order_by(EVENT.seq)
    )
    return rows(session, statement, Since)


def headlines(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The headlines of events, by their ids."""
    statement = select(EVENT.id, EVENT.headline)
    return {
        event_id: headline
        for chunk in chunks(ids)
        for event_id, headline in session.execute(statement.where(EVENT.id.in_(chunk)))
    }


def reviewers(session: Session) -> list[str]:
    """Whoever has reviewed a study."""
    return sorted(session.scalars(select(REVIEW.by).distinct()))
