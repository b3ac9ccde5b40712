"""A watch: all its studies, how they stand, what happens among them, and a page of the table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from storage import ledger, watch_summary, watch_table
from storage.tables import SEVERITIES
from storage.watch_table import Activity, Member, Movement
from sync.changes.rule import Limits
from sync.view import View
from sync.web.views.cache import WhileUnchanged
from sync.web.views.cohort import large
from sync.web.views.cohort.query import (
    UNSTATED,
    CohortQuery,
    Line,
    chosen,
    class_of,
    ordered,
    phase_of,
    phase_rank,
    status_rank,
)
from sync.web.views.cohort.rows import Row, row_of
from sync.web.views.cohort.silent import counted, silences
from sync.web.views.cohort.weeks import Weeks

A_PAGE = 50
WEEKS = 26
SPARKS = 12
"""Weeks in a row's sparkline."""
RECENT = 8
"""Weeks whose coming and going studies are named."""


class Count(View):
    """How many studies have a value; `-`: it is not known, or not stated."""

    value: str
    studies: int


class Week(View):
    """What happened in a week, which its Monday names."""

    monday: date
    events: dict[str, int] = Field(description="By severity, heaviest first.")
    entered: int
    left: int


class Moved(View):
    """A study that entered the watch or left it."""

    nct_id: str
    title: str | None
    release: str
    entered: bool


class Cohort(View):
    """The studies of a watch. What is counted is of all that are in it now; `rows` are a page of those asked for."""

    watch: str
    watches: list[str] = Field(description="To choose from.")
    release: str | None = Field(
        description="The last one that was read to its end; silence is told as of its day."
    )
    counted_at: datetime = Field(description=large.COUNTED_AT)
    established: str | None = Field(description="The release of the watch's first complete cycle.")
    studies: int
    events: int = Field(description="In the weeks listed.")
    open_alerts: int = Field(description="Of studies that are or were in the watch.")
    statuses: list[Count] = Field(description="In the order of a study's life.")
    phases: list[Count]
    countries: list[Count] = Field(description="Studies with a site in each, most first.")
    sponsor_classes: list[Count]
    states: list[Count]
    silences: dict[str, int] = Field(
        description="Studies that are overdue, stale, or about to be set UNKNOWN."
    )
    weeks: list[Week] = Field(
        description="The last 26, or those since the watch was established; eight at least."
    )
    movements: list[Moved] = Field(description="Of the last eight weeks, last first.")
    found: int = Field(description="Studies that are asked for.")
    page: int
    pages: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Material:
    """All that a watch's page is made of: the lines to choose from, and what it says whichever are chosen."""

    lines: Sequence[Line]
    said: Mapping[str, Any]
    day: date


