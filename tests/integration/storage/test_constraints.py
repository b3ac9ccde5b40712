"""What the columns take and the constraints refuse, alike on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from storage.engine import Database
from storage.ledger import beat, begin_cycle, cycles, enter_stage, last_beat
from storage.new_versions import NewVersion, add_versions
from storage.tables import Study, Version, Watch, table_of
from storage.types import NaiveTime

Make = Callable[..., NewVersion]


def test_a_time_is_given_back_aware_and_in_utc(database: Database, now: datetime) -> None:
    elsewhere = now.astimezone(timezone(timedelta(hours=9)))
    with database.write() as session:
        beat(session, "daemon", elsewhere)
    with database.read() as session:
        back = last_beat(session, "daemon")
    assert back is not None
    assert back.at == now
    assert back.at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(database: Database, now: datetime) -> None:
    with pytest.raises(NaiveTime, match="no zone"), database.write() as session:
        beat(session, "daemon", now.replace(tzinfo=None))


def test_nul_and_half_a_surrogate_pair_do_not_stop_a_text(database: Database, now: datetime) -> None:
    with database.write() as session:
        cycle_id = begin_cycle(session, release=None, stamp=None, owner="one", fence=1, now=now)
        enter_stage(session, cycle_id, "a\0b \ud83d c \U0001f9ec")
    with database.read() as session:
        assert cycles(session)[0].stage == "ab \ufffd c \U0001f9ec"


def test_json_keeps_nul_and_half_a_surrogate_pair(database: Database, now: datetime) -> None:
    detail = {"a\0": ["\0", "\ud83d", "\U0001f9ec", 2**64, 1.5, None, True, {"deep": {}}]}
    with database.write() as session:
        beat(session, "daemon", now, detail)
    with database.read() as session:
        back = last_beat(session, "daemon")
    assert back is not None
    assert back.detail == detail


def test_what_json_does_not_have_is_refused(database: Database, now: datetime) -> None:
    with pytest.raises(StatementError), database.write() as session:
        beat(session, "daemon", now, {"a": float("nan")})


@pytest.mark.parametrize(
    "model, values",
    [
        (Study, {"nct_id": "../../etc/x"}),
        (Study, {"nct_id": "NCT1"}),
        (Study, {"state": "removed"}),
        (Study, {"absent_releases": -1}),
        (Study, {"head": None}),
        (Version, {"provenance": "guess"}),
        (Version, {"release": "2026-9-1"}),
        (Version, {"sha256": "00"}),
        (Version, {"base": 5}),
        (Version, {"cycle_id": 999}),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    database: Database, make_version: Make, model: type[Any], values: dict[str, Any]
) -> None:
    with database.write() as session:
        add_versions(session, [make_version("A")])
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(update(table_of(model)).values(values))


def test_a_second_watch_of_one_name_is_refused(database: Database) -> None:
    row = {"name": "cart", "definition_hash": "ab"}
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(insert(table_of(Watch)), [row, row])


def test_a_model_can_be_read_as_an_object(database: Database, make_version: Make) -> None:
    with database.write() as session:
        add_versions(session, [make_version("A")])
    with database.read() as session:
        assert session.scalars(select(Study)).one().state == "present"
