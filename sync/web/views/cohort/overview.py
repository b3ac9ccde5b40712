"""All watches at a glance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from pydantic import Field
from sqlalchemy.orm import Session

from storage import watch_summary
from storage.watch_summary import Tally
from sync.changes.rule import Limits
from sync.changes.ruleset import RuleSet
from sync.view import View
from sync.web.views.cache import WhileUnchanged
from sync.web.views.cohort import large
from sync.web.views.cohort.query import UNSTATED, status_rank
from sync.web.views.cohort.silent import counted, silences
from sync.web.views.cohort.view import SPARKS, Count, all_watches, release_day
from sync.web.views.cohort.weeks import Weeks

LATELY = 4
"""Weeks in which comings and goings are counted."""


class WatchCard(View):
    """A watch in one look."""

    name: str
    is_configured: bool = Field(description="Whether the configuration still names it.")
    established: str | None = Field(description="The release of its first complete cycle.")
    studies: int
    absent: int = Field(description="Of these, how many the registry does not show: missing, gone, withheld.")
    statuses: list[Count]
    weeks: tuple[int, ...] = Field(description="Events in each of the last twelve weeks, the last one last.")
    open_alerts: int
    entered: int = Field(description="In the last four weeks.")
    left: int = Field(description="In the last four weeks.")
    silences: dict[str, int]


class Cohorts(View):
    """All watches, those of the configuration first."""

    release: str | None
    counted_at: datetime = Field(description=large.COUNTED_AT)
    watches: list[WatchCard]


def load(
    session: Session, *, configured: Sequence[str], rules: Mapping[str, RuleSet], now: datetime
) -> Cohorts:
    """All watches; asked again while nothing has changed, as they were found."""
    # Part of the key: a configuration that was changed must not be answered by what was found under the older one.
    limits = {name: limits_of(rules, name) for name in {*configured, *watch_summary.watches(session)}}
    key = (tuple(configured), tuple(sorted(limits.items(), key=lambda each: each[0])))
    lag = large.lag(session, limits)
    return _GATHERED.get(session, key, now, lambda: _gather(session, configured, limits, now), lag=lag)


_GATHERED: WhileUnchanged[Cohorts] = WhileUnchanged()


def _gather(
    session: Session, configured: Sequence[str], limits: Mapping[str, Limits], now: datetime
) -> Cohorts:
    """In a fixed number of queries, however many studies there are."""
    release, day = release_day(session, now)
    followed = watch_summary.watches(session)
    vast = {name for name in followed if large.is_large(session, name)}
    cards = {name: _large_card(session, name, name in configured, now) for name in vast}
    names = all_watches(configured, followed)
    cards |= _cards(session, [each for each in names if each not in vast], configured, limits, day, now)
    return Cohorts(release=release, counted_at=now, watches=[cards[name] for name in names])


def _cards(
    session: Session,
    names: Sequence[str],
    configured: Sequence[str],
    limits: Mapping[str, Limits],
    day: date,
    now: datetime,
) -> dict[str, WatchCard]:
    """The cards of watches whose studies are looked at."""
    if not names:
        return {}
    followed, weeks = watch_summary.watches(session), Weeks(day, SPARKS)
    lately = (day - timedelta(weeks=LATELY)).isoformat()
    tallies, present = (
        _by_watch(watch_summary.tallies(session, names)),
        watch_summary.contents(session, names),
    )
    events = watch_summary.events(session, weeks.since, names)
    alerts = watch_summary.open_alerts(session, now, names)
    entered, left = (
        watch_summary.entered(session, lately, names),
        watch_summary.left(session, lately, names),
    )
    return {
        name: WatchCard(
            name=name,
            is_configured=name in configured,
            established=followed.get(name),
            studies=sum(each.studies for each in tallies[name]),
            # An id that was never read is not absent: nobody has asked for it yet.
            absent=sum(each.studies for each in tallies[name] if each.state not in ("present", "unread")),
            statuses=_statuses(tallies[name]),
            weeks=weeks.sums(events.get(name, {}).items()),
            open_alerts=alerts.get(name, 0),
            entered=entered.get(name, 0),
            left=left.get(name, 0),
            silences=counted(silences(session, present.get(name, {}), day, limits[name]).values()),
        )
        for name in names
    }


def _large_card(session: Session, name: str, is_configured: bool, now: datetime) -> WatchCard:
    """The card of a watch of which the cycle has counted everything."""
    said = large.figures(session, name, now)
    states = {each["value"]: each["studies"] for each in said["states"]}
    weeks = [sum(week["events"].values()) for week in said["weeks"][-SPARKS:]]
    return WatchCard(
        name=name,
        is_configured=is_configured,
        established=said.get("established"),
        studies=said["studies"],
        absent=sum(number for state, number in states.items() if state not in ("present", "unread")),
        statuses=sorted(
            (Count(**each) for each in said["statuses"]), key=lambda each: status_rank(each.value)
        ),
        weeks=(*[0] * (SPARKS - len(weeks)), *weeks),
        open_alerts=said["open_alerts"],
        entered=sum(week["entered"] for week in said["weeks"][-LATELY:]),
        left=sum(week["left"] for week in said["weeks"][-LATELY:]),
        silences=said["silences"],
    )


def limits_of(rules: Mapping[str, RuleSet], watch: str) -> Limits:
    """The limits of a watch's rules; those that are shipped where it is not configured any more."""
    return rules[watch].limits if watch in rules else Limits()


def _by_watch(tallies: Sequence[Tally]) -> defaultdict[str, list[Tally]]:
    found: defaultdict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        found[tally.watch].append(tally)
    return found


def _statuses(tallies: Sequence[Tally]) -> list[Count]:
    counts: Counter[str] = Counter()
    for tally in tallies:
        counts[tally.status or UNSTATED] += tally.studies
    return [Count(value=value, studies=counts[value]) for value in sorted(counts, key=status_rank)]
