"""Attempts to sign in are counted by the clock: one that is put back must not shut people out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync.timing.clock_watch import ClockWatch
from sync.web.pages.login import LoginLimiter


def test_attempts_of_an_hour_that_comes_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    at, steady = [datetime.now(UTC).timestamp()], [0.0]
    monkeypatch.setattr("time.time", lambda: at[0])
    keeper = LoginLimiter(ClockWatch(lambda: datetime.fromtimestamp(at[0], UTC), lambda: steady[0]))
    assert [keeper.lets_try("ana", "192.0.2.1") for _ in range(6)] == [True] * 5 + [False]
    at[0] -= timedelta(hours=1).total_seconds()
    assert keeper.lets_try("ana", "192.0.2.1")


def test_attempts_are_forgotten_after_five_minutes_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    at, steady = [datetime.now(UTC).timestamp()], [0.0]
    monkeypatch.setattr("time.time", lambda: at[0])
    keeper = LoginLimiter(ClockWatch(lambda: datetime.fromtimestamp(at[0], UTC), lambda: steady[0]))
    assert all(keeper.lets_try("ana", "192.0.2.1") for _ in range(5))
    for seconds, lets in ((290, False), (12, True)):
        at[0], steady[0] = at[0] + seconds, steady[0] + seconds
        assert keeper.lets_try("ana", "192.0.2.1") is lets
