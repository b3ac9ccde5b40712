"""Is the file sound, and is there a row wherever another one refers to it?"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ForeignKeyConstraint, Table, and_, exists, select
from sqlalchemy.orm import Session

from storage.bulk import stream
from storage.problems import Problem
from storage.sealed import SEALED, capital, name_of
from storage.tables import Base


def file_problems(session: Session) -> Iterator[Problem]:
    """What SQLite finds wrong with its file; PostgreSQL looks after its own."""
    if session.get_bind().dialect.name == "sqlite":
        for (finding,) in session.connection().exec_driver_sql("PRAGMA integrity_check"):
            if finding != "ok":
                yield Problem("file", "", f"SQLite: {finding}")


def reference_problems(session: Session) -> Iterator[Problem]:
    """Rows that refer to one that is not there: both databases can be told to let that pass."""
    # All tables by their metadata, so that a new one cannot be forgotten here.
    for table in Base.metadata.sorted_tables:
        for constraint in sorted(table.foreign_key_constraints, key=lambda each: str(each.name)):
            yield from _dangling(session, table, constraint)


def _dangling(session: Session, table: Table, constraint: ForeignKeyConstraint) -> Iterator[Problem]:
    columns = [element.parent for element in constraint.elements]
    parent = constraint.referred_table.alias()
    targets = [parent.c[element.column.name] for element in constraint.elements]
    there = exists().where(and_(*(own == other for own, other in zip(columns, targets, strict=True))))
    present = [column.is_not(None) for column in columns]
    keys = list(table.primary_key.columns)
    statement = select(*keys, *columns).where(*present, ~there).order_by(*keys)
    for row in stream(session, statement):
        subject, target = name_of(row[: len(keys)]), name_of(row[len(keys) :])
        named = (
            SEALED[table.name].name(subject, None)
            if table.name in SEALED
            else f"row {subject} of {table.name}"
        )
        text = f"{capital(named)} refers to {target} in {constraint.referred_table.name}"
        yield Problem(table.name, subject, f"{text}, which is not there")
