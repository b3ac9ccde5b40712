"""Routing: who hears of an event, when, and why."""

from datetime import UTC, datetime, time
from typing import Any

import pytest
from pydantic import ValidationError

from sync.alerts.routing import due_at, groups, heaviest, last_digest_time, match_route
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.changes.event import Event
from tests.unit.channels.outgoing import an_event, change

UTC_DAY = AlertSettings()


def event(kind: str = "status", severity: str = "high", *kinds: str, nct_id: str = "NCT90000001") -> Event:
    changes = [change(each, "a.place", "A", "B") for each in kinds or (kind,)]
    return an_event(id="evt_1", nct_id=nct_id, kind=kind, severity=severity, changes=changes)


def route(**settings: Any) -> RouteSettings:
    return RouteSettings(name="r", channels=("c",), **settings)


@pytest.mark.parametrize(
    "settings, takes, words",
    [
        ({}, True, "info or heavier"),
        ({"min_severity": "high"}, True, "high is high or heavier"),
        ({"min_severity": "critical"}, False, "high is lighter than critical"),
        ({"watch": "lupus"}, True, "in lupus"),
        ({"watch": "other"}, False, "not in other"),
        ({"kinds": "sites"}, True, "tells of sites"),
        ({"kinds": "eligibility"}, False, "not of eligibility"),
        ({"studies": "NCT90000001"}, True, "names the study"),
        ({"studies": "NCT90000002"}, False, "NCT90000002 only"),
    ],
)
def test_a_route_takes_what_it_names_and_says_why(settings, takes, words):
    verdict = match_route(event("status", "high", "status", "sites"), ["lupus"], route(**settings))
    assert verdict.takes is takes
    assert words in verdict.why


CD19 = {"class": "car_t_product", "antigens": ["CD19"], "source": "unknown", "area": "autoimmune"}
NK = {**CD19, "class": "car_other", "antigens": []}


@pytest.mark.parametrize(
    "settings, answers, takes, words",
    [
        ({"classes": "car_t_product"}, [CD19], True, "those of the route"),
        ({"classes": "car_other"}, [CD19], False, "its class is car_t_product"),
        ({"antigens": "CD19"}, [CD19], True, "those of the route"),
        ({"antigens": "BCMA"}, [CD19], False, "it aims at CD19, not at BCMA"),
        ({"antigens": "CD19"}, [NK], False, "it says no antigen, and CD19 is asked for"),
        ({"areas": "autoimmune"}, [CD19], True, "those of the route"),
        ({"areas": "oncology_heme"}, [CD19], False, "its area is autoimmune"),
        ({"classes": "car_t_product", "areas": "oncology_heme"}, [CD19], False, "its area"),
        # what it was until this very event will do
        ({"classes": "car_t_product"}, [NK, CD19], True, "those of the route"),
        ({"classes": "car_t_product"}, [], False, "not classified yet"),
        ({}, [], True, "info or heavier"),
    ],
)
def test_a_route_by_class_antigen_or_area_takes_what_is_so_and_says_why(settings, answers, takes, words):
    verdict = match_route(event(), ["lupus"], route(**settings), answers)
    assert verdict.takes is takes
    assert words in verdict.why


def test_a_storm_has_no_class_and_concerns_every_route():
    assert match_route(event("storm", nct_id=""), [], route(classes="car_t_product"), ()).takes


def test_a_storm_concerns_every_watch():
    assert match_route(event("storm", nct_id=""), [], route(watch="lupus")).takes


def test_bookkeeping_is_no_kind_of_its_own():
    assert event("status", "high", "status", "administrative", "derived").kinds == {"status"}
    assert event("administrative", "info", "administrative").kinds == {"administrative"}


NIGHT = {"quiet_hours": "22:00-07:00", "time_zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    "now, due",
    [
        ("2026-09-02T19:59", "2026-09-02T19:59"),  # 21:59 in Berlin
        ("2026-09-02T20:00", "2026-09-03T05:00"),
        ("2026-09-03T03:00", "2026-09-03T05:00"),
        ("2026-09-03T05:00", "2026-09-03T05:00"),
        ("2026-10-24T21:00", "2026-10-25T06:00"),  # the clocks go back in that night
        ("2026-03-28T22:00", "2026-03-29T05:00"),  # and forward in this one
    ],
)
def test_what_is_not_critical_waits_for_the_end_of_the_quiet_hours(now, due):
    assert due_at(event(), route(**NIGHT), UTC_DAY, at(now)) == at(due)
    assert due_at(event(severity="critical"), route(**NIGHT), UTC_DAY, at(now)) == at(now)


def test_quiet_hours_may_be_those_of_all_routes_and_a_route_may_have_none():
    house = AlertSettings(quiet_hours="00:00-06:00")
    night = at("2026-09-02T03:00")
    assert due_at(event(), route(), house, night) == at("2026-09-02T06:00")
    assert due_at(event(), route(quiet_hours=""), house, night) == night


@pytest.mark.parametrize(
    "settings, now, due",
    [
        ({"mode": "daily"}, "2026-09-02T08:00", "2026-09-02T08:00"),
        ({"mode": "daily"}, "2026-09-02T07:59", "2026-09-01T08:00"),
        ({"mode": "weekly"}, "2026-09-06T23:00", "2026-08-31T08:00"),
        ({"mode": "weekly", "day": "friday"}, "2026-09-04T09:00", "2026-09-04T08:00"),
        ({"mode": "weekly", "day": "friday"}, "2026-09-04T07:00", "2026-08-28T08:00"),
        ({"mode": "daily", "time_zone": "Europe/Berlin"}, "2026-09-02T06:00", "2026-09-02T06:00"),
        # a time that the clock skips comes an hour later; one that it shows twice comes once
        (
            {"mode": "daily", "at": time(2, 30), "time_zone": "Europe/Berlin"},
            "2026-03-29T02:00",
            "2026-03-29T01:30",
        ),
        (
            {"mode": "daily", "at": time(2, 30), "time_zone": "Europe/Berlin"},
            "2026-10-25T03:00",
            "2026-10-25T00:30",
        ),
    ],
)
def test_a_digest_is_due_at_its_local_time_whatever_the_clocks_do(settings, now, due):
    assert last_digest_time(route(**settings), UTC_DAY, at(now)) == at(due)


ROWS = [("a", "NCT1", "low"), ("b", "NCT2", "high"), ("c", "NCT1", "critical"), ("d", None, "high")]


@pytest.mark.parametrize("group, sizes", [("study", [2, 1, 1]), ("cycle", [4]), ("none", [1, 1, 1, 1])])
def test_a_message_tells_of_a_study_of_a_cycle_or_of_one_event(group, sizes):
    assert [len(message) for message in groups(ROWS, route(group=group))] == sizes


def test_the_heaviest_leads_and_of_equals_the_first():
    assert heaviest(ROWS) == "c"
    assert heaviest(ROWS[1::2]) == "b"


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"quiet_hours": "late"},
        {"studies": "NCT1"},
        {"kinds": "weather"},
        {"min_severity": "dire"},
        {"escalate_after": "4h"},
        {"mode": "hourly"},
        {"max_messages": 0},
    ],
)
def test_a_wrong_route_is_refused(wrong):
    with pytest.raises(ValidationError):
        route(**wrong)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
