"""Does what is stored hold together: versions, heads, the audit log?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage import audit
from storage.errors import VersionCorrupt
from storage.payloads import FULL_EVERY, Packed, checked, unpack_link
from storage.tables import Study, Version, table_of

STUDY = table_of(Study).c
VERSION = table_of(Version).c


def verify(session: Session) -> Iterator[str]:
    """The problems found, each a sentence; none when all is well. Reads the whole database."""
    yield from _file_problems(session)
    yield from _head_problems(session)
    yield from audit.problems(session)
    columns = (VERSION.nct_id, VERSION.number, VERSION.base, VERSION.payload, VERSION.sha256)
    rows = session.execute(
        select(*columns).order_by(VERSION.nct_id, VERSION.number).execution_options(yield_per=FULL_EVERY)
    )
    for nct_id, versions in groupby(rows, key=itemgetter(0)):
        yield from _version_problems(nct_id, (Packed(*version[1:]) for version in versions))


def _file_problems(session: Session) -> Iterator[str]:
    if session.get_bind().dialect.name != "sqlite":
        return
    connection = session.connection()
    for (finding,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if finding != "ok":
            yield f"SQLite: {finding}"
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"Row {row} of {table} refers to a row of {parent} that is not there"


def _head_problems(session: Session) -> Iterator[str]:
    last = (
        select(VERSION.nct_id, func.max(VERSION.number).label("number")).group_by(VERSION.nct_id).subquery()
    )
    statement = (
        select(STUDY.nct_id, STUDY.head, last.c.number)
        .join_from(table_of(Study), last, last.c.nct_id == STUDY.nct_id, isouter=True)
        .where(STUDY.head.is_distinct_from(last.c.number))
        .order_by(STUDY.nct_id)
    )
    for nct_id, head, number in session.execute(statement):
        yield f"{nct_id}: its head is version {head}, its last version is {number}"


def _version_problems(nct_id: str, versions: Iterator[Packed]) -> Iterator[str]:
    payload: bytes | None = None
    for packed in versions:
        previous, payload = payload, None
        try:
            payload = unpack_link(packed, previous)
            checked(packed, payload)
        except VersionCorrupt as error:
            yield f"{nct_id}: {error}"
