"""The daemon as its operator meets it: a process that polls, says what it does, and ends when told to."""

import json
import signal
import time
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from storage.engine import open_database
from sync.demo.registry import RunningRegistry
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.support.operator import Operator, has


@pytest.fixture
def registry(start_registry: StartRegistry, tmp_path: Path) -> RunningRegistry:
    versions = {
        "2026-09-01": study("NCT90000001"),
        "2026-09-02": study("NCT90000001", "SUSPENDED", posted="2026-09-02"),
    }
    return start_registry(
        [write_corpus(tmp_path / "c.jsonl", [told("NCT90000001", versions)])], release="2026-09-01"
    )


@pytest.fixture
def operator(registry: RunningRegistry, tmp_path: Path) -> Operator:
    return Operator(tmp_path, registry.api_url)


def test_the_daemon_polls_tells_what_changed_and_ends_cleanly_on_sigterm(operator, registry):
    with operator.daemon() as process:
        operator.wait_for(has("cycle_finished", release="2026-09-01", baselines=1, events=0))
        operator.wait_for(has("release_unchanged"))
        assert operator.run("healthcheck").returncode == 0
        registry.move_to("2026-09-02")
        operator.wait_for(has("study_changed", nct_id="NCT90000001", severity="critical"))
        operator.wait_for(has("cycle_finished", release="2026-09-02", events=1))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert has("daemon_stopped")(operator.said())
    health = operator.run("healthcheck")
    assert health.returncode == 1
    assert "was stopped" in health.stdout


def test_the_console_says_at_once_when_the_next_poll_is(operator, registry):
    with operator.daemon():
        said = operator.wait_for(has("cycle_finished", release="2026-09-01"))
        url = next(line["url"] for line in said if line["event"] == "console_started")
        deadline = time.monotonic() + 5
        while not (upcoming := httpx.get(f"{url}/api/v1/pulse").json()["next_poll"]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert datetime.fromisoformat(upcoming) > datetime.fromisoformat(said[0]["timestamp"])


def test_a_registry_that_cannot_be_reached_is_said_in_one_line_and_tried_again(operator, registry):
    registry.stop()
    with operator.daemon():
        said = operator.wait_for(lambda said: sum(line["event"] == "poll_failed" for line in said) >= 2)
        first = next(line for line in said if line["level"] in ("warning", "error"))
        assert first["event"] == "poll_failed"
        assert first["kind"] == "Unavailable"
        assert "127.0.0.1" in first["problem"]
        health = operator.run("healthcheck", "--json")
    assert health.returncode == 4
    assert json.loads(health.stdout)["state"] == "registry_failing"


def test_a_registry_that_blocks_us_is_left_alone_until_the_pause_is_over(operator, registry):
    registry.set_faults("403")
    with operator.daemon():
        operator.wait_for(has("poll_paused"))
        said = operator.wait_for(has("poll_failed"))  # told by the poll, when the pause stands
        health = operator.run("healthcheck")
    failed = [line for line in said if line["event"] == "poll_failed"]
    assert [line["kind"] for line in failed] == ["Blocked"]
    assert len(registry.log()) == 1
    assert health.returncode == 4
    assert "403" in health.stdout


def test_a_daemon_that_was_killed_is_taken_over_from_at_once(operator, registry):
    with operator.daemon() as process:
        operator.wait_for(has("cycle_finished", release="2026-09-01"))
        process.kill()
        process.wait()
    registry.move_to("2026-09-02")
    with operator.daemon():
        operator.wait_for(has("cycle_finished", release="2026-09-02", events=1))


def test_healthcheck_before_any_daemon_says_how_to_start_one(operator):
    health = operator.run("healthcheck")
    assert health.returncode == 1
    assert "trialdelta run" in health.stdout


def test_a_silent_daemon_is_dead(operator, tmp_path):
    from datetime import UTC, datetime, timedelta

    from storage import ledger
    from sync.health.liveness import check_health
    from sync.timing.schedule import ScheduleSettings

    database = open_database(f"sqlite:///{tmp_path}/x.db")
    database.ensure_schema()
    now, schedule = datetime(2026, 9, 2, tzinfo=UTC), ScheduleSettings()
    with database.write() as session:
        ledger.beat(session, "daemon", now, {})
        ledger.beat(session, "poll", now, {"state": "complete"})
    assert check_health(database, schedule, now + timedelta(minutes=1)).state == "healthy"
    assert check_health(database, schedule, now + timedelta(minutes=3)).state == "dead"
    database.close()


def test_doctor_tells_of_every_part_and_of_each_identity(operator):
    assert operator.run("sync").returncode == 0
    doctor = operator.run("doctor", "--json")
    findings = [json.loads(line) for line in doctor.stdout.splitlines()]
    assert doctor.returncode == 0
    assert {finding["subject"] for finding in findings} == {
        "config",
        "database",
        "disk",
        "daemon",
        "cycle",
        "outbox",
        "backup",
        "registry",
    }
    assert sum(finding["subject"] == "registry" for finding in findings) == 4
    assert not [finding for finding in findings if "{" in finding["sentence"]]
