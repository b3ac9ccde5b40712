"""A channel that is taken out, renamed or put back loses nothing in silence, doubles nothing, and holds nothing up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import audit, ledger, outbox, owed, restored
from storage.engine import Database
from storage.owed import Moved
from storage.verify.deliveries import delivery_problems
from storage.verify.seals import seal_problems
from sync.alerts import absent
from sync.alerts.channels import Outgoing
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.alerts.watchdog import Watchdog
from tests.faults.office import Office, Receiver, an_event, down, sqlite
from tests.support.deliveries import deliver_all

OLD, NEW, OTHER = NAMES = "old", "new", "other"


def route(*channels: str, name: str = "r", **other: object) -> RouteSettings:
    return RouteSettings.model_validate({"name": name, "channels": channels, "group": "none"} | other)


_opened: list[Office] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().database.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite(tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of either kind, where the statements are what matters."""
    if request.param == "sqlite":
        yield sqlite(tmp_path)
    else:
        with request.getfixturevalue("postgresql").database(
            request.getfixturevalue("with_tables")
        ) as address:
            yield address
            while _opened:
                _opened.pop().database.close()


def office_of(url: str, *routes: RouteSettings, extra: tuple[str, ...] = (), **settings: object) -> Office:
    office = Office(url, routes, AlertSettings.model_validate(settings))
    for name in extra:
        office.receivers[name] = Receiver(name, now=office.now)
    office.outbox = office.another()
    _opened.append(office)
    return office


def configured_anew(office: Office, *routes: RouteSettings, extra: tuple[str, ...] = ()) -> Office:
    """The same database under another configuration, as after a restart of the daemon."""
    after = office_of(office.url, *routes, extra=extra)
    after.time = office.time
    return after


def ids(all_outgoing: list[Outgoing]) -> list[str]:
    return [outgoing.id for outgoing in all_outgoing]


def move(office: Office, old: str = OLD, new: str = NEW) -> Moved:
    with office.database.write() as session:
        return absent.move(session, old, new, NAMES, by="mira", at=office.now())


def heads(receiver: Receiver) -> list[str]:
    return [outgoing.message.subject for outgoing in receiver.got]


class TestWhatARemovedChannelOwes:
    @pytest.fixture
    def office(self, url: str) -> Office:
        """The old channel owed three alerts when it was taken out of the configuration."""
        before = office_of(url, route(OLD))
        before.receivers[OLD].fails = down
        before.announce(an_event(1), an_event(2), an_event(3))
        deliver_all(before.outbox)
        return configured_anew(before, route(OTHER))

    def test_is_told_once_through_another_channel(self, office: Office) -> None:
        office.pass_time(hours=30, step=timedelta(minutes=10))
        told = [outgoing for outgoing in office.receivers[OTHER].got if outgoing.kind == "notice"]
        assert [outgoing.message.subject for outgoing in told] == [
            "[HIGH] The channel old is not configured any more and owes 3 deliveries"
        ]
        facts = str(told[0].message.as_json())
        assert "trialdelta deliveries move --from old --to" in facts
        assert "trialdelta deliveries drop --channel old" in facts

    def test_does_not_keep_the_ping_back_nor_count_as_stuck(self, office: Office) -> None:
        office.pass_time(hours=2)
        watchdog = Watchdog(office.database, office.routes, office.settings, office.now)
        with office.database.read() as session:
            assert watchdog._stuck(session, office.now()) == {}
        watchdog.check()
        deliver_all(office.outbox)
        assert not any("do not move" in subject for subject in heads(office.receivers[OTHER]))

    def test_is_counted_by_state_and_since_when(self, office: Office) -> None:
        with office.database.read() as session:
            found = owed.owed(session)[OLD]
        assert (found.number, found.words) == (3, "3 due")
        assert found.oldest == office.time

    def test_goes_to_another_channel_under_the_same_ids_and_as_if_untried(self, office: Office) -> None:
        office = configured_anew(office, route(NEW))
        before = [each.id for each in office.deliveries(channel=OLD)]
        assert move(office) == Moved(3, 0, 0)
        assert {each.tries for each in office.deliveries(channel=NEW)} == {0}
        deliver_all(office.outbox)
        assert ids(office.receivers[NEW].got) == before
        deliver_all(office.outbox)
        with office.database.read() as session:
            assert owed.away(session) == {}
            (entry,) = audit.entries(session)
        assert (entry.who, entry.action, entry.subject) == ("mira", "deliveries moved", OLD)
        assert entry.detail == {"to": NEW, "moved": 3, "doubles": 0}

    def test_can_be_dropped_also_only_what_is_old(self, office: Office) -> None:
        office.time += timedelta(days=2)
        with office.database.write() as session:
            day = office.time - timedelta(days=1)
            assert (
                absent.drop(session, OLD, NAMES, by="mira", at=office.time, before=day - timedelta(days=2))
                == 0
            )
            assert absent.drop(session, OLD, NAMES, by="mira", at=office.time, before=day) == 3
            detail = audit.entries(session)[-1].detail
        assert office.states(OLD) == ["dropped"] * 3
        assert detail == {"dropped": 3, "written_before": day.isoformat(timespec="seconds")}

    def test_is_left_alone_where_it_is_being_sent_just_now(self, office: Office) -> None:
        with office.database.write() as session:
            office.time += timedelta(minutes=1)
            outbox.claim(session, OLD, office.time, timedelta(minutes=6), "somewhere/else/1/2")
        assert move(office) == Moved(2, 0, 1)
        office.time += timedelta(minutes=7)
        assert move(office) == Moved(1, 0, 0)


