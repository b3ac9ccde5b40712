"""What the searches of watches find and their second look does not take: each study with the reason, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import chunks, insert
from storage.rows import columns_of, rows, values_of
from storage.tables import table_of

NOT_TAKEN = table_of(tables.NotTaken).c
STUDY = table_of(tables.Study).c

MOST = 10_000
"""Studies that are kept of one watch: all CAR words together find 2,700. What is beyond is dropped all the same."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A study that a watch's search finds and its second look does not mean, since a release; `note`: what else is known."""

    watch: str
    nct_id: str
    source: str
    reason: str
    since: str
    first_posted: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The same with what a list shows of the study."""

    nct_id: str
    title: str | None
    source: str
    reason: str
    since: str
    first_posted: str | None
    note: str


def of_watch(session: Session, watch: str) -> dict[str, NotTaken]:
    """All that are kept of a watch, by id."""
    statement = select(*columns_of(NOT_TAKEN, NotTaken)).where(NOT_TAKEN.watch == watch)
    return {each.nct_id: each for each in rows(session, statement, NotTaken)}


def listed(session: Session, watch: str, *, limit: int, offset: int = 0) -> list[Listed]:
    """Some of them, the latest first."""
    statement = (
        select(NOT_TAKEN.nct_id, STUDY.title, *columns_of(NOT_TAKEN, Listed, exclude=("nct_id", "title")))
        .join(table_of(tables.Study), STUDY.nct_id == NOT_TAKEN.nct_id)
        .where(NOT_TAKEN.watch == watch)
        .order_by(NOT_TAKEN.since.desc(), NOT_TAKEN.nct_id)
    )
    return rows(session, statement.limit(limit).offset(offset), Listed)


def has(session: Session, watch: str, nct_id: str) -> bool:
    """Whether a study is kept of a watch."""
    mine = NOT_TAKEN.watch == watch, NOT_TAKEN.nct_id == nct_id
    return session.scalar(select(NOT_TAKEN.nct_id).where(*mine)) is not None


def count(session: Session, watch: str) -> int:
    """How many are kept of a watch."""
    table = table_of(tables.NotTaken)
    return session.scalar(select(func.count()).select_from(table).where(NOT_TAKEN.watch == watch)) or 0


def keep(session: Session, found: Sequence[NotTaken]) -> None:
    """Keep studies, or what is known of them now."""
    if found:
        adding = insert(session, tables.NotTaken)
        names = ("source", "reason", "since", "first_posted", "note")
        renewed = {name: adding.excluded[name] for name in names}
        statement = adding.on_conflict_do_update(index_elements=["watch", "nct_id"], set_=renewed)
        session.execute(statement, [values_of(each) for each in found])


def forget(session: Session, watch: str, ids: Iterable[str]) -> None:
    """Keep studies no more: they are in the watch, or no search finds them."""
    for chunk in chunks(ids):
        mine = NOT_TAKEN.watch == watch, NOT_TAKEN.nct_id.in_(chunk)
        session.execute(delete(table_of(tables.NotTaken)).where(*mine))
