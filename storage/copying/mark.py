"""The mark of a copy that is under way: no program works on such a database, and who goes on with it knows whose it is.

The tables' revision says that the copy is not finished (`schema.UNFINISHED`), a table beside them whose copy it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select, update
from sqlalchemy.orm import Session

from storage import schema
from storage.errors import CopyTakenOver, DatabaseInUse
from storage.process_identity import has_ended, this_process
from storage.tables import FTS5_TABLES, VERSION_PARTS, Base

MARK = Table(
    "copy_under_way",
    MetaData(),
    Column("source", Text, nullable=False),
    Column("anchor", Text, nullable=False),
    Column("holder", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Of which database a copy is, at which anchor it was begun, and which process makes it."""

    source: str
    anchor: str
    holder: str


def begin(connection: Connection, source: str, anchor: str) -> None:
    """Mark tables that hold no row as a copy's."""
    MARK.create(connection)
    connection.execute(MARK.insert().values(source=source, anchor=anchor, holder=this_process()))
    schema.mark_unfinished(connection)


def read(connection: Connection) -> Mark:
    """The mark of an unfinished copy."""
    return Mark(*connection.execute(select(MARK.c.source, MARK.c.anchor, MARK.c.holder)).one())


def take_over(connection: Connection, mark: Mark) -> None:
    """Go on with a copy that another process began. Raises DatabaseInUse while that one is known to live here."""
    here = this_process()
    same_place = mark.holder.split("/")[:2] == here.split("/")[:2]
    if mark.holder != here and same_place and not has_ended(mark.holder):
        raise DatabaseInUse(f"Another process is making this copy: {mark.holder.split('/')[2]}")
    connection.execute(update(MARK).values(holder=here))


def check(session: Session) -> None:
    """Refuse to write any more once another process goes on with the copy. Raises CopyTakenOver."""
    # Changed, not only read: whoever would take it over waits until this transaction has ended.
    ours = update(MARK).where(MARK.c.holder == this_process()).values(holder=this_process())
    if session.execute(ours).rowcount != 1:  # type: ignore[attr-defined]
        raise CopyTakenOver


def end(connection: Connection) -> None:
    """The copy is whole: programs may work on it."""
    MARK.drop(connection)
    schema.mark_finished(connection)


def foreign_tables(connection: Connection) -> list[str]:
    """The tables of a database that are not this program's."""
    ours = {*Base.metadata.tables, *FTS5_TABLES, *VERSION_PARTS, MARK.name, "alembic_version"}
    return sorted(set(inspect(connection).get_table_names()) - ours)
