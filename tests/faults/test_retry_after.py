"""`Retry-After` holds between polls: for the next one, for a daemon started anew, and for `trialdelta sync`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from storage import ledger
from storage.engine import Database
from sync.demo.registry import RunningRegistry
from sync.health.pause import AskedToWait, begin_pause, end_pause, pause_of, politely
from sync.registry.errors import Blocked, RateLimited, Unavailable
from sync.registry.settings import RegistrySettings
from tests.acceptance.instance import Instance
from tests.support.daemons import NOON, Clock, a_daemon

SETTINGS = RegistrySettings()


@pytest.fixture
def database(on_the_clock: Instance) -> Iterator[Database]:
    with on_the_clock.database() as database:
        yield database


@pytest.mark.parametrize("fault", ["429:3600s", "503:3600s"])
def test_the_next_poll_a_new_daemon_and_sync_all_wait(
    server: RunningRegistry, on_the_clock: Instance, clock: Clock, fault: str
) -> None:
    server.set_faults(fault)
    with on_the_clock.service() as service:
        daemon, job = a_daemon(service, NOON + timedelta(minutes=15))
        daemon.poll()
        assert job.next_run_time == NOON + timedelta(hours=1)
    server.set_faults()
    server.clear_log()
    clock.time = NOON + timedelta(minutes=59)
    with on_the_clock.service() as service:
        daemon, job = a_daemon(service, NOON + timedelta(days=1))
        daemon.poll()
        assert job.next_run_time == NOON + timedelta(hours=1), "nor later than it must"
        with pytest.raises(AskedToWait, match="until 2026-09-02 13:00:00 UTC"), politely(service):
            pytest.fail("it was asked")
    assert server.log() == []
    clock.time = NOON + timedelta(hours=1, seconds=1)
    with on_the_clock.service() as service:
        a_daemon(service, NOON + timedelta(days=1))[0].poll()
    assert server.log() != []


def test_a_daemon_goes_on_when_somebody_asked_all_the_same_and_got_an_answer(
    server: RunningRegistry, on_the_clock: Instance
) -> None:
    server.set_faults("429:3600s")
    with on_the_clock.service() as service:
        daemon, _ = a_daemon(service, NOON + timedelta(minutes=15))
        daemon.poll()
        server.set_faults()
        with politely(service, anyway=True):
            service.registry.release()
        server.clear_log()
        daemon.poll()
    assert server.log() != []


def test_sync_keeps_the_wish_for_whoever_asks_next(server: RunningRegistry, on_the_clock: Instance) -> None:
    server.set_faults("429:3600s")
    assert on_the_clock.command("sync").returncode == 4
    server.set_faults()
    server.clear_log()
    refused = on_the_clock.command("sync", "--json")
    assert refused.returncode == 4
    said = json.loads(refused.stdout)["error"]
    assert (said["kind"], "sync --now" in said["hint"]) == ("AskedToWait", True)
    doctor = on_the_clock.command("doctor")
    assert "the registry asked us to wait; it is not asked before" in doctor.stdout
    assert doctor.returncode == 4
    assert server.log() == []
    assert on_the_clock.command("sync", "--now").returncode == 0
    assert on_the_clock.command("sync").returncode == 0, "it has answered since"


@pytest.mark.parametrize("wish", [None, 0.0, -5.0])
def test_no_wish_is_no_pause(database: Database, wish: float | None) -> None:
    with database.write() as session:
        assert begin_pause(session, RateLimited(wish), SETTINGS, NOON) is None
        assert begin_pause(session, ValueError("ours"), SETTINGS, NOON) is None
        assert pause_of(session, SETTINGS, NOON) is None


def test_a_longer_pause_is_not_made_shorter_and_one_that_is_over_is_none(database: Database) -> None:
    with database.write() as session:
        begin_pause(session, Unavailable("down", 3600.0), SETTINGS, NOON)
        begin_pause(session, RateLimited(60.0), SETTINGS, NOON)
        begin_pause(session, Blocked("ua", "default"), SETTINGS, NOON)
        known = pause_of(session, SETTINGS, NOON)
        assert known is not None
        assert (known.until, known.why) == (NOON + timedelta(hours=1), "asked")
        assert pause_of(session, SETTINGS, NOON + timedelta(hours=1)) is None
        end_pause(session, SETTINGS, NOON)
        assert pause_of(session, SETTINGS, NOON) is None


@pytest.mark.parametrize(
    "detail, longest", [({"why": "asked"}, timedelta(days=1)), ({}, timedelta(minutes=30))]
)
def test_a_pause_begun_by_a_wrong_clock_lasts_no_longer_than_one_may(
    database: Database, detail: dict[str, Any], longest: timedelta
) -> None:
    with database.write() as session:
        until = (NOON + timedelta(days=4000)).isoformat()
        ledger.beat(session, "breaker", NOON, {"until": until, **detail})
        known = pause_of(session, SETTINGS, NOON)
        assert known is not None
        assert known.until == NOON + longest


def test_being_blocked_does_not_keep_a_person_from_trying(database: Database, on_the_clock: Instance) -> None:
    with database.write() as session:
        begin_pause(session, Blocked("ua", "default"), SETTINGS, NOON)
    with on_the_clock.service() as service:
        with politely(service):
            pass
        with service.database.read() as session:
            assert pause_of(session, SETTINGS, NOON) is None, "it answered: the daemon need not wait either"
