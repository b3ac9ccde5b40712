"""Who hears of an event, when, and why: a function of the event, the routes and the clock (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage.classes import Answer
from sync.alerts.settings import WEEKDAYS, AlertSettings, RouteSettings, span_of_day
from sync.changes.event import Event
from sync.changes.model import Severity


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """Whether a route takes an event, and why (or why not), in words."""

    route: RouteSettings
    takes: bool
    why: str


def match_route(
    event: Event, watches: Collection[str], route: RouteSettings, answers: Sequence[Answer] = ()
) -> RouteMatch:
    """Whether a route takes an event of a study in these watches. An event of no study at all concerns every watch.

    `answers`: what the study is, and what it was until this very event; a route that asks for a class takes either.
    """
    severity, kinds = event.severity, event.kinds
    if severity.weight < route.min_severity.weight:
        return RouteMatch(route, False, f"{severity} is lighter than {route.min_severity}")
    # A storm, or the registry itself, has no study and concerns every watch.
    if route.watch and event.nct_id and not set(route.watch) & set(watches):
        return RouteMatch(route, False, f"the study is not in {_listed(route.watch)}")
    if route.studies and event.nct_id not in route.studies:
        return RouteMatch(route, False, f"the route is for {_listed(route.studies)} only")
    if route.kinds and not kinds & set(route.kinds):
        return RouteMatch(
            route, False, f"it tells of {_listed(sorted(kinds))}, not of {_listed(route.kinds)}"
        )
    if event.nct_id and (objection := _class_objection(route, answers)):
        return RouteMatch(route, False, objection)
    narrowed = [
        f"{severity} is {route.min_severity} or heavier",
        *([f"the study is in {_listed(sorted(set(route.watch) & set(watches)))}"] if route.watch else []),
        *([f"it tells of {_listed(sorted(kinds & set(route.kinds)))}"] if route.kinds else []),
        *(["the route names the study"] if route.studies else []),
        *(["its class, antigens and area are those of the route"] if route.asks_for_a_class else []),
    ]
    return RouteMatch(route, True, "; ".join(narrowed))


def _class_objection(route: RouteSettings, answers: Sequence[Answer]) -> str | None:
    """Why a route that asks for a class does not mean a study; None where it does, or asks for none."""
    if not route.asks_for_a_class:
        return None
    objections = [route.objection(each) for each in answers]
    return None if None in objections else next(iter(objections), "its record is not classified yet")


def due_at(event: Event, route: RouteSettings, alerts: AlertSettings, now: datetime) -> datetime:
    """When a route's message is due: now or, unless it is critical, after the quiet hours."""
    return now if event.severity is Severity.CRITICAL else quiet_until(route, alerts, now)


def quiet_until(route: RouteSettings, alerts: AlertSettings, now: datetime) -> datetime:
    """When a route's quiet hours end; now, outside of them."""
    quiet = alerts.quiet_hours if route.quiet_hours is None else route.quiet_hours
    if not quiet:
        return now
    first, last = span_of_day(quiet)
    zone = zone_of(route, alerts)
    local = now.astimezone(zone)
    if not _within(local.time(), first, last):
        return now
    # Built from the local day and time, not by adding hours: the night of a clock change is 23 or 25 hours long.
    day = local.date() + timedelta(days=local.time() >= last)
    return datetime.combine(day, last, zone).astimezone(UTC)


def zone_of(route: RouteSettings, alerts: AlertSettings) -> ZoneInfo:
    """The time zone of a route."""
    return ZoneInfo(route.time_zone or alerts.time_zone)


def zone_named(name: str, routes: Sequence[RouteSettings], alerts: AlertSettings) -> ZoneInfo:
    """The time zone of the route of that name, which an escalation's begins with; of notices, the one of all alerts."""
    own = next((route for route in routes if route.name == name.partition("/")[0]), None)
    return zone_of(own, alerts) if own else ZoneInfo(alerts.time_zone)


def last_digest_time(route: RouteSettings, alerts: AlertSettings, now: datetime) -> datetime:
    """The last time, up to now, at which a route's digest was due; in UTC, its own zone's clock changes heeded.

    A time that the clock skips comes an hour later, one that it shows twice comes once.
    """
    zone = zone_of(route, alerts)
    day = now.astimezone(zone).date()
    # A week back, and a day more: the zone's day may be one ahead of UTC's.
    for back in range(9):
        moment = datetime.combine(day - timedelta(days=back), route.at, zone).astimezone(UTC)
        is_its_day = route.mode == "daily" or WEEKDAYS[(day - timedelta(days=back)).weekday()] == route.day
        if moment <= now and is_its_day:
            return moment
    raise AssertionError("a week has each day")


def heaviest(rows: Iterable[tuple[str, str | None, str]]) -> str:
    """The id, among (id, study, severity), of the heaviest; of equals, the first."""
    return max(rows, key=lambda row: Severity(row[2]).weight)[0]


def groups(
    rows: Sequence[tuple[str, str | None, str]], route: RouteSettings
) -> list[list[tuple[str, str | None, str]]]:
    """What goes into one message each: all of a study, everything, or each by itself."""
    if route.group == "cycle":
        return [list(rows)] if rows else []
    by_study: dict[str, list[tuple[str, str | None, str]]] = {}
    for row in rows:
        alone = route.group == "none" or not row[1]
        by_study.setdefault(row[0] if alone else str(row[1]), []).append(row)
    return list(by_study.values())


def _within(moment: time, first: time, last: time) -> bool:
    if first <= last:
        return first <= moment < last
    return moment >= first or moment < last


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
