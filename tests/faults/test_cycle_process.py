"""What happens to the process and its database: kills, two at once, a holder that froze, a backup, locks, a full disk."""

import itertools
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from storage import lease
from storage.errors import DatabaseBusy, LeaseLost
from sync.cycle.cycle import run_cycle
from sync.demo.registry import RunningRegistry
from sync.leases import NAME, TTL
from sync.registry.batch import Batch
from sync.service import Service, utc_now
from tests.acceptance.instance import Instance
from tests.faults.conftest import CHANGED, FIRST, SECOND, THIRD, Fresh, Good, copy
from tests.faults.soundness import assert_sound
from tests.support import forked
from tests.support.logged import capture_logs

DRIVER = Path(__file__).with_name("cycle_killed_at.py")


def sound(instance: Instance) -> None:
    with instance.database() as database:
        assert_sound(database)


def as_if_nothing_had_happened(instance: Instance, good: Good) -> None:
    """Everything stored once, everything told once."""
    found = Good.of(instance)
    assert sorted(found.events) == sorted(good.events)
    assert found.payloads == good.payloads
    assert instance.watermark() == SECOND
    sound(instance)


def killed_at(instance: Instance, point: str, number: int) -> bool:
    """Runs a cycle that is killed at a named point; whether it got there."""
    process = forked.run([sys.executable, str(DRIVER), point, str(number)], env=instance.environment())
    assert process.returncode in (0, -signal.SIGKILL), process.stderr[-2000:]
    return process.returncode == -signal.SIGKILL


