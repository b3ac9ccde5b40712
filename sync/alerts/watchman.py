"""Who watches the watcher: notices when the source fails and is back, when the outbox is stuck, and the dead man's ping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog
from sqlalchemy.orm import Session

from storage import ledger, outbox
from storage.engine import Database
from sync import logs
from sync.alerts.notices import notify, was_told
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.sections import duration

FAILURES_UNTIL_TOLD = 3
"""A poll that fails once is tried again in a minute, then in two: most faults are over by then."""
FROZEN_AFTER = timedelta(days=5)
"""The registry publishes on weekdays; a holiday before or after a weekend makes four days."""
PING_TIMEOUT_S = 10.0

log = structlog.get_logger("alerts")


@dataclass
class Watchman:
    """Tells the operator, once an incident, what keeps the service from doing its work."""

    database: Database
    routes: Sequence[RouteSettings]
    settings: AlertSettings
    now: Callable[[], datetime]

    def poll_failed(self, kind: str, problem: str, hint: str, *, failures: int, blocked: bool) -> None:
        """One notice when the registry is down (or whatever else makes every poll fail) or blocks us."""
        if not blocked and failures < FAILURES_UNTIL_TOLD:
            return
        with self.database.write() as session:
            since = _last_good_poll(session)
            facts = {"error": kind, "what it said": problem, "last good poll": since, "what to do": hint}
            subject = "The registry blocks us" if blocked else "No poll of the registry succeeds"
            lead = f"{subject}: {problem}. Nothing is concluded from it; you hear again when it is over."
            self._tell(session, f"down:{since}", subject, lead, facts)

    def poll_succeeded(self, release: str) -> None:
        """One notice when polls succeed again, if it was told that they do not; call it before the poll is noted."""
        with self.database.read() as session:
            since = _last_good_poll(session)
            if not was_told(session, f"down:{since}", self._channels()):
                return
        with self.database.write() as session:
            facts = {"no good poll since": since, "release": release}
            lead = f"The registry answers again; release {release} is read. Polls had failed since {since}."
            self._tell(session, f"up:{since}", "The registry answers again", lead, facts, severity="info")

    def api_changed(self, before: str | None, after: str | None) -> None:
        """A notice when the registry's API has another version: its data may have another shape."""
        if before is None or after is None or before == after:
            return
        subject = f"The registry's API went from version {before} to {after}"
        lead = f"{subject}. Look whether records still read well: trialdelta doctor."
        with self.database.write() as session:
            facts = {"before": before, "after": after}
            self._tell(session, f"api:{before}:{after}", subject, lead, facts, severity="medium")

    def look(self) -> None:
        """Notices when nothing was polled for long, the registry publishes nothing, or a channel does not move."""
        now = self.now()
        with self.database.write() as session:
            for channel, since in self._stuck(session, now).items():
                subject = f"Deliveries to {channel} do not move"
                lead = f"{subject}: the oldest has been owed since {_text(since)}"
                facts = {"channel": channel, "owed since": _text(since)}
                self._tell(session, f"stuck:{channel}:{_text(since)}", subject, lead, facts, but=(channel,))
            good = ledger.last_beat(session, "good_poll")
            if good and now - good.at > duration(self.settings.silent_after):
                lead = f"No poll has succeeded since {_text(good.at)}"
                self._tell(session, f"silent:{_text(good.at)}", "Nothing was polled for long", lead, {})
            mark = ledger.watermark(session)
            if mark and now - mark.moved_at > FROZEN_AFTER:
                lead = (
                    f"The registry has published no release since {mark.release}, or none that could be read"
                )
                self._tell(session, f"frozen:{mark.release}", "No new release for days", lead, {})

    def ping(self) -> bool:
        """The dead man's ping, to the address that is configured: only when the outbox moves. Whether it went out."""
        url = self.settings.heartbeat_url
        if url is None:
            return False
        with self.database.read() as session:
            if self._stuck(session, self.now()):
                return False
        try:
            httpx.get(url.get_secret_value(), timeout=PING_TIMEOUT_S).raise_for_status()
        except httpx.HTTPError as error:
            # the address is a secret of a kind: what httpx says may repeat it
            log.warning(logs.HEARTBEAT_FAILED, kind=type(error).__name__)
            return False
        return True

    def _stuck(self, session: Session, now: datetime) -> dict[str, datetime]:
        limit, unused = duration(self.settings.stuck_after), outbox.disabled(session)
        owed = outbox.due_since(session, now)
        return {name: at for name, at in owed.items() if name not in unused and now - at > limit}

    def _channels(self) -> tuple[str, ...]:
        of_routes = (channel for route in self.routes for channel in route.channels)
        return tuple(dict.fromkeys((*self.settings.notices, *of_routes)))

    def _tell(
        self, session: Session, key: str, subject: str, lead: str, facts: dict[str, Any], **how: Any
    ) -> None:
        notify(
            session,
            key,
            subject,
            lead,
            facts,
            routes=self.routes,
            settings=self.settings,
            now=self.now(),
            **how,
        )


def _last_good_poll(session: Session) -> str:
    good = ledger.last_beat(session, "good_poll")
    return _text(good.at) if good else "the first start"


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
