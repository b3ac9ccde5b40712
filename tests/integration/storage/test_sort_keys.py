"""The numbers that lists are put in order by: as the record says them, also of studies that an older program stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from storage.engine import Database, open_database
from storage.migrations import configuration
from storage.sort_keys import country_count, enrolled

CASES: dict[str, tuple[Any, Any, int | None, int | None]] = {
    "NCT90000001": ('{"count":24,"type":"ACTUAL"}', '{"countries":["Norway","Spain"]}', 24, 2),
    "NCT90000002": ('{"count":0}', '{"countries":[]}', 0, None),
    "NCT90000003": ('{"count":99999999999999999999}', '{"sites":3}', None, None),
    "NCT90000004": ('{"count":-5}', "null", None, None),
    "NCT90000005": ('{"count":"24"}', '{"countries":null}', None, None),
    "NCT90000006": ("null", '{"countries":["Norway"],"conditions":["\\u0000"]}', None, 1),
    "NCT90000007": (None, None, None, None),
}
INSERT = (
    "INSERT INTO study (nct_id, state, absent_releases, first_seen_release, enrollment, facts) "
    "VALUES (:nct_id, 'present', 0, '2026-09-01', :enrollment, :facts)"
)


@pytest.fixture
def older(url: str) -> Iterator[Database]:
    """A database as the program before had it, with studies."""
    with closing(open_database(url)) as database:
        with database.rebuild() as connection:
            command.upgrade(configuration(connection), "0021")
            rows = [
                {"nct_id": nct_id, "enrollment": enrollment, "facts": facts}
                for nct_id, (enrollment, facts, _, _) in CASES.items()
            ]
            connection.execute(text(INSERT), rows)
        yield database


def test_studies_that_an_older_program_stored_have_their_numbers(older: Database) -> None:
    older.ensure_schema()
    with older.read() as session:
        found = session.execute(text("SELECT nct_id, enrolled, country_count FROM study"))
        numbers = {row[0]: (row[1], row[2]) for row in found}
    assert numbers == {nct_id: (people, countries) for nct_id, (_, _, people, countries) in CASES.items()}


@pytest.mark.parametrize(
    ("enrollment", "expected"),
    [({"count": 24}, 24), ({"count": 0}, 0), ({"count": 2**31}, None), ({"count": True}, None), ({"count": "24"}, None),
     ({"count": 2.5}, None), ({"count": -1}, None), ({}, None), (None, None), ([], None)],
)  # fmt: skip
def test_only_a_number_that_both_databases_hold_is_an_enrollment(
    enrollment: Any, expected: int | None
) -> None:
    assert enrolled(enrollment) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"countries": ["Norway", "Spain"]}, 2),
        ({"countries": []}, None),
        ({"countries": "Norway"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_countries_are_counted_where_some_are_named(facts: Any, expected: int | None) -> None:
    assert country_count(facts) == expected
