"""What is renewed of versions that are stored: that a study was read again, or their hashes under a newer form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal_column, null, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage import seals
from storage.bulk import chunks
from storage.many_rows import write_rows
from storage.rows import Columns
from storage.tables import Study, Version, table_of

STUDY = table_of(Study).c
VERSION = table_of(Version).c


@dataclass(frozen=True, slots=True)
class Touch:
    """A study that was read and whose content is as its head's; it is no longer absent."""

    nct_id: str
    raw_hash: str
    stamp: str
    checked_at: datetime
    state: str = "present"


@dataclass(frozen=True, slots=True)
class Rehash:
    """The hashes of a stored version under a newer canonical form."""

    nct_id: str
    number: int
    content_hash: str
    derived_hash: str
    canon: int


def touch(session: Session, touches: Sequence[Touch]) -> None:
    """Note what is new of studies that were read and whose content is not: their bytes, or that they are there again."""
    rows = [
        {"id": t.nct_id, "raw": t.raw_hash, "stamp": t.stamp, "at": t.checked_at, "presence": t.state}
        for t in touches
    ]
    if rows:
        with seals.revising(session, Study, sorted((each.nct_id,) for each in touches)):
            write_rows(session, _touching, rows)


def _touching(_dialect: str) -> UpdateBase:
    return (
        update(table_of(Study))
        .where(STUDY.nct_id == bindparam("id"))
        .values(
            raw_hash=bindparam("raw"),
            checked_stamp=bindparam("stamp"),
            checked_at=bindparam("at"),
            state=bindparam("presence"),
            absent_since=null(),
            absent_releases=literal_column("0"),
            alias_of=null(),
        )
    )


def rehash(session: Session, rehashes: Sequence[Rehash]) -> None:
    """Note the hashes of versions, and of the studies whose head they are, under a newer canonical form.

    Those that have that form already are left as they are.
    """
    older = _of_older_form(session, rehashes)
    rows = [
        {"id": r.nct_id, "n": r.number, "content": r.content_hash, "derived": r.derived_hash, "form": r.canon}
        for r in older
    ]
    if rows:
        with seals.revising(session, Version, [(r.nct_id, r.number) for r in older]):
            write_rows(session, _rehashing_versions, rows)
            write_rows(session, _rehashing_studies, rows)


def _rehashing_versions(_dialect: str) -> UpdateBase:
    return _rehashing(VERSION, VERSION.number)


def _rehashing_studies(_dialect: str) -> UpdateBase:
    return _rehashing(STUDY, STUDY.head)


def _rehashing(table: Columns, number: ColumnElement[Any]) -> UpdateBase:
    values: dict[str, Any] = {
        "content_hash": bindparam("content"),
        "derived_hash": bindparam("derived"),
        "canon": bindparam("form"),
    }
    return (
        update(table.nct_id.table)
        .where(table.nct_id == bindparam("id"), number == bindparam("n"))
        .values(values)
    )


def _of_older_form(session: Session, rehashes: Sequence[Rehash]) -> list[Rehash]:
    statement = select(VERSION.nct_id, VERSION.number, VERSION.canon)
    ids = [each.nct_id for each in rehashes]
    rows = (
        row for chunk in chunks(ids) for row in session.execute(statement.where(VERSION.nct_id.in_(chunk)))
    )
    canon = {(nct_id, number): form for nct_id, number, form in rows}
    return [each for each in rehashes if canon.get((each.nct_id, each.number)) != each.canon]
