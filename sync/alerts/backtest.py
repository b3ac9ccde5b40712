"""What a configuration would have sent over the stored history: messages a day, by route and channel."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from storage import cohorts
from storage import events as stored
from storage.classes import Answer, ClassFilter, that_match
from sync.alerts.routing import groups, match_route
from sync.alerts.settings import WEEKDAYS, RouteSettings
from sync.changes.event import Event
from sync.changes.model import Severity
from sync.versions import events

PAGE = 500


@dataclass(frozen=True, slots=True)
class Row:
    """What one route would have sent to one channel."""

    route: str
    channel: str
    mode: str
    days: int
    messages: int
    busiest_day: str | None
    busiest: int
    events: int
    heavy: int
    """Events that are critical or high."""

    def as_json(self) -> dict[str, Any]:
        """The row as one object, with messages a day and the share that is heavy."""
        shares = {
            "messages_a_day": round(self.messages / self.days, 2) if self.days else 0.0,
            "heavy_share": round(self.heavy / self.events, 3) if self.events else 0.0,
        }
        return {**asdict(self), **shares}


def backtest(session: Session, routes: Sequence[RouteSettings], since: str | None = None) -> list[Row]:
    """Messages by route and channel, had these routes been in force on every release since (or from the first event on)."""
    watches, answers = _watches(session), _answers(session, routes)
    matched: dict[str, defaultdict[str, list[tuple[str, str | None, str]]]] = {
        route.name: defaultdict(list) for route in routes
    }
    releases: set[str] = set()
    for event in _events(session, since):
        releases.add(event.day)
        for route in routes:
            if match_route(event, watches[event.nct_id], route, answers.get(event.nct_id, ())).takes:
                row = (event.id, event.nct_id, event.severity)
                matched[route.name][event.day].append(row)
    days = _days(releases, since)
    return [_row(route, channel, matched[route.name], days) for route in routes for channel in route.channels]


def _answers(session: Session, routes: Sequence[RouteSettings]) -> dict[str, tuple[Answer, ...]]:
    """What studies are now, where a route asks for it: what they were then is not kept for each event."""
    if not any(route.asks_for_a_class for route in routes):
        return {}
    return {nct_id: (each.answer,) for nct_id, each in that_match(session, ClassFilter()).items()}


def _row(
    route: RouteSettings,
    channel: str,
    matched: dict[str, list[tuple[str, str | None, str]]],
    days: list[date],
) -> Row:
    sent = _digests(route, days) if route.is_digest else _at_once(route, matched)
    severities = [severity for rows in matched.values() for _, _, severity in rows]
    busiest, most = max(sent.items(), key=lambda pair: pair[1], default=(None, 0))
    heavy = sum(severity in (Severity.CRITICAL, Severity.HIGH) for severity in severities)
    return Row(
        route.name,
        channel,
        route.mode,
        len(days),
        sent.total(),
        busiest,
        most,
        len(severities),
        heavy,
    )


def _at_once(route: RouteSettings, matched: dict[str, list[tuple[str, str | None, str]]]) -> Counter[str]:
    """A crowd becomes one digest."""
    sizes = {release: len(groups(rows, route)) for release, rows in matched.items()}
    # A cycle's events come due together, so a release stands for the hour that the limit is about.
    return Counter({release: size if size <= route.max_messages else 1 for release, size in sizes.items()})


def _digests(route: RouteSettings, days: list[date]) -> Counter[str]:
    return Counter(str(day) for day in days if route.mode == "daily" or WEEKDAYS[day.weekday()] == route.day)


def _events(session: Session, since: str | None) -> Iterator[Event]:
    cursor = None
    while page := events.events(session, since=since, limit=PAGE, cursor=cursor, historical=True):
        yield from page
        cursor = stored.cursor_of(session, page[-1].id)


def _watches(session: Session) -> defaultdict[str, Collection[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for membership in cohorts.memberships(session):
        found[membership.nct_id].add(membership.watch)
    return defaultdict(set, found)


def _days(releases: set[str], since: str | None) -> list[date]:
    if not releases:
        return []
    first, last = date.fromisoformat(since or min(releases)), date.fromisoformat(max(releases))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
