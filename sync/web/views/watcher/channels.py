"""Who is told, by what route, and how each channel stands: what it owes, what it said last, what was given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field
from sqlalchemy.orm import Session

from storage import outbox, service_status
from storage.owed import OWED
from sync.alerts.settings import RouteSettings
from sync.changes.sentences import kind_name
from sync.config import Settings
from sync.view import View

DEAD_LISTED = 20


class Answer(View):
    """What a channel said last."""

    at: datetime
    outcome: Literal["sent", "passing", "permanent"] | None = Field(
        description="passing: it is tried again; permanent: it is not; null: the attempt is under way, or was cut short."
    )
    said: str | None


class Channel(View):
    """A way to reach somebody, and how its deliveries stand."""

    name: str
    kind: str | None = Field(description="Null where the configuration knows it no more.")
    routes: list[str] = Field(description="The routes that lead to it.")
    disabled_at: datetime | None
    disabled_why: str | None
    owes_since: datetime | None = Field(description="Since when a delivery has been due.")
    answer: Answer | None
    deliveries: dict[str, int] = Field(description="How many there are of each state.")

    @property
    def dead(self) -> int:
        """Its dead letters."""
        return self.deliveries.get("dead", 0)

    @property
    def owed(self) -> int:
        """What it was to tell and did not."""
        return sum(self.deliveries.get(state, 0) for state in OWED)

    @property
    def is_away(self) -> bool:
        """Whether it owes something and is not configured any more."""
        return self.kind is None and self.owed > 0

    @property
    def failed(self) -> int:
        """What can be tried again at once: dead letters, and what waits for another attempt."""
        is_failing = self.answer is not None and self.answer.outcome in ("passing", "permanent")
        return self.dead + (self.deliveries.get("due", 0) if is_failing else 0)

    @property
    def enable_path(self) -> str:
        """Where it is enabled again."""
        return self._path("enable")

    @property
    def disable_path(self) -> str:
        """Where it is disabled."""
        return self._path("disable")

    @property
    def test_path(self) -> str:
        """Where a test is sent from."""
        return self._path("test")

    @property
    def retry_path(self) -> str:
        """Where what failed is tried again."""
        return self._path("retry")

    @property
    def move_path(self) -> str:
        """Where what it owes is moved to another channel."""
        return self._path("move")

    @property
    def drop_path(self) -> str:
        """Where what it owes is dropped."""
        return self._path("drop")

    def _path(self, deed: str) -> str:
        """Where something is done to it: a name may hold anything."""
        return f"/channels/{quote(self.name, safe='')}/{deed}"


class DeadLetter(View):
    """A delivery that nobody tries any more."""

    id: str
    kind: str
    channel: str
    event_id: str | None
    headline: str | None
    attempts: int
    finished_at: datetime | None
    said: str | None


class Route(View):
    """A route as configured."""

    name: str
    takes: str = Field(description="Which events, in words.")
    when: str
    channels: list[str]
    escalates: str | None


def load(session: Session, settings: Settings, now: datetime) -> list[Channel]:
    """The channels of the configuration, then those that it knows no more and that still have deliveries."""
    counts, unused = outbox.counts(session), service_status.disabled(session)
    owed, answers = outbox.due_since(session, now), service_status.last_answers(session)
    # Also names that the configuration has no more: what they owe would else be shown by nobody.
    with_deliveries = {name for name, _ in counts} | unused.keys()
    names = [*settings.channels, *sorted(with_deliveries - settings.channels.keys())]
    return [
        _channel(name, settings, counts, unused.get(name), owed.get(name), answers.get(name))
        for name in names
    ]


def dead_letters(session: Session) -> list[DeadLetter]:
    """The last deliveries that were given up, last given up first."""
    return [
        DeadLetter.model_validate(letter)
        for letter in service_status.dead_letters(session, limit=DEAD_LISTED)
    ]


def routes(settings: Settings) -> list[Route]:
    """The routes, in the order of the configuration."""
    return [
        Route(
            name=route.name,
            takes=_takes(route),
            when=_when(route),
            channels=list(route.channels),
            escalates=(
                f"after {route.escalate_after} to {', '.join(route.escalate_to)}"
                if route.escalate_after
                else None
            ),
        )
        for route in settings.route
    ]


def _channel(
    name: str,
    settings: Settings,
    counts: Mapping[tuple[str, str], int],
    unused: tuple[datetime, str] | None,
    owes_since: datetime | None,
    answer: service_status.Answer | None,
) -> Channel:
    table = settings.channels.get(name)
    leading = [r.name for r in settings.route if name in (*r.channels, *r.escalate_to)]
    said: dict[str, Any] | None = (
        {"at": answer.at, "outcome": answer.outcome, "said": answer.said} if answer else None
    )
    return Channel(
        name=name,
        kind=table["kind"] if table else None,
        routes=[*leading, *(["notices"] if name in settings.alerts.notices else [])],
        disabled_at=unused[0] if unused else None,
        disabled_why=unused[1] if unused else None,
        owes_since=owes_since,
        answer=Answer.model_validate(said) if said else None,
        deliveries={state: number for (channel, state), number in sorted(counts.items()) if channel == name},
    )


def _takes(route: RouteSettings) -> str:
    """ "status and sites, medium or heavier, of the watch lupus"."""
    what = " and ".join(map(kind_name, route.kinds)) if route.kinds else "everything"
    weight = "" if route.min_severity == "info" else f", {route.min_severity} or heavier"
    watches = f", of the watch {' or '.join(route.watch)}" if route.watch else ""
    studies = f", of {', '.join(route.studies)}" if route.studies else ""
    return f"{what}{weight}{watches}{studies}"


def _when(route: RouteSettings) -> str:
    quiet = f", not {route.quiet_hours}" if route.quiet_hours else ""
    if route.mode == "at-once":
        return f"at once{quiet}"
    day = "daily" if route.mode == "daily" else f"on {route.day.capitalize()}s"
    return f"{day} at {route.at:%H:%M} {route.time_zone or ''}".strip() + quiet
