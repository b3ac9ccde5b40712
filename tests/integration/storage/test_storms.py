"""Storms: events that wait together for a person's word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from storage.cohorts import Watch, enter, held_leavings, hold_leaving, save_watch, stay
from storage.engine import Database
from storage.errors import UnknownEntry
from storage.events import add_events, event, events
from storage.storms import decide, end_overtaken, hold, storms
from storage.studies import name_studies

Told = Callable[..., dict[str, Any]]
HELD = ["evt_1", "evt_2"]
LEAVING = ("NCT00000002", "NCT00000003")


@pytest.fixture
def stormy(database: Database, told: Told) -> Database:
    """A database with three events, of which a storm holds two."""
    with database.write() as session:
        name_studies(session, ["NCT00000001"], "2026-09-01")
        storm = told("evt_storm", None, kind="storm", headline="29 sponsors renamed", changes=[])
        add_events(session, [*map(told, ["evt_1", "evt_2", "evt_3"]), storm])
        hold(session, "evt_storm", HELD)
    return database


def listed(database: Database, **which: Any) -> list[str]:
    with database.read() as session:
        return [found["id"] for found in events(session, **which)]


def test_what_a_storm_holds_is_not_listed_but_stays_in_reach(stormy: Database) -> None:
    assert listed(stormy) == ["evt_storm", "evt_3"]
    assert listed(stormy, held=True) == ["evt_storm", "evt_3", "evt_2", "evt_1"]
    with stormy.read() as session:
        assert event(session, "evt_1")
        (storm,) = storms(session)
    assert (storm.headline, storm.state, storm.events) == ("29 sponsors renamed", "held", 2)


def test_a_released_storm_lets_its_events_go(stormy: Database, now: datetime) -> None:
    with stormy.write() as session:
        assert decide(session, "evt_storm", "released", now) == 2
    assert listed(stormy) == ["evt_storm", "evt_3", "evt_2", "evt_1"]


def test_a_dismissed_storm_keeps_its_events_out_of_lists(stormy: Database, now: datetime) -> None:
    with stormy.write() as session:
        assert decide(session, "evt_storm", "dismissed", now) == 2
    assert listed(stormy) == ["evt_storm", "evt_3"]
    with stormy.read() as session:
        assert [(storm.state, storm.decided_at) for storm in storms(session)] == [("dismissed", now)]
        assert storms(session, held_only=True) == []


def test_a_storm_is_decided_once_and_not_held_again(stormy: Database, now: datetime) -> None:
    with stormy.write() as session:
        decide(session, "evt_storm", "released", now)
        hold(session, "evt_storm", HELD)
    assert "evt_1" in listed(stormy)
    for event_id in ("evt_storm", "evt_nothing"):
        with pytest.raises(UnknownEntry, match=event_id), stormy.write() as session:
            decide(session, event_id, "dismissed", now)


def test_nothing_to_hold_is_no_storm(stormy: Database) -> None:
    with stormy.write() as session:
        hold(session, "evt_3", [])
    with stormy.read() as session:
        assert len(storms(session)) == 1


@pytest.fixture
def leaving(database: Database, told: Told) -> Database:
    """A database with a storm that holds the leaving of two studies, which are still in their watch."""
    with database.write() as session:
        save_watch(session, Watch("cart", "ab" * 32, "2026-09-01"))
        enter(session, "cart", dict.fromkeys(LEAVING, "search 1"), "2026-09-01")
        left = [told(f"evt_{nct_id}", nct_id, kind="left", changes=[]) for nct_id in LEAVING]
        add_events(session, [*left, told("evt_storm", None, kind="storm", changes=[])])
        hold(session, "evt_storm", [event["id"] for event in left])
        hold_leaving(session, "cart", {nct_id: f"evt_{nct_id}" for nct_id in LEAVING})
    return database


def states(database: Database) -> list[str]:
    with database.read() as session:
        return [storm.state for storm in storms(session)]


def test_who_is_about_to_leave_stays_and_it_is_known_what_was_decided(
    leaving: Database, now: datetime
) -> None:
    with leaving.write() as session:
        assert held_leavings(session, "cart") == dict.fromkeys(LEAVING, "held")
        assert end_overtaken(session, now) == []
        decide(session, "evt_storm", "released", now)
        assert held_leavings(session, "cart") == dict.fromkeys(LEAVING, "released")
    assert sorted(listed(leaving)) == ["evt_NCT00000002", "evt_NCT00000003", "evt_storm"]


def test_a_dismissed_leaving_is_known_as_such(leaving: Database, now: datetime) -> None:
    with leaving.write() as session:
        decide(session, "evt_storm", "dismissed", now)
        assert held_leavings(session, "cart") == dict.fromkeys(LEAVING, "dismissed")


def test_who_stayed_after_all_is_not_told_to_have_left(leaving: Database, now: datetime) -> None:
    with leaving.write() as session:
        stay(session, "cart", LEAVING[:1])
        assert held_leavings(session, "cart") == {LEAVING[1]: "held"}
        assert end_overtaken(session, now) == []
        assert decide(session, "evt_storm", "released", now) == 1
    assert sorted(listed(leaving)) == ["evt_NCT00000003", "evt_storm"]


def test_a_storm_is_over_when_everybody_stayed(leaving: Database, now: datetime) -> None:
    with leaving.write() as session:
        stay(session, "cart", LEAVING)
        assert end_overtaken(session, now) == ["evt_storm"]
    assert states(leaving) == ["dismissed"]
    assert listed(leaving) == ["evt_storm"]


def test_other_storms_are_not_over_because_nobody_leaves(stormy: Database, now: datetime) -> None:
    with stormy.write() as session:
        assert end_overtaken(session, now) == []
    assert states(stormy) == ["held"]


def test_a_storm_that_is_held_takes_more_and_one_that_was_decided_does_not(
    stormy: Database, now: datetime
) -> None:
    with stormy.write() as session:
        hold(session, "evt_storm", ["evt_3"])
        assert decide(session, "evt_storm", "released", now) == 3
        hold(session, "evt_storm", ["evt_3"])
    assert listed(stormy)[1] == "evt_3"
