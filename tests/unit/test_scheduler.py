"""The scheduler on a machine whose clock is moved: nothing waits for it, and nothing is counted that was missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apscheduler.schedulers import base

from sync.daemon.scheduler import WAKE_EVERY_S, Scheduler, every
from sync.timing.clock_watch import ClockWatch

NOON = datetime(2026, 9, 2, 12, 0, tzinfo=UTC)


class Machine:
    """Two clocks: the steady one only goes on, the wall clock is put anywhere."""

    def __init__(self) -> None:
        self.at, self.seconds = NOON, 1000.0

    def wall(self) -> datetime:
        return self.at

    def steady(self) -> float:
        return self.seconds

    def go_on(self, seconds: float) -> None:
        self.seconds += seconds
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_time_that_passes_is_no_step(machine: Machine) -> None:
    watch = ClockWatch(machine.wall, machine.steady)
    for seconds in (0.0, 2.0, 3600.0):
        machine.go_on(seconds)
        assert not watch.step()


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=3), timedelta(days=-20_000)])
def test_a_step_is_seen_once_with_its_size_and_direction(machine: Machine, step: timedelta) -> None:
    watch = ClockWatch(machine.wall, machine.steady)
    machine.go_on(2)
    machine.at += step
    assert watch.step() == step
    machine.go_on(2)
    assert not watch.step()


def test_a_clock_that_is_slewed_makes_no_step(machine: Machine) -> None:
    watch = ClockWatch(machine.wall, machine.steady)
    for _ in range(1000):
        machine.go_on(2)
        machine.at -= timedelta(milliseconds=1)
        assert not watch.step()


def test_a_process_that_was_stopped_between_two_readings_saw_no_step(machine: Machine) -> None:
    watch = ClockWatch(machine.wall, machine.steady)
    real, frozen = machine.wall, iter((True,))

    def read_and_freeze() -> datetime:
        if next(frozen, False):
            machine.go_on(600)
        return real()

    watch.wall = read_and_freeze
    assert not watch.step()


class Jobs:
    """A scheduler whose turns a test takes by hand; what ran, and when by the steady clock."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.ran, self.steps = machine, list[tuple[str, float]](), list[timedelta]()
        self.woke = 0
        watch = ClockWatch(machine.wall, machine.steady)
        self.scheduler = Scheduler(1, watch, self.steps.append, self.wake)

    def wake(self) -> None:
        self.woke += 1

    def add(self, name: str, span: timedelta) -> None:
        def run() -> None:
            self.ran.append((name, self.machine.seconds))

        self.scheduler.add_job(run, every(span), id=name)

    def pass_time(self, seconds: float) -> None:
        """Let time pass as the scheduler's thread does: it sleeps for as long as it was told."""
        end = self.machine.seconds + seconds
        while self.machine.seconds < end:
            wait = self.scheduler._process_jobs()
            assert wait <= WAKE_EVERY_S
            self.machine.go_on(max(wait, 0.1))

    def names(self) -> list[str]:
        return [name for name, _ in self.ran]


@pytest.fixture
def jobs(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    class Wall(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return machine.at.astimezone(tz)

    monkeypatch.setattr(base, "datetime", Wall)
    monkeypatch.setattr("sync.daemon.scheduler.datetime", Wall)
    jobs = Jobs(machine)
    jobs.scheduler.start(paused=True)
    jobs.scheduler.state = base.STATE_RUNNING
    # run in the thread of the test: each turn is then over when it returns
    executor = jobs.scheduler._lookup_executor("default")

    def submit(job: Any, run_times: list[datetime]) -> None:
        assert len(run_times) == 1
        job.func()

    monkeypatch.setattr(executor, "submit_job", submit)
    yield jobs
    jobs.scheduler.shutdown()


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=1), timedelta(days=-20_000)])
def test_jobs_run_at_once_after_a_step_and_keep_their_rhythm(
    jobs: Jobs, machine: Machine, step: timedelta
) -> None:
    jobs.add("deliver", timedelta(seconds=5))
    jobs.add("poll", timedelta(minutes=15))
    jobs.pass_time(60)
    for turned in (step, -step):
        jobs.ran.clear()
        machine.at += turned
        jobs.pass_time(20)
        assert jobs.names().count("poll") == 1
        assert 4 <= jobs.names().count("deliver") <= 6
    assert jobs.steps == [step, -step]


def test_a_job_that_is_late_by_decades_is_not_counted_run_by_run(jobs: Jobs, machine: Machine) -> None:
    jobs.add("deliver", timedelta(seconds=5))
    machine.go_on(timedelta(days=20_000).total_seconds())  # asleep: no step, for the steady clock went on
    jobs.pass_time(4)
    assert jobs.names() == ["deliver"]
    assert jobs.steps == []
    assert jobs.woke == 1
