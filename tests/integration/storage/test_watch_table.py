"""What a watch's table shows, found in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import select

from storage import silence, watch_table
from storage.alerts import open_alerts, snooze
from storage.cohorts import Watch, enter, leave, save_watch
from storage.engine import Database
from storage.events import add_events
from storage.new_versions import Due, NewVersion, Summary, add_versions
from storage.storms import hold
from storage.studies import Presence, set_presence
from storage.tables import Study, table_of
from storage.versions import heads
from storage.watch_table import Activity, LastEvent, Member, Movement

STUDY = table_of(Study).c
Make = Callable[..., NewVersion]
Told = Callable[..., dict[str, Any]]
ONE, TWO, THREE, FOUR = (f"NCT9000000{number}" for number in (1, 2, 3, 4))
FACTS = {"countries": ["Norway"], "sites": 2}
SUMMARY = Summary(
    "A study", "RECRUITING", "A sponsor", ("PHASE1",), {"count": 24, "type": "ESTIMATED"}, {"a": 1}, FACTS
)


@pytest.fixture
def watched(database: Database, make_version: Make) -> Database:
    """Two watches: ONE, TWO and THREE are in `cart`, THREE only until the fifth of September; ONE is in `other` too."""
    with database.write() as session:
        for name in ("cart", "other"):
            save_watch(session, Watch(name, "ab" * 32, "2026-09-01"))
        versions = [make_version("A", nct_id, summary=SUMMARY, posted="2026-08-30") for nct_id in (ONE, TWO)]
        add_versions(session, [*versions, make_version("A", THREE), make_version("A", FOUR)])
        enter(session, "cart", {ONE: "ids", THREE: "ids"}, "2026-09-01")
        enter(session, "cart", {TWO: "ids"}, "2026-09-03")
        leave(session, "cart", [THREE], "2026-09-05")
        enter(session, "other", {ONE: "ids", FOUR: "ids"}, "2026-09-01")
    return database


def test_a_watch_lists_the_studies_that_are_in_it(watched: Database, make_version: Make) -> None:
    with watched.read() as session:
        found = watch_table.members(session, "cart")
    content = make_version("A").content_hash
    assert found == [
        Member(
            nct_id, entered, None, "present", content, "A study", "RECRUITING", "A sponsor", "2026-08-30",
            ["PHASE1"], {"count": 24, "type": "ESTIMATED"}, FACTS,
        )
        for nct_id, entered in ((ONE, "2026-09-01"), (TWO, "2026-09-03"))
    ]  # fmt: skip


def test_studies_that_left_are_listed_where_they_are_asked_for(watched: Database) -> None:
    with watched.write() as session:
        leave(session, "cart", [TWO], "2026-09-06")
        enter(session, "cart", {TWO: "ids"}, "2026-09-08")
    with watched.read() as session:
        found = {each.nct_id: each for each in watch_table.members(session, "cart", left=True)}
    assert list(found) == [ONE, TWO, THREE]
    assert (found[TWO].entered_release, found[TWO].left_release) == ("2026-09-08", None)
    assert found[THREE].left_release == "2026-09-05"
    assert (found[THREE].phases, found[THREE].enrollment, found[THREE].facts) == ([], {}, {})


def test_events_are_counted_by_study_release_and_severity(watched: Database, told: Told) -> None:
    with watched.write() as session:
        add_events(session, [told("evt_1", ONE), told("evt_2", ONE), told("evt_3", THREE, severity="high")])
        add_events(session, [told("evt_4", FOUR), told("evt_5", ONE, release="2026-08-31")])
        add_events(session, [told("evt_6", ONE, kind="entered")], watch="other")
        add_events(session, [told("evt_7", None, kind="schema")], watch="cart")
    with watched.read() as session:
        found = watch_table.activity(session, "cart", "2026-09-01")
    assert sorted(found, key=lambda each: each.nct_id or "") == [
        Activity(None, "2026-09-02", "medium", 1),
        Activity(ONE, "2026-09-02", "medium", 2),
        Activity(THREE, "2026-09-02", "high", 1),
    ]


def test_the_last_event_is_the_one_told_last(watched: Database, told: Told, now: datetime) -> None:
    with watched.write() as session:
        add_events(session, [told("evt_1", ONE, headline="first"), told("evt_2", ONE, headline="second")])
        add_events(session, [told("evt_3", TWO), told("evt_4", None)], watch="cart")
        add_events(session, [told("evt_5", ONE)], watch="other")
    with watched.read() as session:
        latest = watch_table.latest(session, "cart", now)
        last = watch_table.last_events(session, latest.values())
        assert watch_table.last_events(session, []) == {}
    assert {each: (found.release, found.open_alerts) for each, found in latest.items()} == {
        ONE: ("2026-09-02", 0), TWO: ("2026-09-02", 0),
    }  # fmt: skip
    assert last[ONE] == LastEvent("evt_2", ONE, "2026-09-02", "medium", "second")
    assert set(last) == {ONE, TWO}


def test_what_a_storm_holds_counts_for_nothing(watched: Database, told: Told, now: datetime) -> None:
    with watched.write() as session:
        add_events(session, [told("evt_1", ONE), told("evt_s", None, kind="storm")])
        open_alerts(session, [("evt_1", ONE)], now)
        hold(session, "evt_s", ["evt_1"])
    with watched.read() as session:
        assert watch_table.activity(session, "cart", "2026-09-01") == []
        assert watch_table.latest(session, "cart", now) == {}


def test_alerts_that_wait_for_a_person_are_counted_by_study(
    watched: Database, told: Told, now: datetime
) -> None:
    events = [("evt_1", ONE), ("evt_2", ONE), ("evt_3", TWO), ("evt_4", FOUR)]
    with watched.write() as session:
        add_events(session, [told(event_id, nct_id) for event_id, nct_id in events])
        open_alerts(session, events, now)
        snooze(session, "evt_3", by="ann", at=now, until=now + timedelta(days=1))

    def waiting(at: datetime) -> dict[str, int]:
        with watched.read() as session:
            return {
                each.nct_id: each.open_alerts for each in watch_table.latest(session, "cart", at).values()
            }

    assert waiting(now) == {ONE: 2, TWO: 0}
    assert waiting(now + timedelta(days=2)) == {ONE: 2, TWO: 1}


def test_those_with_whom_a_watch_was_established_did_not_enter_it(watched: Database) -> None:
    with watched.read() as session:
        assert watch_table.movements(session, "cart", "2026-08-01") == [
            Movement(THREE, None, "2026-09-05", entered=False),
            Movement(TWO, "A study", "2026-09-03", entered=True),
        ]
        assert len(watch_table.movements(session, "cart", "2026-09-04")) == 1
    with watched.write() as session:
        save_watch(session, Watch("cart", "ab" * 32, None))
    with watched.read() as session:
        assert [each.entered for each in watch_table.movements(session, "cart", "2026-08-01")] == [False]


def test_only_studies_that_are_present_have_a_status_to_be_silent_about(watched: Database) -> None:
    with watched.write() as session:
        set_presence(session, [Presence(TWO, "missing", "2026-09-06", 1)])
    with watched.read() as session:
        assert watch_table.status_modules(session, [ONE, TWO, THREE]) == {ONE: {"a": 1}}


def test_summaries_of_an_older_form_are_made_anew_of_the_head_that_they_are_of(watched: Database) -> None:
    with watched.read() as session:
        assert watch_table.without_summary(session, 1) == [ONE, TWO, THREE, FOUR]
        assert watch_table.without_summary(session, 1, THREE) == [FOUR]
        assert watch_table.without_summary(session, 1, limit=1) == [ONE]
        number = heads(session, [THREE])[THREE].number
    due = Due("2026-01-31", None, "2026-05-01")
    with watched.write() as session:
        summaries = {ONE: (7, {"sites": 9}, due), THREE: (number, {"sites": 3}, due)}
        watch_table.set_summaries(session, 1, summaries)
        watch_table.set_summaries(session, 1, {})
    with watched.read() as session:
        facts = {each.nct_id: each.facts for each in watch_table.members(session, "cart", left=True)}
        assert watch_table.without_summary(session, 1) == [ONE, TWO, FOUR]
        assert silence.due(session, [ONE, THREE], "2026-01-01", "") == [THREE], "its days are others now"
        known = session.execute(select(STUDY.heard_on, STUDY.unknown_on).where(STUDY.nct_id == THREE)).one()
    assert facts == {ONE: FACTS, TWO: FACTS, THREE: {"sites": 3}}
    assert tuple(known) == ("2026-01-31", "2026-05-01")


def test_a_table_takes_as_many_queries_for_many_studies_as_for_few(
    watched: Database, make_version: Make, told: Told, now: datetime
) -> None:
    few = queries_for_a_table(watched, now)
    ids = [f"NCT91{number:06}" for number in range(600)]
    with watched.write() as session:
        add_versions(session, [make_version("A", nct_id, summary=SUMMARY) for nct_id in ids])
        enter(session, "cart", dict.fromkeys(ids, "ids"), "2026-09-01")
        add_events(session, [told(f"evt_{nct_id}", nct_id) for nct_id in ids])
    assert queries_for_a_table(watched, now) == few == 5


def queries_for_a_table(database: Database, now: datetime) -> int:
    """How many queries all parts of a table take."""
    with database.read() as session, counted(database) as queries:
        watch_table.members(session, "cart")
        watch_table.activity(session, "cart", "2026-09-01")
        watch_table.latest(session, "cart", now)
        watch_table.movements(session, "cart", "2026-09-01")
    return sum("SELECT" in query for query in queries)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The queries that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    hooks.listen(database.engine, "before_cursor_execute", note)
    yield sent
    hooks.remove(database.engine, "before_cursor_execute", note)
