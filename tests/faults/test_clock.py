"""The clock of the machine is put back, put ahead, reset, and put right again, while the daemon runs (F1, F3)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage import outbox
from storage.engine import open_database
from storage.outbox import NewDelivery
from sync.demo.registry import RunningRegistry, serve
from tests.acceptance.registry_server import study, told, write_corpus
from tests.support.operator import Operator, has

DRIVER = Path(__file__).with_name("turned_clock.py")
HOUR, DAY = 3600.0, 86_400.0


class TurnedOperator(Operator):
    """An operator of a machine whose clock a test turns."""

    def __init__(self, folder: Path, api_url: str) -> None:
        super().__init__(folder, api_url)
        self.turned = folder / "turned"
        self.turn(0)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, str(DRIVER), str(self.turned), *words, "--config", str(self.config)]

    # Not forked off: the clock is turned before anything that reads it is imported.

    def begin(self, words: list[str], **streams: Any) -> subprocess.Popen[Any]:
        return subprocess.Popen(words, **streams)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = self.command(*words)
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def turn(self, seconds: float) -> None:
        """Set by how much the clock is wrong; whoever reads it finds the old value or the new one."""
        new = self.turned.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.turned)

    def polls(self) -> int:
        """How many polls have come to an end."""
        return sum(line["event"] in ("release_unchanged", "cycle_finished") for line in self.said())

    def wait_for_polls(self, more: int = 3) -> None:
        """Let so many more polls come to an end."""
        wanted = self.polls() + more
        self.wait_for(lambda _said: self.polls() >= wanted)

    def owe(self, name: str) -> None:
        """A notice that is due now, by the right clock."""
        now = datetime.now(UTC)
        body = {"subject": name, "lead": "x", "facts": {}, "severity": "high"}
        new = NewDelivery(f"dlv_{name}", "notice", "notices", "console", "due", now, now, body=body)
        database = open_database(f"sqlite:///{self.folder}/trialdelta.db")
        with database.write() as session:
            outbox.add(session, [new])
        database.close()


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RunningRegistry]:
    versions = {
        "2026-09-01": study("NCT90000001"),
        "2026-09-02": study("NCT90000001", "SUSPENDED", posted="2026-09-02"),
    }
    corpus = write_corpus(tmp_path / "c.jsonl", [told("NCT90000001", versions)])
    with serve([corpus], release="2026-09-01") as running:
        yield running


@pytest.fixture
def operator(registry: RunningRegistry, tmp_path: Path) -> TurnedOperator:
    return TurnedOperator(tmp_path, registry.api_url)


# from 1970 the clock comes back over more missed runs than could be counted in a day
TURNS = {"an hour back": -HOUR, "a day ahead": DAY, "to 1970": -(datetime.now(UTC).timestamp() - DAY)}


@pytest.mark.parametrize("seconds", TURNS.values(), ids=TURNS.keys())
def test_polls_and_deliveries_go_on_while_the_clock_is_wrong_and_when_it_is_right_again(
    operator: TurnedOperator, registry: RunningRegistry, seconds: float
) -> None:
    with operator.daemon():
        operator.wait_for(has("cycle_finished", release="2026-09-01"))
        operator.turn(seconds)
        operator.wait_for(has("clock_stepped"))
        operator.wait_for_polls()
        registry.move_to("2026-09-02")
        operator.wait_for(has("delivery_sent", channel="console"))
        assert operator.run("healthcheck").returncode == 0
        operator.turn(0)
        operator.wait_for(lambda said: sum(line["event"] == "clock_stepped" for line in said) == 2)
        operator.wait_for_polls()
        operator.owe("afterwards")
        operator.wait_for(has("delivery_sent", delivery="dlv_afterwards"))
        assert operator.run("healthcheck").returncode == 0
    assert has("operator_notice", subject="The machine's clock is or was wrong")(operator.said())


def test_after_three_days_asleep_there_is_one_catch_up_and_no_alarm(
    operator: TurnedOperator, registry: RunningRegistry
) -> None:
    operator.config.write_text(operator.config.read_text().replace("poll = 1", 'poll = "6h"'))
    with operator.daemon():
        operator.wait_for(has("cycle_finished", release="2026-09-01"))
        registry.move_to("2026-09-02")
        operator.turn(3 * DAY)
        operator.wait_for(has("cycle_finished", release="2026-09-02"))
        operator.owe("afterwards")
        operator.wait_for(has("delivery_sent", delivery="dlv_afterwards"))
    assert operator.polls() == 2
    assert not has("operator_notice", subject="Nothing was polled for long")(operator.said())


def test_a_sign_of_life_from_the_future_is_none_and_that_is_said(
    operator: TurnedOperator, registry: RunningRegistry
) -> None:
    operator.turn(HOUR)
    with operator.daemon():
        operator.wait_for(has("cycle_finished"))
    operator.turn(0)
    health = operator.run("healthcheck")
    assert health.returncode == 1
    assert "from the future" in health.stdout
    assert "the clock was wrong" in health.stdout
    doctor = operator.run("doctor", "--offline")
    assert doctor.returncode == 1
    assert "the clock was wrong" in " ".join(doctor.stdout.split())


def test_a_pause_begun_by_a_clock_that_was_ahead_is_over_when_it_should_be(
    operator: TurnedOperator, registry: RunningRegistry
) -> None:
    operator.config.write_text(
        operator.config.read_text().replace("blocked_pause_s = 600", "blocked_pause_s = 5")
    )
    registry.set_faults("403")
    operator.turn(DAY)
    with operator.daemon():
        operator.wait_for(has("poll_paused"))
    registry.set_faults()
    operator.turn(0)
    with operator.daemon():
        operator.wait_for(has("times_brought_back", pauses=1))
        operator.wait_for(has("cycle_finished", release="2026-09-01"))


def test_what_a_clock_that_was_ahead_owes_is_sent_when_it_is_right(
    operator: TurnedOperator, registry: RunningRegistry
) -> None:
    """The daemon is killed with a delivery that is due in the future; another one takes over in the present."""
    assert operator.run("sync").returncode == 0
    registry.move_to("2026-09-02")
    operator.turn(30 * DAY)
    assert operator.run("sync").returncode == 0
    operator.turn(0)
    with operator.daemon():
        operator.wait_for(has("times_brought_back"))
        operator.wait_for(has("delivery_sent", channel="console"))
