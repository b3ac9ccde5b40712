"""The tables: made by migrations as the models describe them, brought up to date by whoever comes first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Inspector, inspect, text

from storage import cohorts, schema
from storage.engine import Database, open_database
from storage.errors import SchemaAhead
from storage.migrations import configuration
from storage.schema import SchemaState
from storage.studies import studies
from storage.tables import FTS5_TABLES, VERSION_PARTS, Base

pytestmark = pytest.mark.usefixtures("real_migrations")
A_STUDY = "VALUES ('NCT00000001', 'unread', 0, '2026-09-01')"
A_HASH = {"sqlite": f"x'{'ab' * 32}'", "postgresql": rf"'\x{'ab' * 32}'"}
A_MEMBER = "VALUES ('w', 'NCT00000001', 'id', '2026-09-01')"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def empty(url: str) -> Iterator[Database]:
    """A database without a table."""
    opened = open_database(url)
    yield opened
    opened.close()


def described(database: Database) -> dict[str, Any]:
    """All that a database says of its tables, in a form that can be compared."""
    with database.engine.connect() as connection:
        inspector = inspect(connection)
        names = set(inspector.get_table_names()) - {"alembic_version", *FTS5_TABLES, *VERSION_PARTS}
        return {name: described_table(inspector, name) for name in names}


def described_table(inspector: Inspector, table: str) -> dict[str, Any]:
    def named(constraints: Any) -> dict[str, Any]:
        return {constraint["name"]: {**constraint} for constraint in constraints}

    return {
        "columns": [
            {**column, "type": str(column["type"]), "default": column.get("default")}
            for column in inspector.get_columns(table)
        ],
        "primary": inspector.get_pk_constraint(table),
        "foreign": named(inspector.get_foreign_keys(table)),
        "unique": named(inspector.get_unique_constraints(table)),
        "checks": named(inspector.get_check_constraints(table)),
        "indexes": {
            index["name"]: {**index, "dialect_options": options(index)}
            for index in inspector.get_indexes(table)
        },
    }


def options(index: Any) -> dict[str, str]:
    return {name: str(option) for name, option in index.get("dialect_options", {}).items()}


def test_migrations_from_scratch_make_what_the_models_describe(empty: Database) -> None:
    empty.upgrade()
    migrated = described(empty)
    with empty.write() as session:
        Base.metadata.drop_all(session.connection())
        Base.metadata.create_all(session.connection())
    assert migrated == described(empty)
    assert len(migrated) == len(Base.metadata.tables)


def test_every_constraint_has_a_name(database: Database) -> None:
    for table in described(database).values():
        assert table["primary"]["name"]
        assert None not in [*table["foreign"], *table["unique"], *table["checks"], *table["indexes"]]


def test_the_program_knows_the_newest_migration(database: Database) -> None:
    with database.engine.connect() as connection:
        scripts = ScriptDirectory.from_config(configuration(connection))
    assert scripts.get_heads() == [schema.REVISION]


def test_an_empty_database_is_told_from_a_current_one(empty: Database) -> None:
    assert empty.schema_state() is SchemaState.EMPTY
    empty.ensure_schema()
    assert empty.schema_state() is SchemaState.CURRENT


def test_an_older_database_is_behind_and_a_newer_one_ahead(database: Database) -> None:
    for revision, state in (("0000", SchemaState.BEHIND), ("9999", SchemaState.AHEAD)):
        with database.rebuild() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
        assert database.schema_state() is state


def test_migrations_keep_what_is_stored(empty: Database) -> None:
    with empty.write() as session:
        command.upgrade(configuration(session.connection()), "0001")
        session.execute(
            text(f"INSERT INTO study (nct_id, state, absent_releases, first_seen_release) {A_STUDY}")
        )
        session.execute(
            text(f"INSERT INTO watch (name, definition_hash) VALUES ('w', {A_HASH[empty.engine.name]})")
        )
        session.execute(text(f"INSERT INTO membership (watch, nct_id, source, entered_release) {A_MEMBER}"))
    assert empty.schema_state() is SchemaState.BEHIND
    empty.ensure_schema()
    with empty.read() as session:
        assert studies(session)["NCT00000001"].first_seen_release == "2026-09-01"
        assert cohorts.watch(session, "w") == cohorts.Watch("w", "ab" * 32)
        assert list(cohorts.members(session, "w")) == ["NCT00000001"]


def test_an_old_program_refuses_a_newer_database_and_leaves_it_as_it_is(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refuse in (database.ensure_schema, database.upgrade):
        with pytest.raises(SchemaAhead) as caught:
            refuse()
        assert "newer" in caught.value.hint
    assert database.schema_state() is SchemaState.AHEAD


def test_an_upgrade_that_fails_midway_leaves_nothing_behind(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = schema.migrate

    def killed(connection: Any) -> None:
        whole(connection)
        raise KeyboardInterrupt

    monkeypatch.setattr(schema, "migrate", killed)
    with pytest.raises(KeyboardInterrupt):
        empty.ensure_schema()
    assert empty.schema_state() is SchemaState.EMPTY
    assert described(empty) == {}
    monkeypatch.undo()
    empty.ensure_schema()


def test_several_processes_may_upgrade_at_once(empty: Database) -> None:
    url = empty.engine.url.render_as_string(hide_password=False)
    program = f"from storage.engine import open_database; open_database({url!r}).ensure_schema()"
    started = [
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    complaints = [process.communicate()[1] for process in started]
    assert complaints == [""] * 4
    assert empty.schema_state() is SchemaState.CURRENT


def test_a_current_database_is_opened_without_alembic(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    program = (
        "import sys; from storage.engine import open_database;"
        f"open_database({url!r}).ensure_schema(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