class TestKills:
    """SIGKILL, anywhere."""

    @pytest.mark.slow
    @pytest.mark.parametrize("point", ["fetched", "before_commit", "after_commit"])
    def test_a_cycle_killed_at_each_point_is_taken_up_and_tells_everything_once(
        self, point: str, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh(registry={"ids_per_request": 3})
        kills = 0
        while kills < 25 and killed_at(instance, point, kills + 1 if point != "fetched" else 1 + kills % 2):
            kills += 1
            if point == "fetched" and kills == 3:
                break
        assert kills >= 3
        assert instance.sync().state in ("complete", "unchanged")
        as_if_nothing_had_happened(instance, good)
        killed = [cycle for cycle in instance.cycles() if cycle.error_kind == "killed"]
        assert killed

    @pytest.mark.slow
    def test_thirty_random_kills_lose_nothing_and_double_nothing(
        self, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        chance, stages = random.Random(30), Counter[str]()
        instance = fresh(registry={"ids_per_request": 2})
        server.set_faults("stall:0.01")
        for _ in range(30):
            stages[killed_somewhere(instance, chance)] += 1
        server.set_faults()
        assert instance.sync().state in ("complete", "unchanged")
        as_if_nothing_had_happened(instance, good)
        assert len(stages) > 1, stages

    def test_the_next_process_takes_over_from_a_killed_one_at_once(self, fresh: Fresh, good: Good) -> None:
        instance = fresh()
        assert killed_at(instance, "before_commit", 4)
        started = time.monotonic()
        assert instance.sync().state == "complete"
        assert time.monotonic() - started < TTL.total_seconds() / 10
        as_if_nothing_had_happened(instance, good)
        assert [cycle.error_kind for cycle in instance.cycles()[:2]] == [None, "killed"]


def killed_somewhere(instance: Instance, chance: random.Random) -> str:
    """Runs the command and kills it a random while after its cycle began; the stage that it was in."""
    process = forked.Popen(
        instance.command_line("sync"),
        env=instance.environment(TRIALDELTA_LOG__LEVEL="debug", TRIALDELTA_LOG__FORMAT="json"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process, process.stderr:
        any("registry_asked" in line for line in process.stderr)
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
    last = instance.cycles()[0]
    return str(last.stage) if last.state == "running" else "none"


class TestTwoAtOnce:
    """One cycle at a time, whoever runs it."""

    def test_the_second_one_is_held_and_nothing_is_doubled(self, fresh: Fresh, good: Good) -> None:
        instance = fresh()
        held: list[subprocess.CompletedProcess[str]] = []
        with instance.service() as service:
            at_first_batch(service, lambda: held.append(instance.command("sync", "--json")))
            assert run_cycle(service).state == "complete"
        assert held[0].returncode == 3
        assert '"HeldElsewhere"' in held[0].stdout
        as_if_nothing_had_happened(instance, good)

    def test_a_holder_that_froze_and_wakes_is_refused(self, fresh: Fresh, good: Good) -> None:
        instance = fresh()
        late = utc_now() + 2 * TTL
        with instance.service() as service, instance.service() as other:
            report = None

            def carry_on() -> None:
                nonlocal report
                with other.database.write() as session:
                    taken = lease.acquire(session, NAME, "another", TTL, late)
                    assert taken is not None
                    lease.release(session, taken, late)
                report = run_cycle(other)

            at_first_batch(service, carry_on)
            with pytest.raises(LeaseLost):
                run_cycle(service)
        assert report is not None
        as_if_nothing_had_happened(instance, good)


def at_first_batch(service: Service, meanwhile: Callable[[], object]) -> None:
    """Lets `meanwhile` happen when the service has fetched its first batch, and not yet worked on it."""
    records = service.registry.records

    def delayed(ids: Sequence[str], known: Mapping[str, str]) -> Iterator[Batch]:
        for number, batch in enumerate(records(ids, known)):
            if number == 0:
                meanwhile()
            yield batch

    service.registry.records = delayed  # type: ignore[method-assign]


class TestSigterm:
    """The daemon is told to end."""

    def test_it_ends_at_once_though_the_registry_keeps_it_waiting(
        self, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh()
        server.set_faults("stall:20:@2:/studies:x1")
        process = forked.Popen(
            instance.command_line("run"), env=instance.environment(), stderr=subprocess.DEVNULL
        )
        wait_for(lambda: stage_of(instance) == "read" and instance.cycles()[0].state == "running")
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - started < 10
        assert instance.cycles()[0].state == "failed"
        assert holder_of(instance) is None
        sound(instance)
        server.set_faults()
        assert instance.sync().state == "complete"
        as_if_nothing_had_happened(instance, good)


def stage_of(instance: Instance) -> str | None:
    """What the last cycle is doing now."""
    return instance.cycles()[0].stage


def holder_of(instance: Instance) -> str | None:
    """Who holds the lease."""
    with sqlite3.connect(instance.file) as connection:
        (holder,) = connection.execute("SELECT holder FROM lease WHERE name = ?", (NAME,)).fetchone()
    connection.close()
    return holder


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Returns when the condition holds; fails when it never does."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.02)


class TestDatabase:
    """Backups, locks, disks."""

    def test_yesterdays_backup_catches_up_and_tells_nothing_twice(
        self, server: RunningRegistry, fresh: Fresh, good: Good, tmp_path: Path
    ) -> None:
        instance = fresh()
        (tmp_path / "backup").mkdir()
        backup = copy(instance, tmp_path / "backup")
        instance.sync()
        server.move_to(THIRD)
        instance.sync()
        backup.sync()
        assert sorted(Good.of(backup).events) == sorted(good.events)
        assert [e["id"] for e in backup.events()] == [e["id"] for e in instance.events()]
        sound(backup)

    def test_a_lock_of_a_moment_is_waited_for(self, fresh: Fresh, good: Good) -> None:
        instance = fresh()
        with locked(instance) as unlock:
            timer = threading.Timer(0.5, unlock)
            timer.start()
            assert instance.sync().state == "complete"
            timer.join()
        as_if_nothing_had_happened(instance, good)

    def test_a_lock_that_stays_fails_the_cycle_and_the_next_one_puts_it_right(
        self, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh(lock_wait_s=0.3)
        with instance.service() as service, locked(instance), pytest.raises(DatabaseBusy):
            run_cycle(service)
        assert instance.sync().state == "complete"
        as_if_nothing_had_happened(instance, good)

    def test_a_lock_in_the_middle_is_put_right_when_the_lease_has_expired(
        self, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh(lock_wait_s=0.3)
        with instance.service() as service, ExitStack() as meanwhile:
            at_first_batch(service, lambda: meanwhile.enter_context(locked(instance)))
            with pytest.raises(DatabaseBusy):
                run_cycle(service)
        instance.now = lambda: utc_now() + TTL
        assert instance.sync().state == "complete"
        as_if_nothing_had_happened(instance, good)

    @pytest.mark.parametrize("blocks", [0, 96], ids=["nothing can be written", "the disk is full soon"])
    def test_a_disk_without_room_is_named_and_loses_nothing(
        self, blocks: int, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh()
        started = instance.command_line("sync", "--json")
        limited = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *started]
        result = subprocess.run(
            limited,
            env=instance.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            cwd=instance.folder,
        )
        assert result.returncode == 1, result.stderr[-1_000:]
        assert '"DatabaseUnwritable"' in result.stdout
        assert "free disk space" in result.stderr
        assert instance.sync().state in ("complete", "unchanged")
        as_if_nothing_had_happened(instance, good)

    def test_a_version_that_rotted_on_the_disk_does_not_stop_the_others(
        self, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh()
        with sqlite3.connect(instance.file) as connection:
            connection.execute("UPDATE version SET payload = x'00' WHERE nct_id = ?", (CHANGED[0],))
        connection.close()
        with capture_logs() as logged:
            report = instance.sync()
        assert (report.state, report.counts["quarantined"]) == ("partial", 1)
        assert instance.payloads(CHANGED[1]) == good.payloads[CHANGED[1]]
        assert "version corrupt" in instance.refused()[0][0].reason
        assert [entry["log_level"] for entry in logged if entry["event"] == "study_unexplained"] == ["error"]


class TestTime:
    """Clocks jump; releases do not always grow."""

    @pytest.mark.parametrize(
        "jump", [timedelta(days=1), timedelta(hours=-1), timedelta(days=-20_000)], ids=str
    )
    def test_a_clock_that_jumps_in_the_middle_of_a_cycle_changes_nothing(
        self, jump: timedelta, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh(registry={"ids_per_request": 3})
        calls = itertools.count()
        instance.now = lambda: utc_now() + (jump if next(calls) > 4 else timedelta())
        assert instance.sync().state == "complete"
        as_if_nothing_had_happened(instance, good)

    def test_nothing_is_concluded_from_a_release_that_is_taken_back_and_published_again(
        self, server: RunningRegistry, fresh: Fresh
    ) -> None:
        instance = fresh()
        for release, state in ((SECOND, "complete"), (FIRST, "older"), (SECOND, "unchanged")):
            server.move_to(release)
            assert instance.sync().state == state
        told = [event["to"]["version"] for event in instance.events(nct_id=CHANGED[0])]
        assert told == [2]
        assert instance.watermark() == SECOND
        sound(instance)


@contextmanager
def locked(instance: Instance) -> Iterator[Callable[[], None]]:
    """Another process's write transaction; gives what ends it."""
    connection = sqlite3.connect(instance.file, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")

    def unlock() -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")

    try:
        yield unlock
    finally:
        unlock()
        connection.close()
