"""Filling the search index from stored records: where an older program kept none, or made it in another form."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.orm import Session

from storage import studies
from storage.engine import Database
from storage.fulltext import index
from storage.fulltext.document import Texts
from sync import logs
from sync.errors import UnreadableRecord
from sync.study.record import Study, read_record
from sync.study.searched import searched
from sync.versions.backfill_facts import BATCH, readable_heads

log = structlog.get_logger("filling")


def fill_index(database: Database, go_on: Callable[[], None] = lambda: None) -> int:
    """Index all studies that are not; the number of those that now are. `go_on` raises where it is to stop.

    Safe beside a cycle: each batch is read and written in one writing transaction, so that no newer record is written over.
    """
    filled, last = 0, ""
    while True:
        go_on()
        with database.read() as session:
            ids = [nct_id for nct_id, _ in index.not_indexed(session, last, BATCH)]
        if not ids:
            return filled
        with database.write() as session:
            filled += index.index(session, texts_of(session, ids))
        last = ids[-1]


def rebuild_index(database: Database) -> int:
    """Make the whole index anew."""
    with database.write() as session:
        index.forget_all(session)
    return fill_index(database)


def texts_of(session: Session, ids: Sequence[str]) -> dict[str, Texts]:
    """What studies are to be found by: their records or, where none is kept or it cannot be read, their ids alone."""
    found: dict[str, Texts] = {nct_id: {"id": [nct_id]} for nct_id in ids}
    with_records = [nct_id for nct_id, each in studies.studies(session, ids).items() if each.head is not None]
    for nct_id, payload in readable_heads(session, with_records).items():
        try:
            found[nct_id] = searched(Study(read_record(payload)))
        except UnreadableRecord as error:
            log.warning(logs.FACTS_MISSING, nct_id=nct_id, reason=str(error))
    return found
