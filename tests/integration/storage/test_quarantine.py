"""Records that could not be read: their bytes, once, and why."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage.engine import Database
from storage.errors import UnknownEntry
from storage.quarantine import Refused, entries, raw, refuse


def refused(now: datetime, content: bytes, stamp: str = "2026-09-02T09:00:05", **other: str) -> Refused:
    return Refused(content, "not UTF-8", stamp, stamp[:10], now, **other)  # type: ignore[arg-type]


def test_the_bytes_and_the_reason_are_kept(database: Database, now: datetime) -> None:
    poison = b'\xff\x00{"nctId": "../../x"' * 100
    with database.write() as session:
        refuse(session, [refused(now, poison, nct_id="NCT00000001")])
    with database.read() as session:
        (entry,) = entries(session)
        assert raw(session, entry.id) == poison
    assert (entry.nct_id, entry.reason, entry.size) == ("NCT00000001", "not UTF-8", len(poison))
    assert (entry.stamp, entry.release, entry.seen_at) == ("2026-09-02T09:00:05", "2026-09-02", now)


def test_the_same_bytes_of_one_release_are_kept_once(database: Database, now: datetime) -> None:
    for stamp in ("2026-09-02T09:00:05", "2026-09-02T09:00:05", "2026-09-03T09:00:05"):
        with database.write() as session:
            refuse(session, [refused(now, b"a", stamp), refused(now, b"a", stamp), refused(now, b"b", stamp)])
    with database.read() as session:
        assert len(entries(session)) == 4


def test_entries_are_listed_newest_first_and_by_study(database: Database, now: datetime) -> None:
    with database.write() as session:
        refuse(session, [refused(now, b"a", nct_id="NCT00000001"), refused(now, b"b"), refused(now, b"")])
    with database.read() as session:
        assert [entry.size for entry in entries(session, limit=2)] == [0, 1]
        assert raw(session, entries(session)[0].id) == b""
        assert [raw(session, entry.id) for entry in entries(session, nct_id="NCT00000001")] == [b"a"]


def test_an_entry_that_is_not_there_is_named(database: Database) -> None:
    with database.read() as session, pytest.raises(UnknownEntry, match="7"):
        raw(session, 7)


def test_nothing_refused_is_no_work(database: Database) -> None:
    with database.write() as session:
        refuse(session, [])
