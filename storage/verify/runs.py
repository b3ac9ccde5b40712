"""Does the watermark stand where the ledger says that the last complete cycle ended, and is every storm there?"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from storage import ledger, tables
from storage.problems import Problem
from storage.readings import is_read_on
from storage.tables import table_of

CYCLE = table_of(tables.Cycle).c
EVENT = table_of(tables.Event).c
STORM = table_of(tables.Storm).c


def work_problems(session: Session) -> Iterator[Problem]:
    """What is wrong with the watermark, and with what storms hold."""
    mark = ledger.watermark(session)
    if mark is not None:
        yield from _mark_problems(session, mark)
    there = exists().where(STORM.event_id == EVENT.held_by)
    for row in session.execute(select(EVENT.id, EVENT.held_by).where(EVENT.held_by.is_not(None), ~there)):
        text = f"The event {row.id} is held by a storm {row.held_by}, which is not there"
        yield Problem("storm", row.held_by, text)


def _mark_problems(session: Session, mark: ledger.Watermark) -> Iterator[Problem]:
    complete = select(CYCLE.id, CYCLE.release, CYCLE.stamp, CYCLE.counts)
    last = session.execute(
        complete.where(CYCLE.state.in_(("complete", "held"))).order_by(CYCLE.id.desc()).limit(1)
    ).first()
    where = f"The watermark stands at release {mark.release} ({mark.stamp})"
    if last is None:
        yield Problem("watermark", "registry", f"{where}, but no cycle was completed")
    elif (last.release, last.stamp) != (mark.release, mark.stamp):
        text = (
            f"{where}, but the last cycle that was completed ({last.id}) was of {last.release} ({last.stamp})"
        )
        yield Problem("watermark", "registry", text)
    # A cycle over an empty watch completes too, and leaves no study that was read.
    elif last.counts.get("checked") and not _was_read(session, last.id, mark.stamp):
        yield Problem("watermark", "registry", f"{where}, but no study was read on that release")


def _was_read(session: Session, cycle: int, stamp: str) -> bool:
    """Whether a study stands as read on a release; after a later cycle they may all be on a later one."""
    later = exists().where(CYCLE.id > cycle)
    return bool(session.scalar(select(later))) or is_read_on(session, stamp)
