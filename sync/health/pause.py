"""Leaving the registry alone for a while, since it blocked us or asked us to wait.

Kept in the database, so that it holds for whoever asks next: a daemon that is started anew, and `trialdelta sync`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from storage import audit, ledger
from storage.ledger import Beat
from sync.net.retry_after import LONGEST_WISH_S
from sync.registry.errors import Blocked, RegistryError
from sync.registry.settings import RegistrySettings
from sync.service import Service

BREAKER = "breaker"
WISH = "poll_wanted"
"""The beat that says when a person asked for a poll at once."""

Why = Literal["blocked", "asked"]


class AskedToWait(RegistryError):
    """The registry asked us to wait."""

    hint = "Nothing was asked, and nothing is lost. `trialdelta sync --now` asks all the same."
    passing = True

    def __init__(self, until: datetime, retry_after: float) -> None:
        super().__init__(f"the registry asked us to leave it alone until {until:%Y-%m-%d %H:%M:%S} UTC")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Pause:
    """Until when the registry is left alone, and why."""

    until: datetime
    why: Why

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> Pause | None:
        """The pause that a beat tells of."""
        until = detail.get("until")
        why: Why = "asked" if detail.get("why") == "asked" else "blocked"
        return cls(datetime.fromisoformat(until), why) if until else None

    @property
    def words(self) -> str:
        """Why, for people."""
        return "the registry blocked us (403)" if self.why == "blocked" else "the registry asked us to wait"


def pause_of(session: Session, settings: RegistrySettings, now: datetime) -> Pause | None:
    """The pause that is on, never longer than one of its kind may be, whatever clock began it."""
    known = ledger.last_beat(session, BREAKER)
    pause = Pause.from_detail(known.detail) if known else None
    if pause is None:
        return None
    longest = LONGEST_WISH_S if pause.why == "asked" else settings.blocked_pause_s
    # Written by a clock that was ahead, it could otherwise last for years.
    until = min(pause.until, now + timedelta(seconds=longest))
    return Pause(until, pause.why) if until > now else None


def begin_pause(
    session: Session, error: Exception, settings: RegistrySettings, now: datetime
) -> Pause | None:
    """The pause that an error of a poll calls for, written down; one that is on is not made shorter. None for none."""
    why: Why = "blocked" if isinstance(error, Blocked) else "asked"
    wish = settings.blocked_pause_s if why == "blocked" else getattr(error, "retry_after", None) or 0.0
    if not isinstance(error, RegistryError) or isinstance(error, AskedToWait) or wish <= 0:
        return None
    known, new = pause_of(session, settings, now), Pause(now + timedelta(seconds=wish), why)
    # A 403 within a wish of a day must not shorten it to half an hour.
    if known and known.until > new.until:
        return known
    ledger.beat(session, BREAKER, now, {"until": new.until.isoformat(), "why": new.why})
    return new


def end_pause(session: Session, settings: RegistrySettings, now: datetime) -> None:
    """The registry was asked all the same, and answered: there is no reason to wait any longer."""
    known = pause_of(session, settings, now)
    if known:
        detail = {"until": now.isoformat(), "why": known.why, "ended": True}
        ledger.beat(session, BREAKER, now, detail)


def was_ended(session: Session) -> bool:
    """Whether the last pause was ended before its time: then no clock need be asked whether it is over."""
    known = ledger.last_beat(session, BREAKER)
    return known is not None and bool(known.detail.get("ended"))


def upcoming_poll(daemon: Beat | None, breaker: Beat | None, now: datetime) -> datetime | None:
    """When the daemon polls next, as it last said, or when the pause is over that began since; None where it is stopped."""
    # What a stopped daemon had planned will not happen.
    planned = daemon.detail.get("next_poll") if daemon and not daemon.detail.get("stopped") else None
    if planned is None:
        return None
    pause = Pause.from_detail(breaker.detail) if breaker else None
    upcoming = datetime.fromisoformat(planned)
    return max(upcoming, pause.until) if pause and pause.until > now else upcoming


def ask_now(session: Session, now: datetime, by: str) -> None:
    """Have the daemon poll at once: a person wants to know whether the registry still blocks us."""
    ledger.beat(session, WISH, now, {"by": by})
    audit.append(session, now, by, "poll now", "registry")


def wished_since(session: Session, since: datetime | None) -> datetime | None:
    """When a person last asked for a poll at once; None where that was not since then."""
    wish = ledger.last_beat(session, WISH)
    return wish.at if wish and (since is None or wish.at > since) else None


@contextmanager
def politely(service: Service, *, anyway: bool = False) -> Iterator[None]:
    """Ask the registry within this block: not at all while it wants us to wait, unless `anyway`; its next wish is kept.

    Raises AskedToWait. That it blocked us does not keep a person from trying whether it still does.
    """
    settings, now = service.settings.registry, service.now()
    with service.database.read() as session:
        pause = pause_of(session, settings, now)
    # The registry's own wish binds whoever asks; our breaker is there to spare it the daemon.
    if pause and pause.why == "asked" and not anyway:
        raise AskedToWait(pause.until, (pause.until - now).total_seconds())
    try:
        yield
    except RegistryError as error:
        with service.database.write() as session:
            begin_pause(session, error, settings, service.now())
        raise
    if pause:
        with service.database.write() as session:
            end_pause(session, settings, service.now())
