"""APScheduler for a machine whose clock may be wrong: no step of it holds a job up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from storage.errors import SchemaAhead
from sync import logs
from sync.timing.clock_watch import ClockWatch

WAKE_EVERY_S = 2.0
"""Of the steady clock, which all waits of threads use."""
LATE = timedelta(seconds=30)
ASLEEP = timedelta(minutes=5)
"""A job that is late by more was held up by a machine that slept: the scheduler itself is never so slow."""

log = structlog.get_logger("daemon")

# A late job must still run (the default skips it in silence after one second), once, and never beside itself.
PATIENT: dict[str, Any] = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


class Scheduler(BackgroundScheduler):  # type: ignore[misc]  # APScheduler 3 has no types
    """Looks at its jobs every two seconds, whatever the clock says, and plans them anew when the clock was moved.

    APScheduler sleeps for the difference of two wall-clock times: put back by an hour, the clock costs it an hour. And it
    counts every run that a late job has missed: 56 years of them, at five seconds, when the clock comes back from 1970.
    """

    def __init__(
        self,
        threads: int,
        clock: ClockWatch,
        stepped: Callable[[timedelta], None],
        woke: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock, self._stepped, self._woke = clock, stepped, woke
        pool = {"default": ThreadPoolExecutor(threads)}
        super().__init__(timezone=UTC, job_defaults=PATIENT, executors=pool)
        self.add_listener(_report, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

    def plan(self, name: str, work: Callable[..., object], when: IntervalTrigger, *args: object) -> None:
        """Have something done regularly, in place of whatever had this name; never beside it."""
        self.add_job(work, when, args=args, id=name, replace_existing=True)

    def _process_jobs(self) -> float:
        step = self._clock.step()
        if step:
            self._stepped(step)
        self._plan_anew(all_of_them=bool(step))
        wait: float | None = super()._process_jobs()
        return WAKE_EVERY_S if wait is None else min(wait, WAKE_EVERY_S)

    def _plan_anew(self, *, all_of_them: bool) -> None:
        """Have late jobs run now, and after a step all: when they were due is told by a clock that was wrong."""
        now, jobs = datetime.now(UTC), self.get_jobs()
        if any(job.next_run_time and job.next_run_time < now - ASLEEP for job in jobs):
            self._woke()
        for job in jobs:
            planned: datetime | None = job.next_run_time
            if planned is not None and (all_of_them or planned < now - LATE):
                job.modify(next_run_time=now)


def every(time: timedelta) -> IntervalTrigger:
    """A trigger for each span of so many seconds."""
    return IntervalTrigger(seconds=int(time.total_seconds()), timezone=UTC)


def _report(event: JobEvent) -> None:
    """What went wrong in the scheduler itself must not pass in silence."""
    if isinstance(getattr(event, "exception", None), SchemaAhead):
        return  # the daemon stops, and says why itself
    if event.code == EVENT_JOB_ERROR:
        log.error(logs.JOB_CRASHED, job=event.job_id, exc_info=event.exception)
    elif event.code == EVENT_JOB_MISSED:
        log.warning(logs.JOB_MISSED, job=event.job_id)
    else:
        log.debug(logs.JOB_STILL_RUNNING, job=event.job_id)
