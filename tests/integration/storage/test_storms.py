"""Storms: events that wait together for a person's word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from storage.engine import Database
from storage.errors import UnknownEntry
from storage.events import add_events, event, events
from storage.storms import decide, hold, storms
from storage.studies import name_studies

Told = Callable[..., dict[str, Any]]
HELD = ["evt_1", "evt_2"]


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
