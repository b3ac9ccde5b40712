"""What the daemon does beside its polls, each a job of its own: delivery, the watchdog, the dead man's ping, backups."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.base import JobLookupError

from sync.alerts.heartbeat import Heartbeat
from sync.alerts.outbox import Outbox
from sync.alerts.watchdog import Watchdog
from sync.backup import backups
from sync.backup.backups import Backups
from sync.daemon.listener import Listener
from sync.daemon.scheduler import Scheduler, every
from sync.service import Service

DELIVER_EVERY = timedelta(seconds=5)
"""Each channel has a job of its own: one that hangs delays no other."""
PREPARE_EVERY = timedelta(seconds=30)
CHECK_EVERY = timedelta(minutes=1)
_DELIVERY = "deliver:"


class Background:
    """Made for a service; `take_over` makes it work for the same one with other settings.

    What is due is looked for every few seconds, and at once where this process, or on PostgreSQL another one, calls.
    """

    def __init__(self, service: Service, stopping: threading.Event) -> None:
        settings, database = service.settings, service.database
        self._stopping = stopping
        self._again: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self._scheduler: Scheduler | None = None
        self.listener = Listener(database, self.wake, stopping)
        database.when_due(self.wake)
        self.watchdog = Watchdog(database, settings.route, settings.alerts, service.now, settings.schedule)
        self.heartbeat = Heartbeat(
            database,
            settings.alerts,
            service.now,
            outbox_moves=self.watchdog.outbox_moves,
            is_stopping=stopping.is_set,
        )
        self._work_for(service)

    def take_over(self, service: Service, scheduler: Scheduler) -> None:
        """Go on with other settings; what is being sent now is sent to its end."""
        settings = service.settings
        self.watchdog.routes, self.watchdog.settings = settings.route, settings.alerts
        self.watchdog.schedule = settings.schedule
        self.heartbeat.settings = settings.alerts
        self._work_for(service)
        for job in scheduler.get_jobs():
            if job.id.startswith(_DELIVERY):
                job.remove()
        self.plan(scheduler)

    def plan(self, scheduler: Scheduler) -> None:
        """Have everything done regularly. A job of the same name is replaced, and never runs beside the one before."""
        self._scheduler = scheduler
        for name in self.outbox.names():
            scheduler.plan(f"{_DELIVERY}{name}", self._deliver, every(DELIVER_EVERY), name)
        scheduler.plan("prepare", self.outbox.prepare, every(PREPARE_EVERY))
        scheduler.plan("check", self.watchdog.check, every(CHECK_EVERY))
        scheduler.plan("heartbeat", self.heartbeat.send_owed, every(DELIVER_EVERY))
        scheduler.plan("backup", self.backups.check, every(backups.CHECK_EVERY))

    def wake(self) -> None:
        """Look at once for what is due, on every channel; from any thread."""
        scheduler = self._scheduler
        if scheduler is None:
            return
        for name in self.outbox.channels:
            self._again[name].set()
            # One that is being reloaded away is planned no more.
            with suppress(JobLookupError):
                scheduler.modify_job(f"{_DELIVERY}{name}", next_run_time=datetime.now(UTC))

    def _deliver(self, name: str) -> None:
        """Send what a channel is due, and again where it was woken meanwhile: its job never runs beside itself."""
        woken = self._again[name]
        woken.set()
        while woken.is_set() and not self._stopping.is_set():
            woken.clear()
            self.outbox.deliver(name)

    def _work_for(self, service: Service) -> None:
        settings = service.settings
        self.outbox = Outbox(
            service.database,
            settings.route,
            settings.alerts,
            settings.channels,
            service.now,
            stopping=self._stopping.is_set,
        )
        self.backups = Backups(service.database, settings.backup, service.now)
