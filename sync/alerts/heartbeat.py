"""The dead man's ping: owed after each good poll, sent by a job of its own, so that its receiver holds up nothing else."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from sqlalchemy.orm import Session

from storage import ledger, seals
from storage.engine import Database
from sync import __version__, logs
from sync.alerts.settings import AlertSettings
from sync.net import door
from sync.net.addresses import Refused
from sync.net.deadline import Stopped, ended_by

TIMEOUT_S = 10.0
BEAT = "heartbeat"

log = structlog.get_logger("alerts")


class Heartbeat:
    """Pings the configured address, if there is one, and remembers what came of it. The address is never told."""

    def __init__(
        self,
        database: Database,
        settings: AlertSettings,
        now: Callable[[], datetime],
        *,
        outbox_moves: Callable[[], bool],
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database, self.settings, self._now = database, settings, now
        self._outbox_moves, self._is_stopping = outbox_moves, is_stopping
        self._owed = threading.Event()

    def owe(self) -> None:
        """A poll came to a good end."""
        self._owed.set()

    def withdraw(self) -> None:
        """A poll came to a bad end: what was owed and not sent yet would not be true any more."""
        self._owed.clear()

    def send_owed(self) -> bool:
        """Send the ping that is owed, while the outbox moves. Whether it was taken."""
        url = self.settings.heartbeat_url
        if not self._owed.is_set() or url is None:
            return False
        self._owed.clear()
        # Withheld so that somebody outside hears of it: by our own channels nobody would.
        if not self._outbox_moves():
            self._note("withheld", "deliveries do not move")
            return False
        try:
            with ended_by(self._is_stopping):
                problem = self._ping(url.get_secret_value())
        except Stopped:
            return False
        self._note("failed" if problem else "sent", problem)
        return not problem

    def _ping(self, url: str) -> str:
        """What is wrong; empty where nothing is."""
        with self._database.read() as session:
            who = f"trialdelta/{__version__} (anchor {seals.anchor(session)})"  # receivers keep it, out of our reach
        allowed = (*self.settings.heartbeat_allow_hosts, *_named_by_address(url))
        try:
            reply = door.exchange(
                "GET", url, seconds=TIMEOUT_S, allow_hosts=allowed, headers={"user-agent": who}
            )
        except Refused:
            return "its host leads to an address that is not public; if it is meant, name the host in heartbeat_allow_hosts"
        except door.NoAnswer as error:
            return str(error)
        return "" if 200 <= reply.status < 300 else f"it answered {reply.status}"

    def _note(self, state: str, problem: str) -> None:
        if problem:
            log.warning(logs.HEARTBEAT_FAILED, state=state, problem=problem)
        now = self._now()
        with self._database.write() as session:
            before = ledger.last_beat(session, BEAT)
            earlier = before.detail.get("taken_at") if before else None
            taken_at = now.isoformat(timespec="seconds") if state == "sent" else earlier
            ledger.beat(session, BEAT, now, {"state": state, "problem": problem, "taken_at": taken_at})


def _named_by_address(url: str) -> tuple[str, ...]:
    """The URL's host where it is an address or localhost: what stands there is where it leads, and nobody else decides."""
    host = urlsplit(url).hostname or ""
    try:
        return (str(ipaddress.ip_address(host)),) if host != "localhost" else (host,)
    except ValueError:
        return ()


@dataclass(frozen=True, slots=True)
class LastPing:
    """What came of the last ping: sent, failed or withheld; `problem` is a sentence of its own."""

    at: datetime
    state: str
    problem: str


def last_ping(session: Session) -> LastPing | None:
    """None before the first."""
    known = ledger.last_beat(session, BEAT)
    if known is None:
        return None
    state, problem, taken = (known.detail.get(key) or "" for key in ("state", "problem", "taken_at"))
    since = f" (the last one was taken at {taken})" if taken else ""
    words = {
        "failed": f"the last ping, at {known.at:%Y-%m-%d %H:%M} UTC, was not taken: {problem}{since}",
        "withheld": f"the last ping was withheld: {problem}{since}",
    }
    return LastPing(known.at, state, words.get(state, ""))
