"""The outbox, the inbox and the audit log, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from storage import alerts, audit, digests, events, outbox, reviews, storms
from storage.engine import Database
from storage.errors import UnknownEntry
from storage.new_versions import add_versions
from storage.outbox import NewDelivery
from storage.reviews import Review
from storage.studies import name_studies

LEASE = timedelta(minutes=2)
Told = Callable[..., dict[str, Any]]


@pytest.fixture
def tell(database: Database, told: Told, now: datetime) -> Callable[..., None]:
    """Stores events, each with an alert and a delivery to `hook`."""

    def tell(*ids: str, state: str = "due", nct_id: str = "NCT00000001", **other: Any) -> None:
        with database.write() as session:
            name_studies(session, [nct_id], "2026-09-01")
            events.add_events(session, [told(event_id, nct_id, **other) for event_id in ids])
            alerts.open_alerts(session, [(event_id, nct_id) for event_id in ids], now)
            outbox.add(session, [delivery(event_id, now, state=state, nct_id=nct_id) for event_id in ids])

    return tell


def delivery(event_id: str, now: datetime, **other: Any) -> NewDelivery:
    fields: dict[str, Any] = {"state": "due", "nct_id": "NCT00000001", "event_id": event_id} | other
    return NewDelivery(f"dlv_{event_id}", "alert", "now", "hook", created_at=now, due_at=now, **fields)


def claimed(session: Session, now: datetime) -> str | None:
    found = outbox.claim(session, "hook", now, LEASE, "me")
    return found.id if found else None


def test_a_delivery_is_written_once_however_often_its_event_is(database, tell, now):
    tell("evt_1")
    with database.write() as session:
        assert outbox.add(session, [delivery("evt_1", now)]) == 0
        assert len(outbox.deliveries(session)) == 1


def test_a_claim_is_exclusive_until_its_lease_ends_and_writes_the_attempt_first(database, tell, now):
    tell("evt_1")
    with database.write() as session:
        assert claimed(session, now) == "dlv_evt_1"
    with database.write() as session:
        assert claimed(session, now) is None
        (attempt,) = outbox.attempts(session, "dlv_evt_1")
        assert (attempt.number, attempt.outcome) == (1, None)
        assert claimed(session, now + LEASE) == "dlv_evt_1"
        assert len(outbox.attempts(session, "dlv_evt_1")) == 2


def test_the_claim_of_a_process_that_has_ended_is_free_at_once(database, tell, now):
    tell("evt_1")
    with database.write() as session:
        assert claimed(session, now) == "dlv_evt_1"
        assert outbox.free(session, "hook", lambda _holder: False) == 0
        assert claimed(session, now) is None
        assert outbox.free(session, "hook", lambda holder: holder == "me") == 1
        assert claimed(session, now) == "dlv_evt_1"


def test_a_claim_that_was_made_since_the_claims_were_read_is_not_freed(database, tell, now):
    tell("evt_1")
    tell("evt_2", nct_id="NCT00000002")
    with database.write() as session:
        assert claimed(session, now) == "dlv_evt_1"

        def claims_meanwhile(_holder: str) -> bool:
            assert claimed(session, now) == "dlv_evt_2"
            return True

        assert outbox.free(session, "hook", claims_meanwhile) == 1
        assert claimed(session, now) == "dlv_evt_1"
        assert claimed(session, now) is None


def test_of_one_study_the_earlier_delivery_goes_first(database, tell, now):
    tell("evt_1", "evt_2")
    tell("evt_3", nct_id="NCT00000002")
    with database.write() as session:
        assert [claimed(session, now) for _ in range(3)] == ["dlv_evt_1", "dlv_evt_3", None]
        (first,) = outbox.deliveries(session, ids=["dlv_evt_1"])
        outbox.mark_sent(session, first, "200", now)
        assert claimed(session, now) == "dlv_evt_2"


def test_a_failure_that_may_pass_is_due_later_and_one_that_may_not_is_dead(database, tell, now):
    tell("evt_1")
    tell("evt_2", nct_id="NCT00000002")
    later = now + timedelta(hours=1)
    with database.write() as session:
        first, second = (outbox.claim(session, "hook", now, LEASE, "me") for _ in range(2))
        assert first
        assert second
        outbox.mark_failed(session, first, "500", now, permanent=False, again_at=later)
        outbox.mark_failed(session, second, "404", now, permanent=True, again_at=None)
        assert claimed(session, now) is None
        assert outbox.counts(session) == {("hook", "due"): 1, ("hook", "dead"): 1}
        assert outbox.due_since(session, now) == {"hook": now}
        assert outbox.retry(session, now) == 2
        assert {each.tries for each in outbox.deliveries(session)} == {0}


def test_what_a_slow_process_says_after_another_took_over_does_not_count_unless_it_was_sent(
    database, tell, now
):
    tell("evt_1")
    with database.write() as session:
        slow = outbox.claim(session, "hook", now, LEASE, "me")
        quick = outbox.claim(session, "hook", now + LEASE, LEASE, "another")
        assert slow
        assert quick
        outbox.mark_failed(session, slow, "timeout", now + LEASE, permanent=True, again_at=None)
        assert outbox.deliveries(session)[0].state == "due"
        outbox.mark_sent(session, slow, "200", now + LEASE)
        assert outbox.deliveries(session)[0].state == "sent"


@pytest.mark.parametrize("verdict, state", [("released", "due"), ("dismissed", "dropped")])
def test_what_a_storm_holds_is_not_delivered_until_it_is_released(database, tell, told, now, verdict, state):
    tell("evt_1", "evt_2", state="waiting")
    with database.write() as session:
        events.add_events(session, [told("evt_storm", None, kind="storm")])
        storms.hold(session, "evt_storm", ["evt_1", "evt_2"])
        assert outbox.end_waiting(session) == 0
        assert claimed(session, now) is None
        assert alerts.alerts(session, now=now) == []
    with database.write() as session:
        storms.decide(session, "evt_storm", verdict, now)
        assert {each.state for each in outbox.deliveries(session)} == {state}
        assert len(alerts.alerts(session, now=now)) == (2 if verdict == "released" else 0)


def test_acknowledging_covers_one_event_and_snoozing_until_a_change_ends_with_the_next(database, tell, now):
    tell("evt_1")
    with database.write() as session:
        alerts.snooze(session, "evt_1", by="ana", at=now, until=None)
        assert alerts.alerts(session, now=now) == []
    tell("evt_2")
    with database.write() as session:
        assert [each.event_id for each in alerts.alerts(session, now=now)] == ["evt_1", "evt_2"]
        alerts.acknowledge(session, "evt_1", by="ana", at=now, verdict="noise")
        assert [each.event_id for each in alerts.alerts(session, now=now)] == ["evt_2"]
        alerts.snooze(session, "evt_2", by="ana", at=now, until=now + timedelta(days=1))
        assert alerts.alerts(session, now=now) == []
        assert len(alerts.alerts(session, now=now + timedelta(days=1))) == 1


def test_a_mute_ends_by_itself_or_when_it_is_lifted(database, now):
    with database.write() as session:
        number = alerts.mute(
            session, by="ana", at=now, until=now + timedelta(days=1), reason="x", kind="sites"
        )
        (mute,) = alerts.mutes(session, now)
        assert mute.covers("NCT00000001", {"sites"})
        assert not mute.covers("NCT00000001", {"sites", "status"})
        assert alerts.mutes(session, now + timedelta(days=1)) == []
        alerts.lift(session, number, by="ben", at=now)
        assert alerts.mutes(session, now) == []
        with pytest.raises(UnknownEntry):
            alerts.lift(session, number, by="ben", at=now)


@pytest.mark.parametrize(
    "tampering, found",
    [
        ("UPDATE audit SET who = 'eve' WHERE seq = 2", "entry 2"),
        ("DELETE FROM audit WHERE seq = 2", "entries 2 to 2 are missing"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 1", "entry 1"),
    ],
)
def test_an_audit_log_that_was_tampered_with_is_found_out(database, tell, now, tampering, found):
    tell("evt_1")
    with database.write() as session:
        for person in ("ana", "ben", "cem"):
            alerts.assign(session, "evt_1", by="ana", at=now, to=person)
        assert list(audit.problems(session)) == []
        assert [entry.detail["to"] for entry in audit.entries(session, "evt_1")] == ["ana", "ben", "cem"]
        session.execute(text(tampering))
        assert found in str(next(audit.problems(session)))


def test_a_review_names_a_version(database, make_version, now):
    with database.write() as session:
        add_versions(session, [make_version("one")])
        reviews.add_review(session, Review("NCT00000001", 1, now, "ana", None))
        assert [each.by for each in reviews.reviews(session, "NCT00000001")] == ["ana"]
        assert [entry.action for entry in audit.entries(session)] == ["review"]


def test_a_digest_counts_all_and_tells_the_heaviest_first(database, tell, now):
    tell("evt_1", severity="low")
    tell("evt_2", "evt_3", severity="critical", nct_id="NCT00000002")
    tell("evt_4", kind="entered", nct_id="NCT00000003")
    with database.read() as session:
        which = digests.seen_between(None, now)
        assert digests.counts(session, which) == {"critical": 2, "medium": 1, "low": 1}
        told = digests.heaviest(session, which, 2, exclude=["entered"])
        assert [each.event_id for each in told] == ["evt_2", "evt_3"]
        assert [each.event_id for each in digests.heaviest(session, which, 9, only=["entered"])] == ["evt_4"]
        assert digests.counts(session, digests.seen_between(now, now)) == {}
        assert digests.cycle_tally(session, None, now).releases == 0
        due = outbox.waiting_of("now", "hook", until=now, collects=False)
        assert sum(digests.counts(session, digests.of_deliveries(due)).values()) == 4


def test_a_disabled_channel_stays_so_until_it_is_enabled(database, now):
    with database.write() as session:
        assert outbox.disable(session, "hook", "410 Gone", now)
        assert not outbox.disable(session, "hook", "again", now)
        assert outbox.disabled(session) == {"hook": "410 Gone"}
        outbox.enable(session, "hook")
        assert outbox.disabled(session) == {}