def test_a_moved_delivery_does_not_double_what_the_other_channel_had(either: str) -> None:
    office = office_of(either, route(OLD, NEW))
    office.receivers[OLD].fails = down
    office.announce(an_event(1), an_event(2))
    deliver_all(office.outbox)
    assert len(office.receivers[NEW].got) == 2
    office.announce(an_event(3, "NCT90000002"))
    after = configured_anew(office, route(NEW))
    assert move(after) == Moved(0, 3, 0)
    deliver_all(after.outbox)
    events = [outgoing.event.id for outgoing in after.receivers[NEW].got if outgoing.event]
    assert len(events) == 1
    assert after.states(OLD) == ["dropped"] * 3
    assert {each.said for each in after.deliveries(channel=OLD)} == {"new has it already"}


def test_notices_and_digests_of_the_same_moment_are_not_doubled_either(either: str) -> None:
    office = office_of(either, route(OLD, NEW, mode="daily", at="08:00"), silent_after="1h")
    for receiver in office.receivers.values():
        receiver.fails = down
    office.outbox.prepare()
    office.time += timedelta(days=1)
    deliver_all(office.outbox)
    with office.database.write() as session:
        ledger.beat(session, "good_poll", office.time - timedelta(days=1))
    Watchdog(office.database, office.routes, office.settings, office.now).check()
    owing = [each.kind for each in office.deliveries(channel=OLD)]
    assert sorted(owing) == ["digest", "notice"]
    after = configured_anew(office, route(NEW, mode="daily", at="08:00"))
    assert move(after) == Moved(0, 2, 0)


def test_a_digest_of_which_the_other_channel_has_a_part_is_taken_apart_and_loses_nothing(either: str) -> None:
    old, new = route(OLD, mode="daily", at="08:00"), route(NEW, name="now", kinds=["status"])
    office = office_of(either, old, new)
    office.receivers[OLD].fails = down
    office.outbox.prepare()
    office.announce(an_event(1), an_event(2, kind="sites", changes=[]))
    office.time += timedelta(days=1)
    deliver_all(office.outbox)
    assert office.states(OLD) == ["bundled", "bundled"]
    after = configured_anew(office, route(NEW, mode="daily", at="08:00"), new)
    done = move(after)
    assert (done.moved, done.doubles) == (1, 1)
    after.time += timedelta(days=1)
    deliver_all(after.outbox)
    assert [outgoing.kind for outgoing in after.receivers[NEW].got] == ["digest"]
    assert after.receivers[NEW].got[0].message.subject.count("1 event") == 1


