"""Digests, groups, limits, escalation, and notices to the operator: what is sent, when, and how often."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
import respx
from pydantic import SecretStr

from storage import alerts, ledger, seals
from sync.alerts.content import Fact, Message
from sync.alerts.heartbeat import Heartbeat, last_ping
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.alerts.watchdog import Watchdog
from sync.timing.zones import in_zone, local
from tests.faults.office import START, Office, an_event, down, sqlite
from tests.support.deliveries import deliver_all
from tests.support.logged import capture_logs

MORNING = RouteSettings(name="morning", channels=("mail",), mode="daily")


def test_a_digest_comes_each_morning_and_also_says_that_nothing_happened(tmp_path: Path):
    office = Office(sqlite(tmp_path), [MORNING])
    deliver_all(office.outbox)
    office.announce(an_event(1), an_event(2, "NCT90000002"))
    office.pass_time(hours=48, step=timedelta(hours=1))
    first, second = office.receivers["mail"].got
    assert "2 events (2 high)" in first.message.lead
    assert second.message.lead.startswith("All quiet")
    assert office.states("mail") == ["bundled", "bundled"]


def period_of(message: Message) -> str:
    (found,) = (
        item.value
        for section in message.sections
        for item in section.items
        if isinstance(item, Fact) and item.name == "period"
    )
    return found


def test_the_first_digest_says_the_period_of_all_that_it_counts(tmp_path: Path):
    office = Office(sqlite(tmp_path), [MORNING])
    office.announce(an_event(1))
    office.time += timedelta(hours=3)  # the daemon that collects starts only now
    office.pass_time(hours=24, step=timedelta(hours=1))
    first = office.receivers["mail"].got[0].message
    assert "1 event (1 high)" in first.lead
    seen = in_zone(an_event(1).seen_at)
    assert period_of(first).startswith(f"{min(seen, local(START))} to ")


def test_over_a_change_of_the_clocks_each_digest_begins_where_the_last_one_ended(tmp_path: Path):
    route = MORNING.model_copy(update={"time_zone": "Europe/Berlin"})
    office = Office(sqlite(tmp_path), [route])
    office.time = datetime(2026, 10, 23, 4, tzinfo=UTC)
    deliver_all(office.outbox)
    office.pass_time(hours=96, step=timedelta(minutes=30))
    periods = [period_of(each.message).split(" to ") for each in office.receivers["mail"].got]
    assert len(periods) == 4
    assert all(before[1] == after[0] for before, after in pairwise(periods))
    assert {each[1][11:16] for each in periods} == {f"{route.at:%H:%M}"}
    assert {each[1][-4:].strip() for each in periods} == {"CEST", "CET"}


def test_after_a_long_sleep_there_is_one_digest_of_it_all(tmp_path: Path):
    office = Office(sqlite(tmp_path), [MORNING])
    deliver_all(office.outbox)
    office.announce(an_event(1))
    office.time += timedelta(days=5)
    deliver_all(office.outbox)
    deliver_all(office.outbox)
    assert len(office.receivers["mail"].got) == 1


def test_several_events_of_one_study_are_one_message_led_by_the_heaviest(tmp_path: Path):
    office = Office(sqlite(tmp_path), [RouteSettings(name="now", channels=("hook",))])
    office.announce(an_event(1, severity="low"), an_event(2, severity="critical"), an_event(3, "NCT90000002"))
    deliver_all(office.outbox)
    got = {outgoing.event.id: outgoing for outgoing in office.receivers["hook"].got if outgoing.event}
    assert set(got) == {an_event(2).id, an_event(3).id}
    assert an_event(1).headline in str(got[an_event(2).id].message)


def test_what_exceeds_the_rate_of_an_hour_waits_or_is_one_digest(tmp_path: Path):
    office = Office(sqlite(tmp_path), [RouteSettings(name="now", channels=("hook",), max_messages=3)])
    hook = office.receivers["hook"]
    office.announce(*(an_event(n, f"NCT9000000{n}") for n in range(3)))
    deliver_all(office.outbox)
    assert len(hook.got) == 3
    office.announce(*(an_event(n, f"NCT9000000{n}") for n in range(3, 8)))
    deliver_all(office.outbox)
    assert len(hook.got) == 3
    office.time += timedelta(hours=1, seconds=1)
    deliver_all(office.outbox)
    assert [outgoing.kind for outgoing in hook.got[3:]] == ["digest"]


def test_an_alert_that_nobody_acknowledges_is_told_to_others_once(tmp_path: Path):
    route = RouteSettings(name="now", channels=("hook",), escalate_after="4h", escalate_to=("boss",))
    office = Office(sqlite(tmp_path), [route])
    office.announce(an_event(1), an_event(2, "NCT90000002"))
    deliver_all(office.outbox)
    with office.database.write() as session:
        alerts.acknowledge(session, an_event(2).id, by="ana", at=office.now())
    office.pass_time(hours=6, step=timedelta(minutes=30))
    (outgoing,) = office.receivers["boss"].got
    assert outgoing.event
    assert outgoing.event.id == an_event(1).id


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(sqlite(tmp_path), [RouteSettings(name="now", channels=("hook", "mail"))])
    with office.database.write() as session:
        ledger.beat(session, "good_poll", START)
    return office


@pytest.fixture
def watchdog(office: Office) -> Watchdog:
    settings = AlertSettings(heartbeat_url=SecretStr("https://hc.example/ping"), stuck_after="15m")
    return Watchdog(office.database, office.routes, settings, office.now)


@pytest.fixture
def heartbeat(office: Office, watchdog: Watchdog) -> Heartbeat:
    return Heartbeat(office.database, watchdog.settings, office.now, outbox_moves=watchdog.outbox_moves)


def ping(heartbeat: Heartbeat) -> bool:
    """As after a good poll."""
    heartbeat.owe()
    return heartbeat.send_owed()


def subjects(office: Office, channel: str = "mail") -> list[str]:
    deliver_all(office.outbox)
    return [
        outgoing.message.subject for outgoing in office.receivers[channel].got if outgoing.kind == "notice"
    ]


def test_an_outage_of_the_registry_is_told_once_and_its_end_once(office, watchdog):
    for failures in range(1, 20):
        watchdog.poll_failed("Unavailable", "503", "wait", failures=failures, blocked=False)
        office.time += timedelta(minutes=5)
    assert len(subjects(office)) == 1
    for _ in range(3):
        watchdog.poll_succeeded("2026-09-03")
    down_notice, up_notice = subjects(office)
    assert "No poll" in down_notice
    assert "answers again" in up_notice


def test_one_failed_poll_is_no_news_but_a_block_is(office, watchdog):
    watchdog.poll_failed("Unavailable", "503", "wait", failures=1, blocked=False)
    assert subjects(office) == []
    watchdog.poll_succeeded("2026-09-03")
    watchdog.poll_failed("Blocked", "403", "doctor", failures=1, blocked=True)
    assert [subject for subject in subjects(office) if "blocks" in subject]


def test_another_version_of_the_api_is_told_once(office, watchdog):
    for _ in range(2):
        watchdog.api_changed("2.0.4", "2.0.5")
    watchdog.api_changed("2.0.5", "2.0.5")
    watchdog.api_changed(None, "2.0.5")
    assert len(subjects(office)) == 1


def test_records_of_another_shape_are_told_once(office):
    new = [
        {"kind": "administrative", "path": "protocolSection.novelModule.thing", "op": "added", "old": None}
    ]
    changes = [{**change, "new": 1, "detail": {"unknown_field": True}} for change in new]
    for number in range(3):
        office.announce(an_event(number, f"NCT9000000{number}", kind="administrative", changes=changes))
    (subject,) = subjects(office)
    assert "another shape" in subject


def test_i1_an_outbox_that_does_not_move_is_told_through_another_channel_and_stops_the_heartbeat(
    office, watchdog, heartbeat
):
    with respx.mock:
        asked = respx.get("https://hc.example/ping").mock(return_value=httpx.Response(200))
        assert ping(heartbeat)
        office.receivers["hook"].fails = down
        office.announce(an_event(1))
        office.pass_time(hours=0.4)
        watchdog.check()
        assert not ping(heartbeat)
        assert asked.call_count == 1
    assert any("hook do not move" in subject for subject in subjects(office))


def test_i1_nothing_polled_for_long_and_a_frozen_registry_are_told(office, watchdog):
    with office.database.write() as session:
        ledger.move_watermark(session, ledger.Watermark("2026-09-01", "s", "2.0.5", START))
    office.time += timedelta(hours=7)
    watchdog.check()
    assert len(subjects(office)) == 1
    office.time += timedelta(days=6)
    watchdog.check()
    assert any("No new release" in subject for subject in subjects(office))


def test_a_heartbeat_that_is_not_taken_is_remembered_and_its_address_told_to_nobody(office, heartbeat):
    with respx.mock, capture_logs() as logged:
        respx.get("https://hc.example/ping").mock(side_effect=httpx.ConnectError("no"))
        assert not ping(heartbeat)
    with office.database.read() as session:
        known = last_ping(session)
    assert known.state == "failed"
    assert "was not taken: no answer: " in known.problem
    assert "hc.example" not in f"{known} {logged}"


def test_a_ping_carries_an_anchor_of_what_is_stored(office, heartbeat):
    with respx.mock:
        asked = respx.get("https://hc.example/ping").mock(return_value=httpx.Response(200))
        assert ping(heartbeat)
    told = asked.calls.last.request.headers["user-agent"]
    with office.database.read() as session:
        assert seals.standing(session, told) is seals.Standing.EXTENDS


def test_a_ping_goes_out_once_for_a_good_poll_and_not_after_a_bad_one(heartbeat):
    with respx.mock:
        asked = respx.get("https://hc.example/ping").mock(return_value=httpx.Response(204))
        assert not heartbeat.send_owed()
        heartbeat.owe()
        heartbeat.owe()
        assert heartbeat.send_owed()
        assert not heartbeat.send_owed()
        heartbeat.owe()
        heartbeat.withdraw()
        assert not heartbeat.send_owed()
    assert asked.call_count == 1


@pytest.mark.parametrize("status", [199, 301, 302, 400, 404, 500])
def test_only_a_2xx_is_a_ping_that_was_taken(office, heartbeat, status):
    with respx.mock:
        respx.get("https://hc.example/ping").mock(return_value=httpx.Response(status))
        assert not ping(heartbeat)
    with office.database.read() as session:
        assert f"it answered {status}" in last_ping(session).problem
