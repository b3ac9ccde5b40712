"""Is the watcher alive, and does anything need me? What stands at the top of every page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from storage import inbox, ledger
from sync.health.liveness import State, health_of
from sync.health.pause import upcoming_poll
from sync.timing.schedule import ScheduleSettings
from sync.web.views.base import View


class StatusBar(View):
    """The watcher's state in one look."""

    state: State
    sentence: str
    release: str | None
    """The last one that was read to its end."""
    last_poll: datetime | None
    next_poll: datetime | None
    open_alerts: int
    heaviest: str | None
    """The severity of the heaviest open alert."""
    newest: int
    """Grows with each event told: another number than a moment ago means news."""
    held_storms: int


def status_bar(session: Session, schedule: ScheduleSettings, now: datetime) -> StatusBar:
    """The watcher's state now."""
    # The same truth as `healthcheck` and `/readyz`: a page that is green while they are red would be believed.
    health = health_of(session, schedule, now)
    poll = ledger.last_beat(session, "poll")
    waiting = inbox.waiting(session, now)
    return StatusBar(
        state=health.state,
        sentence=health.sentence[:1].upper() + health.sentence[1:],
        release=health.detail["release"],
        last_poll=poll.at if poll else None,
        next_poll=upcoming_poll(session, now),
        open_alerts=sum(waiting.counts.values()),
        heaviest=next(iter(waiting.counts), None),
        newest=waiting.newest,
        held_storms=waiting.held_storms,
    )
