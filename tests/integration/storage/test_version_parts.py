"""PostgreSQL keeps versions in parts, by the hash of the study's id: what was there is moved, and all keys still hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from storage.engine import Database, open_database
from storage.migrations import configuration
from storage.new_versions import add_versions
from storage.tables import VERSION_PARTS
from storage.versions import payload
from tests.support.postgresql import Server

BEFORE = "0017"
STUDIES = 40
MAKE = (
    "INSERT INTO study (nct_id, state, absent_releases, first_seen_release) "
    "SELECT 'NCT' || lpad(n::text, 8, '0'), 'present', 0, '2026-09-01' FROM generate_series(1, {studies}) AS n",
    "INSERT INTO version (nct_id, number, release, seen_at, payload, base, size, sha256, content_hash, derived_hash, canon, "
    "provenance) SELECT nct_id, number, '2026-09-01', now(), 'x', CASE WHEN number > 1 THEN number - 1 END, 1, "
    "sha256('x'), sha256('x'), sha256('x'), 1, 'api' FROM study, generate_series(1, 3) AS number",
    "INSERT INTO review (nct_id, version, at, by) VALUES ('NCT00000007', 2, now(), 'ana')",
)
CONTENT = "SELECT md5(string_agg(v::text, '|' ORDER BY nct_id, number)) FROM version AS v"


@pytest.fixture
def older(postgresql: Server) -> Iterator[Database]:
    """A database as the program before had it, with versions."""
    with postgresql.database() as url, closing(open_database(url)) as database:
        with database.rebuild() as connection:
            command.upgrade(configuration(connection), BEFORE)
            for statement in MAKE:
                connection.exec_driver_sql(statement.format(studies=STUDIES))
        yield database


def ask(database: Database, query: str) -> object:
    with database.read() as session:
        return session.scalar(text(query))


def test_what_is_stored_is_moved_into_the_parts_as_it_is(older: Database) -> None:
    before = ask(older, CONTENT)
    older.ensure_schema()
    assert ask(older, CONTENT) == before
    counts = [ask(older, f"SELECT count(*) FROM ONLY {part}") for part in VERSION_PARTS]
    assert sum(counts) == 3 * STUDIES  # type: ignore[arg-type]
    assert len([count for count in counts if count]) > 8
    assert ask(older, "SELECT count(*) FROM ONLY version") == 0
    assert ask(older, "SELECT to_regclass('version_whole')") is None


@pytest.mark.parametrize(
    ("statement", "key"),
    [
        (
            "UPDATE version SET base = 8, number = 9 WHERE nct_id = 'NCT00000003' AND number = 3",
            "fk_version_base",
        ),
        ("UPDATE review SET version = 9", "fk_review_nct_id_version"),
        ("DELETE FROM version WHERE nct_id = 'NCT00000007' AND number = 2", "fk_"),
        ("DELETE FROM study WHERE nct_id = 'NCT00000003'", "fk_version_nct_id_study"),
        ("UPDATE version SET cycle_id = 77", "fk_version_cycle_id_cycle"),
        ("INSERT INTO version SELECT * FROM version LIMIT 1", "pk"),
    ],
)
def test_the_keys_hold_after_the_move(older: Database, statement: str, key: str) -> None:
    older.ensure_schema()
    with pytest.raises(IntegrityError, match=key), older.rebuild() as connection:
        connection.exec_driver_sql(statement)


def test_a_move_that_is_killed_leaves_the_table_whole(
    older: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask(older, CONTENT)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.drop_table", killed)
        with pytest.raises(KeyboardInterrupt):
            older.ensure_schema()
    assert ask(older, CONTENT) == before
    assert ask(older, "SELECT to_regclass('version_p00')") is None
    older.ensure_schema()
    assert ask(older, CONTENT) == before


def test_versions_are_stored_and_read_in_whatever_part_they_are(
    postgresql: Server, make_version: object
) -> None:
    with postgresql.database() as url, closing(open_database(url)) as database:
        database.ensure_schema()
        ids = [f"NCT{number:08}" for number in range(1, 30)]
        for content in ("one", "another"):
            with database.write() as session:
                add_versions(session, [make_version(f"{content} {nct_id}", nct_id) for nct_id in ids])  # type: ignore[operator]
        with database.read() as session:
            assert all(payload(session, nct_id, 2) == f"another {nct_id}".encode() for nct_id in ids)
