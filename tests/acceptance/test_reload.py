"""SIGHUP reloads the configuration, unless it tells that the terminal is gone; a killed daemon is noticed at once."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from sync.demo.registry import RunningRegistry
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.support.operator import Operator, has

OTHER = "NCT90000002"


@pytest.fixture
def registry(start_registry: StartRegistry, tmp_path: Path) -> RunningRegistry:
    """A registry of two studies, of which nobody watches the second one yet."""
    days = ("2026-09-01", "2026-09-02")
    studies = [told(each, {day: study(each) for day in days}) for each in ("NCT90000001", OTHER)]
    return start_registry([write_corpus(tmp_path / "c.jsonl", studies)], release=days[0])


@pytest.fixture
def operator(registry: RunningRegistry, tmp_path: Path) -> Operator:
    """Whoever runs the daemon for the first study."""
    return Operator(tmp_path, registry.api_url)


def edit(operator: Operator, old: str, new: str) -> None:
    text = operator.config.read_text()
    assert old in text
    operator.config.write_text(text.replace(old, new))


def notices(operator: Operator) -> list[str]:
    return [line["subject"] for line in operator.said() if line["event"] == "operator_notice"]


def troubles(operator: Operator) -> list[str]:
    url = [line["url"] for line in operator.said() if line["event"] == "console_started"][-1]
    return [each["subject"] for each in httpx.get(f"{url}/api/v1/watcher").json()["troubles"]]


def test_a_study_added_to_a_watch_is_read_after_sighup_in_the_same_process(
    operator: Operator, registry: RunningRegistry
) -> None:
    edit(operator, "poll = 1\n", 'poll = "1h"\n')
    with operator.daemon() as process:
        operator.wait_for(has("cycle_finished", baselines=1))
        registry.move_to("2026-09-02")
        edit(operator, 'ids = ["NCT90000001"]', f'ids = ["NCT90000001", "{OTHER}"]')
        process.send_signal(signal.SIGHUP)
        operator.wait_for(has("config_reloaded", changed=["watch"], needs_a_new_start=[]))
        operator.wait_for(lambda said: sum(has("cycle_finished", baselines=1)([line]) for line in said) == 2)
        assert process.poll() is None
    assert not notices(operator)


def test_channels_routes_schedule_and_rules_are_taken_over(operator: Operator) -> None:
    with operator.daemon() as process:
        operator.wait_for(has("cycle_finished"))
        more = (
            f'[channels.letters]\nkind = "file"\npath = "{operator.folder}/letters.jsonl"\n'
            '[[route]]\nname = "all"\nchannels = ["letters"]\n[rules]\noff = ["sites.status"]\n'
        )
        operator.config.write_text(operator.config.read_text().replace("poll = 1\n", "poll = 2\n") + more)
        process.send_signal(signal.SIGHUP)
        said = operator.wait_for(has("config_reloaded"))
        taken = next(line for line in said if line["event"] == "config_reloaded")
        assert taken["changed"] == ["schedule", "rules", "route", "channels"]
        edit(operator, 'name = "all"', 'name = "everything"')
        operator.config.write_text(operator.config.read_text() + '[channels.bad]\nkind = "slak"\n')
        process.send_signal(signal.SIGHUP)
        operator.wait_for(has("delivery_sent", channel="letters"))
    letters = (operator.folder / "letters.jsonl").read_text().splitlines()
    assert ["The configuration was not reloaded" in line for line in letters] == [True]


def test_a_file_that_is_wrong_leaves_the_one_before_in_force_and_is_told(operator: Operator) -> None:
    with operator.daemon() as process:
        operator.wait_for(has("cycle_finished"))
        edit(operator, 'name = "w"', 'name = "w"\nidz = ["hunter2"]')
        process.send_signal(signal.SIGHUP)
        said = operator.wait_for(has("operator_notice"))
        refused = next(line for line in said if line["event"] == "config_refused")
        assert "watch.0.idz: there is no such key; did you mean watch.0.ids?" in refused["problem"]
        assert notices(operator) == ["The configuration was not reloaded: it is wrong"]
        assert troubles(operator) == ["The configuration file is wrong"]
        polls = sum(line["event"] == "release_unchanged" for line in said)
        operator.wait_for(lambda now: sum(line["event"] == "release_unchanged" for line in now) > polls + 1)
        edit(operator, '\nidz = ["hunter2"]', "")
        process.send_signal(signal.SIGHUP)
        operator.wait_for(has("config_reloaded", changed=[]))
        assert troubles(operator) == []
    assert "hunter2" not in (operator.folder / "log").read_text()


def test_what_needs_a_new_start_is_named_in_the_log_to_the_operator_and_on_the_page(
    operator: Operator,
) -> None:
    with operator.daemon() as process:
        operator.wait_for(has("cycle_finished"))
        edit(operator, "retries = 0", 'retries = 0\ncontact = "ops@example.org"')
        operator.config.write_text(
            operator.config.read_text() + '[web]\nsession_hours = 3\n[alerts]\nmin_severity = "low"\n'
        )
        process.send_signal(signal.SIGHUP)
        waiting = ["registry.contact", "web.session_hours"]
        operator.wait_for(has("config_reloaded", changed=["alerts"], needs_a_new_start=waiting))
        operator.wait_for(has("operator_notice"))
        assert troubles(operator) == ["A part of the configuration is not in force yet"]
    with operator.daemon():
        operator.wait_for(lambda said: sum(line["event"] == "daemon_started" for line in said) == 2)
        assert troubles(operator) == []


def test_healthcheck_notices_a_daemon_that_was_killed_a_moment_ago(operator: Operator) -> None:
    with operator.daemon() as process:
        operator.wait_for(has("release_unchanged"))
        assert operator.run("healthcheck").returncode == 0
        process.kill()
        process.wait()
    health = operator.run("healthcheck", "--json")
    assert health.returncode == 1
    told = json.loads(health.stdout)
    assert told["state"] == "dead"
    assert f"process {process.pid}" in told["sentence"]


class Window:
    """A terminal in which the daemon runs in the foreground, as its session's leader or under a shell."""

    def __init__(self, operator: Operator, *before: str) -> None:
        self.operator = operator
        self.pid, self.master = pty.fork()
        if self.pid == 0:  # the child, in the terminal
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
            words = [*before, *operator.command("run")]
            os.execvpe(words[0], words, os.environ | {"TRIALDELTA_LOG__FORMAT": "json"})

    def read_until(self, word: str) -> str:
        text, deadline = "", time.monotonic() + 60
        while word not in text:
            assert time.monotonic() < deadline, text
            if select.select([self.master], [], [], 1.0)[0]:
                text += os.read(self.master, 65536).decode("utf-8", "replace")
        return text

    def close(self) -> int:
        """Close the window; the exit status of what ran in it."""
        os.close(self.master)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                return status
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        pytest.fail("the daemon went on after its terminal was closed")


