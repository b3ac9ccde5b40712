"""What a clock that was ahead for one cycle leaves behind: nothing of it waits for that future to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import accounts, alerts, lease, ledger, outbox
from storage.misdated import FROM_THE_FUTURE
from storage.process_identity import this_process
from storage.verify.seals import seal_problems
from sync.alerts.settings import RouteSettings
from sync.alerts.watchdog import Watchdog
from tests.faults.office import START, Office, an_event, down, sqlite
from tests.support.deliveries import deliver_all

NOW_ROUTE = RouteSettings(name="now", channels=("hook",))
MORNING = RouteSettings(name="morning", channels=("mail",), mode="daily")
AHEAD = [timedelta(hours=10), timedelta(days=1), timedelta(days=400)]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of each kind, without a row."""
    if request.param == "sqlite":
        yield sqlite(tmp_path)
        return
    with request.getfixturevalue("postgresql").database(request.getfixturevalue("with_tables")) as address:
        yield address


@pytest.fixture
def office(url: str) -> Iterator[Office]:
    office = Office(url, [NOW_ROUTE, MORNING, RouteSettings(name="notices-too", channels=("ops",))])
    office.outbox.prepare()
    yield office
    with office.database.read() as session:
        assert list(seal_problems(session)) == [], "what is brought back is sealed anew"
    office.database.close()


def look(office: Office) -> None:
    """The watchdog's look, as the daemon has it at its start and each minute."""
    Watchdog(office.database, office.routes, office.settings, office.now).check()


def notices(office: Office) -> list[dict[str, Any]]:
    """The notices on the clock that one channel is owed or has got."""
    found = [each.body for each in office.deliveries(channel="hook") if each.kind == "notice"]
    return [body for body in found if body and "clock" in body["subject"]]


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_what_was_told_by_a_clock_that_was_ahead_is_sent_when_it_is_right(office: Office, ahead: timedelta):
    office.time += ahead
    office.announce(an_event(1))
    office.time = START
    deliver_all(office.outbox)
    assert office.receivers["hook"].got == []
    look(office)
    deliver_all(office.outbox)
    (outgoing,) = [each for each in office.receivers["hook"].got if each.kind == "alert"]
    assert outgoing.event
    assert outgoing.event.id == an_event(1).id


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_the_next_attempt_comes_as_long_after_the_last_one_as_it_was_to(office: Office, ahead: timedelta):
    office.receivers["hook"].fails = down
    office.announce(an_event(1))
    office.time += ahead
    deliver_all(office.outbox)
    deliver_all(office.outbox)
    office.time = START
    look(office)
    (delivery,) = [each for each in office.deliveries(channel="hook") if each.kind == "alert"]
    assert START <= delivery.due_at <= START + timedelta(seconds=6)
    look(office)
    assert [each.due_at for each in office.deliveries(ids=[delivery.id])] == [delivery.due_at]


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_what_waits_for_the_morning_is_in_the_next_digest(office: Office, ahead: timedelta):
    office.time += ahead
    office.announce(an_event(1), ended=False)
    office.outbox.prepare()
    office.time = START
    look(office)
    office.pass_time(hours=24, step=timedelta(hours=1))
    digests = [each for each in office.receivers["mail"].got if each.kind == "digest"]
    assert digests
    assert "collecting" not in office.states("mail")


def test_a_digest_made_in_the_future_does_not_keep_the_next_mornings_from_coming(office: Office):
    office.time += timedelta(days=400)
    office.outbox.prepare()
    office.time = START
    look(office)
    office.announce(an_event(1))
    office.pass_time(hours=24, step=timedelta(hours=1))
    assert "1 event" in office.receivers["mail"].got[-1].message.lead


