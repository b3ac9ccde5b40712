"""Versions: each distinct content once, given back byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from storage.engine import Database
from storage.versions import NewVersion, add_versions, payload, versions, heads, head_payloads

NOW = datetime(2026, 9, 2, 13, 5, 11, tzinfo=UTC)


def content(text: str, nct_id: str = "NCT00000001", release: str = "2026-09-01") -> NewVersion:
    digest = sha256(text.encode()).hexdigest()
    return NewVersion(nct_id, text.encode(), release, release + "T09:00", NOW, digest, digest, digest, 1)


def test_a_b_a_gives_three_versions(database: Database) -> None:
    for text in ("A", "B", "A"):
        with database.write() as session:
            add_versions(session, [content(text)])
    with database.read() as session:
        assert [payload(session, "NCT00000001", n) for n in (1, 2, 3)] == [b"A", b"B", b"A"]
        assert head_payloads(session, ["NCT00000001"]) == {"NCT00000001": b"A"}
        print(heads(session, ["NCT00000001"]), versions(session, "NCT00000001"))