def test_a_whole_digest_keeps_its_id_and_what_it_tells_counts_as_had(url: str) -> None:
    office = office_of(url, route(OLD, mode="daily", at="08:00"))
    office.receivers[OLD].fails = down
    office.outbox.prepare()
    office.announce(an_event(1), an_event(2))
    office.time += timedelta(days=1)
    deliver_all(office.outbox)
    (digest,) = [each for each in office.deliveries() if each.kind == "digest"]
    after = configured_anew(office, route(NEW, mode="daily", at="08:00"))
    assert move(after) == Moved(1, 0, 0)
    deliver_all(after.outbox)
    assert ids(after.receivers[NEW].got) == [digest.id]
    assert after.states(NEW) == ["bundled", "bundled"]


def test_what_a_storm_holds_or_a_cycle_keeps_waiting_is_moved_as_it_stands(url: str) -> None:
    office = office_of(url, route(OLD))
    office.announce(an_event(1), ended=False)
    after = configured_anew(office, route(NEW))
    assert move(after) == Moved(1, 0, 0)
    assert after.states(NEW) == ["waiting"]
    with after.database.write() as session:
        session.execute(text("UPDATE delivery SET state = 'held'"))
    again = configured_anew(after, route(OLD))
    assert move(again, NEW, OLD) == Moved(1, 0, 0)
    assert again.states(OLD) == ["held"]


def test_dead_letters_are_moved_and_tried_afresh(url: str) -> None:
    office = office_of(url, route(OLD))
    office.receivers[OLD].fails = down
    office.announce(an_event(1))
    office.pass_time(hours=80, step=timedelta(minutes=30))
    assert office.states(OLD) == ["dead"]
    after = configured_anew(office, route(NEW))
    assert move(after) == Moved(1, 0, 0)
    deliver_all(after.outbox)
    assert after.states(NEW) == ["sent"]


@pytest.mark.parametrize(
    "now", [[], [route(OLD, name="renamed", mode="daily")], [route(OLD, mode="at-once")], [route(OTHER, mode="daily")]]
)  # fmt: skip
def test_what_waits_for_the_digest_of_a_route_that_is_gone_is_told_in_one(
    url: str, now: list[RouteSettings]
) -> None:
    office = office_of(url, route(OLD, mode="daily", at="08:00"))
    office.announce(an_event(1), an_event(2))
    assert office.states(OLD) == ["collecting", "collecting"]
    after = configured_anew(office, *now, extra=(OLD,))
    deliver_all(after.outbox)
    (digest,) = after.receivers[OLD].got
    assert digest.kind == "digest"
    assert "2 events" in digest.message.subject
    assert after.states(OLD) == ["bundled", "bundled"]


def test_a_route_that_stands_keeps_its_digest_for_its_time(url: str) -> None:
    office = office_of(url, route(OLD, mode="daily", at="08:00"))
    office.outbox.prepare()
    office.announce(an_event(1))
    deliver_all(office.outbox)
    assert office.states(OLD) == ["collecting"]


def test_a_crowd_that_is_moved_to_a_channel_of_no_route_is_one_digest(url: str) -> None:
    office = office_of(url, route(OLD))
    office.announce(*[an_event(n, f"NCT900000{n:02}") for n in range(1, 31)])
    after = configured_anew(office, extra=(NEW,))
    assert move(after).moved == 30
    deliver_all(after.outbox)
    assert [outgoing.kind for outgoing in after.receivers[NEW].got] == ["digest"]


