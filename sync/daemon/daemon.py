"""The background service: polls for releases on a schedule, runs a cycle on a new one, delivers, and stays visibly alive.

All times and schedules are UTC: a schedule in local time fires twice, or late, when the clocks change.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobEvent

from storage import ledger
from storage.errors import SchemaAhead, StorageError
from storage.process_identity import this_process
from sync import __version__, logs
from sync.config import Settings
from sync.cycle.cycle import NothingWatched, run_cycle
from sync.cycle.report import Report
from sync.daemon.background import Background
from sync.daemon.reload import Reloaded, reload
from sync.daemon.scheduler import Scheduler, every
from sync.daemon.signals import Signals
from sync.daemon.systemd import notify_systemd
from sync.errors import Stopped, TrialdeltaError
from sync.health.pause import Pause, begin_pause, end_pause, pause_of, was_ended, wished_since
from sync.leases import HeldElsewhere
from sync.registry.errors import Blocked
from sync.service import Service, up_to_date
from sync.timing.clock_watch import ClockWatch, steady_seconds
from sync.timing.schedule import trigger
from sync.versions.backfill_facts import fill_facts, with_gaps
from sync.versions.classes import fill_classes
from sync.versions.profiles import fill_profiles
from sync.versions.search_index import fill_index
from sync.web.server import Console

BEAT_EVERY = timedelta(seconds=30)
LOOK_EVERY = timedelta(seconds=5)
"""For what a person wishes by command or on a page."""
ROOM_FOR_CHANNELS = 50
"""So many may come with a reloaded configuration and still have a thread each; threads are made when they are needed."""
SUCCEEDED = ("unchanged", "older", "complete", "held")
"""What a poll must come to, to prove that the service does its work; not `partial`, nor `elsewhere`."""
ANSWERED = (*SUCCEEDED, "partial")
FIRST_RETRY = timedelta(minutes=1)
"""After a failed poll the next one comes so soon, then after twice as long …, never later than the schedule has it."""

log = structlog.get_logger("daemon")


class Daemon:
    """Runs until told to stop: a poll job, a beat, delivery, the dead man's ping, the console, and the signals."""

    def __init__(self, service: Service, load: Callable[[], Settings] | None = None) -> None:
        """`load` reads the configuration again, when SIGHUP asks for that."""
        self.service, self._load = service, load
        self.stopping = threading.Event()
        self.failures = 0
        self.outdated: SchemaAhead | None = None
        settings = service.settings
        self.console = Console(service) if settings.web.enabled else None
        self.background = Background(service, self.stopping)
        self.watchdog, self.heartbeat = self.background.watchdog, self.background.heartbeat
        self.scheduler = Scheduler(
            max(len(settings.channels), ROOM_FOR_CHANNELS) + 7,
            ClockWatch(),
            self._clock_stepped,
            self.watchdog.woke,
        )
        self.scheduler.add_listener(self._heed, EVENT_JOB_ERROR)
        self._polling_since: datetime | None = None
        self._moved_at: datetime | None = None
        self._pause_ends, self._paused_by = 0.0, ""
        # A 403 may be over with a new configuration or from another network: a start is a try, and so is a wish.
        self._is_try, self._is_paused = True, False
        self._heeded = service.now()
        self._changing = threading.Lock()

    def run(self) -> None:
        """Poll at once, then on schedule; returns after SIGTERM, SIGINT or the end of its terminal, when the record in
        hand is finished. SIGHUP without that reloads the configuration.

        Raises SchemaAhead once a newer program has migrated the database; then nothing more is written.
        """
        now = self.service.now()
        schedule = self.service.settings.schedule
        self.scheduler.add_job(self.poll, trigger(schedule), id="poll", next_run_time=now)
        self.scheduler.add_job(self.beat, every(BEAT_EVERY), id="beat")
        self.scheduler.add_job(self.heed_wishes, every(LOOK_EVERY), id="wishes")
        for fill in (fill_facts, fill_index, fill_profiles, partial(fill_classes, now=self.service.now)):
            self.scheduler.add_job(self.fill, args=[fill])
        self.background.plan(self.scheduler)
        signals = Signals()
        self.watchdog.check_the_clock()
        # Times that a wrong clock left behind are mended before anything is planned by them.
        self._note_first_start()
        self.beat()
        self.scheduler.start()
        self.background.listener.start()
        if self.console:
            self.console.start()
        notify_systemd("READY=1")
        log.info(
            logs.DAEMON_STARTED, version=__version__, database=str(self.service.database), poll=schedule.poll
        )
        while not self.stopping.is_set():
            asked = signals.wait()
            if asked == "stop":
                self.stopping.set()
            elif asked == "reload":
                self._reload()
        notify_systemd("STOPPING=1")
        if self.console:
            self.console.stop()
        self.service.registry.close()  # ends a request under way, and every wait for one
        self.scheduler.shutdown(wait=True)
        if self.outdated:
            raise self.outdated
        self._give_sign(stopped=True)
        log.info(logs.DAEMON_STOPPED)

    def fill(self, fill: Callable[..., int]) -> None:
        """Derive what a newer program derives of stored studies; where a stop ends it, the next start goes on with it."""

        # Minutes where the whole registry is watched: a stop must not wait for its end.
        def go_on() -> None:
            if self.stopping.is_set():
                raise Stopped

        with suppress(Stopped):
            fill(self.service.database, go_on=with_gaps(go_on, self.stopping.wait))

    def _heed(self, event: JobEvent) -> None:
        """A newer program has migrated the database: the next beat, poll or delivery is refused, and this one stops."""
        if isinstance(event.exception, SchemaAhead):
            self._stop_outdated(event.exception)

    def _stop_outdated(self, error: SchemaAhead) -> None:
        if self.outdated is None:
            self.outdated = error
            log.error(logs.DAEMON_OUTDATED, problem=str(error), hint=error.hint)
        self.stopping.set()

    def poll(self) -> None:
        """One look for a new release, and the cycle if there is one; every failure is logged, remembered and tried again."""
        if self._pausing():
            return
        before = self._api_version()
        try:
            self._heed_kept_watches()
            report = self._cycle()
        except NothingWatched as nothing:
            log.warning(logs.NOTHING_WATCHED, problem=str(nothing), hint=nothing.hint)
            self._remember_poll(state="idle")
        except HeldElsewhere as held:
            log.info(logs.LEASE_HELD_ELSEWHERE, reason=str(held))
            self._remember_poll(state="elsewhere")
        except Exception as error:  # noqa: BLE001 - whatever went wrong is told, and the daemon goes on
            if isinstance(error, SchemaAhead):
                self._stop_outdated(error)
            elif not self.stopping.is_set():
                self._failed(error)
        else:
            self._answered(report, before)

    def _cycle(self) -> Report:
        self._polling_since = self._moved_at = self.service.now()
        try:
            self.beat()  # which says since when a poll is under way
            return run_cycle(self.service, stop=self.stopping, moved=self._moved)
        finally:
            self._polling_since = None

    def _moved(self) -> None:
        """The cycle under way got on: what the next sign of life tells."""
        self._moved_at = self.service.now()

    def _answered(self, report: Report, api_version: str | None) -> None:
        self.failures, is_whole = 0, report.state != "partial"
        self._end_pause()
        self.watchdog.poll_succeeded(report.release, whole=is_whole)
        self.watchdog.api_changed(api_version, self._api_version())
        self._remember_poll(state=report.state, release=report.release)
        if is_whole:
            self.heartbeat.owe()

    def _api_version(self) -> str | None:
        with self.service.database.read() as session:
            mark = ledger.watermark(session)
        return mark.api_version if mark else None

    def beat(self) -> None:
        """A sign of life in the database, and for systemd's watchdog, which is fed only if the database answers."""
        job = self.scheduler.get_job("poll") if self.scheduler.running else None
        upcoming = job.next_run_time.isoformat() if job and job.next_run_time else None
        polling, moved = self._polling_since, self._moved_at
        self._give_sign(
            next_poll=upcoming,
            polling_since=polling.isoformat(timespec="seconds") if polling else None,
            moved_at=moved.isoformat(timespec="seconds") if polling and moved else None,
        )
        notify_systemd("WATCHDOG=1")

    def _give_sign(self, **detail: Any) -> None:
        with self.service.database.write() as session:
            about = {"pid": os.getpid(), "holder": this_process(), "version": __version__, **detail}
            ledger.beat(session, "daemon", self.service.now(), about)

    def _note_first_start(self) -> None:
        """From then on a first success is due."""
        with self.service.database.write() as session:
            if ledger.last_beat(session, "first_start") is None:
                ledger.beat(session, "first_start", self.service.now())

    def _clock_stepped(self, step: timedelta) -> None:
        log.warning(
            logs.CLOCK_STEPPED, seconds=round(step.total_seconds()), now=self.service.now().isoformat()
        )
        self.watchdog.clock_stepped(step)

    def _pausing(self) -> bool:
        """Whether the registry is to be left alone, whatever the clock says; the next poll then comes when that is over."""
        now, is_try, self._is_try = self.service.now(), self._is_try, False
        with self.service.database.read() as session:
            pause = pause_of(session, self.service.settings.registry, now)
            self._pause_ends = 0.0 if was_ended(session) else self._pause_ends
        self._is_paused = False
        if is_try and pause and pause.why == "blocked":
            return False
        # By the steady clock as well: a wall clock that is put ahead would end the pause on the spot.
        steady = timedelta(seconds=self._pause_ends - steady_seconds()) if self._pause_ends else timedelta(0)
        until = max(pause.until if pause else now, now + steady)
        if until <= now:
            return False
        log.info(
            logs.POLL_PAUSED,
            until=until.isoformat(timespec="seconds"),
            reason=pause.words if pause else self._paused_by,
        )
        self._is_paused = True
        self._poll_at(until)
        self.beat()  # which says when the next poll is
        return True

    def heed_wishes(self) -> None:
        """Poll at once where a person asks for it, or has changed a watch, or asked in a pause and was answered."""
        if self._heed_kept_watches() and not self._is_paused:
            self._poll_at(self.service.now())
        with self.service.database.read() as session:
            wish, is_over = wished_since(session, self._heeded), self._is_paused and was_ended(session)
        if wish or is_over:
            self._heeded, self._is_try = wish or self._heeded, True
            self._is_paused = False
            self._poll_at(self.service.now())

    def _heed_kept_watches(self) -> bool:
        """Go on with the watches that the database keeps now, whoever changed them there; whether somebody had."""
        # Not between the two halves of a reload, whose settings would be lost.
        with self._changing:
            found = up_to_date(self.service)
            if found is self.service:
                return False
            self.service = found
            if self.console:
                self.console.use(found)
        watches = [watch.name for watch in found.watched]
        log.info(logs.KEPT_WATCHES_CHANGED, watches=watches, paused=sorted(found.paused))
        return True

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        self.heartbeat.withdraw()
        again = self._plan_next_try(error)
        about = {
            "kind": type(error).__name__,
            "problem": str(error),
            "hint": getattr(
                error, "hint", "This is a fault of trialdelta; please report it with the traceback."
            ),
            "next_try": again.isoformat(timespec="seconds") if again else None,
        }
        if isinstance(error, TrialdeltaError):
            log.warning(logs.POLL_FAILED, **about)
        else:
            log.error(logs.POLL_FAILED, **about, exc_info=error)
        self._remember_poll(
            state="failed", error=about["kind"], message=about["problem"], failures=self.failures
        )
        with suppress(StorageError):  # told by _remember_poll
            self.watchdog.poll_failed(
                str(about["kind"]),
                str(about["problem"]),
                str(about["hint"]),
                failures=self.failures,
                blocked=isinstance(error, Blocked),
            )

    def _plan_next_try(self, error: Exception) -> datetime | None:
        """Bring the next poll forward when polls fail; put it off as long as the registry is to be left alone."""
        now, job = self.service.now(), self._poll_job()
        pause = self._begin_pause(error, now)
        if job is None:
            return pause.until if pause else None
        planned = cast(datetime, job.next_run_time)
        soon = min(planned, now + FIRST_RETRY * 2 ** min(self.failures - 1, 10))
        again: datetime = max(soon, pause.until) if pause else soon
        self._poll_at(again)
        return again

    def _begin_pause(self, error: Exception, now: datetime) -> Pause | None:
        try:
            with self.service.database.write() as session:
                pause = begin_pause(session, error, self.service.settings.registry, now)
        except StorageError:  # told by _remember_poll; the next poll begins without a pause
            return None
        if pause:
            self._pause_ends = steady_seconds() + (pause.until - now).total_seconds()
            self._paused_by, self._is_paused = pause.words, True
            log.info(logs.POLL_PAUSED, until=pause.until.isoformat(timespec="seconds"), reason=pause.words)
        return pause

    def _end_pause(self) -> None:
        """A poll was answered: nothing is to be waited for any more, whatever was begun before."""
        settings, now = self.service.settings.registry, self.service.now()
        self._pause_ends, self._is_paused = 0.0, False
        with self.service.database.read() as session:
            is_on = pause_of(session, settings, now) is not None
        if is_on:
            with self.service.database.write() as session:
                end_pause(session, settings, now)

    def _poll_job(self) -> Any:
        job = self.scheduler.get_job("poll") if self.scheduler.running else None
        return job if job is not None and job.next_run_time is not None else None

    def _poll_at(self, time: datetime) -> None:
        if job := self._poll_job():
            job.modify(next_run_time=time)

    def _remember_poll(self, **outcome: Any) -> None:
        now = self.service.now()
        try:
            with self.service.database.write() as session:
                ledger.beat(session, "poll", now, outcome)
                if outcome["state"] in ANSWERED:
                    ledger.beat(session, "answered_poll", now, outcome)
                if outcome["state"] in SUCCEEDED:
                    ledger.beat(session, "good_poll", now, outcome)
            self.beat()  # which says when the next poll is
        except StorageError as error:
            log.error(logs.LEDGER_UNWRITABLE, problem=str(error), hint=error.hint)
            if isinstance(error, SchemaAhead):
                self._stop_outdated(error)

    def _reload(self) -> None:
        """Go on with the configuration as it is now; a cycle under way ends with the one that it began with."""
        notify_systemd("RELOADING=1")
        with self._changing:
            found = reload(self.service, self._load) if self._load else None
            if found:
                self._take_over(found)
        notify_systemd("READY=1")

    def _take_over(self, found: Reloaded) -> None:
        self.service = found.service
        settings = found.service.settings
        if "log" in found.changed:
            logs.configure(settings.log.format, settings.log.level)
        self.background.take_over(found.service, self.scheduler)
        if self.console:
            self.console.use(found.service)
        if "schedule" in found.changed:
            self.scheduler.reschedule_job("poll", trigger=trigger(settings.schedule))
        if "watch" in found.changed:
            self._poll_at(self.service.now())  # what is new in a watch need not wait for the schedule
        self.beat()
