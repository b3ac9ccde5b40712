"""A message speaks in its reader's zone and, where the console has an address, leads there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync.alerts.channels.plain import text
from sync.alerts.digest import Digest, Line
from sync.alerts.message import AlertNote, compose, compose_digest, compose_notice
from sync.alerts.routing import zone_named
from sync.alerts.settings import AlertSettings, RouteSettings
from tests.unit.channels.outgoing import an_event

NOTE = AlertNote("open", "w")
TOKYO = ZoneInfo("Asia/Tokyo")
CONSOLE = "https://trials.example.org"
DIGEST = Digest(
    route="ops",
    since="2026-03-28T07:00+00:00",
    until="2026-03-29T07:00+00:00",
    counts={"high": 1},
    events=(Line("evt_a", "NCT90000001", "Title", "high", "status", "Stopped", "sponsor", "2026-03-28"),),
    last_read_at="2026-03-29T05:00+00:00",
    failures=("1 cycle failed; the last one: at 2026-03-29 04:00 UTC",),
)
FACTS = {"failed": "the last ping, at 2026-09-02 13:05 UTC, was not taken", "at": "2026-09-02T13:05:11+00:00"}


def notice(**more: Any) -> str:
    return text(
        compose_notice("Down since 2026-09-02 13:00 UTC", "It is 2026-09-02 13:05 UTC.", FACTS, **more)
    )


MESSAGES = {
    "alert": lambda zone: text(compose(an_event(), replace(NOTE, zone=zone))),
    "digest": lambda zone: text(compose_digest(DIGEST, zone=zone)),
    "notice": lambda zone: notice(zone=zone),
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_no_message_speaks_of_utc_to_a_reader_elsewhere(kind: str) -> None:
    told = MESSAGES[kind](TOKYO)
    assert "JST" in told
    assert "UTC" not in told
    assert "+00:00" not in told
    assert "Z\n" not in told


def test_a_digest_over_a_change_of_the_clocks_names_both_times() -> None:
    assert "period: 2026-03-28 08:00 CET to 2026-03-29 09:00 CEST" in text(
        compose_digest(DIGEST, zone=ZoneInfo("Europe/Berlin"))
    )


@pytest.mark.parametrize(
    ("route", "zone"),
    [
        ("ops", "Asia/Tokyo"),
        ("ops/escalated", "Asia/Tokyo"),
        ("all", "Europe/Berlin"),
        ("notices", "Europe/Berlin"),
    ],
)
def test_the_zone_is_the_routes_own_or_that_of_all_alerts(route: str, zone: str) -> None:
    routes = (
        RouteSettings(name="ops", channels=("c",), time_zone="Asia/Tokyo"),
        RouteSettings(name="all", channels=("c",)),
    )
    assert str(zone_named(route, routes, AlertSettings(time_zone="Europe/Berlin"))) == zone


def test_every_message_leads_into_the_console_where_it_has_an_address() -> None:
    alert = compose(an_event(), replace(NOTE, console_url=CONSOLE, companions=(an_event(),)))
    told = text(alert)
    assert f"{CONSOLE}/events/evt_a" in told
    companions = alert.section("companions")
    assert companions
    assert [each.url for each in companions.items] == [f"{CONSOLE}/events/{an_event().id}"]  # type: ignore[union-attr]
    assert f"{CONSOLE}/events/evt_a" in str(compose_digest(DIGEST, CONSOLE).as_json())
    assert f"{CONSOLE}/watcher" in notice(console_url=CONSOLE)


def test_no_message_leads_there_where_it_has_none() -> None:
    told = [text(compose(an_event(), AlertNote("open", "w"))), text(compose_digest(DIGEST)), notice()]
    assert not any("/events/evt_a" in each or "/watcher" in each for each in told)
