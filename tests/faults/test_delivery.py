"""Section G of the catalogue of faults: receivers that fail, hang and forget; nothing is lost, no double has another id."""

import os
import signal
import threading
import tracemalloc
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from storage import outbox
from storage.engine import open_database
from storage.errors import DatabaseUnavailable
from sync.alerts import delivery_message
from sync.alerts import outbox as sender
from sync.alerts.channels import ChannelError, Outgoing
from sync.alerts.outbox import LEASE, WAITS
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.net.deadline import Stopped
from tests.faults.office import Office, an_event, down, sqlite
from tests.support.deliveries import deliver_all

HOOK = RouteSettings(name="hook", channels=("hook",), group="none")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    other = RouteSettings(name="other", channels=("mail",), min_severity="critical")
    return Office(sqlite(tmp_path), [HOOK, other])


def test_g1_a_receiver_down_for_three_days_is_tried_on_schedule_then_the_channel_is_disabled(office):
    hook, mail = office.receivers["hook"], office.receivers["mail"]
    hook.fails = down
    office.announce(an_event(1))
    office.pass_time(hours=77, step=timedelta(seconds=300))
    waited = [after - before for before, after in zip(hook.tried, hook.tried[1:], strict=False)]
    assert len(hook.tried) == len(WAITS) + 1
    assert all(wait <= took <= wait + timedelta(minutes=10) for wait, took in zip(WAITS, waited, strict=True))
    assert office.states("hook") == ["dead"]
    (notice,) = mail.got
    assert notice.kind == "notice"
    assert "hook" in notice.message.subject
    with office.database.read() as session:
        assert list(outbox.disabled(session)) == ["hook"]


def test_g1_a_dead_letter_is_kept_and_sent_again_with_its_id(office):
    hook = office.receivers["hook"]
    hook.fails = lambda _outgoing: ChannelError("404 Not Found", permanent=True)
    office.announce(an_event(1))
    deliver_all(office.outbox)
    (dead,) = office.deliveries(channel="hook")
    assert (dead.state, dead.attempts) == ("dead", 1)
    hook.fails = lambda _outgoing: None
    with office.database.write() as session:
        assert outbox.retry(session, office.now()) == 1
    deliver_all(office.outbox)
    assert [(outgoing.id, outgoing.attempt) for outgoing in hook.got] == [(dead.id, 2)]


def test_g2_a_lost_answer_leads_to_a_repeat_with_the_same_id(office):
    hook = office.receivers["hook"]
    hook.fails_after = lambda outgoing: ChannelError("connection reset") if outgoing.attempt == 1 else None
    office.announce(an_event(1))
    office.pass_time(hours=0.05, step=timedelta(seconds=5))
    assert [outgoing.attempt for outgoing in hook.got] == [1, 2]
    assert len({outgoing.id for outgoing in hook.got}) == 1


def test_a_call_that_the_end_of_the_service_cut_off_is_repeated_with_the_same_id_and_no_failure(office):
    hook = office.receivers["hook"]
    hook.fails = lambda _outgoing: Stopped()
    office.announce(an_event(1), an_event(2, "NCT90000002"))
    office.outbox.deliver("hook")
    assert len(hook.tried) == 1
    hook.fails = lambda _outgoing: None
    office.outbox.holder = "elsewhere/x/1/1"
    office.time += LEASE
    office.outbox.deliver("hook")
    assert sorted(outgoing.attempt for outgoing in hook.got) == [1, 2]
    assert office.states("hook") == ["sent", "sent"]


