"""What happened to studies since somebody last reviewed them, in a fixed number of queries however many they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import chunks
from storage.events import TOLD
from storage.rows import rows
from storage.tables import table_of

STUDY = table_of(tables.Study).c
MEMBERSHIP = table_of(tables.Membership).c
EVENT = table_of(tables.Event).c
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


def watched(session: Session, watch: str = "") -> list[Watched]:
    """The studies of a watch, or of all, by id."""
    last = select(REVIEW.nct_id, func.max(REVIEW.id).label("id")).group_by(REVIEW.nct_id).subquery()
    inside = select(MEMBERSHIP.nct_id).where(MEMBERSHIP.left_release.is_(None))
    if watch:
        inside = inside.where(MEMBERSHIP.watch == watch)
    statement = (
        select(
            STUDY.nct_id,
            STUDY.title,
            STUDY.status,
            STUDY.sponsor,
            STUDY.head,
            REVIEW.version,
            REVIEW.at,
            REVIEW.by,
        )
        .select_from(table_of(tables.Study))
        .outerjoin(last, last.c.nct_id == STUDY.nct_id)
        .outerjoin(table_of(tables.Review), REVIEW.id == last.c.id)
        .where(STUDY.nct_id.in_(inside), STUDY.head.is_not(None))
        .order_by(STUDY.nct_id)
    )
    return rows(session, statement, Watched)


def since_review(session: Session, watch: str = "") -> list[Since]:
    """The events after the last review of each study of a watch, or of all; not those that a storm holds."""
    last = select(REVIEW.nct_id, func.max(REVIEW.id).label("id")).group_by(REVIEW.nct_id).subquery()
    inside = select(MEMBERSHIP.nct_id).where(MEMBERSHIP.left_release.is_(None))
    if watch:
        inside = inside.where(MEMBERSHIP.watch == watch)
    # A review is of a version: what is told of later versions is new, whenever it was told.
    later = or_(
        EVENT.to_version > REVIEW.version, and_(EVENT.to_version.is_(None), EVENT.seen_at > REVIEW.at)
    )
    statement = (
        select(EVENT.nct_id, EVENT.seq, EVENT.id, EVENT.severity, EVENT.kind, EVENT.release)
        .select_from(table_of(tables.Event))
        .outerjoin(last, last.c.nct_id == EVENT.nct_id)
        .outerjoin(table_of(tables.Review), REVIEW.id == last.c.id)
        .where(EVENT.nct_id.in_(inside), TOLD, EVENT.held_by.is_(None), or_(REVIEW.id.is_(None), later))
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
