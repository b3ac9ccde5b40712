"""Who looked at a study, when, and as of which version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import audit, seals, tables
from storage.bulk import insert
from storage.rows import columns_of, rows, values_of
from storage.tables import table_of

REVIEW = table_of(tables.Review).c


@dataclass(frozen=True, slots=True)
class Review:
    """A person looked at a study as of a version; what changed since is what is out of date."""

    nct_id: str
    version: int
    at: datetime
    by: str
    note: str | None


def add_review(session: Session, review: Review) -> None:
    """Write a review down, in the audit log too."""
    values = values_of(review)
    new = insert(session, tables.Review).values(values).returning(REVIEW.id)
    seals.seal(session, tables.Review, [(session.execute(new).scalar_one(),)])
    detail = {"version": review.version, "note": review.note}
    audit.append(session, review.at, review.by, "review", review.nct_id, **detail)


def reviews(session: Session, nct_id: str) -> list[Review]:
    """A study's reviews, newest first."""
    columns = columns_of(REVIEW, Review)
    return rows(session, select(*columns).where(REVIEW.nct_id == nct_id).order_by(REVIEW.id.desc()), Review)
