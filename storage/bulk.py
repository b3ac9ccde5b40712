"""Many rows at once, in words that both databases know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage.tables import Base, table_of

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

CHUNK = 500
"""Ids in one IN list: far below the limits of both databases (32,766 and 65,535 parameters)."""


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """The distinct ids in lists of at most CHUNK, sorted, so that two runs do the same in the same order."""
    return batched(sorted(set(ids)), CHUNK)


Item = TypeVar("Item")


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of at most `size`, in order."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def with_keys(columns: Sequence[ColumnElement[Any]], keys: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    """The rows of these keys, each a value for each of the columns; a table has an index that begins with the first."""
    # By the first column as well: of whole keys alone SQLite finds no index, and reads all of a table, twice for each page
    # of changes of which the versions are sealed anew.
    is_one_of = columns[0].in_(list(dict.fromkeys(key[0] for key in keys)))
    return is_one_of if len(columns) == 1 else is_one_of & tuple_(*columns).in_(keys)


def stream(session: Session, statement: Select[Any], size: int = CHUNK) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows of a large answer, a few at a time; its cursor is closed however far it is read."""
    with session.execute(statement.execution_options(yield_per=size)) as rows:
        yield from rows


def insert(session: Session, model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the session's database."""
    return insert_in(session.get_bind().dialect.name, model)


def insert_in(dialect: str, model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of a name."""
    table: Table = table_of(model)
    # the database has its dialect imported already; the other one is not needed
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def upsert_in(dialect: str, model: type[Base], key: str, columns: Iterable[str]) -> UpdateBase:
    """An INSERT that renews these columns of a row that is there already."""
    adding = insert_in(dialect, model)
    renewed = {name: adding.excluded[name] for name in columns}
    return adding.on_conflict_do_update(index_elements=[key], set_=renewed)
