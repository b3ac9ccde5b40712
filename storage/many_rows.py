"""A statement with many rows, made ready once: its SQL, and what becomes of each value.

SQLAlchemy looks a statement up and each of its rows through anew: a third of the time of writing a batch went into that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage.types import BOUND, are_plain, plain_text

Make = Callable[[str], UpdateBase]
"""Makes a statement in the dialect of a name. A function of a module: what it makes is kept for as long as the process."""
Row = Mapping[str, Any]
Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    sql: str
    values: tuple[tuple[str, Process | None], ...]
    """The names of the values in their order, and what the database is given for each."""
    is_positional: bool

    def bound(self, rows: Sequence[Row]) -> list[tuple[Any, ...]] | list[dict[str, Any]]:
        columns = (column_of(rows, name, give) for name, give in self.values)
        bound = list(zip(*columns, strict=True))
        if self.is_positional:
            return bound
        names = [name for name, _ in self.values]
        return [dict(zip(names, each, strict=True)) for each in bound]


def column_of(rows: Sequence[Row], name: str, give: Process | None) -> list[Any]:
    """What `give` makes of the values of one column; of one that all rows share, that is made once."""
    values = list(map(itemgetter(name), rows))
    if give is None or not values:
        return values
    shared = values[0]
    if values[-1] is shared and all(each is shared for each in values):
        return [give(shared)] * len(values)
    if give is plain_text and are_plain(values):
        return values
    return list(map(give, values))


_READY: dict[tuple[Make, str, tuple[str, ...]], _Ready] = {}


def write_rows(session: Session, make: Make, rows: Sequence[Row]) -> None:
    """Execute a statement with each of the rows, which all have the same values: one round of the driver for all.

    Nothing is sealed by this: whoever calls it seals the rows.
    """
    if not rows:
        return
    connection = session.connection()
    which = (make, connection.dialect.name, tuple(rows[0]))
    if which not in _READY:
        _READY[which] = _made_ready(make, connection.dialect, which[2])
    ready = _READY[which]
    connection.exec_driver_sql(ready.sql, ready.bound(rows))


def _made_ready(make: Make, dialect: Dialect, names: Sequence[str]) -> _Ready:
    compiled = make(dialect.name).compile(dialect=dialect, column_keys=list(names))
    order = compiled.positiontup if compiled.positional else list(compiled.binds)
    values = tuple((name, _process(compiled.binds[name], dialect)) for name in order or ())
    return _Ready(compiled.string, values, compiled.positional)


def _process(bind: BindParameter[Any], dialect: Dialect) -> Process | None:
    """What a value becomes; of most types without a detour through SQLAlchemy's own layers."""
    if type(bind.type) in BOUND:
        return BOUND[type(bind.type)]
    return bind.type.dialect_impl(dialect).bind_processor(dialect)
