"""What is counted of the whole registry at the end of each cycle over it: pages show it without looking at every study."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from storage import large_watch, watch_table
from storage.engine import Database
from storage.tables import SEVERITIES
from sync.changes.rule import Limits
from sync.changes.silence import bounds

WEEKS = 26
RECENT_WEEKS = 8
MOST_NAMED = 50
"""Studies that came or went lately which are named: of the whole registry thousands do."""
UNSTATED = "-"
EMPTY: dict[str, Any] = {
    "studies": 0, "events": 0, "statuses": [], "phases": [], "countries": [], "sponsor_classes": [],
    "states": [], "silences": {"overdue": 0, "stale": 0, "unknown_forecast": 0}, "weeks": [], "movements": [],
}  # fmt: skip


def keep_figures(
    database: Database, watch: str, release: str, limits: Limits, established: str | None, at: datetime
) -> None:
    """Count all that a page says of a watch, and keep it. Read apart from the write: it takes seconds."""
    with database.read() as session:
        counted = figures(session, watch, release, limits, established)
    with database.write() as session:
        large_watch.keep_figures(session, watch, counted, at)


def figures(
    session: Session, watch: str, release: str, limits: Limits, established: str | None
) -> dict[str, Any]:
    """What a page says of a watch as of a release, whichever of its studies are asked for."""
    day = date.fromisoformat(release)
    monday = day - timedelta(days=day.weekday())
    since = (monday - timedelta(weeks=WEEKS - 1)).isoformat()
    weeks = _weeks(session, watch, monday, since, established)
    until = bounds(day, limits)
    return {
        "release": release,
        "established": established,
        **_mixes(session, watch),
        "silences": {
            "overdue": large_watch.silent(session, watch, "overdue_on", until.overdue),
            "stale": large_watch.silent(session, watch, "heard_on", until.heard),
            "unknown_forecast": large_watch.silent(session, watch, "unknown_on", until.unknown),
        },
        "weeks": weeks,
        "events": sum(sum(week["events"].values()) for week in weeks),
        "movements": _movements(session, watch, monday),
    }


def _mixes(session: Session, watch: str) -> dict[str, Any]:
    """The studies counted in many ways, in passes over them that hold a few at a time."""
    statuses, states, phases = Counter[str](), Counter[str](), Counter[str]()
    for status, state, kept, number in large_watch.stand(session, watch):
        statuses[status or UNSTATED] += number
        states[state] += number
        phases["/".join(json.loads(kept or "[]")) or UNSTATED] += number
    countries, classes = Counter[str](), Counter[str]()
    for facts in large_watch.each_with_facts(session, watch):
        known = _read_facts(facts or "{}")
        for country in known.countries:  # `update` takes longer over one or two than it takes to read them
            countries[country] += 1
        classes[known.sponsor_class or UNSTATED] += 1
    return {
        "studies": states.total(),
        "statuses": _listed(statuses.items()),
        "states": _listed(states.items()),
        "phases": _listed(phases.items()),
        "sponsor_classes": _listed(classes.items()),
        "countries": _listed(countries.items(), lambda each: (-each[1], each[0])),
    }


class _Facts(msgspec.Struct):
    """Of what is kept beside a study what is counted: read alone, 600,000 take two seconds less than whole."""

    countries: list[str] = []
    sponsor_class: str | None = None


_read_facts = msgspec.json.Decoder(_Facts).decode


def _listed(
    counts: Iterable[tuple[str, int]], key: Callable[[tuple[str, int]], Any] | None = None
) -> list[dict[str, Any]]:
    return [{"value": value, "studies": number} for value, number in sorted(counts, key=key)]


def _weeks(
    session: Session, watch: str, monday: date, since: str, established: str | None
) -> list[dict[str, Any]]:
    """The last weeks, or those since the watch was established: of those before it nothing is known."""
    mondays = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    weeks = {
        each: {"monday": each.isoformat(), "events": dict.fromkeys(SEVERITIES, 0), "entered": 0, "left": 0}
        for each in mondays
    }
    for activity in large_watch.events_by_release(session, watch, since):
        week = weeks.get(_monday_of(activity.release))
        if week is not None:
            week["events"][activity.severity] += activity.events  # type: ignore[index]
    for release, entered, number in large_watch.moved_by_release(session, watch, since):
        week = weeks.get(_monday_of(release))
        # with whom the watch was established is no movement
        if week is not None and established and not (entered and release <= established):
            week["entered" if entered else "left"] += number  # type: ignore[operator]
    begun = _monday_of(established) if established else mondays[-1]
    shown = max(RECENT_WEEKS, sum(each >= begun for each in mondays))
    return list(weeks.values())[-shown:]


def _monday_of(release: str) -> date:
    day = date.fromisoformat(release)
    return day - timedelta(days=day.weekday())


def _movements(session: Session, watch: str, monday: date) -> list[dict[str, Any]]:
    since = (monday - timedelta(weeks=RECENT_WEEKS - 1)).isoformat()
    return [
        {"nct_id": each.nct_id, "title": each.title, "release": each.release, "entered": each.entered}
        for each in watch_table.movements(session, watch, since, limit=MOST_NAMED)
    ]
