"""How the service is doing, what operators decide about it, and the numbers that curves are drawn of, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

from storage import (
    alerts,
    audit,
    events,
    lease,
    ledger,
    metrics,
    operator_actions,
    outbox,
    service_status,
    storms,
)
from storage.engine import Database
from storage.errors import UnknownEntry
from storage.outbox import NewDelivery
from storage.quarantine import Refused, refuse
from storage.studies import name_studies

LEASE = timedelta(minutes=2)
Told = Callable[..., dict[str, Any]]


@pytest.fixture
def write(database: Database, told: Told, now: datetime) -> Callable[..., None]:
    """Stores events, each with an open alert and a delivery due to a channel."""

    def write(*ids: str, channel: str = "hook", at: datetime = now, **other: Any) -> None:
        with database.write() as session:
            name_studies(session, ["NCT00000001"], "2026-09-01")
            events.add_events(session, [told(event_id, **other) for event_id in ids])
            alerts.open_alerts(session, [(event_id, "NCT00000001") for event_id in ids], at)
            outbox.add(session, [_delivery(event_id, channel, at) for event_id in ids])

    return write


def _delivery(event_id: str, channel: str, at: datetime) -> NewDelivery:
    return NewDelivery(
        f"dlv_{event_id}",
        "alert",
        "now",
        channel,
        "due",
        created_at=at,
        due_at=at,
        event_id=event_id,
        nct_id="NCT00000001",
    )


def attempt(session: Session, channel: str, at: datetime, said: str, **failure: Any) -> None:
    """One attempt at the next delivery of a channel: sent, or failed as `failure` says."""
    found = outbox.claim(session, channel, at, LEASE, "me")
    assert found is not None
    if failure:
        outbox.mark_failed(session, found, said, at, **failure)
    else:
        outbox.mark_sent(session, found, said, at)


def test_the_last_answer_of_each_channel_is_that_of_its_latest_attempt(database, write, now):
    write("evt_1", "evt_2")
    write("evt_3", channel="mail")
    later = now + timedelta(minutes=5)
    with database.write() as session:
        attempt(session, "hook", now, "200 thanks")
        attempt(session, "hook", later, "503 busy", permanent=False, again_at=later + LEASE)
        attempt(session, "mail", now, "550 nobody here", permanent=True, again_at=None)
    with database.read() as session:
        found = service_status.last_answers(session)
    assert {name: (each.said, each.outcome, each.at) for name, each in found.items()} == {
        "hook": ("503 busy", "passing", later),
        "mail": ("550 nobody here", "permanent", now),
    }


def test_an_attempt_under_way_is_an_answer_without_an_outcome(database, write, now):
    write("evt_1")
    with database.write() as session:
        outbox.claim(session, "hook", now, LEASE, "me")
    with database.read() as session:
        (found,) = service_status.last_answers(session).values()
    assert (found.outcome, found.said, found.at) == (None, None, now)


def test_dead_letters_are_listed_last_given_up_first_with_what_they_would_have_said(database, write, now):
    write("evt_1", "evt_2", headline="Status A → B")
    body = {"subject": "The registry blocks us", "lead": "x", "facts": {}, "severity": "high"}
    notice = NewDelivery("dlv_n", "notice", "notices", "hook", "due", created_at=now, due_at=now, body=body)
    with database.write() as session:
        outbox.add(session, [notice])
        for minute in range(3):
            at = now + timedelta(minutes=minute)
            attempt(session, "hook", at, f"410 gone {minute}", permanent=True, again_at=None)
    with database.read() as session:
        found = service_status.dead_letters(session, limit=2)
    assert [(each.id, each.headline, each.said) for each in found] == [
        ("dlv_n", "The registry blocks us", "410 gone 2"),
        ("dlv_evt_2", "Status A → B", "410 gone 1"),
    ]


def test_failures_are_counted_by_stage_and_error_since_a_time(database, now):
    with database.write() as session:
        for days, stage, kind in (
            (40, "read", "Unavailable"),
            (2, "read", "Unavailable"),
            (1, "cohort", "WalkBroken"),
        ):
            at = now - timedelta(days=days)
            number = ledger.begin_cycle(session, release=None, stamp=None, owner="me", fence=1, now=at)
            ledger.enter_stage(session, number, stage)
            ledger.fail_cycle(session, number, kind=kind, message="x", counts={}, now=at)
    with database.read() as session:
        lately = service_status.failures(session, now - timedelta(days=30))
        ever = service_status.failures(session, now - timedelta(days=300))
    assert [(each.stage, each.error_kind, each.number) for each in lately] == [
        ("cohort", "WalkBroken", 1),
        ("read", "Unavailable", 1),
    ]
    assert [each.number for each in ever] == [2, 1]


def test_beats_and_leases_are_told_while_they_are_held(database, now):
    with database.write() as session:
        ledger.beat(session, "daemon", now, {"pid": 7})
        lease.acquire(session, "cycle", "host/x/7/1", LEASE, now)
    with database.read() as session:
        assert service_status.beats(session)["daemon"].detail == {"pid": 7}
        assert [(each.name, each.holder) for each in service_status.leases(session, now)] == [
            ("cycle", "host/x/7/1")
        ]
        assert service_status.leases(session, now + 2 * LEASE) == []
        assert service_status.size(session) > 0


@pytest.fixture
def stormy(database: Database, told: Told, write: Callable[..., None]) -> Database:
    """A database in which a storm holds three events."""
    write("evt_1", "evt_2", "evt_3")
    with database.write() as session:
        events.add_events(session, [told("evt_storm", None, kind="storm", changes=[])])
        storms.hold(session, "evt_storm", ["evt_1", "evt_2", "evt_3"])
    return database


def test_of_what_a_storm_holds_the_first_events_are_shown(stormy):
    with stormy.read() as session:
        found = service_status.held_events(session, ["evt_storm", "evt_other"], limit=2)
        assert [each.id for each in found["evt_storm"]] == ["evt_1", "evt_2"]
        assert service_status.held_events(session, [], limit=2) == {}


def test_a_decision_about_a_storm_is_made_and_audited_in_one(stormy, now):
    with stormy.write() as session:
        assert operator_actions.decide_storm(session, "evt_storm", "released", by="ana", at=now) == 3
    with stormy.read() as session:
        decided = service_status.decisions(session, ["evt_storm"])["evt_storm"]
    assert (decided.who, decided.action, decided.detail) == ("ana", "storm released", {"events": 3})
    with pytest.raises(UnknownEntry), stormy.write() as session:
        operator_actions.decide_storm(session, "evt_storm", "dismissed", by="ben", at=now)
    with stormy.read() as session:
        assert len(audit.latest(session)) == 1


def test_a_channel_is_used_again_with_what_it_is_owed(database, write, now):
    write("evt_1")
    with database.write() as session:
        attempt(session, "hook", now, "410 gone", permanent=True, again_at=None)
        outbox.disable(session, "hook", "hook is gone", now)
    with database.read() as session:
        assert service_status.disabled(session) == {"hook": (now, "hook is gone")}
    with database.write() as session:
        assert operator_actions.enable_channel(session, "hook", by="ana", at=now) == 1
    with database.read() as session:
        assert service_status.disabled(session) == {}
        assert outbox.counts(session) == {("hook", "due"): 1}
        (entry,) = audit.latest(session)
    assert (entry.who, entry.action, entry.subject, entry.detail) == (
        "ana",
        "channel enabled",
        "hook",
        {"deliveries": 1},
    )


def test_sending_again_is_audited_for_each_channel_that_it_is_done_to(database, write, now):
    write("evt_1")
    write("evt_2", channel="mail")
    with database.write() as session:
        for channel in ("hook", "mail"):
            attempt(session, channel, now, "410 gone", permanent=True, again_at=None)
        outbox.disable(session, "mail", "mail is gone", now)
        assert operator_actions.send_again(session, ["hook", "mail", "quiet"], by="ana", at=now) == 2
    with database.read() as session:
        assert [(each.action, each.subject) for each in audit.entries(session)] == [
            ("deliveries retried", "hook"),
            ("channel enabled", "mail"),
        ]
        assert outbox.disabled(session) == {}


def test_the_figures_count_what_there_is(stormy, write, now):
    write("evt_4", severity="high", at=now - timedelta(hours=3))
    write("evt_5", severity="high")
    with stormy.write() as session:
        alerts.snooze(session, "evt_5", by="ana", at=now, until=None)
        refuse(session, [Refused(b"{}", "no record", "2026-09-02T09:00:05", "2026-09-02", now)])
        number = ledger.begin_cycle(session, release=None, stamp=None, owner="me", fence=1, now=now)
        ledger.finish_cycle(session, number, state="partial", counts={}, now=now + LEASE)
    with stormy.read() as session:
        found = metrics.read_metrics(session, now + LEASE)
    assert found.studies == {"unread": 1}
    assert found.events == {"medium": 4, "high": 2}
    assert found.open_alerts == {"high": metrics.Open(1, now - timedelta(hours=3))}
    assert found.deliveries == {("hook", "due"): 5}
    assert found.oldest_due == {"hook": now - timedelta(hours=3)}
    assert (found.quarantined, found.storms_held, found.cycles) == (1, 1, {"partial": 1})
    assert found.last_cycle == (now, now + LEASE)


def test_an_empty_database_has_figures_too(database, now):
    with database.read() as session:
        found = metrics.read_metrics(session, now)
    assert (found.versions, found.events, found.open_alerts, found.last_cycle) == (0, {}, {}, None)


def test_the_figures_take_as_many_queries_however_much_there_is(stormy, now):
    asked: list[str] = []
    sqlalchemy_event.listen(stormy.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    with stormy.read() as session:
        metrics.read_metrics(session, now)
    assert len([each for each in asked if each.startswith("SELECT")]) == 12
