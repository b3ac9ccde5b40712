"""A database copied into another one, of either kind: row by row, so that it can be killed anywhere and go on.

What is read is one snapshot of the source. What was written by an earlier run is compared and brought up to date. The
target is no program's until counts and hashes of all tables agree and `verify` finds nothing wrong with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, func, select
from sqlalchemy.orm import Session

from storage import schema, seals
from storage.copying import mark
from storage.copying.rows import RawTable, Tally, Values, batches, raw_tables
from storage.engine import Database
from storage.errors import CopyRefused, CopyUnsound, DatabaseMissing, StorageError
from storage.restore import refuse_living_daemon
from storage.schema import REVISION, SchemaState
from storage.seals import Standing
from storage.verify import verify

PROBLEMS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table of which both databases have the same rows; `sha256` is the sum of the hashes of its rows."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that passed its check. `written`: rows that were not there yet; none where it was finished before."""

    source: str
    target: str
    rows: int
    written: int
    seconds: float
    anchor: str
    checked: str
    tables: tuple[CopiedTable, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a copy is: `part` is one of copying, reading, comparing, verifying; `stage` also names the table."""

    part: str
    stage: str
    done: int
    total: int


@dataclass
class Copy:
    """One run of a copy from `source` to `target`."""

    source: Database
    target: Database
    now: Callable[[], datetime]
    progress: Callable[[Progress], None] = lambda _: None
    even_if_damaged: bool = False
    tables: list[RawTable] = field(default_factory=raw_tables)
    _tallies: dict[str, Tally] = field(default_factory=dict)
    _done: int = 0
    _total: int = 0

    def run(self) -> Copied:
        """Copy what is missing, check all of it, and hand the target over.

        Raises CopyRefused, DatabaseInUse or DatabaseMissing, where nothing was changed; CopyTakenOver; CopyUnsound.
        """
        started, written = time.monotonic(), 0
        _refuse_unfit_source(self.source)
        _refuse_the_same(self.source, self.target)
        refuse_living_daemon(self.source, self.now())
        with self.source.read() as origin:
            anchor = seals.anchor(origin)
            is_new = self._begin(origin, anchor)
            self._count(origin)
            if is_new is None:
                self._tally_source(origin)
            else:
                written = self._write_all(origin, is_new)
        self._compare_tables(CopyRefused if is_new is None else CopyUnsound)
        checked = self._verify()
        if is_new is not None:
            self._finish()
        tables = tuple(CopiedTable(name, each.rows, each.sha256) for name, each in self._tallies.items())
        return Copied(
            str(self.source),
            str(self.target),
            self._total,
            written,
            round(time.monotonic() - started, 3),
            anchor,
            checked,
            tables,
        )

    def _begin(self, origin: Session, anchor: str) -> bool | None:
        """Make the target's tables, or go on with an earlier run's: whether they are new; None for a finished copy."""
        with self.target.rebuild() as connection:
            state = schema.state(connection)
            if state is SchemaState.UNFINISHED:
                _go_on(connection, origin, self.target)
                return False
            if state is SchemaState.CURRENT and not self._is_empty(connection):
                _refuse_another(connection, anchor, self.target)
                return None
            _refuse_unfit_target(connection, state, self.target)
            if state is SchemaState.EMPTY:
                schema.migrate(connection)
            mark.begin(connection, str(self.source), anchor)
        return True

    def _is_empty(self, connection: Connection) -> bool:
        with Session(connection) as session:
            return not any(table.count(session) for table in self.tables)

    def _count(self, origin: Session) -> None:
        self._tallies = {each.table.name: Tally() for each in self.tables}
        self._total = sum(each.count(origin) for each in self.tables)

    def _write_all(self, origin: Session, is_new: bool) -> int:
        if not is_new:
            self._remove_others(origin)
        return sum(self._write_table(origin, each, is_new) for each in self.tables)

    def _remove_others(self, origin: Session) -> None:
        """Take out what an earlier run copied and the source has no more, such as the visit of who has signed out."""
        # Those that refer to others go first.
        for each in reversed(self.tables):
            with self.target.write() as session:
                mark.check(session)
                each.remove_others(session, origin)

    def _write_table(self, origin: Session, table: RawTable, is_new: bool) -> int:
        name, written = table.table.name, 0
        for batch in batches(self._counted(self._tallies[name], table.all(origin))):
            with self.target.write() as session:
                mark.check(session)
                rows = batch if is_new else table.lacking(session, batch)
                table.write(session, rows, replace=not is_new)
            written += len(rows)
            self._say("copying", name)
        return written

    def _tally_source(self, origin: Session) -> None:
        for each in self.tables:
            for _ in self._counted(self._tallies[each.table.name], each.all(origin)):
                self._say("reading", each.table.name)

    def _counted(self, tally: Tally, rows: Iterator[Values]) -> Iterator[Values]:
        for values in rows:
            tally.add(values)
            self._done += 1
            yield values

    def _say(self, part: str, what: str) -> None:
        self.progress(Progress(part, f"{part} {what}", self._done, self._total))

    def _compare_tables(self, refusal: type[StorageError]) -> None:
        """Raises the refusal where a table has other rows than in the source."""
        self._done = 0
        with self.target.read() as session:
            for each in self.tables:
                name, found = each.table.name, Tally()
                for _ in self._counted(found, each.all(session)):
                    self._say("comparing", name)
                expected = self._tallies[name]
                if (found.rows, found.sha256) != (expected.rows, expected.sha256):
                    raise refusal(
                        f"The table {name} of {self.target} is not as it is in the source: {found.rows:,} rows of "
                        f"{expected.rows:,}, hash {found.sha256[:16]} instead of {expected.sha256[:16]}"
                    )

    def _verify(self) -> str:
        with self.target.read() as session:
            found = [
                str(each) for each in verify(session, progress=lambda stage: self._say("verifying", stage))
            ]
        if found and not self.even_if_damaged:
            more = f" (and {len(found) - PROBLEMS_SHOWN} more)" if len(found) > PROBLEMS_SHOWN else ""
            raise CopyUnsound(f"The copy does not pass its check: {'; '.join(found[:PROBLEMS_SHOWN])}{more}")
        return "damaged as the source is" if found else "verified"

    def _finish(self) -> None:
        with self.target.rebuild() as connection:
            if connection.dialect.name == "postgresql":
                self._set_sequences(connection)
                # Without figures of the tables the planner takes them for empty until autovacuum has come round.
                connection.exec_driver_sql("ANALYZE")
            mark.end(connection)

    def _set_sequences(self, connection: Connection) -> None:
        """Have numbers go on after the highest one that was copied: rows that bring theirs along move no sequence."""
        for each in self.tables:
            for column in each.plain.primary_key.columns:
                if isinstance(column.type, Integer):
                    _set_sequence(connection, column)


def _set_sequence(connection: Connection, column: Column[Any]) -> None:
    # where there is no sequence, its name is NULL and nothing is set
    sequence, last = func.pg_get_serial_sequence(column.table.name, column.name), func.max(column)
    # Events of the past have numbers below 0, which no sequence may have.
    connection.execute(select(func.setval(sequence, func.greatest(func.coalesce(last, 1), 1), last >= 1)))


def _refuse_unfit_source(source: Database) -> None:
    """Raises DatabaseMissing or CopyRefused."""
    with source.engine.connect() as connection:
        state, revision = schema.state(connection), schema.revision(connection)
    if state is SchemaState.EMPTY:
        raise DatabaseMissing(f"{source} has no tables of trialdelta: there is nothing to copy")
    if state is SchemaState.UNFINISHED:
        raise CopyRefused(f"{source} is itself a copy that is not finished: finish that one first")
    if state is not SchemaState.CURRENT:
        what_to_do = (
            "bring it up to date first (`trialdelta db upgrade` with [database] url set to it)"
            if state is SchemaState.BEHIND
            else "copy it with the newer program that wrote it"
        )
        raise CopyRefused(
            f"The tables of {source} are at revision {revision}, this program's at {REVISION}: {what_to_do}"
        )


def _refuse_the_same(source: Database, target: Database) -> None:
    for each in (source, target):
        if each.engine.url.get_backend_name() == "sqlite" and each.engine.url.database in (
            None,
            "",
            ":memory:",
        ):
            raise CopyRefused("A database in memory is gone with its process: name a file, sqlite:///PATH")
    one, other = source.engine.url, target.engine.url
    is_same = one.set(password=None) == other.set(password=None)
    if one.get_backend_name() == other.get_backend_name() == "sqlite":
        with suppress(OSError):
            is_same = Path(str(one.database)).samefile(str(other.database))
    if is_same:
        raise CopyRefused(f"Source and target are one database: {source}")


def _refuse_unfit_target(connection: Connection, state: SchemaState, target: Database) -> None:
    if state in (SchemaState.BEHIND, SchemaState.AHEAD):
        raise CopyRefused(
            f"The tables of {target} are at revision {schema.revision(connection)}, this program's at {REVISION}: "
            "name an empty database"
        )
    foreign = mark.foreign_tables(connection)
    if foreign:
        named = ", ".join(foreign[:PROBLEMS_SHOWN]) + (", …" if len(foreign) > PROBLEMS_SHOWN else "")
        raise CopyRefused(
            f"{target} holds tables that are not trialdelta's ({named}): name an empty database"
        )


def _go_on(connection: Connection, origin: Session, target: Database) -> None:
    """Take an unfinished copy over. Raises CopyRefused where it is one of another database, or of another program's."""
    if schema.revision(connection) != REVISION + schema.UNFINISHED:
        raise CopyRefused(
            f"{target} is an unfinished copy that another version of trialdelta began: empty it, or name another one"
        )
    begun = mark.read(connection)
    if seals.standing(origin, begun.anchor) is not Standing.EXTENDS:
        raise CopyRefused(
            f"{target} is an unfinished copy of another database ({begun.source}): empty it, or name another one"
        )
    mark.take_over(connection, begun)


def _refuse_another(connection: Connection, anchor: str, target: Database) -> None:
    """Raises CopyRefused unless the target is, as far as its seals tell, a finished copy of the source."""
    with Session(connection) as session:
        if seals.anchor(session) != anchor:
            raise CopyRefused(
                f"{target} holds a database of trialdelta already, which is not this one: name an empty database"
            )
