"""Is the watcher alive, and does anything need me? What stands at the top of every page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from storage import inbox, service_status
from storage.inbox import Waiting
from sync.alerts.failing import all_failures, answers_where_some_fail, nobody_is_told
from sync.config import Settings
from sync.health.liveness import ALIVE, State, health_of
from sync.health.pause import BREAKER, upcoming_poll
from sync.view import View
from sync.web.views.cache import WhileUnchanged
from sync.words import capital


class StatusBar(View):
    """The watcher's state in one look."""

    state: State | Literal["unheard"]
    """That of the service; `unheard`: it works, and no channel takes what it is sent."""
    word: str
    """The state in a word or two."""
    sentence: str
    last_good_poll: datetime | None
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

    @property
    def is_proof(self) -> bool:
        """Whether an empty inbox means that nothing needs anybody: polls have succeeded, and do."""
        return self.last_good_poll is not None and self.state in ("healthy", "unheard")


_WAITING: WhileUnchanged[Waiting] = WhileUnchanged()
"""Counted once while nothing happens, and not for each page: of thousands of open alerts that is half of an inbox's time."""
WORDS: Mapping[str, str] = {
    "healthy": "Watching",
    "incomplete": "Something unread",
    "stalled": "No poll succeeds",
    "registry_failing": "Registry fails",
    "idle": "Nothing is watched",
    "dead": "No sign of life",
    "stopped": "Stopped",
    "never_run": "Not running",
    "unheard": "Nobody is told",
}


def status_bar(session: Session, settings: Settings, now: datetime) -> StatusBar:
    """The watcher's state now."""
    # The same truth as `healthcheck` and `/readyz`: a page that is green while they are red would be believed.
    health = health_of(session, settings.schedule, now)
    state, sentence = health.state, capital(health.sentence)
    works = state in ("healthy", "incomplete")
    unheard = all_failures(answers_where_some_fail(session), settings.channels) if works else {}
    beats = service_status.beats(session)
    poll, good = beats.get("poll"), beats.get("good_poll")
    waiting = _WAITING.get(session, None, now, lambda: inbox.waiting(session, now))
    return StatusBar(
        state="unheard" if unheard else state,
        word=WORDS["unheard" if unheard else state],
        sentence=f"{nobody_is_told(unheard)}. {sentence}" if unheard else sentence,
        release=health.detail["release"],
        last_poll=poll.at if poll else None,
        last_good_poll=good.at if good else None,
        next_poll=upcoming_poll(beats.get("daemon"), beats.get(BREAKER), now) if state in ALIVE else None,
        open_alerts=sum(waiting.counts.values()),
        heaviest=next(iter(waiting.counts), None),
        newest=waiting.newest,
        held_storms=waiting.held_storms,
    )
