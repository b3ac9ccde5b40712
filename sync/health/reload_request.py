"""Asking the running daemon to reload its configuration: the same as SIGHUP, with its answer awaited."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from storage import ledger
from storage.engine import Database
from storage.ledger import Beat
from storage.process_identity import ProcessElsewhere, ProcessEnded, send_signal
from sync.errors import TrialdeltaError
from sync.health.liveness import check_health
from sync.health.reloads import BEAT
from sync.timing.clock import utc_now
from sync.timing.schedule import ScheduleSettings

LOOK_EVERY_S = 0.1


class NoDaemon(TrialdeltaError):
    """No daemon runs on this database."""

    hint = (
        "Start one with `trialdelta run`: it reads the configuration as it is. Where [database] url was changed, the "
        "running daemon still has the old one, and must be started again."
    )


class DaemonElsewhere(TrialdeltaError):
    """The daemon runs on another machine."""

    hint = "Run this command there, in the same container if it is in one, or send the daemon SIGHUP."


class NotAllowed(TrialdeltaError):
    """The daemon may not be signalled."""

    hint = "Run this command as the user whom the daemon runs as, or let its service manager reload it."


class NoAnswer(TrialdeltaError):
    """The daemon was asked, and has not answered yet."""

    hint = "It reloads when it comes to it; `trialdelta doctor` and its log say how it stands. --wait gives it longer."
    passing = True
    exit_code = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What the daemon says: `changed`: sections taken over; `waiting`: keys for its next start; `problem`: why neither."""

    pid: int
    state: str
    changed: tuple[str, ...]
    waiting: tuple[str, ...]
    problem: str

    @property
    def exit_code(self) -> int:
        """2 where the daemon refused the file, 3 where a part of it is not in force yet."""
        if self.state == "refused":
            return 2
        return 3 if self.waiting else 0


def request_reload(
    database: Database,
    schedule: ScheduleSettings,
    *,
    wait_s: float,
    steady: Callable[[], float],
    sleep: Callable[[float], None],
) -> Answer:
    """Have the daemon reload, and wait so long for what comes of it.

    Raises NoDaemon, DaemonElsewhere or NotAllowed, and then nothing was sent; NoAnswer where it was.
    """
    daemon, before = _beats(database)
    holder = _running(database, schedule, daemon)
    pid = _ask(holder)
    until = steady() + wait_s
    while steady() < until:
        sleep(LOOK_EVERY_S)
        _, answer = _beats(database)
        # Told apart from the one before by its time, which only the daemon's own clock has to do with.
        if answer and answer.detail.get("holder") == holder and answer != before:
            return _answer(pid, answer.detail)
    raise NoAnswer(f"the daemon (process {pid}) was asked to reload, and has not answered in {wait_s:g} s")


def _beats(database: Database) -> tuple[Beat | None, Beat | None]:
    with database.read() as session:
        return ledger.last_beat(session, "daemon"), ledger.last_beat(session, BEAT)


def _running(database: Database, schedule: ScheduleSettings, daemon: Beat | None) -> str:
    """The process that gives the daemon's signs of life, as far as these prove one."""
    health = check_health(database, schedule, utc_now())
    if daemon is None or health.state in ("never_run", "stopped", "dead"):
        raise NoDaemon(health.sentence)
    return str(daemon.detail.get("holder", ""))


def _ask(holder: str) -> int:
    try:
        return send_signal(holder, signal.SIGHUP)
    except ProcessEnded as ended:
        raise NoDaemon("the daemon has ended this very moment") from ended
    except ProcessElsewhere as elsewhere:
        raise DaemonElsewhere(f"the daemon cannot be reached from here: {elsewhere}") from elsewhere
    except PermissionError as refused:
        raise NotAllowed("this user may not send the daemon a signal") from refused


def _answer(pid: int, detail: dict[str, Any]) -> Answer:
    return Answer(
        pid=pid,
        state=detail["state"],
        changed=tuple(detail.get("changed", ())),
        waiting=tuple(detail.get("waiting", ())),
        problem=detail.get("problem", ""),
    )