@pytest.mark.parametrize("ahead", [timedelta(hours=10), timedelta(days=20)], ids=str)
def test_messages_sent_in_the_future_do_not_fill_the_hour_till_then(url: str, ahead: timedelta):
    office = Office(url, [RouteSettings(name="now", channels=("hook",), max_messages=2)])
    office.time += ahead
    office.announce(*(an_event(n, f"NCT9000000{n}") for n in range(2)))
    deliver_all(office.outbox)
    office.announce(an_event(3, "NCT90000003"))
    deliver_all(office.outbox)  # postponed: the hour is full
    office.time = START
    look(office)
    office.announce(an_event(4, "NCT90000004"))
    office.pass_time(hours=1.2, step=timedelta(minutes=5))
    alerts_sent = {each.event.id for each in office.receivers["hook"].got if each.event}
    assert {an_event(n).id for n in (0, 1, 3, 4)} == alerts_sent
    office.database.close()


def test_quiet_hours_are_kept_all_the_same(url: str):
    quiet = RouteSettings(name="now", channels=("hook",), quiet_hours="12:00-18:00")
    office = Office(url, [quiet])
    office.time += timedelta(days=1)
    office.announce(an_event(1))
    office.time = START
    look(office)
    (delivery,) = [each for each in office.deliveries(channel="hook") if each.kind == "alert"]
    assert delivery.due_at == START.replace(hour=18)
    look(office)
    assert [each.due_at for each in office.deliveries(ids=[delivery.id])] == [delivery.due_at]
    office.database.close()


def test_a_snooze_and_a_mute_last_as_long_as_they_were_meant_to(office: Office):
    office.announce(an_event(1))
    ahead = START + timedelta(days=400)
    with office.database.write() as session:
        alerts.snooze(session, an_event(1).id, by="ana", at=ahead, until=ahead + timedelta(days=3))
        alerts.mute(
            session, by="ana", at=ahead, until=ahead + timedelta(days=3), reason="x", nct_id="NCT90000009"
        )
    for _ in range(2):
        look(office)
    with office.database.read() as session:
        (alert,) = alerts.alerts(session, now=START, snoozed=True)
        (mute,) = alerts.mutes(session, START)
    assert alert.snoozed_until == START + timedelta(days=3)
    assert mute.until == START + timedelta(days=3)


def test_an_alert_of_the_future_is_escalated_in_time(url: str):
    route = RouteSettings(name="now", channels=("hook",), escalate_after="4h", escalate_to=("boss",))
    office = Office(url, [route])
    office.time += timedelta(days=30)
    office.announce(an_event(1))
    office.time = START
    look(office)
    office.pass_time(hours=5, step=timedelta(minutes=30))
    assert len([each for each in office.receivers["boss"].got if each.event]) == 1
    office.database.close()


def test_a_visit_lasts_no_longer_than_visits_do(office: Office):
    ahead = START + timedelta(days=400)
    with office.database.write() as session:
        accounts.add_account(session, "ana", role="reader", password_hash="x", by="me", at=START)
        accounts.begin_visit(session, "ab" * 32, "ana", at=ahead, ends_at=ahead + timedelta(hours=12))
    look(office)
    with office.database.read() as session:
        assert accounts.visitor(session, "ab" * 32, START + timedelta(hours=11))
        assert accounts.visitor(session, "ab" * 32, START + timedelta(hours=13)) is None


def test_a_claim_of_the_future_is_let_go_soon(office: Office):
    office.announce(an_event(1))
    with office.database.write() as session:
        outbox.claim(session, "hook", START + timedelta(days=400), timedelta(minutes=6), "elsewhere/x/1/1")
    look(office)
    office.time += timedelta(minutes=11)
    deliver_all(office.outbox)
    assert an_event(1).id in {each.event.id for each in office.receivers["hook"].got if each.event}


def test_the_pause_after_a_403_keeps_its_length_and_a_poll_of_the_future_is_no_proof(office: Office):
    ahead = START + timedelta(days=1)
    with office.database.write() as session:
        ledger.beat(
            session, "breaker", ahead, {"until": (ahead + timedelta(minutes=30)).isoformat(), "why": "403"}
        )
        ledger.beat(session, "good_poll", ahead, {"state": "complete"})
    look(office)
    with office.database.read() as session:
        breaker, good = ledger.last_beat(session, "breaker"), ledger.last_beat(session, "good_poll")
    assert breaker
    assert breaker.detail["until"] == (START + timedelta(minutes=30)).isoformat()
    assert good
    assert good.detail[FROM_THE_FUTURE] == ahead.isoformat()


