"""The pause after a 403 ends when a check passes: `sync`, `doctor`, a restart, or "try now"; one clock for the next poll."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import audit, ledger
from sync.daemon.daemon import Daemon
from sync.demo.registry import RunningRegistry
from sync.health.doctor import examine
from sync.health.pause import pause_of, politely
from sync.service import Service
from sync.web.views.status_bar import status_bar
from sync.web.views.watcher.view import load
from tests.acceptance.console import Browser
from tests.acceptance.instance import Instance
from tests.support.daemons import NOON, Clock, Unplanned, a_daemon

HALF_AN_HOUR = NOON + timedelta(minutes=30)


def blocked(server: RunningRegistry, service: Service) -> tuple[Daemon, Unplanned]:
    """A daemon that was refused, and pauses; then the registry lets us in again."""
    server.set_faults("403")
    daemon, job = a_daemon(service, NOON + timedelta(minutes=15))
    daemon.poll()
    assert job.next_run_time == HALF_AN_HOUR
    server.set_faults()
    server.clear_log()
    daemon.poll()
    assert server.log() == [], "it is left alone until then"
    return daemon, job


def is_paused(service: Service) -> bool:
    with service.database.read() as session:
        return pause_of(session, service.settings.registry, service.now()) is not None


@pytest.mark.parametrize("how", ["sync", "doctor"])
def test_a_check_that_passes_elsewhere_makes_the_daemon_poll_at_once(
    how: str, server: RunningRegistry, on_the_clock: Instance, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.registry.doctor.PAUSE_S", 0.0)
    with on_the_clock.service() as service:
        daemon, job = blocked(server, service)
        daemon.heed_wishes()
        assert job.next_run_time == HALF_AN_HOUR, "nothing has passed yet"
        clock.time = NOON + timedelta(minutes=5)
        if how == "sync":
            with politely(service):
                service.registry.release()
        else:
            list(examine(on_the_clock.settings, ask_registry=True, now=clock))
        assert not is_paused(service)
        daemon.heed_wishes()
        assert job.next_run_time == clock.time
        daemon.poll()
        assert on_the_clock.watermark() == "2026-09-02"


def test_a_doctor_who_is_refused_ends_nothing(
    server: RunningRegistry, on_the_clock: Instance, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.registry.doctor.PAUSE_S", 0.0)
    with on_the_clock.service() as service:
        blocked(server, service)
        server.set_faults("403")
        list(examine(on_the_clock.settings, ask_registry=True, now=clock))
        assert is_paused(service)


def test_a_restart_is_a_try_and_pauses_again_where_it_is_refused(
    server: RunningRegistry, on_the_clock: Instance, clock: Clock
) -> None:
    with on_the_clock.service() as service:
        blocked(server, service)
        server.set_faults("403")
        clock.time = NOON + timedelta(minutes=10)
        daemon, job = a_daemon(service, NOON + timedelta(minutes=15))
        daemon.poll()
        assert job.next_run_time == NOON + timedelta(minutes=40)
        server.clear_log()
        daemon.poll()
        assert server.log() == [], "a start is one try"
        server.set_faults()
        a_daemon(service, NOON + timedelta(minutes=15))[0].poll()
        assert not is_paused(service)
    assert on_the_clock.watermark() == "2026-09-02"


def test_try_now_on_the_watchers_page_is_heeded_once_and_stands_in_the_audit_log(
    server: RunningRegistry, on_the_clock: Instance, clock: Clock
) -> None:
    with on_the_clock.service() as service:
        daemon, job = blocked(server, service)
        daemon.beat()
        browser = Browser(service)
        assert "Try now" in browser.get("/watcher").text
        clock.time = NOON + timedelta(minutes=5)
        assert browser.post("/poll-now", {}).status_code == 303
        daemon.heed_wishes()
        assert job.next_run_time == clock.time
        daemon.poll()
        assert not is_paused(service)
        job.next_run_time = HALF_AN_HOUR
        daemon.heed_wishes()
        assert job.next_run_time == HALF_AN_HOUR
        with service.database.read() as session:
            assert audit.latest(session, limit=1)[0].action == "poll now"
    assert on_the_clock.watermark() == "2026-09-02"


def test_try_now_asks_nothing_while_the_registry_itself_wants_us_to_wait(
    server: RunningRegistry, on_the_clock: Instance, clock: Clock
) -> None:
    server.set_faults("429:3600s")
    with on_the_clock.service() as service:
        daemon, _ = a_daemon(service, NOON + timedelta(minutes=15))
        daemon.poll()
        server.clear_log()
        clock.time = NOON + timedelta(minutes=5)
        Browser(service).post("/poll-now", {})
        daemon.heed_wishes()
        daemon.poll()
    assert server.log() == []


def test_the_bar_and_the_watcher_name_one_time_for_the_next_poll(
    server: RunningRegistry, on_the_clock: Instance, clock: Clock
) -> None:
    with on_the_clock.service() as service:
        blocked(server, service)
        with service.database.write() as session:
            planned = {"next_poll": (NOON + timedelta(minutes=15)).isoformat()}
            ledger.beat(session, "daemon", NOON, planned)
        with service.database.read() as session:
            bar = status_bar(session, service.settings, clock())
            vitals = load(session, service).vitals
    assert bar.next_poll == vitals.next_poll == vitals.paused_until == HALF_AN_HOUR
