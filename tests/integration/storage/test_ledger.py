"""The ledger: cycles, the watermark, signs of life."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import seals
from storage.engine import Database
from storage.ledger import (
    Beat,
    Watermark,
    beat,
    begin_cycle,
    cycles,
    enter_stage,
    fail_cycle,
    finish_cycle,
    last_beat,
    move_watermark,
    watermark,
)
from storage.verify import verify

A_MINUTE = timedelta(minutes=1)


def begin(database: Database, now: datetime, release: str = "2026-09-02") -> int:
    with database.write() as session:
        return begin_cycle(
            session, release=release, stamp=f"{release}T09:00:05", owner="one", fence=1, now=now
        )


def test_a_cycle_is_written_down_from_its_begin_to_its_end(database: Database, now: datetime) -> None:
    cycle_id = begin(database, now)
    with database.write() as session:
        enter_stage(session, cycle_id, "read")
    with database.read() as session:
        (running,) = cycles(session)
    assert (running.state, running.stage, running.finished_at, running.counts) == (
        "running",
        "read",
        None,
        {},
    )
    with database.write() as session:
        finish_cycle(session, cycle_id, state="complete", counts={"studies": 12}, now=now + A_MINUTE)
    with database.read() as session:
        (done,) = cycles(session)
    assert (done.state, done.started_at, done.finished_at) == ("complete", now, now + A_MINUTE)
    assert (done.counts, done.release, done.owner, done.fence) == ({"studies": 12}, "2026-09-02", "one", 1)


def test_a_failed_cycle_keeps_its_stage_and_says_why(database: Database, now: datetime) -> None:
    cycle_id = begin(database, now)
    with database.write() as session:
        enter_stage(session, cycle_id, "cohort")
        fail_cycle(session, cycle_id, kind="Unavailable", message="503\0", counts={"read": 3}, now=now)
    with database.read() as session:
        (failed,) = cycles(session)
    assert (failed.state, failed.stage, failed.counts) == ("failed", "cohort", {"read": 3})
    assert (failed.error_kind, failed.error_message) == ("Unavailable", "503")


def test_a_stage_is_sealed_where_it_is_noted_of_a_cycle_that_is_over(
    database: Database, now: datetime
) -> None:
    cycle_id = begin(database, now)
    with database.write() as session:
        enter_stage(session, cycle_id, "read")
        before = seals.head(session)
    with database.write() as session:
        fail_cycle(session, cycle_id, kind="Unavailable", message="503", counts={}, now=now)
        closed = seals.head(session)
        enter_stage(session, cycle_id, "absent")
        after = seals.head(session)
    assert [closed.seq - before.seq, after.seq - closed.seq] == [1, 1]
    with database.read() as session:
        assert list(verify(session)) == []
        assert cycles(session)[0].stage == "absent"


def test_the_next_cycle_closes_one_that_was_killed_and_keeps_its_stage(
    database: Database, now: datetime
) -> None:
    killed_id = begin(database, now)
    with database.write() as session:
        enter_stage(session, killed_id, "read")
    next_id = begin(database, now + A_MINUTE)
    with database.read() as session:
        after, killed = cycles(session)
    assert (after.id, after.state) == (next_id, "running")
    assert (killed.id, killed.state, killed.error_kind) == (killed_id, "failed", "killed")
    assert (killed.stage, killed.finished_at) == ("read", now + A_MINUTE)


def test_cycles_are_listed_newest_first_whatever_the_clock_did(database: Database, now: datetime) -> None:
    ids = [begin(database, now - timedelta(days=day)) for day in range(4)]
    with database.read() as session:
        assert [cycle.id for cycle in cycles(session, limit=3)] == ids[:0:-1]


def test_a_cycle_that_could_not_ask_for_the_release_has_none(database: Database, now: datetime) -> None:
    with database.write() as session:
        begin_cycle(session, release=None, stamp=None, owner="one", fence=1, now=now)
    with database.read() as session:
        assert cycles(session)[0].release is None


def test_the_watermark_moves_and_is_read_back(database: Database, now: datetime) -> None:
    with database.read() as session:
        assert watermark(session) is None
    marks = [Watermark(f"2026-09-0{day}", f"2026-09-0{day}T09:00:05", "2.0.5", now) for day in (1, 2)]
    for mark in marks:
        with database.write() as session:
            move_watermark(session, mark)
        with database.read() as session:
            assert watermark(session) == mark


def test_a_beat_replaces_the_last_one_of_its_name(database: Database, now: datetime) -> None:
    with database.write() as session:
        beat(session, "daemon", now)
        beat(session, "poll", now, {"outcome": "blocked", "until": "2026-09-02T14:00:00Z"})
        beat(session, "daemon", now + A_MINUTE, {"pid": 1})
    with database.read() as session:
        assert last_beat(session, "daemon") == Beat("daemon", now + A_MINUTE, {"pid": 1})
        assert last_beat(session, "poll") == Beat(
            "poll", now, {"outcome": "blocked", "until": "2026-09-02T14:00:00Z"}
        )
        assert last_beat(session, "delivery") is None