def test_the_operator_is_told_once_of_what_was_brought_back(office: Office):
    office.time += timedelta(days=1)
    office.announce(an_event(1))
    office.time = START
    for _ in range(3):
        look(office)
    (told,) = notices(office)
    assert "deliveries" in told["lead"]
    assert told["facts"]["alerts"] == 1


def test_a_step_of_the_clock_is_told_once_a_day_however_often_it_moves(office: Office):
    watchdog = Watchdog(office.database, office.routes, office.settings, office.now)
    for hours in (-1, 1, -1):
        watchdog.clock_stepped(timedelta(hours=hours))
        watchdog.check()
    (told,) = notices(office)
    assert "put back by 1:00:00" in told["lead"]


def test_a_clock_put_ahead_by_days_or_a_long_sleep_raises_no_alarm_but_its_own(office: Office):
    with office.database.write() as session:
        ledger.move_watermark(session, ledger.Watermark("2026-09-01", "s", "2.0.5", START))
        ledger.beat(session, "good_poll", START, {"state": "unchanged"})
    office.announce(an_event(1))
    watchdog = Watchdog(office.database, office.routes, office.settings, office.now)
    watchdog.check()
    office.time += timedelta(days=10)
    watchdog.clock_stepped(timedelta(days=10))
    watchdog.check()
    subjects = {each.body["subject"] for each in office.deliveries() if each.kind == "notice" and each.body}
    assert subjects == {"The machine's clock is or was wrong"}


def test_where_nothing_is_in_the_future_nothing_is_changed_or_told(office: Office):
    office.receivers["hook"].fails = down
    office.announce(an_event(1))
    office.pass_time(hours=20)
    before = office.deliveries()
    look(office)
    assert office.deliveries()[: len(before)] == before
    assert notices(office) == []


def test_a_clock_reset_to_1970_rewrites_nothing_and_lets_go_what_would_wait_for_decades(office: Office):
    with office.database.write() as session:
        ledger.move_watermark(session, ledger.Watermark("2026-09-01", "s", "2.0.5", START))
    office.receivers["hook"].fails = down
    office.announce(an_event(1))
    deliver_all(office.outbox)
    opened = START
    office.time = START.replace(year=1970)
    look(office)
    with office.database.read() as session:
        (alert,) = alerts.alerts(session, now=office.now())
        mark = ledger.watermark(session)
    assert alert.opened_at == opened
    assert mark
    assert mark.moved_at == START
    office.receivers["hook"].fails = lambda _outgoing: None
    deliver_all(office.outbox)
    assert [each.event.id for each in office.receivers["hook"].got if each.event] == [an_event(1).id]


def test_a_clock_put_ahead_during_a_cycle_lets_nothing_go_before_the_cycle_has_ended(office: Office):
    with office.database.write() as session:
        held = lease.acquire(session, "cycle", this_process(), timedelta(minutes=2), office.now())
    assert held
    office.announce(an_event(1), ended=False)
    office.time += timedelta(days=1)
    deliver_all(office.outbox)
    assert office.states("hook") == ["waiting"]
    with office.database.write() as session:
        lease.release(session, held, office.now())
    deliver_all(office.outbox)
    assert office.states("hook") == ["sent"]


def test_a_cycle_whose_process_ended_lets_its_deliveries_go(office: Office):
    ended = this_process().rpartition("/")[0] + "/1"
    with office.database.write() as session:
        assert lease.acquire(session, "cycle", ended, timedelta(minutes=2), office.now())
    office.announce(an_event(1), ended=False)
    office.time += timedelta(minutes=31)
    deliver_all(office.outbox)
    assert office.states("hook") == ["sent"]
