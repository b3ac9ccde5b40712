"""All watches at a glance; a study in two of them counts in each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from storage import watch_summary
from storage.alerts import open_alerts, snooze
from storage.cohorts import Watch, enter, leave, save_watch
from storage.engine import Database
from storage.events import add_events
from storage.new_versions import NewVersion, Summary, add_versions
from storage.storms import hold
from storage.studies import Presence, set_presence
from storage.watch_summary import Tally

Make = Callable[..., NewVersion]
Told = Callable[..., dict[str, Any]]
BOTH = ("cart", "other")
ONE, TWO, THREE = "NCT90000001", "NCT90000002", "NCT90000003"


@pytest.fixture
def watched(database: Database, make_version: Make) -> Database:
    """ONE is in both watches; TWO entered `cart` later; THREE was in `other` until the fifth of September."""
    with database.write() as session:
        save_watch(session, Watch("other", "ab" * 32, "2026-09-01"))
        save_watch(session, Watch("cart", "ab" * 32, "2026-09-01"))
        summary = Summary(status="RECRUITING")
        add_versions(session, [make_version("A", nct_id, summary=summary) for nct_id in (ONE, TWO)])
        add_versions(session, [make_version("A", THREE)])
        enter(session, "cart", {ONE: "ids"}, "2026-09-01")
        enter(session, "cart", {TWO: "ids"}, "2026-09-03")
        enter(session, "other", {ONE: "ids", THREE: "ids"}, "2026-09-01")
        leave(session, "other", [THREE], "2026-09-05")
        set_presence(session, [Presence(TWO, "gone", "2026-09-06", 2)])
    return database


def test_the_studies_are_counted_by_state_and_status(watched: Database) -> None:
    with watched.read() as session:
        assert watch_summary.watches(session) == {"cart": "2026-09-01", "other": "2026-09-01"}
        assert set(watch_summary.tallies(session, BOTH)) == {
            Tally("cart", "present", "RECRUITING", 1),
            Tally("cart", "gone", "RECRUITING", 1),
            Tally("other", "present", "RECRUITING", 1),
        }
        contents = watch_summary.contents(session, BOTH)
    assert {watch: set(found) for watch, found in contents.items()} == {"cart": {ONE}, "other": {ONE}}
    assert contents["cart"] == contents["other"]


def test_an_event_counts_once_in_each_watch_that_has_its_study(watched: Database, told: Told) -> None:
    with watched.write() as session:
        leave(session, "cart", [ONE], "2026-09-04")
        enter(session, "cart", {ONE: "ids"}, "2026-09-06")
        add_events(
            session, [told("evt_1", ONE), told("evt_2", THREE), told("evt_3", ONE, release="2026-08-01")]
        )
        add_events(session, [told("evt_4", ONE, kind="entered")], watch="cart")
        add_events(session, [told("evt_s", None, kind="storm"), told("evt_5", ONE)])
        hold(session, "evt_s", ["evt_5"])
    with watched.read() as session:
        assert watch_summary.events(session, "2026-09-01", BOTH) == {
            "cart": {"2026-09-02": 2},
            "other": {"2026-09-02": 2},
        }


def test_alerts_that_wait_are_counted_by_watch(watched: Database, told: Told, now: datetime) -> None:
    events = [("evt_1", ONE), ("evt_2", TWO), ("evt_3", ONE)]
    with watched.write() as session:
        add_events(session, [told(event_id, nct_id) for event_id, nct_id in events])
        open_alerts(session, events, now)
        snooze(session, "evt_3", by="ann", at=now, until=now + timedelta(days=1))
    with watched.read() as session:
        assert watch_summary.open_alerts(session, now, BOTH) == {"cart": 2, "other": 1}
        assert watch_summary.open_alerts(session, now + timedelta(days=2), BOTH) == {"cart": 3, "other": 2}


def test_those_who_came_and_went_are_counted_by_watch(watched: Database) -> None:
    with watched.read() as session:
        assert watch_summary.entered(session, "2026-08-01", BOTH) == {"cart": 1}
        assert watch_summary.left(session, "2026-08-01", BOTH) == {"other": 1}
        assert watch_summary.entered(session, "2026-09-04", BOTH) == {}
        assert watch_summary.left(session, "2026-09-06", BOTH) == {}


def test_nothing_is_counted_of_a_watch_that_is_not_asked_for(watched: Database, now: datetime) -> None:
    with watched.read() as session:
        assert {each.watch for each in watch_summary.tallies(session, ["cart"])} == {"cart"}
        assert set(watch_summary.contents(session, ["other"])) == {"other"}
        assert watch_summary.entered(session, "2026-08-01", ["other"]) == {}
        assert watch_summary.left(session, "2026-08-01", ["cart"]) == {}
        assert watch_summary.events(session, "2026-09-01", []) == {}
        assert watch_summary.open_alerts(session, now, []) == {}
