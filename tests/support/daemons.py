"""A daemon whose clock is set by hand and whose next poll is only noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sync.alerts.settings import AlertSettings
from sync.config import WebSettings
from sync.daemon.daemon import Daemon
from sync.service import Service

NOON = datetime(2026, 9, 2, 12, 0, tzinfo=UTC)


class Clock:
    """Told by hand."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


class Unplanned:
    """A job of the scheduler, which remembers for when it was planned."""

    def __init__(self, at: datetime) -> None:
        self.next_run_time = at

    def modify(self, *, next_run_time: datetime) -> None:
        self.next_run_time = next_run_time


def a_daemon(service: Service, planned: datetime) -> tuple[Daemon, Unplanned]:
    """A daemon that has just been started, its poll planned for a time."""
    quiet = service.settings.model_copy(update={"alerts": AlertSettings(), "web": WebSettings(enabled=False)})
    daemon, job = Daemon(replace(service, settings=quiet)), Unplanned(planned)
    daemon._poll_job = lambda: job  # type: ignore[method-assign]
    return daemon, job
