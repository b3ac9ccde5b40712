"""What a restored database holds of all ways to tell people: at once, in digests, by escalation, as notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from storage import ledger, restored
from storage.engine import open_database
from sync.alerts.notices import Notice, notify
from sync.alerts.settings import RouteSettings
from tests.faults.office import START, Office, an_event, sqlite
from tests.support.deliveries import deliver_all

AT_ONCE = RouteSettings(name="now", channels=("chat",), min_severity="info")
DAILY = RouteSettings(name="morning", channels=("mail",), mode="daily", min_severity="info")
PATIENT = RouteSettings(
    name="urgent", channels=("chat",), min_severity="info", escalate_after="1h", escalate_to=("pager",)
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(sqlite(tmp_path), [AT_ONCE, DAILY])
    yield made
    made.database.close()


def restore(office: Office) -> int:
    with office.database.write() as session:
        return restored.mark(session, backup_at=office.time, at=office.time, by="me", file="copy.db")


def test_what_was_due_or_waited_for_a_digest_is_held_and_nothing_of_it_goes_out(office: Office) -> None:
    office.announce(an_event(1))
    assert restore(office) == 2
    office.pass_time(hours=30, step=timedelta(minutes=30))
    assert office.receivers["chat"].got == []
    assert office.states("chat") == office.states("mail") == ["held"]


def test_a_digest_does_not_say_again_that_nothing_happened_on_days_of_which_it_knows_nothing(
    office: Office,
) -> None:
    office.pass_time(hours=1)
    office.time += timedelta(hours=23)
    restore(office)
    with office.database.read() as session:
        mark = ledger.last_beat(session, "digest:morning")
    assert mark is not None
    assert mark.at == office.time


def test_what_is_found_while_catching_up_is_held_and_what_comes_later_is_told(office: Office) -> None:
    restore(office)
    office.announce(an_event(1))
    with office.database.write() as session:
        restored.caught_up(session, office.time)
    office.announce(an_event(2))
    deliver_all(office.outbox)
    assert [outgoing.event.id for outgoing in office.receivers["chat"].got if outgoing.event] == [
        an_event(2).id
    ]


def test_an_alert_that_the_backup_brought_along_is_not_escalated_by_itself(tmp_path: Path) -> None:
    office = Office(sqlite(tmp_path), [PATIENT])
    office.announce(an_event(1))
    deliver_all(office.outbox)
    assert len(office.receivers["chat"].got) == 1
    restore(office)
    office.pass_time(hours=2, step=timedelta(minutes=10))
    assert office.receivers["pager"].got == []
    assert office.states("pager") == ["held"]
    notices = [each.body for each in office.deliveries(channel="chat") if each.kind == "notice" and each.body]
    assert [body["subject"] for body in notices] == ["Restored; 1 escalation held, release or drop"]
    office.database.close()


def test_a_notice_that_was_due_is_held_like_any_other_delivery(office: Office) -> None:
    with office.database.write() as session:
        notice = Notice("down", "Down", "It is down")
        notify(session, notice, routes=office.routes, settings=office.settings, now=START)
    restore(office)
    deliver_all(office.outbox)
    assert office.states("chat", "notice") == ["held"]
    with office.database.read() as session:
        assert {each.headline for each in restored.held(session)} == {"Down"}


def test_a_storm_keeps_what_it_holds(office: Office) -> None:
    office.announce(an_event(1), ended=False)
    with closing(open_database(office.url)) as database, database.write() as session:
        session.connection().exec_driver_sql("UPDATE event SET held_by = 'evt_storm'")
    with office.database.write() as session:
        restored.mark(session, backup_at=None, at=office.time, by="me", file="copy.db")
        assert restored.count_held(session) == 0
        assert restored.release(session, ["x"], by="me", at=office.time) == 0
    assert office.states("chat") == ["held"]
