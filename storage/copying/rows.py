"""Rows as they stand in either database: read, compared and written without reading anything into them.

JSON stays the text that it is, a hash its bytes: seals are over just those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, MetaData, Table, Text, func, select
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import CHUNK, batched, stream, with_keys
from storage.fulltext.index import forget_words, index_words
from storage.tables import Base, table_of
from storage.types import HexHash, JsonText, PlainText, SearchVector

Values = tuple[Any, ...]
"""A row's values, in the order of its columns."""
ROWS = 2_000
"""In one transaction at most: a commit for each 500 took a third longer."""
BYTES = 4_000_000
"""In one transaction about: a record in quarantine may have megabytes by itself."""
_READ_AT_ONCE = {True: 20, False: CHUNK}
"""Rows that are fetched together, of a table with payloads and of any other."""
_MODULUS = 2**256


@dataclass
class Tally:
    """How many rows, and a hash of them all in whatever order: two databases sort texts differently."""

    rows: int = 0
    total: int = 0

    def add(self, values: Values) -> None:
        """Count a row in."""
        self.rows += 1
        self.total += int.from_bytes(hashlib.sha256(repr(values).encode()).digest())

    @property
    def sha256(self) -> str:
        """The sum of the rows' hashes."""
        return f"{self.total % _MODULUS:064x}"


@dataclass(frozen=True)
class RawTable:
    """A table whose values are taken as they stand. What only one database has, the words of the index, is left out."""

    table: Table

    @cached_property
    def plain(self) -> Table:
        """The same columns, of the types that lie below our own."""
        columns = [
            Column(column.name, _plain_type(column), primary_key=column.primary_key)
            for column in self.table.columns
            if not isinstance(column.type, SearchVector)
        ]
        return Table(self.table.name, MetaData(), *columns)

    @cached_property
    def keys(self) -> list[ColumnElement[Any]]:
        """The columns of the key."""
        return list(self.plain.primary_key.columns)

    @cached_property
    def _key_places(self) -> list[int]:
        names = [column.name for column in self.plain.columns]
        return [names.index(str(key.name)) for key in self.plain.primary_key.columns]

    def key_of(self, values: Values) -> Values:
        """The values of a row's key."""
        return tuple(values[place] for place in self._key_places)

    def count(self, session: Session) -> int:
        """How many rows there are."""
        return session.scalar(select(func.count()).select_from(self.plain)) or 0

    def all(self, session: Session) -> Iterator[Values]:
        """Every row by its key, so that one which refers to another of its table comes after that one."""
        has_payloads = any(type(column.type) is LargeBinary for column in self.table.columns)
        statement = select(self.plain).order_by(*self.keys)
        return (tuple(row) for row in stream(session, statement, _READ_AT_ONCE[has_payloads]))

    def tally(self, session: Session) -> Tally:
        """The number and the hash of all rows."""
        found = Tally()
        for values in self.all(session):
            found.add(values)
        return found

    def lacking(self, session: Session, rows: Sequence[Values]) -> list[Values]:
        """Those of the rows that are not there, or are there with other values."""
        there: dict[Values, Values] = {}
        for some in batched((self.key_of(values) for values in rows), CHUNK):
            found = session.execute(select(self.plain).where(with_keys(self.keys, some)))
            there.update((self.key_of(tuple(row)), tuple(row)) for row in found)
        return [values for values in rows if there.get(self.key_of(values)) != values]

    def write(self, session: Session, rows: Sequence[Values], *, replace: bool) -> None:
        """Add rows; `replace`: where there is one of the same key already, it takes the new values."""
        if not rows:
            return
        names = [column.name for column in self.plain.columns]
        statement = _insert(session, self.plain)
        others = [name for name in names if name not in self.plain.primary_key.columns]
        if replace and others:
            renewed = {name: statement.excluded[name] for name in others}
            statement = statement.on_conflict_do_update(index_elements=self.keys, set_=renewed)
        elif replace:
            statement = statement.on_conflict_do_nothing()
        session.execute(statement, [dict(zip(names, values, strict=True)) for values in rows])
        if self.table is table_of(tables.SearchEntry):
            index_words(session, [self.key_of(values)[0] for values in rows])

    def remove_others(self, session: Session, origin: Session) -> int:
        """Delete the rows whose keys the origin does not have; how many."""
        keys = (tuple(row) for row in stream(session, select(*self.keys)))
        gone = [key for some in batched(keys, CHUNK) for key in self._absent(origin, some)]
        for some in batched(gone, CHUNK):
            if self.table is table_of(tables.SearchEntry):
                forget_words(session, [key[0] for key in some])
            session.execute(self.plain.delete().where(with_keys(self.keys, some)))
        return len(gone)

    def _absent(self, origin: Session, keys: Sequence[Values]) -> list[Values]:
        there = {tuple(row) for row in origin.execute(select(*self.keys).where(with_keys(self.keys, keys)))}
        return [key for key in keys if key not in there]


def raw_tables() -> list[RawTable]:
    """All tables, each after those that it refers to: by the metadata, so that a new one cannot be forgotten here."""
    return [RawTable(table) for table in Base.metadata.sorted_tables]


def batches(rows: Iterator[Values]) -> Iterator[list[Values]]:
    """Rows in lists that are neither too long nor too large."""
    while batch := list(islice(_until_large(rows), ROWS)):
        yield batch


def _until_large(rows: Iterator[Values]) -> Iterator[Values]:
    size = 0
    for values in rows:
        size += sum(len(value) for value in values if isinstance(value, bytes | str))
        yield values
        if size > BYTES:
            return


def _plain_type(column: Column[Any]) -> Any:
    if isinstance(column.type, JsonText | PlainText):
        return Text()
    return LargeBinary() if isinstance(column.type, HexHash) else column.type


def _insert(session: Session, table: Table) -> Any:
    if session.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
