"""The daemon's parts: the schedule in UTC, patience with late jobs, and what it tells systemd."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.daemon.scheduler import PATIENT
from sync.daemon.systemd import notify_systemd
from sync.timing.schedule import ScheduleSettings, success_due, trigger

NOON = datetime(2026, 9, 2, 12, 0, tzinfo=UTC)


def runs(poll: str | float, count: int = 3, jitter_s: float = 0) -> list[datetime]:
    """The next times at which a schedule fires, from noon on."""
    planned = trigger(ScheduleSettings(poll=poll, jitter_s=jitter_s))
    found: list[datetime] = []
    last: datetime | None = NOON
    for _ in range(count):
        last = planned.get_next_fire_time(last, (last or NOON) + timedelta(seconds=1))
        assert last is not None
        found.append(last)
    return found


@pytest.mark.parametrize("poll, minutes", [("15m", 15), ("1h30m", 90), (60, 1)])
def test_a_duration_polls_at_that_interval(poll: str | float, minutes: int) -> None:
    first, second, third = runs(poll)
    assert second - first == third - second == timedelta(minutes=minutes)


def test_a_cron_line_is_read_in_utc() -> None:
    assert runs("30 9,13 * * mon-fri") == [
        datetime(2026, 9, 2, 13, 30, tzinfo=UTC),
        datetime(2026, 9, 3, 9, 30, tzinfo=UTC),
        datetime(2026, 9, 3, 13, 30, tzinfo=UTC),
    ]


def test_jitter_moves_a_poll_by_no_more_than_half_the_interval() -> None:
    first, second, _ = runs(10, jitter_s=3600)
    assert timedelta(0) < second - first < timedelta(seconds=20)


def test_a_late_poll_still_runs_once_and_never_beside_itself() -> None:
    assert PATIENT == {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


def test_systemd_is_told_through_its_socket(tmp_path: Path, monkeypatch: Any) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify_systemd("READY=1")
        assert listener.recv(100) == b"READY=1"


def test_without_systemd_nothing_is_told(monkeypatch: Any) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify_systemd("READY=1")


@pytest.mark.parametrize(
    "poll, hours",
    [("15m", 0.75), ("1m", 1 / 6), (1, 1 / 6), ("6h", 7), ("30m", 1.5), ("0 12 * * *", 25), ("0 * * * *", 2)],
)
def test_a_success_is_due_an_hour_after_the_next_poll_or_by_the_third(
    poll: str | float, hours: float
) -> None:
    due = success_due(ScheduleSettings(poll=poll, jitter_s=0), NOON)
    assert due - NOON == timedelta(hours=hours)


def test_a_cron_line_that_rests_at_weekends_is_not_overdue_on_sunday() -> None:
    friday = datetime(2026, 9, 4, 13, 30, 10, tzinfo=UTC)
    schedule = ScheduleSettings(poll="30 9,13 * * mon-fri", jitter_s=60)
    assert success_due(schedule, friday) == datetime(2026, 9, 7, 10, 31, tzinfo=UTC)


def test_a_cron_line_that_never_comes_still_has_an_end_to_patience() -> None:
    assert success_due(ScheduleSettings(poll="0 0 30 2 *", jitter_s=0), NOON) == NOON + timedelta(minutes=10)
