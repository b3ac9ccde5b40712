"""Records that could not be read, with their bytes and the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import zstandard
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import seals, tables
from storage.bulk import insert
from storage.errors import UnknownEntry
from storage.payloads import sha256_of
from storage.rows import columns_of, rows
from storage.tables import table_of

QUARANTINE = table_of(tables.Quarantine).c


@dataclass(frozen=True, slots=True)
class Refused:
    """A record's bytes as they came, and why they were refused; `nct_id` only where it could be told."""

    raw: bytes
    reason: str
    stamp: str
    release: str | None
    seen_at: datetime
    nct_id: str | None = None
    cycle_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in quarantine, without its bytes; `size` is theirs."""

    id: int
    nct_id: str | None
    release: str | None
    stamp: str
    cycle_id: int | None
    seen_at: datetime
    reason: str
    size: int
    sha256: str


def refuse(session: Session, records: Sequence[Refused]) -> None:
    """Keep records that could not be read; the same bytes in the same release stamp are kept once."""
    rows = [_row(record) for record in records]
    if rows:
        # A release that stays partial is asked for at each poll, and would fill the table with the same bytes.
        once = insert(session, tables.Quarantine).on_conflict_do_nothing(index_elements=["stamp", "sha256"])
        kept = session.execute(once.returning(QUARANTINE.id), rows)
        seals.seal(session, tables.Quarantine, sorted((number,) for number in kept.scalars()))


def entries(
    session: Session, *, nct_id: str | None = None, limit: int = 100, before: int | None = None
) -> list[Entry]:
    """What stands in quarantine, newest first; only what stands before an entry's number, to read on."""
    statement = select(*columns_of(QUARANTINE, Entry))
    if nct_id is not None:
        statement = statement.where(QUARANTINE.nct_id == nct_id)
    if before is not None:
        statement = statement.where(QUARANTINE.id < before)
    return rows(session, statement.order_by(QUARANTINE.id.desc()).limit(limit), Entry)


def raw(session: Session, entry_id: int) -> bytes:
    """The bytes of an entry. Raises UnknownEntry."""
    blob = session.scalar(select(QUARANTINE.raw).where(QUARANTINE.id == entry_id))
    if blob is None:
        raise UnknownEntry(f"Nothing in quarantine has the number {entry_id}")
    return zstandard.ZstdDecompressor().decompress(blob)


def _row(record: Refused) -> dict[str, Any]:
    return {
        "nct_id": record.nct_id,
        "release": record.release,
        "stamp": record.stamp,
        "cycle_id": record.cycle_id,
        "seen_at": record.seen_at,
        "reason": record.reason,
        "raw": zstandard.ZstdCompressor().compress(record.raw),
        "size": len(record.raw),
        "sha256": sha256_of(record.raw),
    }
