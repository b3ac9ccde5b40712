"""What was read on which release is kept by the batch: no row of a study is written because it was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from storage import readings
from storage.engine import Database
from storage.new_versions import NewVersion, add_versions
from storage.studies import following, studies
from storage.tables import Reading, table_of

Make = Callable[..., NewVersion]
FIRST, SECOND, THIRD = (f"2026-09-0{day}T09:00:05" for day in (1, 2, 3))
IDS = [f"NCT{number:08}" for number in range(1, 61)]


@pytest.fixture
def filled(database: Database, make_version: Make) -> Database:
    """A database with sixty studies, stored on the first release and read with it."""
    with database.write() as session:
        add_versions(session, [make_version(nct_id, nct_id) for nct_id in IDS])
    return database


def read(database: Database, ids: Iterable[str], stamp: str, at: datetime) -> None:
    with database.write() as session:
        readings.note(session, ids, stamp, at)


def batches(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table_of(Reading))) or 0


def test_a_study_was_last_read_with_the_newest_batch_that_holds_it(filled: Database, now: datetime) -> None:
    read(filled, IDS[:40], SECOND, now + timedelta(days=1))
    read(filled, IDS[20:50], THIRD, now + timedelta(days=2))
    with filled.read() as session:
        last = {nct_id: (each.checked_stamp, each.checked_at) for nct_id, each in studies(session).items()}
        listed = {each.nct_id: each.checked_stamp for each in following(session, after=IDS[18], limit=3)}
        assert readings.read_on(session, IDS, FIRST) == set(IDS[50:])
        assert readings.read_on(session, IDS, SECOND) == set(IDS[:20])
        assert readings.read_on(session, IDS, THIRD) == set(IDS[20:50])
        assert readings.read_on(session, ["NCT09999999", IDS[0]], THIRD) == set()
    assert last[IDS[0]] == (SECOND, now + timedelta(days=1))
    assert last[IDS[30]] == (THIRD, now + timedelta(days=2))
    assert last[IDS[59]] == (FIRST, now)
    assert listed == {IDS[19]: SECOND, IDS[20]: THIRD, IDS[21]: THIRD}


def test_a_release_that_is_read_again_after_another_is_read_anew(filled: Database, now: datetime) -> None:
    read(filled, IDS, SECOND, now)
    read(filled, IDS, FIRST, now)  # forced on the older release
    with filled.read() as session:
        assert readings.read_on(session, IDS, SECOND) == set()
        assert readings.read_on(session, IDS, FIRST) == set(IDS)


def test_to_note_that_a_batch_was_read_writes_one_row(filled: Database, now: datetime) -> None:
    statements: list[str] = []
    with filled.write() as session:
        event.listen(
            session.connection(),
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_rest: statements.append(statement),
        )
        readings.note(session, [*IDS, IDS[0]], SECOND, now)
        readings.note(session, [], SECOND, now)
    assert len(statements) == 1
    assert batches(filled) == 1


@pytest.mark.parametrize(
    "later, left, own",
    [
        (IDS, 1, SECOND),
        (IDS[3:], 1, SECOND),  # three that are read no more keep it in their own rows
        (IDS[20:], 2, FIRST),
    ],
)
def test_a_batch_is_discarded_once_all_or_nearly_all_of_it_was_read_again(
    filled: Database, now: datetime, later: Sequence[str], left: int, own: str
) -> None:
    read(filled, IDS, SECOND, now + timedelta(days=1))
    read(filled, later, THIRD, now + timedelta(days=2))
    with filled.write() as session:
        before = {nct_id: each.checked_stamp for nct_id, each in studies(session).items()}
        readings.discard_superseded(session)
    assert batches(filled) == left
    with filled.read() as session:
        assert {nct_id: each.checked_stamp for nct_id, each in studies(session).items()} == before
        assert before[IDS[0]] == (THIRD if later == IDS else SECOND)
        assert readings.is_read_on(session, THIRD)


def test_whether_anything_was_read_on_a_release_is_known_of_batches_and_of_rows(
    filled: Database, now: datetime
) -> None:
    read(filled, IDS, SECOND, now)
    with filled.read() as session:
        assert readings.is_read_on(session, FIRST)
        assert readings.is_read_on(session, SECOND)
        assert not readings.is_read_on(session, THIRD)