def load(
    session: Session,
    watch: str,
    query: CohortQuery,
    *,
    watches: Sequence[str],
    limits: Limits,
    now: datetime,
    page: int = 1,
) -> Cohort:
    """A watch and a page of its table, the last one where there are fewer; `limits` are those of its rules."""
    names = all_watches(watches, watch_summary.watches(session))
    if large.is_large(session, watch):
        return _large(session, watch, query, names, limits, now, page)
    material = collect(session, watch, limits, now, left=query.left)
    # In memory: narrowing, sorting and turning pages ask the database for nothing but the rows that are shown.
    chosen_lines = ordered(chosen(material.lines, query, material.day), query.sort)
    pages = max(1, -(-len(chosen_lines) // A_PAGE))
    page = min(page, pages)
    return Cohort(
        watch=watch,
        watches=names,
        **material.said,
        found=len(chosen_lines),
        page=page,
        pages=pages,
        rows=_rows(session, chosen_lines[(page - 1) * A_PAGE : page * A_PAGE]),
    )


def _large(
    session: Session,
    watch: str,
    query: CohortQuery,
    names: list[str],
    limits: Limits,
    now: datetime,
    page: int,
) -> Cohort:
    """A watch of which the cycle has counted what is said of all, and of which a page is asked for."""
    release, day = release_day(session, now)
    said = {"release": release, "established": None, **large.figures(session, watch, now)}
    said["statuses"] = sorted(said["statuses"], key=lambda each: status_rank(each["value"]))
    said["phases"] = sorted(said["phases"], key=lambda each: phase_rank(each["value"]))
    found = said["studies"]
    if query.narrows:
        found = large.found(session, watch, query, day=day, limits=limits, now=now)
    pages = max(1, -(-found // A_PAGE))
    page = min(page, pages)
    # Where nothing is found, every study would be looked at for the first one.
    shown = min(A_PAGE, found - (page - 1) * A_PAGE)
    rows = large.page(
        session, watch, query, day=day, limits=limits, now=now, offset=(page - 1) * A_PAGE, limit=shown
    )
    return Cohort.model_validate(
        {"watch": watch, "watches": names, **said, "found": found, "page": page, "pages": pages, "rows": rows}
    )


def rows(session: Session, watch: str, query: CohortQuery, *, limits: Limits, now: datetime) -> list[Row]:
    """All rows of the table that are asked for, in order. Raises TooManyToExport."""
    if large.is_large(session, watch):
        _, day = release_day(session, now)
        return large.everything_asked_for(session, watch, query, day=day, limits=limits, now=now)
    material = collect(session, watch, limits, now, left=query.left)
    return _rows(session, ordered(chosen(material.lines, query, material.day), query.sort))


def _rows(session: Session, lines: Sequence[Line]) -> list[Row]:
    last = watch_table.last_events(session, [line.latest for line in lines if line.latest])
    return [row_of(line, last.get(line.member.nct_id)) for line in lines]


def all_watches(configured: Sequence[str], followed: Iterable[str]) -> list[str]:
    """The watches of the configuration in its order, then those that were followed once."""
    return list(dict.fromkeys((*configured, *followed)))


def release_day(session: Session, now: datetime) -> tuple[str | None, date]:
    """The last release that was read to its end, and its day; today where there is none."""
    mark = ledger.watermark(session)
    return (mark.release, date.fromisoformat(mark.release)) if mark else (None, now.date())


def collect(session: Session, watch: str, limits: Limits, now: datetime, *, left: bool = False) -> Material:
    """What is known of a watch; a page turned or sorted anew costs nothing again while nothing has changed."""
    key, lag = (watch, limits, left), large.lag(session, [watch])
    return _GATHERED.get(session, key, now, lambda: _collect(session, watch, limits, now, left), lag=lag)


_GATHERED: WhileUnchanged[Material] = WhileUnchanged()


def _collect(session: Session, watch: str, limits: Limits, now: datetime, left: bool) -> Material:
    """In a fixed number of queries."""
    release, day = release_day(session, now)
    weeks = Weeks(day, WEEKS)
    members = watch_table.members(session, watch, left=left)
    contents = {
        member.nct_id: member.content_hash
        for member in members
        if member.content_hash and member.state == "present"
    }
    silent, latest = silences(session, contents, day, limits), watch_table.latest(session, watch, now)
    events, sparks = _by_week(watch_table.activity(session, watch, weeks.since), weeks)
    lines = [
        Line(
            member,
            silent.get(member.nct_id, ()),
            # One tuple for all that are quiet, which most are: the drawing of it is made once.
            tuple(sparks[member.nct_id]) if member.nct_id in sparks else _QUIET,
            latest.get(member.nct_id),
        )
        for member in members
    ]
    # What is counted is of those in the watch now, also where the table lists those that left.
    current = [line for line in lines if line.member.left_release is None]
    moved, established = (
        watch_table.movements(session, watch, weeks.since),
        watch_summary.watches(session).get(watch),
    )
    said = {
        "release": release,
        "counted_at": now,
        "established": established,
        "studies": len(current),
        "events": sum(sum(week.values()) for week in events),
        "open_alerts": sum(each.open_alerts for each in latest.values()),
        **_mixes([line.member for line in current]),
        "silences": counted(line.silent for line in current),
        "weeks": _weeks(events, moved, weeks, established),
        "movements": _recent(moved, weeks),
    }
    return Material(lines, said, day)


_QUIET = (0,) * SPARKS


def _by_week(
    activity: Iterable[Activity], weeks: Weeks
) -> tuple[list[dict[str, int]], dict[str | None, list[int]]]:
    """The events of each week by severity, and those of each study in the last weeks."""
    events = [dict.fromkeys(SEVERITIES, 0) for _ in weeks.mondays]
    sparks: defaultdict[str | None, list[int]] = defaultdict(lambda: [0] * SPARKS)
    for each in activity:
        place = weeks.place(each.release)
        if place is not None:
            events[place][each.severity] += each.events
            if place >= WEEKS - SPARKS:
                sparks[each.nct_id][place - (WEEKS - SPARKS)] += each.events
    return events, sparks


def _mixes(members: Sequence[Member]) -> dict[str, list[Count]]:
    countries = Counter(country for member in members for country in member.facts.get("countries", ()))
    return {
        "statuses": _counts((member.status or UNSTATED for member in members), status_rank),
        "phases": _counts((phase_of(member.phases) for member in members), phase_rank),
        "countries": [Count(value=value, studies=number) for value, number in _most_first(countries)],
        "sponsor_classes": _counts((class_of(member) for member in members), str),
        "states": _counts((member.state for member in members), str),
    }


def _counts(values: Iterable[str], order: Callable[[str], Any]) -> list[Count]:
    counts = Counter(values)
    return [Count(value=value, studies=counts[value]) for value in sorted(counts, key=order)]


def _most_first(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _weeks(
    events: Sequence[Mapping[str, int]], moved: Sequence[Movement], weeks: Weeks, established: str | None
) -> list[Week]:
    """Those before the watch was established are left out: of them nothing is known, which is not nothing happened."""
    begun = min(weeks.place(established or "") or 0, WEEKS - RECENT)
    flows = Counter((weeks.place(each.release), each.entered) for each in moved)
    return [
        Week(monday=monday, events=dict(counts), entered=flows[place, True], left=flows[place, False])
        for place, (monday, counts) in enumerate(zip(weeks.mondays, events, strict=True))
        if place >= begun
    ]


def _recent(moved: Sequence[Movement], weeks: Weeks) -> list[Moved]:
    since = (weeks.mondays[-1] - timedelta(weeks=RECENT - 1)).isoformat()
    return [
        Moved(nct_id=each.nct_id, title=each.title, release=each.release, entered=each.entered)
        for each in moved
        if each.release >= since
    ]
