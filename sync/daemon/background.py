"""What the daemon does beside its polls, each a job of its own: delivery, the watchdog, the dead man's ping, backups."""

from __future__ import annotations

import threading
from datetime import timedelta

from sync.alerts.heartbeat import Heartbeat
from sync.alerts.outbox import Outbox
from sync.alerts.watchdog import Watchdog
from sync.backup import backups
from sync.backup.backups import Backups
from sync.daemon.scheduler import Scheduler, every
from sync.service import Service

DELIVER_EVERY = timedelta(seconds=5)
"""Each channel has a job of its own: one that hangs delays no other."""
PREPARE_EVERY = timedelta(seconds=30)
CHECK_EVERY = timedelta(minutes=1)
_DELIVERY = "deliver:"


class Background:
    """Made for a service; `take_over` makes it work for the same one with other settings."""

    def __init__(self, service: Service, stopping: threading.Event) -> None:
        settings, database = service.settings, service.database
        self._stopping = stopping
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
        for name in self.outbox.names():
            every_channel = every(DELIVER_EVERY)
            scheduler.plan(f"{_DELIVERY}{name}", self.outbox.deliver, every_channel, name)
        scheduler.plan("prepare", self.outbox.prepare, every(PREPARE_EVERY))
        scheduler.plan("check", self.watchdog.check, every(CHECK_EVERY))
        scheduler.plan("heartbeat", self.heartbeat.send_owed, every(DELIVER_EVERY))
        scheduler.plan("backup", self.backups.check, every(backups.CHECK_EVERY))

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
