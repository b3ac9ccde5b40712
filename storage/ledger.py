"""What the service did and when: cycles, the watermark, and signs of life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage import seals, tables
from storage.bulk import insert
from storage.readings import is_read_on
from storage.rows import columns_of, first_row, rows
from storage.tables import table_of

CYCLE = table_of(tables.Cycle).c
WATERMARK = table_of(tables.Watermark).c
BEAT = table_of(tables.Beat).c

PASSED = "passed_over"
"""The beat of the last look after a failed cycle that found all read, and so began no cycle."""

_LATELY = 50
"""Cycles that are looked back over: an outage makes one failed cycle after the other, of two or three releases."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One pass over a release; `state` is running, complete, partial, failed or held.

    `error_message` says why one failed, or what of a partial one could not be read.
    """

    id: int
    release: str | None
    stamp: str | None
    started_at: datetime
    finished_at: datetime | None
    state: str
    stage: str | None
    error_kind: str | None
    error_message: str | None
    counts: dict[str, Any]
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class Watermark:
    """The last release that was read from end to end; `stamp` names it as the registry does."""

    release: str
    stamp: str
    api_version: str | None
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life, with what was known then."""

    name: str
    at: datetime
    detail: dict[str, Any]


def begin_cycle(
    session: Session, *, release: str | None, stamp: str | None, owner: str, fence: int, now: datetime
) -> int:
    """Open a cycle's entry; its id. One that a killed process left running is closed as failed, stage kept.

    Only the holder of the lease may call this: whoever else is running has lost it.
    """
    killed = {"state": "failed", "finished_at": now, "error_kind": "killed"}
    session.execute(
        update(table_of(tables.Cycle))
        .where(CYCLE.state == "running")
        .values(error_message="The process ended before the cycle did", **killed)
    )
    row = {"release": release, "stamp": stamp, "owner": owner, "fence": fence, "started_at": now}
    statement = insert(session, tables.Cycle).values(state="running", counts={}, **row).returning(CYCLE.id)
    return int(session.execute(statement).scalar_one())


def enter_stage(session: Session, cycle_id: int, stage: str) -> None:
    """Note what the cycle now does, so that a failure, even a kill, names it."""
    noting = update(table_of(tables.Cycle)).where(CYCLE.id == cycle_id).values(stage=stage)
    # Past the session, which would look for a seal before and after: an entry has none while it runs.
    if session.connection().execute(noting.where(CYCLE.state == "running")).rowcount == 0:
        session.execute(noting)


def finish_cycle(
    session: Session,
    cycle_id: int,
    *,
    state: str,
    counts: Mapping[str, Any],
    now: datetime,
    lacks: tuple[str, str] | None = None,
) -> None:
    """Close a cycle's entry as complete, partial or held; `lacks`: the kind of error of a partial one, and what it said."""
    error = dict(zip(("error_kind", "error_message"), lacks, strict=True)) if lacks else {}
    _close(session, cycle_id, state=state, counts=dict(counts), finished_at=now, **error)


def fail_cycle(
    session: Session, cycle_id: int, *, kind: str, message: str, counts: Mapping[str, Any], now: datetime
) -> None:
    """Close a cycle's entry as failed, with the kind of error and what it said."""
    error = {"error_kind": kind, "error_message": message}
    _close(session, cycle_id, state="failed", counts=dict(counts), finished_at=now, **error)


def cycles(session: Session, limit: int = 20, *, before: int | None = None) -> list[Cycle]:
    """The last cycles, newest first; only those before a cycle's number, to read on."""
    statement = select(*columns_of(CYCLE, Cycle)).order_by(CYCLE.id.desc())
    if before is not None:
        statement = statement.where(CYCLE.id < before)
    return rows(session, statement.limit(limit), Cycle)


def failure_in_force(session: Session) -> Cycle | None:
    """The last cycle where it failed and no later look at the registry has found all well; else None."""
    last = next((each for each in cycles(session, limit=2) if each.state != "running"), None)
    if last is None or last.state != "failed":
        return None
    passed = last_beat(session, PASSED)
    return None if passed and passed.at >= (last.finished_at or last.started_at) else last


def last_read(session: Session) -> str | None:
    """The stamp of the release that records were last read on, to its end or not; None where none was.

    A cycle of which no record was taken in proves nothing of its release, whatever its entry says.
    """
    lately = select(CYCLE.stamp).where(CYCLE.stamp.is_not(None)).order_by(CYCLE.id.desc()).limit(_LATELY)
    for stamp in dict.fromkeys(session.scalars(lately)):
        if is_read_on(session, stamp):
            return str(stamp)
    return None


def watermark(session: Session, name: str = "registry") -> Watermark | None:
    """How far the registry has been read; None before the first complete cycle."""
    columns = columns_of(WATERMARK, Watermark)
    return first_row(session, select(*columns).where(WATERMARK.name == name), Watermark)


def move_watermark(session: Session, mark: Watermark, name: str = "registry") -> None:
    """Note that a release was read from end to end."""
    values = {"release": mark.release, "stamp": mark.stamp, "moved_at": mark.moved_at}
    with seals.revising(session, tables.Watermark, [(name,)]):
        _upsert(session, tables.Watermark, name, api_version=mark.api_version, **values)


def beat(session: Session, name: str, at: datetime, detail: Mapping[str, Any] | None = None) -> None:
    """Give a sign of life; it replaces the last one of this name."""
    _upsert(session, tables.Beat, name, at=at, detail=dict(detail or {}))


def last_beat(session: Session, name: str) -> Beat | None:
    """The last sign of life of this name."""
    return first_row(session, select(BEAT.name, BEAT.at, BEAT.detail).where(BEAT.name == name), Beat)


def _close(session: Session, cycle_id: int, **values: Any) -> None:
    session.execute(update(table_of(tables.Cycle)).where(CYCLE.id == cycle_id).values(values))


def _upsert(session: Session, model: type[tables.Base], name: str, **values: Any) -> None:
    statement = insert(session, model).values(name=name, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
