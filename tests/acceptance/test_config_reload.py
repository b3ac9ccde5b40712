"""`config reload` has the daemon reload its configuration, and says what it says; else why nothing was sent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from storage import ledger
from storage.engine import open_database
from storage.process_identity import this_process
from sync.demo.registry import RunningRegistry
from sync.timing.clock import utc_now
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.support.operator import Operator, has


@pytest.fixture
def registry(start_registry: StartRegistry, tmp_path: Path) -> RunningRegistry:
    """A registry of one study."""
    studies = [told("NCT90000001", {"2026-09-01": study("NCT90000001")})]
    return start_registry([write_corpus(tmp_path / "c.jsonl", studies)], release="2026-09-01")


@pytest.fixture
def operator(registry: RunningRegistry, tmp_path: Path) -> Operator:
    """Whoever runs the daemon."""
    return Operator(tmp_path, registry.api_url)


def add(operator: Operator, more: str) -> None:
    operator.config.write_text(operator.config.read_text() + more)


def answered(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def reloads(operator: Operator) -> int:
    return sum(line["event"] in ("config_reloaded", "config_refused") for line in operator.said())


def daemon_says(operator: Operator, **detail: Any) -> None:
    """Have the last sign of life of a daemon be this one."""
    database = open_database(f"sqlite:///{operator.folder}/trialdelta.db", create=False)
    with database.write() as session:
        ledger.beat(session, "daemon", utc_now(), {"pid": 1, **detail})
    database.close()


def test_the_daemon_takes_over_what_it_can_and_names_what_waits(operator: Operator) -> None:
    with operator.daemon() as process:
        operator.wait_for(has("release_unchanged"))
        add(operator, '[alerts]\nmin_severity = "low"\n')
        done = operator.run("config", "reload", "--json")
        assert done.returncode == 0, done.stderr
        assert answered(done) == {
            "pid": process.pid,
            "state": "taken",
            "changed": ["alerts"],
            "waiting": [],
            "problem": "",
        }
        again = operator.run("config", "reload")
        assert again.returncode == 0
        assert "nothing that it can take over had changed" in again.stdout
        add(operator, "[web]\nsession_hours = 3\n")
        done = operator.run("config", "reload")
        assert done.returncode == 3
        assert "Waits for its next start: web.session_hours." in done.stdout
        assert process.poll() is None
    assert reloads(operator) == 3


def test_a_wrong_file_is_told_and_nothing_is_sent(operator: Operator) -> None:
    with operator.daemon():
        operator.wait_for(has("release_unchanged"))
        right = operator.config.read_text()
        for wrong in ("[alerts]\nmin_severty = 'low'\n", '[channels.bad]\nkind = "slak"\n'):
            operator.config.write_text(right + wrong)
            done = operator.run("config", "reload", "--json")
            assert (done.returncode, done.stdout) == (2, "")
            assert "error:" in done.stderr
        operator.config.write_text(right)
        assert operator.run("config", "reload").returncode == 0
    assert reloads(operator) == 1


def test_what_the_daemon_itself_refuses_is_its_answer(operator: Operator, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(operator.config.read_text())
    with operator.daemon():
        operator.wait_for(has("release_unchanged"))
        add(operator, "[alerts]\nmin_severty = 'low'\n")
        words = operator.command("config", "reload", "--json")[:-1]
        done = subprocess.run([*words, str(other)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert answered(done)["state"] == "refused"
    assert "alerts.min_severty" in answered(done)["problem"]


def test_without_a_daemon_it_says_so(operator: Operator) -> None:
    done = operator.run("config", "reload")
    assert done.returncode == 1
    assert "no daemon has run" in done.stderr.lower()
    with operator.daemon() as process:
        operator.wait_for(has("release_unchanged"))
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    assert "was stopped" in operator.run("config", "reload").stderr
    with operator.daemon() as process:
        operator.wait_for(lambda said: sum(line["event"] == "daemon_started" for line in said) == 2)
        operator.wait_for(lambda said: said[-1]["event"] == "release_unchanged")
        process.kill()
        process.wait()
    done = operator.run("config", "reload")
    assert done.returncode == 1
    assert "has ended without a word" in done.stderr


def test_a_daemon_elsewhere_is_named_and_nobody_is_signalled(operator: Operator) -> None:
    operator.run("sync")
    # The id is that of a process of ours, which a signal by number alone would end.
    with subprocess.Popen(["sleep", "60"]) as bystander:
        daemon_says(operator, holder=f"ward-7/another-boot/{bystander.pid}/123")
        done = operator.run("config", "reload")
        assert done.returncode == 1
        assert f"process {bystander.pid} on ward-7" in done.stderr
        daemon_says(operator)
        assert "does not say where it runs" in operator.run("config", "reload").stderr
        _, place, _, _ = this_process().split("/")
        daemon_says(operator, holder=f"here/{place}/{bystander.pid}/123")
        assert "has ended" in operator.run("config", "reload").stderr
        assert bystander.poll() is None
        bystander.kill()


def test_a_daemon_that_does_not_answer_is_waited_for_no_longer_than_asked(operator: Operator) -> None:
    with operator.daemon() as process:
        operator.wait_for(has("release_unchanged"))
        process.send_signal(signal.SIGSTOP)
        done = operator.run("config", "reload", "--wait", "0.5")
        process.send_signal(signal.SIGCONT)
        assert done.returncode == 3
        assert f"process {process.pid}) was asked to reload, and has not answered in 0.5 s" in done.stderr
        operator.wait_for(has("config_reloaded"))  # once it comes to it


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_may_not_signal_it(operator: Operator) -> None:
    program = (
        "import os, signal, sys\nfrom storage.process_identity import send_signal\nos.setuid(65534)\n"
        "try: send_signal(sys.argv[1], signal.SIGHUP)\nexcept PermissionError: print('refused')"
    )
    done = subprocess.run(
        [operator.command()[0], "-c", program, this_process()], capture_output=True, text=True, check=False
    )
    assert done.stdout == "refused\n", done.stderr
