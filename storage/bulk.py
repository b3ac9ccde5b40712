"""Many rows at once, in words that both databases know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.tables import Base, table_of

CHUNK = 500
"""Ids in one IN list: far below the limits of both databases (32,766 and 65,535 parameters)."""


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """The distinct ids in lists of at most CHUNK, sorted, so that two runs do the same in the same order."""
    ordered = iter(sorted(set(ids)))
    while chunk := list(islice(ordered, CHUNK)):
        yield chunk


def insert(session: Session, model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the session's database."""
    table: Table = table_of(model)
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