class TestAChannelThatComesBack:
    @pytest.fixture
    def away(self, url: str) -> Office:
        office = office_of(url, route(OLD, OTHER))
        office.receivers[OLD].fails = down
        office.announce(an_event(1))
        deliver_all(office.outbox)
        without = configured_anew(office, route(OTHER))
        deliver_all(without.outbox)
        return without

    def test_soon_gets_what_it_is_owed(self, away: Office) -> None:
        away.time += timedelta(days=2)
        back = configured_anew(away, route(OLD, OTHER))
        deliver_all(back.outbox)
        assert len(back.receivers[OLD].got) == 1
        with back.database.read() as session:
            assert owed.away(session) == {}

    def test_late_gets_nothing_old_until_a_person_says_so(self, away: Office) -> None:
        away.time += timedelta(days=4)
        away.announce(an_event(2))
        back = configured_anew(away, route(OLD, OTHER))
        back.announce(an_event(3))
        back.pass_time(hours=1, step=timedelta(minutes=5))
        events = [outgoing.event.id for outgoing in back.receivers[OLD].got if outgoing.event]
        assert events == [an_event(3).id]
        assert back.states(OLD) == ["held", "sent"]
        assert any("1 old delivery to it is held" in each for each in heads(back.receivers[OTHER]))
        with back.database.write() as session:
            ids_held = [each.id for each in restored.held(session)]
            assert restored.release(session, ids_held, by="mira", at=back.time) == 1
        deliver_all(back.outbox)
        assert back.states(OLD) == ["sent", "sent"]

    def test_is_told_of_once_even_where_two_configurations_take_turns(self, away: Office) -> None:
        with_it = configured_anew(away, route(OLD, OTHER))
        with_it.receivers[OLD].fails = down
        for _ in range(20):
            deliver_all(away.outbox)
            with_it.time = away.time = away.time + timedelta(minutes=1)
            deliver_all(with_it.outbox)
        notices = [each for each in away.deliveries(channel=OTHER) if each.kind == "notice"]
        assert len(notices) == 1


def test_an_escalation_to_a_renamed_channel_is_moved_and_not_made_again(url: str) -> None:
    before = route(OTHER, escalate_after="4h", escalate_to=[OLD])
    office = office_of(url, before)
    office.receivers[OLD].fails = down
    office.announce(an_event(1))
    office.pass_time(hours=5, step=timedelta(minutes=5))
    assert office.states(OLD) == ["due"]
    after = configured_anew(office, route(OTHER, escalate_after="4h", escalate_to=[NEW]))
    assert move(after) == Moved(1, 0, 0)
    after.pass_time(hours=5, step=timedelta(minutes=5))
    assert len(after.receivers[NEW].got) == 1


def test_no_delivery_is_lost_or_told_twice_by_any_move(either: str) -> None:
    """Moved to and fro between three channels of which each had some: every event reaches somebody, no channel twice."""
    routes = [route(OLD, NEW, name="a", kinds=["status"]), route(OLD, name="b", mode="daily", at="08:00")]
    office = office_of(either, *routes, extra=(OTHER,))
    office.receivers[OLD].fails = down
    office.outbox.prepare()
    office.announce(
        *[
            an_event(n, f"NCT900000{n:02}", kind="status" if n % 2 else "sites", changes=[])
            for n in range(1, 9)
        ]
    )
    office.pass_time(hours=22, step=timedelta(minutes=30))
    after = configured_anew(office, route(NEW, name="a"), extra=(OTHER,))
    move(after, OLD, NEW)
    move(after, NEW, OTHER)
    move(after, OTHER, NEW)
    after.pass_time(hours=30, step=timedelta(minutes=30))
    told = [
        outgoing.event.id
        for outgoing in after.receivers[NEW].got + office.receivers[NEW].got
        if outgoing.event
    ]
    assert len(told) == len(set(told)), "no event twice by itself"
    with after.database.read() as session:
        assert owed.owed(session) == {}
        assert [str(each) for each in delivery_problems(session)] == []
        assert [str(each) for each in seal_problems(session)] == []


def test_everything_of_it_is_done_in_one_transaction(url: str) -> None:
    office = office_of(url, route(OLD))
    office.announce(an_event(1))

    def fail(database: Database) -> None:
        with database.write() as session:
            absent.move(session, OLD, NEW, NAMES, by="mira", at=office.now())
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        fail(office.database)
    assert office.states(OLD) == ["due"]
