"""Logging on standard error: readable on a terminal, one JSON object a line elsewhere. Secrets cannot be printed.

Event names are constants here: a closed vocabulary that a reader can search for.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

DAEMON_STARTED = "daemon_started"
DAEMON_STOPPING = "daemon_stopping"
DAEMON_STOPPED = "daemon_stopped"
DAEMON_OUTDATED = "daemon_outdated"
CONFIG_RELOADED = "config_reloaded"
CONFIG_REFUSED = "config_refused"
KEPT_WATCHES_CHANGED = "kept_watches_changed"
KEPT_WATCH_UNREADABLE = "kept_watch_unreadable"
NOTHING_WATCHED = "nothing_watched"
POLL_FAILED = "poll_failed"
POLL_PAUSED = "poll_paused"
JOB_CRASHED = "job_crashed"
JOB_MISSED = "job_missed"
JOB_STILL_RUNNING = "job_still_running"
LISTENER_LOST = "listener_lost"
CLOCK_STEPPED = "clock_stepped"
TIMES_BROUGHT_BACK = "times_brought_back"
RELEASE_UNCHANGED = "release_unchanged"
RELEASE_OLDER = "release_older"
LEASE_HELD_ELSEWHERE = "lease_held_elsewhere"
CYCLE_STARTED = "cycle_started"
CYCLE_RESTARTED = "cycle_restarted"
CYCLE_FINISHED = "cycle_finished"
CYCLE_FAILED = "cycle_failed"
LEDGER_UNWRITABLE = "ledger_unwritable"
COHORT_WALKED = "cohort_walked"
WATCH_IN_TROUBLE = "watch_in_trouble"
STUDY_CHANGED = "study_changed"
STUDY_BACKFILLED = "study_backfilled"
STUDY_DROPPED = "study_dropped"
STUDY_QUARANTINED = "study_quarantined"
STUDY_UNEXPLAINED = "study_unexplained"
STUDY_ABSENT = "study_absent"
STORM_OVERTAKEN = "storm_overtaken"
WALK_BEGUN_ANEW = "walk_begun_anew"
WALK_RESUMED = "walk_resumed"
WALK_GOES_ON = "walk_goes_on"
WALK_ENDED = "walk_ended"
BASE_RATES_LATER = "base_rates_later"
WORKERS_LOST = "workers_lost"
STUDY_UNRESOLVED = "study_unresolved"
FACTS_MISSING = "facts_missing"
OPERATOR_NOTICE = "operator_notice"
DELIVERY_SENT = "delivery_sent"
DELIVERY_FAILED = "delivery_failed"
DELIVERY_CRASHED = "delivery_crashed"
BACKUP_MADE = "backup_made"
BACKUP_FAILED = "backup_failed"
BACKUP_REMOVED = "backup_removed"
BACKUP_BEFORE_MIGRATION = "backup_before_migration"
DATABASE_RESTORED = "database_restored"
CHANNEL_AWAY = "channel_away"
CHANNEL_BACK = "channel_back"
DIGEST_MADE = "digest_made"
HEARTBEAT_FAILED = "heartbeat_failed"
CONSOLE_STARTED = "console_started"
CONSOLE_CRASHED = "console_crashed"
CONSOLE_SIGNED_IN = "console_signed_in"
CONSOLE_SIGN_IN_REFUSED = "console_sign_in_refused"
CONSOLE_FAILED = "console_failed"

_SECRET_KEY = re.compile(r"secret|password|passwd|token|authorization|api_?key|proxy", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def configure(form: Literal["auto", "json", "console"] = "auto", level: str = "info") -> None:
    """Set up logging for the whole process; `form` "auto" asks whether standard error is a terminal."""
    readable = form == "console" or (form == "auto" and sys.stderr.isatty())
    structlog.configure(
        processors=[*_shared(), *(_console() if readable else _json())],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        # Tests, and commands that run one after the other, set logging up again: a cached logger would keep the old
        # stream.
        cache_logger_on_first_use=False,
    )
    # Libraries log through the standard library: httpx whole URLs at INFO, APScheduler every run.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=True)
    # What it warns of (a job that is late or still runs) the daemon tells in its own words.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor that blanks values of secret-sounding keys, and credentials within addresses."""
    return {
        key: "**********" if _SECRET_KEY.search(key) else _without_credentials(value)
        for key, value in event.items()
    }


def _without_credentials(value: object) -> object:
    return _CREDENTIALS.sub("**********@", value) if isinstance(value, str) else value


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]


def _json() -> list[Processor]:
    # No locals in tracebacks: they hold records and settings.
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    return [tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _console() -> list[Processor]:
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