def test_closing_the_terminal_ends_the_daemon_in_order(operator: Operator) -> None:
    window = Window(operator)
    window.read_until("release_unchanged")
    assert os.waitstatus_to_exitcode(window.close()) == 0
    health = operator.run("healthcheck")
    assert "was stopped" in health.stdout


def test_sighup_reloads_while_the_terminal_is_there(operator: Operator) -> None:
    window = Window(operator)
    window.read_until("release_unchanged")
    os.kill(window.pid, signal.SIGHUP)
    window.read_until("config_reloaded")
    window.read_until("release_unchanged")
    assert os.waitstatus_to_exitcode(window.close()) == 0


def test_a_daemon_under_nohup_outlives_its_terminal_and_reloads_all_the_same(operator: Operator) -> None:
    log = operator.folder / "log"
    log.touch()
    line = f'nohup "$@" >> {log} 2>&1 & echo started $!; read line'
    window = Window(operator, "sh", "-c", line, "sh")
    pid = int(window.read_until("\n").split()[1])
    try:
        operator.wait_for(has("release_unchanged"))
        os.kill(pid, signal.SIGHUP)
        operator.wait_for(has("config_reloaded"))
        window.close()
        polls = sum(line["event"] == "release_unchanged" for line in operator.said())
        operator.wait_for(lambda said: sum(each["event"] == "release_unchanged" for each in said) > polls + 1)
    finally:
        subprocess.run(["kill", str(pid)], check=False)
    operator.wait_for(has("daemon_stopped"))
