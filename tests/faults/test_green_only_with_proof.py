"""Nothing is green without proof: what cannot be read is told at once, shown everywhere, and told when it is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import ledger, outbox
from storage.unread import unread
from sync.config import GateSettings, WatchSettings, WebSettings
from sync.cycle.report import Report
from sync.daemon import daemon as daemons
from sync.daemon.daemon import Daemon
from sync.demo.registry import RunningRegistry
from sync.health.liveness import health_of
from sync.leases import HeldElsewhere
from sync.registry.errors import Blocked
from sync.service import Service, utc_now
from tests.acceptance.console import Browser
from tests.acceptance.instance import Instance
from tests.faults.conftest import FOURTH, IDS, SECOND, THIRD, Fresh

POISONED = f"poison:duplicate-keys={IDS[1]}"
ANOTHER = f"poison:surrogate={IDS[2]}"


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = utc_now()

    def __call__(self) -> Any:
        return self.at


def notices(instance: Instance) -> list[str]:
    """Subjects of the notices, oldest first."""
    with instance.database() as database, database.read() as session:
        found = [each.body for each in outbox.deliveries(session) if each.kind == "notice"]
    return [f"{body['subject']}: {sorted(body['facts'])}" for body in found if body]


def state_of(service: Service) -> str:
    with service.database.read() as session:
        return health_of(session, service.settings.schedule, service.now()).state


def lives(service: Service) -> None:
    """Leave the signs of a daemon whose last poll has just succeeded."""
    with service.database.write() as session:
        for name in ("daemon", "poll", "good_poll"):
            ledger.beat(session, name, service.now(), {"state": "unchanged"})


# a watched record in quarantine


def test_a_record_that_cannot_be_read_is_told_at_once_and_once_and_its_end_once(
    server: RunningRegistry, fresh: Fresh
) -> None:
    instance = fresh()
    server.set_faults(POISONED)
    for _ in range(3):
        assert instance.sync().state == "partial"
    (told,) = notices(instance)
    assert told.startswith("1 watched record cannot be read")
    assert IDS[1] in told
    server.set_faults()
    assert instance.sync().state == "complete"
    instance.sync(force=True)
    _, over = notices(instance)
    assert over.startswith("What could not be read is over")


def test_a_record_that_stays_unreadable_over_releases_is_one_incident(
    server: RunningRegistry, fresh: Fresh
) -> None:
    instance = fresh()
    server.set_faults(POISONED)
    instance.sync()
    server.move_to(THIRD)
    instance.sync()
    assert len(notices(instance)) == 1
    server.set_faults(POISONED, ANOTHER)
    server.move_to(FOURTH)
    instance.sync()
    assert len(notices(instance)) == 2
    assert IDS[2] in notices(instance)[1]
    assert IDS[1] not in notices(instance)[1]


def test_many_at_once_are_one_notice(server: RunningRegistry, fresh: Fresh) -> None:
    instance = fresh()
    server.set_faults(*(f"poison:nan={nct_id}" for nct_id in IDS[:4]))
    instance.sync()
    (told,) = notices(instance)
    assert told.startswith("4 watched records cannot be read")


def test_what_is_not_watched_any_more_is_over_too(server: RunningRegistry, fresh: Fresh) -> None:
    instance = fresh(gates=GateSettings(max_shrink=1))
    server.set_faults(POISONED)
    instance.sync()
    instance.watches = (WatchSettings(name="w", ids=IDS[:1]),)
    instance.sync()  # it leaves, and is read once more for that
    instance.sync()
    assert notices(instance)[-1].startswith("What could not be read is over")
    with instance.database() as database, database.read() as session:
        assert unread(session) is None


def test_it_is_a_trouble_for_doctor_healthcheck_readyz_and_the_watchers_page(
    server: RunningRegistry, fresh: Fresh
) -> None:
    instance = fresh()
    server.set_faults(POISONED)
    instance.sync()
    with instance.service() as service:
        lives(service)
        ready = Browser(service).get("/readyz")
        page = Browser(service).get("/watcher").text
        metrics = Browser(service).get("/metrics").text
    health = instance.command("healthcheck", "--json")
    doctor = instance.command("doctor", "--offline", "--json")
    assert ready.status_code == 503
    assert ready.json()["state"] == "incomplete"
    assert "1 watched record of release 2026-09-02 cannot be read" in ready.json()["sentence"]
    assert IDS[1] not in ready.text, "it is open to everybody"
    assert health.returncode == 3
    assert json.loads(health.stdout)["state"] == "incomplete"
    findings = {each["subject"]: each for each in map(json.loads, doctor.stdout.splitlines())}
    assert doctor.returncode == 3
    assert findings["quarantine"]["exit_code"] == 3
    assert IDS[1] in findings["quarantine"]["sentence"]
    assert IDS[1] in page
    assert "1 watched record of release 2026-09-02 cannot be read" in page
    assert 'trialdelta_health_state{state="incomplete"} 1.0' in metrics
    server.set_faults()
    instance.sync()
    with instance.service() as service:
        lives(service)
        assert Browser(service).get("/readyz").status_code == 200
    assert instance.command("healthcheck").returncode == 0


# polls that are no success


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def service(server: RunningRegistry, fresh: Fresh, hands: Hands) -> Iterator[Service]:
    """A service whose clock is turned by hand."""
    with fresh(now=hands).service() as service:
        settings = service.settings.model_copy(update={"web": WebSettings(enabled=False)})
        yield replace(service, settings=settings)


@pytest.fixture
def daemon(service: Service, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    """A daemon whose jobs a test runs by hand, and whose cycles come to what `outcomes` says."""
    daemon = Daemon(service)
    daemon._note_first_start()
    daemon.beat()
    return daemon


def polls(daemon: Daemon, monkeypatch: pytest.MonkeyPatch, outcome: Report | Exception) -> None:
    """One poll that comes to this."""

    def cycle(*_: Any, **__: Any) -> Report:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(daemons, "run_cycle", cycle)
    daemon.poll()


@pytest.mark.parametrize(
    "outcome", [Report("partial", SECOND, "s"), HeldElsewhere()], ids=["partial", "held"]
)
def test_polls_that_come_to_nothing_are_not_green_for_ever_and_are_told_once(
    daemon: Daemon, service: Service, hands: Hands, monkeypatch: pytest.MonkeyPatch, outcome: Any
) -> None:
    polls(daemon, monkeypatch, Report("unchanged", SECOND, "s"))
    assert state_of(service) == "healthy"
    for _ in range(60):
        hands.at += timedelta(minutes=1)
        polls(daemon, monkeypatch, outcome)
        daemon.beat()
        daemon.watchdog.check()
    assert state_of(service) == "stalled"
    with service.database.read() as session:
        told = [each.body for each in outbox.deliveries(session) if each.kind == "notice"]
    assert [body["subject"] for body in told if body] == ["Nothing was polled for long"]
    polls(daemon, monkeypatch, Report("unchanged", SECOND, "s"))
    assert state_of(service) == "healthy"
    with service.database.read() as session:
        told = [each.body for each in outbox.deliveries(session) if each.kind == "notice"]
    assert [body["subject"] for body in told if body][1:] == ["Polls succeed again"]


def test_an_outage_within_a_release_that_stays_partial_is_told_each_time(
    daemon: Daemon, service: Service, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls(daemon, monkeypatch, Report("unchanged", SECOND, "s"))
    for _ in range(2):
        for _ in range(4):
            hands.at += timedelta(minutes=1)
            polls(daemon, monkeypatch, RuntimeError("no"))
        hands.at += timedelta(minutes=1)
        polls(daemon, monkeypatch, Report("partial", SECOND, "s"))
    with service.database.read() as session:
        told = [each.body for each in outbox.deliveries(session) if each.kind == "notice"]
    down, up = "No poll of the registry succeeds", "The registry answers again"
    assert [body["subject"] for body in told if body] == [down, up, down, up]


def test_polls_that_fail_are_told_as_that_and_not_as_silence_too(
    daemon: Daemon, service: Service, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls(daemon, monkeypatch, Report("unchanged", SECOND, "s"))
    for _ in range(90):
        hands.at += timedelta(minutes=1)
        polls(daemon, monkeypatch, RuntimeError("no"))
        daemon.watchdog.check()
    with service.database.read() as session:
        told = [each.body for each in outbox.deliveries(session) if each.kind == "notice"]
    assert [body["subject"] for body in told if body] == ["No poll of the registry succeeds"]


def test_a_poll_that_hangs_is_seen_while_it_hangs_and_told(
    daemon: Daemon, service: Service, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls(daemon, monkeypatch, Report("unchanged", SECOND, "s"))
    states: list[str] = []

    def hang(*_: Any, **__: Any) -> Report:
        for _ in range(60):
            hands.at += timedelta(minutes=1)
            daemon.beat()
            daemon.watchdog.check()
            states.append(state_of(service))
        return Report("unchanged", SECOND, "s")

    monkeypatch.setattr(daemons, "run_cycle", hang)
    hands.at += timedelta(minutes=15)
    daemon.poll()
    assert (states[0], states[-1]) == ("healthy", "stalled")
    assert state_of(service) == "healthy"
    with service.database.read() as session:
        beat = ledger.last_beat(session, "daemon")
        told = [each.body for each in outbox.deliveries(session) if each.kind == "notice"]
    assert beat
    assert beat.detail["polling_since"] is None
    assert [body["subject"] for body in told if body] == [
        "Nothing was polled for long",
        "Polls succeed again",
    ]


def test_a_pause_after_a_403_is_kept_whatever_the_clock_does_and_ends_in_time(
    daemon: Daemon, service: Service, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = [1000.0]
    monkeypatch.setattr(daemons, "steady_seconds", lambda: steady[0])
    asked: list[None] = []

    def cycle(*_: Any, **__: Any) -> Report:
        asked.append(None)
        raise Blocked("python-httpx", "default")

    monkeypatch.setattr(daemons, "run_cycle", cycle)
    daemon.poll()
    for moved in (timedelta(days=1), timedelta(days=-2)):
        hands.at += moved
        daemon.watchdog.check()
        daemon.poll()
    assert len(asked) == 1
    pause = service.settings.registry.blocked_pause_s
    steady[0] += pause + 1
    hands.at += timedelta(seconds=pause + 1)
    daemon.poll()
    assert len(asked) == 2


def test_a_daemon_that_starts_after_days_is_not_green_before_its_first_poll(
    service: Service, hands: Hands, tmp_path: Path
) -> None:
    lives(service)
    hands.at += timedelta(days=3)
    Daemon(service).beat()
    assert state_of(service) == "stalled"
