"""Does what is stored hold together?"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from storage.engine import Database, open_database
from storage.fulltext import index
from storage.new_versions import NewVersion, add_versions
from storage.studies import name_studies
from storage.tables import Base, Study, Version, table_of
from storage.verify import verify
from storage.verify.search import search_problems, texts_sha256

Make = Callable[..., NewVersion]
ONE, TWO = "NCT00000001", "NCT00000002"
VERSION = table_of(Version).c


@pytest.fixture
def stored(database: Database, make_version: Make) -> Database:
    """A database with a study of 45 versions and one of two."""
    with database.write() as session:
        add_versions(session, [make_version(f"content {n}" * 20, ONE) for n in range(45)])
        add_versions(session, [make_version("A", TWO), make_version("B", TWO)])
    return database


def problems(database: Database) -> list[str]:
    with database.read() as session:
        return [str(problem) for problem in verify(session)]


def damage(database: Database, model: type[Base], condition: Any, **values: Any) -> None:
    """As somebody does who is at the database beside the service: no session of ours seals it."""
    with database.write() as session:
        session.connection().execute(update(table_of(model)).where(condition).values(values))


def test_a_sound_database_has_no_problems(stored: Database) -> None:
    assert problems(stored) == []


def test_an_empty_database_has_no_problems(database: Database) -> None:
    assert problems(database) == []


def test_a_damaged_payload_is_named_with_the_versions_built_on_it(stored: Database) -> None:
    damage(stored, Version, (VERSION.nct_id == ONE) & (VERSION.number == 39), payload=b"\x28\xb5\x2f\xfd")
    found = problems(stored)
    assert len(found) == 2
    assert found[0].startswith(f"{ONE}: Version 39 ")
    assert found[1].startswith(f"{ONE}: Version 40 ")


def test_a_payload_that_is_not_what_was_stored_is_named(stored: Database) -> None:
    damage(stored, Version, (VERSION.nct_id == TWO) & (VERSION.number == 1), sha256="00" * 32)
    found = problems(stored)
    assert found[0] == f"{TWO}: Version 1 does not match its SHA-256"
    assert found[1].startswith(f"Version 1 of {TWO} is not as it was written (seal ")


def test_a_head_that_is_not_the_last_version_is_named(stored: Database) -> None:
    damage(stored, Study, table_of(Study).c.nct_id == TWO, head=1)
    found = problems(stored)
    assert found[0] == f"{TWO}: its head is version 1, its last version is 2"
    assert found[1] == f"{TWO}: its content hash is not that of its head, version 1"


def test_a_row_that_refers_to_nothing_is_named_on_sqlite(tmp_path: Path, make_version: Make) -> None:
    database = open_database(f"sqlite:///{tmp_path}/trialdelta.db")
    database.ensure_schema()
    with database.write() as session:
        add_versions(session, [make_version("A", ONE), make_version("A", TWO)])
    with closing(sqlite3.connect(tmp_path / "trialdelta.db")) as careless:
        careless.execute("DELETE FROM study WHERE nct_id = ?", [TWO])
        careless.commit()
    found = problems(database)
    assert found[0] == f"Version 1 of {TWO} refers to {TWO} in study, which is not there"
    assert "is gone" in found[1]
    database.close()


def test_a_head_without_a_version_is_named(stored: Database) -> None:
    with stored.write() as session:
        session.execute(delete(table_of(Version)).where(VERSION.nct_id == TWO))
    assert problems(stored)[0] == f"{TWO}: its head is version 2, its last version is None"


TAMPERED = {
    "sqlite": "UPDATE search_words SET a = 'gout' WHERE rowid = 1",
    "postgresql": "UPDATE search_entry SET document = '''gout'':1A' WHERE id = 1",
}
OTHER_TEXTS = 'UPDATE search_entry SET texts = \'{"title":["Gout"]}\''


@pytest.mark.parametrize("is_of_words", [True, False])
def test_an_index_that_does_not_hold_what_the_record_says_is_named(
    database: Database, is_of_words: bool
) -> None:
    texts = {"id": [ONE], "title": ["Lupus of the “lung”"], "city": ["Würzburg"]}
    with database.write() as session:
        name_studies(session, [ONE, TWO], "2026-09-01")
        index.index(session, {ONE: texts})
    expected = {ONE: texts_sha256(texts)}
    with database.read() as session:
        assert list(search_problems(session, expected)) == []
    with database.write() as session:
        done = TAMPERED[database.engine.name] if is_of_words else OTHER_TEXTS
        session.connection().exec_driver_sql(done)
    with database.read() as session:
        (problem, *_) = search_problems(session, expected)
        assert problem.subject == ONE
        assert "db reindex" in problem.text
