"""Filling in what an older program did not keep of the records that it stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from sqlalchemy.orm import Session

from storage import watch_table
from storage.engine import Database
from storage.errors import VersionCorrupt
from storage.new_versions import Due
from storage.versions import head_payloads, heads
from sync import logs
from sync.errors import UnreadableRecord
from sync.study.record import Study, read_record
from sync.study.summary import facts
from sync.versions.due import SUMMARY_FORM, due

BATCH = 300
"""Studies in one transaction."""
GAP_S = 0.12
"""Between two batches. SQLite looks every 0.1 s whether it may write: without a gap as long, the daemon's sign of life found
the database locked for as long as it waits."""

log = structlog.get_logger("filling")


def fill_facts(database: Database, go_on: Callable[[], None] = lambda: None) -> int:
    """Make facts and days anew of all heads that an older program summed up; the number of those that got some.

    `go_on` raises where it is to stop.

    Safe beside a cycle: what a cycle writes is never written over. A record that cannot be read is logged and left out.
    """
    filled, last = 0, ""
    while True:
        go_on()
        with database.read() as session:
            ids = watch_table.without_summary(session, SUMMARY_FORM, last, BATCH)
            made = _made(session, ids)
        if not ids:
            return filled
        if made:
            with database.write() as session:
                watch_table.set_summaries(session, SUMMARY_FORM, made)
        # Onwards by id, not "those without facts" again: one that cannot be read would come back for ever.
        filled, last = filled + len(made), ids[-1]


def with_gaps(go_on: Callable[[], None], wait: Callable[[float], object]) -> Callable[[], None]:
    """What a filling is to ask before each batch, which leaves other writers a gap before all but the first.

    `wait` ends early where the filling is to stop, of which `go_on` then raises.
    """
    has_begun = False

    def after_a_gap() -> None:
        nonlocal has_begun
        if has_begun:
            wait(GAP_S)
        has_begun = True
        go_on()

    return after_a_gap


def _made(session: Session, ids: Sequence[str]) -> dict[str, tuple[int, dict[str, Any], Due]]:
    made = {}
    numbers = {nct_id: head.number for nct_id, head in heads(session, ids).items()}
    for nct_id, payload in readable_heads(session, ids).items():
        try:
            study = Study(read_record(payload))
            made[nct_id] = (numbers[nct_id], facts(study), due(study))
        except UnreadableRecord as error:
            log.warning(logs.FACTS_MISSING, nct_id=nct_id, reason=str(error))
    return made


def readable_heads(session: Session, ids: Sequence[str]) -> dict[str, bytes]:
    """The payloads of the heads; where one is damaged they are read one by one, and it is left out."""
    try:
        return head_payloads(session, ids)
    except VersionCorrupt as error:
        if len(ids) == 1:
            log.error(logs.FACTS_MISSING, nct_id=ids[0], reason=str(error))
            return {}
    return {nct_id: payload for id_ in ids for nct_id, payload in readable_heads(session, [id_]).items()}