def cut_off(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The database takes a step and its connection is lost in it, once: as PostgreSQL does to a process that was frozen."""
    real = getattr(outbox, step)

    def lose(session: Session, *rest: Any, **more: Any) -> None:
        real(session, *rest, **more)
        monkeypatch.setattr(outbox, step, real)
        if step == "claim":
            session.commit()
        raise DatabaseUnavailable("terminating connection due to idle-in-transaction timeout")

    monkeypatch.setattr(outbox, step, lose)


@pytest.mark.parametrize(("step", "attempts"), [("claim", [2]), ("mark_sent", [1, 2])])
def test_a_claim_that_this_process_lost_on_the_way_is_taken_up_at_its_next_look(
    office, monkeypatch, step, attempts
):
    hook = office.receivers["hook"]
    office.announce(an_event(1))
    cut_off(monkeypatch, step)
    with pytest.raises(DatabaseUnavailable):
        office.outbox.deliver("hook")
    office.time += timedelta(seconds=1)
    office.outbox.deliver("hook")
    assert [outgoing.attempt for outgoing in hook.got] == attempts
    assert office.states("hook") == ["sent"]


def test_a_message_that_could_not_be_read_for_want_of_the_database_is_sent_at_the_next_look(
    office, monkeypatch
):
    # It was taken for a fault of this one delivery, which then waited for an hour.
    hook, real = office.receivers["hook"], delivery_message.message_of

    def lose(*_: Any) -> None:
        monkeypatch.setattr(sender, "message_of", real)
        raise DatabaseUnavailable("terminating connection due to idle-in-transaction timeout")

    monkeypatch.setattr(sender, "message_of", lose)
    office.announce(an_event(1))
    with pytest.raises(DatabaseUnavailable):
        office.outbox.deliver("hook")
    office.time += timedelta(seconds=1)
    office.outbox.deliver("hook")
    assert [outgoing.attempt for outgoing in hook.got] == [2]
    assert office.states("hook") == ["sent"]


def test_what_another_thread_of_this_process_is_sending_is_not_taken_up_beside_it(office):
    hook = office.receivers["hook"]
    sending, go_on = threading.Event(), threading.Event()

    def hang(_outgoing: Outgoing) -> None:
        sending.set()
        assert go_on.wait(20)

    hook.fails = hang
    office.announce(an_event(1))
    first = threading.Thread(target=office.outbox.deliver, args=("hook",))
    first.start()
    assert sending.wait(20)
    office.another().deliver("hook")
    go_on.set()
    first.join()
    assert (len(hook.tried), office.states("hook")) == (1, ["sent"])


def test_g3_a_receiver_that_hangs_delays_no_other(tmp_path):
    office = Office(sqlite(tmp_path), [RouteSettings(name="all", channels=("hook", "mail"))])
    hangs, answered = threading.Event(), threading.Event()

    def hang(_outgoing: Outgoing) -> None:
        answered.set()
        assert hangs.wait(20)

    office.receivers["hook"].fails = hang
    office.announce(an_event(1))
    stuck = threading.Thread(target=office.outbox.deliver, args=("hook",))
    stuck.start()
    assert answered.wait(20)
    office.another().deliver("mail")
    assert len(office.receivers["mail"].got) == 1
    hangs.set()
    stuck.join()
    assert len(office.receivers["hook"].got) == 1


@pytest.mark.parametrize(
    "error, state, tries",
    [
        (ChannelError("410 Gone", permanent=True, disable=True), "dead", 1),
        (ChannelError("404 Not Found", permanent=True), "dead", 1),
        (ChannelError("429 Too Many Requests", retry_after=600), "due", 1),
        (ChannelError("500"), "due", 2),
    ],
)
def test_g4_what_is_permanent_is_not_tried_again_and_a_wait_asked_for_is_kept(office, error, state, tries):
    hook = office.receivers["hook"]
    hook.fails = lambda _outgoing: error
    office.announce(an_event(1))
    office.pass_time(hours=0.05, step=timedelta(seconds=10))
    assert office.states("hook") == [state]
    assert len(hook.tried) == tries
    assert len(office.receivers["mail"].got) == (state == "dead")


def test_a_disabled_channel_keeps_what_it_is_owed(office):
    hook = office.receivers["hook"]
    hook.fails = lambda _outgoing: ChannelError("410 Gone", permanent=True, disable=True)
    office.announce(an_event(1))
    deliver_all(office.outbox)
    hook.fails = lambda _outgoing: None
    office.announce(an_event(2))
    deliver_all(office.outbox)
    assert hook.got == []
    with office.database.write() as session:
        outbox.enable(session, "hook")
        outbox.retry(session, office.now())
    deliver_all(office.outbox)
    assert len(hook.got) == 2


def test_g6_ten_thousand_events_at_once_are_one_digest_and_little_memory(tmp_path):
    office = Office(sqlite(tmp_path), [RouteSettings(name="hook", channels=("hook",))])
    for start in range(0, 10_000, 100):
        batch = [an_event(number, f"NCT{90_000_000 + number}") for number in range(start, start + 100)]
        office.announce(*batch, ended=False)
    office.announce()
    tracemalloc.start()
    deliver_all(office.outbox)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (digest,) = office.receivers["hook"].got
    assert digest.kind == "digest"
    assert "10000 high" in digest.message.lead
    assert peak < 32 * 2**20
    assert Counter(office.states("hook")) == {"bundled": 10_000}


def test_g8_killed_between_send_and_mark_fifty_times_nothing_is_lost_and_doubles_carry_the_same_id(tmp_path):
    """A process of its own sends, and is killed with SIGKILL before it can mark; so fifty times."""
    kills = 50
    office = Office(sqlite(tmp_path), [HOOK.model_copy(update={"max_messages": 1000})])
    office.announce(*(an_event(number, f"NCT{90_000_000 + number}") for number in range(kills + 10)))
    office.database.close()
    log = tmp_path / "received"

    def note(outgoing: Outgoing) -> None:
        with log.open("a") as file:
            file.write(f"{outgoing.id} {outgoing.attempt}\n")

    for _ in range(kills):
        child = os.fork()
        if child == 0:
            office.database = open_database(office.url)
            office.outbox = office.another()
            office.receivers["hook"].fails_after = lambda outgoing: (
                note(outgoing) or os.kill(os.getpid(), signal.SIGKILL)
            )
            office.outbox.deliver("hook")
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    office.database = open_database(office.url)
    office.outbox = office.another()
    office.receivers["hook"].fails_after = lambda outgoing: note(outgoing)
    deliver_all(office.outbox)
    received = Counter(line.split()[0] for line in log.read_text().splitlines())
    owed = {each.id for each in office.deliveries(channel="hook")}
    assert set(received) == owed
    assert set(office.states("hook")) == {"sent"}
    assert sum(received.values()) <= len(owed) + kills


def test_g9_two_events_of_one_study_arrive_in_order_though_the_first_one_fails(office):
    hook = office.receivers["hook"]
    hook.fails = lambda outgoing: (
        ChannelError("500") if outgoing.event and outgoing.event.id == first.id else None
    )
    first, second, other = an_event(1), an_event(2), an_event(3, "NCT90000002")
    office.announce(first)
    office.announce(second, other)
    office.pass_time(hours=0.01, step=timedelta(seconds=10))
    assert [outgoing.event.id for outgoing in hook.got if outgoing.event] == [other.id]
    hook.fails = lambda _outgoing: None
    office.pass_time(hours=0.2, step=timedelta(seconds=60))
    assert [outgoing.event.id for outgoing in hook.got if outgoing.event] == [
        other.id,
        first.id,
        second.id,
    ]


def test_two_processes_on_one_outbox_send_each_delivery_once(office):
    office.announce(*(an_event(number, f"NCT{90_000_000 + number}") for number in range(20)))
    workers = [threading.Thread(target=office.another().deliver, args=("hook",)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    office.outbox.deliver("hook")
    assert len(office.receivers["hook"].got) == 20
    assert len({outgoing.id for outgoing in office.receivers["hook"].got}) == 20


def test_i3_every_event_has_a_delivery_for_each_route_that_matches_and_they_wait_for_the_cycle(tmp_path):
    routes = [
        RouteSettings(name="now", channels=("hook", "mail")),
        RouteSettings(name="day", channels=("mail",), mode="daily"),
        RouteSettings(name="grave", channels=("hook",), min_severity="critical"),
    ]
    office = Office(sqlite(tmp_path), routes, AlertSettings())
    office.announce(an_event(1), an_event(2, "NCT90000002", severity="critical"), ended=False)
    found = Counter((each.event_id, each.route) for each in office.deliveries())
    assert found == {
        (an_event(1).id, "now"): 2,
        (an_event(1).id, "day"): 1,
        (an_event(2).id, "now"): 2,
        (an_event(2).id, "day"): 1,
        (an_event(2).id, "grave"): 1,
    }
    deliver_all(office.outbox)
    assert office.receivers["hook"].got == []
    office.time += timedelta(minutes=31)
    deliver_all(office.outbox)
    assert {outgoing.event.id for outgoing in office.receivers["hook"].got if outgoing.event} == {
        an_event(1).id,
        an_event(2).id,
    }
