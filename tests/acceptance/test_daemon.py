"""The daemon as its operator meets it: a process that polls, says what it does, and ends when told to."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage.engine import open_database
from sync.demo.registry import RunningRegistry
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus

CONFIG = """
[registry]
base_url = "{api_url}"
min_interval_s = 0
retries = 0
blocked_pause_s = 600
[database]
url = "sqlite:///{folder}/trialdelta.db"
[schedule]
poll = 1
jitter_s = 0
[[watch]]
name = "w"
ids = ["NCT90000001"]
"""


class Operator:
    """Runs commands with one configuration, and reads what the daemon logs."""

    def __init__(self, folder: Path, api_url: str) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(api_url=api_url, folder=folder))

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "sync", *words, "--config", str(self.config)]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=60, check=False)

    @contextmanager
    def daemon(self) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(self.command("run"), stderr=log, stdout=log, env=os.environ)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def said(self) -> list[dict[str, Any]]:
        lines = (self.folder / "log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def wait_for(self, happened: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """What was logged once `happened` is true of it; fails after half a minute."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if happened(said := self.said()):
                return said
            time.sleep(0.05)
        pytest.fail(f"the daemon did not come to it; it said: {(self.folder / 'log').read_text()}")


def has(event: str, **fields: Any) -> Callable[[list[dict[str, Any]]], bool]:
    """Whether a line of this event with these fields was logged."""
    return lambda said: any(line["event"] == event and fields.items() <= line.items() for line in said)


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
        said = operator.wait_for(has("poll_paused"))
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
