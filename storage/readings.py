"""What was read on which release: kept by the batch, so that a study that is unchanged costs no row of its own.

A study was last read with the newest batch that holds it; where none does, its own row says when.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import chunks, insert, stream
from storage.id_set import IdSet, number_of, numbers, unpacked
from storage.tables import table_of

READING = table_of(tables.Reading).c
STUDY = table_of(tables.Study).c

FEW = 10
"""In percent of a batch: so many that were never read since are written into their own rows, and the batch is discarded."""


@dataclass(frozen=True, slots=True)
class LastRead:
    """The release on which a study was last read, by its stamp, and when that was."""

    stamp: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Batch:
    id: int
    read: LastRead
    numbers: array[int]
    """Of the studies' ids, in order."""


def note(session: Session, ids: Iterable[str], stamp: str, at: datetime) -> None:
    """Note that studies were read together on the release of this stamp."""
    if studies := numbers(ids):
        row = {"stamp": stamp, "at": at, "studies": studies}
        session.execute(insert(session, tables.Reading).values(row))


def last_read(session: Session, ids: Iterable[str]) -> dict[str, LastRead]:
    """When those of the studies were last read that a batch holds."""
    wanted = _by_number(ids)
    return {wanted[number]: batch.read for batch, found in _newest(session, wanted) for number in found}


def read_on(session: Session, ids: Iterable[str], stamp: str) -> set[str]:
    """Those of the studies that were last read on the release of this stamp."""
    wanted = _by_number(ids)
    read: set[str] = set()
    for batch, found in _newest(session, wanted):
        read.update(wanted[number] for number in found if batch.read.stamp == stamp)
        for number in found:
            del wanted[number]
    statement = select(STUDY.nct_id).where(STUDY.checked_stamp == stamp)
    for chunk in chunks(wanted.values()):
        read.update(session.scalars(statement.where(STUDY.nct_id.in_(chunk))))
    return read


def is_read_on(session: Session, stamp: str) -> bool:
    """Whether any study was read on the release of this stamp."""
    in_a_batch = exists().where(READING.stamp == stamp)
    return bool(session.scalar(select(or_(in_a_batch, exists().where(STUDY.checked_stamp == stamp)))))


def discard_superseded(session: Session) -> None:
    """Drop the batches of which every study was read again since, or all but a few: those keep it in their own rows."""
    seen = IdSet()
    over: list[dict[str, int]] = []
    rows: list[dict[str, object]] = []
    for batch in _batches(session):
        alone = [number for number in batch.numbers if seen.add_number(number)]
        if len(alone) * 100 <= len(batch.numbers) * FEW:
            over.append({"batch": batch.id})
            rows += (
                {"study": f"NCT{number:08}", "stamp": batch.read.stamp, "at": batch.read.at}
                for number in alone
            )
    if rows:
        own = update(table_of(tables.Study)).where(STUDY.nct_id == bindparam("study"))
        session.execute(own.values(checked_stamp=bindparam("stamp"), checked_at=bindparam("at")), rows)
    if over:
        session.execute(delete(table_of(tables.Reading)).where(READING.id == bindparam("batch")), over)


def _newest(session: Session, wanted: Mapping[int, str]) -> Iterator[tuple[_Batch, set[int]]]:
    """Each batch with those of the studies that were last read with it, the newest first."""
    left = set(wanted)
    for batch in _batches(session) if left else ():
        if found := _held(batch.numbers, left):
            left -= found
            yield batch, found
        if not left:
            return


def _held(numbers: array[int], wanted: set[int]) -> set[int]:
    # A page asks for one study among 600 batches of a thousand: looked for in each, not taken apart.
    if len(wanted) < len(numbers) // 10:
        places = ((bisect_left(numbers, number), number) for number in wanted)
        return {number for at, number in places if at < len(numbers) and numbers[at] == number}
    return wanted.intersection(numbers)


def _batches(session: Session) -> Iterator[_Batch]:
    statement = select(READING.id, READING.stamp, READING.at, READING.studies).order_by(READING.id.desc())
    for number, stamp, at, packed in stream(session, statement):
        yield _Batch(number, LastRead(stamp, at), unpacked(packed))


def _by_number(ids: Iterable[str]) -> dict[int, str]:
    """Those that are ids of studies: quarantined bytes go by other names, and no batch holds them."""
    return {
        number_of(nct_id): nct_id
        for nct_id in ids
        if nct_id.startswith("NCT") and nct_id[3:].isascii() and nct_id[3:].isdigit()
    }
