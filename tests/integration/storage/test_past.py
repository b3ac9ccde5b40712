"""The past: versions before what is known, events before what was told, and nothing that was stored is touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from storage import events, past, seals
from storage.engine import Database
from storage.new_versions import NewVersion, add_versions
from storage.past import Backfill
from storage.payloads import FULL_EVERY
from storage.tables import Seal, Version, table_of
from storage.verify import verify
from storage.versions import heads, payload, payloads, version_as_of, versions

Make = Callable[..., NewVersion]
NOW = datetime(2026, 9, 2, 13, 5, 11, tzinfo=UTC)
Told = Callable[..., dict[str, Any]]
STUDY = "NCT00000001"
VERSION = table_of(Version).c


def earlier(make_version: Make, count: int) -> list[NewVersion]:
    """Versions of the past, a year each."""
    return [
        make_version(b"content %d " % year * 50, release=f"{1990 + year}-01-01", provenance="history")
        for year in range(count)
    ]


def test_versions_of_the_past_count_down_and_all_are_given_back(
    database: Database, make_version: Make
) -> None:
    found = earlier(make_version, 3 * FULL_EVERY)
    with database.write() as session:
        add_versions(session, [make_version("polled")])
        before = session.execute(select(table_of(Seal))).all()
        head = heads(session, [STUDY])
        assert past.prepend(session, found[-3:]) == [-2, -1, 0]
        assert past.prepend(session, found[:-3]) == list(range(-3 * FULL_EVERY + 1, -2))
        assert past.prepend(session, []) == []
    with database.read() as session:
        assert [each for _, each in payloads(session, STUDY)] == [
            *(each.payload for each in found),
            b"polled",
        ]
        for info in versions(session, STUDY):
            payload(session, STUDY, info.number)
        assert heads(session, [STUDY]) == head, "the study is as it was"
        assert session.execute(select(table_of(Seal))).all()[: len(before)] == before
        assert list(verify(session)) == []
        full = session.scalars(select(VERSION.number).where(VERSION.base.is_(None))).all()
    # the three, and those that every chain begins with
    assert len(full) <= 2 + 3 * FULL_EVERY // FULL_EVERY + 1


def test_a_version_that_is_known_to_have_stood_longer_is_that_of_those_days(
    database: Database, make_version: Make
) -> None:
    with database.write() as session:
        add_versions(session, [make_version("polled")])
        past.prepend(session, earlier(make_version, 1))
        past.known_since(session, STUDY, 1, "2020-05-05")
    with database.read() as session:
        assert [version_as_of(session, STUDY, day) for day in ("1989-12-31", "2020-05-04", "2020-05-05")] == [
            None,
            0,
            1,
        ]
        assert [info.day for info in versions(session, STUDY)] == ["1990-01-01", "2020-05-05"]
        assert versions(session, STUDY)[-1].release == "2026-09-01"
        assert list(verify(session)) == []


def test_events_of_the_past_stand_before_what_was_told_and_are_left_out_unless_asked_for(
    database: Database, told: Told
) -> None:
    past_ones = [told(f"evt_past{number}", nct_id=None, state="historical") for number in (1, 2)]
    with database.write() as session:
        events.add_events(session, [told("evt_told1", nct_id=None)])
        assert past.add_historical(session, past_ones) == ["evt_past1", "evt_past2"]
        assert past.add_historical(session, past_ones) == []
        past.add_historical(session, [told("evt_past0", nct_id=None, state="historical")])
        events.add_events(session, [told("evt_told2", nct_id=None)])
    with database.read() as session:
        assert [each["id"] for each in events.events(session)] == ["evt_told2", "evt_told1"]
        listed = [each.id for each in events.headlines(session, historical=True)]
        assert listed == ["evt_told2", "evt_told1", "evt_past2", "evt_past1", "evt_past0"]
        assert [each.historical for each in events.headlines(session, historical=True)] == [False] * 2 + [
            True
        ] * 3


def test_the_first_event_after_those_of_the_past_is_told(database: Database, told: Told) -> None:
    with database.write() as session:
        past.add_historical(session, [told("evt_past1", nct_id=None, state="historical")])
        events.add_events(session, [told("evt_told1", nct_id=None)])
    with database.read() as session:
        assert [each["id"] for each in events.events(session)] == ["evt_told1"]


def test_an_event_that_is_told_anew_stays_one_of_the_past(database: Database, told: Told) -> None:
    event = told("evt_past1", nct_id=None, state="historical")
    with database.write() as session:
        past.add_historical(session, [event])
        anew = {name: value for name, value in event.items() if name != "state"}
        events.supersede(session, anew | {"headline": "Told anew"}, NOW)
    with database.read() as session:
        found = events.event(session, "evt_past1")
    assert found is not None
    assert (found["state"], found["headline"]) == ("historical", "Told anew")


def test_how_far_a_past_was_looked_up_is_noted_and_sealed(database: Database, make_version: Make) -> None:
    with database.write() as session:
        add_versions(session, [make_version("one")])
        for older in (3, 0):
            past.note_backfill(session, Backfill(STUDY, NOW, 9, older))
        assert past.backfills(session, [STUDY, "NCT00000002"]) == {STUDY: Backfill(STUDY, NOW, 9, 0)}
        assert seals.links(session, [(past.tables.Backfill, (STUDY,))])[0]["revised"] is True
        assert list(verify(session)) == []
