"""A watch that is too large to be loaded: what the last cycle counted of it, and a page of its table by query."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from storage import cohorts, large_table, large_watch, watch_table
from storage.large_table import Narrowing
from storage.watch_table import Member
from sync.changes.rule import Limits
from sync.changes.silence import bounds
from sync.errors import UsageError
from sync.versions.figures import EMPTY
from sync.web.views import stored
from sync.web.views.cache import AT_ONCE, LAG, WhileUnchanged
from sync.web.views.cohort.query import UNSTATED, CohortQuery, Line
from sync.web.views.cohort.rows import Row, row_of
from sync.web.views.cohort.silent import silences
from sync.web.views.cohort.weeks import Weeks

MOST_LOADED = 20_000
"""Studies of a watch that are loaded, narrowed and sorted in memory; of more a page is asked for at a time."""
MOST_AT_ONCE = 2_000
"""Studies that are gathered anew whenever something was written; of more it takes so long that pages lag behind a cycle."""
MOST_EXPORTED = 20_000
SPARKS = 12
"""Weeks in a row's sparkline."""


COUNTED_AT = (
    f"When it was counted. Of more than {MOST_AT_ONCE:,} studies that is up to {LAG.seconds} seconds ago while the service "
    f"writes, of more than {MOST_LOADED:,} at the end of the last cycle; alerts that people dealt with are counted at once."
)


class TooManyToExport(UsageError):
    """More studies are asked for than a file takes."""


def is_large(session: Session, watch: str) -> bool:
    """Whether a watch is shown by query."""
    return large_watch.figures(session, watch) is not None or cohorts.size(session, watch) > MOST_LOADED


def lag(session: Session, watches: Collection[str]) -> timedelta:
    """How much older than the last write what is shown of watches may be."""
    if any(large_watch.figures(session, each) is not None for each in watches):
        return LAG
    return LAG if sum(cohorts.size(session, each) for each in watches) > MOST_AT_ONCE else AT_ONCE


def figures(session: Session, watch: str, now: datetime) -> dict[str, Any]:
    """What is said of a watch whichever of its studies are asked for; before its first cycle ended, how many they are."""
    kept = large_watch.figures(session, watch) or EMPTY | {
        "studies": cohorts.size(session, watch),
        "counted_at": now,
    }
    return {**kept, "open_alerts": large_watch.open_alerts(session, watch, now)}


def found(
    session: Session, watch: str, query: CohortQuery, *, day: date, limits: Limits, now: datetime
) -> int:
    """How many studies are asked for: as the cycle counted them, where it did."""
    kept = large_watch.figures(session, watch)
    counted = _counted(kept, query) if kept else None
    if counted is not None:
        return counted
    narrowing = narrowing_of(query, day, limits, indexed=_is_indexed(session, now))
    if _in_memory(narrowing, query.sort):
        return len(_ordered(session, watch, narrowing, query.sort, now))
    return _COUNTS.get(
        session, (watch, narrowing), now, lambda: large_table.count(session, watch, narrowing), lag=LAG
    )


def _counted(kept: Mapping[str, Any], query: CohortQuery) -> int | None:
    """The studies that a single filter finds, where they are counted; None where it takes a query."""
    asked = query.model_dump(exclude={"sort"}, exclude_defaults=True)
    if not asked:
        return int(kept["studies"])
    (name, value), *others = asked.items()
    if others or name not in _COUNTED:
        return None
    if name == "silence":
        return int(kept["silences"][value])
    return next((int(each["studies"]) for each in kept[_COUNTED[name]] if each["value"] == value), 0)


_COUNTED = {
    "status": "statuses",
    "phase": "phases",
    "country": "countries",
    "sponsor_class": "sponsor_classes",
    "state": "states",
    "silence": "silences",
}
"""The filters whose values are counted, with where they are."""


def page(
    session: Session,
    watch: str,
    query: CohortQuery,
    *,
    day: date,
    limits: Limits,
    now: datetime,
    offset: int,
    limit: int,
) -> list[Row]:
    """Some of the studies that are asked for, in order."""
    narrowing = narrowing_of(query, day, limits, indexed=_is_indexed(session, now))
    if _in_memory(narrowing, query.sort):
        numbers = _ordered(session, watch, narrowing, query.sort, now)[offset : offset + limit]
        members = large_table.members(session, watch, numbers)
    else:
        members = large_table.page(session, watch, narrowing, query.sort, offset=offset, limit=limit)
    return _rows(session, watch, members, day, limits, now)


def _in_memory(narrowing: Narrowing, sort: str) -> bool:
    """Whether the order of all studies that are asked for is kept for a while: no index has it, and it takes a second."""
    name = sort.removeprefix("-")
    if name in large_table.INDEXED:
        return narrowing != Narrowing(indexed=narrowing.indexed)
    return narrowing.is_dear or name not in ("nct_id", "changed", "events", "alerts")


def _ordered(session: Session, watch: str, narrowing: Narrowing, sort: str, now: datetime) -> array[int]:
    return _ORDERED.get(
        session,
        (watch, narrowing, sort),
        now,
        lambda: large_table.ordered(session, watch, narrowing, sort),
        lag=ORDER_LAG,
    )


ORDER_LAG = timedelta(seconds=60)
"""How old an order may be that no index has: it takes a second, and what its rows say is read anew for each page."""
_ORDERED: WhileUnchanged[array[int]] = WhileUnchanged(size=20)
"""Four bytes a study for each order that was asked for last: of the whole registry 50 MB at most."""
_COUNTS: WhileUnchanged[int] = WhileUnchanged(size=100)


def _is_indexed(session: Session, now: datetime) -> bool:
    coverage = stored.coverage(session, now)
    return coverage.indexed >= coverage.studies


def everything_asked_for(
    session: Session, watch: str, query: CohortQuery, *, day: date, limits: Limits, now: datetime
) -> list[Row]:
    """All studies that are asked for. Raises TooManyToExport where they are more than a file takes."""
    number = found(session, watch, query, day=day, limits=limits, now=now)
    if number > MOST_EXPORTED:
        raise TooManyToExport(
            f"{number:,} studies are asked for, and a file takes {MOST_EXPORTED:,}: narrow the list by status, phase, "
            "country or words"
        )
    return page(session, watch, query, day=day, limits=limits, now=now, offset=0, limit=number)


def narrowing_of(query: CohortQuery, day: date, limits: Limits, *, indexed: bool = False) -> Narrowing:
    """What the database is asked for (pure)."""
    until = asdict(bounds(day, limits))
    column = {"overdue": "overdue", "stale": "heard", "unknown_forecast": "unknown"}.get(query.silence)
    phases = () if query.phase == UNSTATED else tuple(query.phase.split("/"))
    return Narrowing(
        text=query.q,
        status=query.status,
        phases=phases if query.phase else None,
        country=query.country,
        sponsor_class=query.sponsor_class,
        state=query.state,
        changed_after=(day - timedelta(weeks=query.weeks)).isoformat() if query.weeks else "",
        silent=(f"{column}_on", until[column]) if column else None,
        left=query.left,
        indexed=indexed,
    )


def _rows(
    session: Session, watch: str, members: Sequence[Member], day: date, limits: Limits, now: datetime
) -> list[Row]:
    ids = [member.nct_id for member in members]
    contents = {
        each.nct_id: each.content_hash for each in members if each.content_hash and each.state == "present"
    }
    silent, latest = silences(session, contents, day, limits), large_table.latest(session, watch, ids, now)
    weeks = Weeks(day, SPARKS)
    counts = {nct_id: list[tuple[str, int]]() for nct_id in ids}
    for each in large_table.activity(session, watch, ids, weeks.since):
        counts[each.nct_id or ""].append((each.release, each.events))
    last = watch_table.last_events(session, latest.values())
    return [
        row_of(
            Line(
                member,
                silent.get(member.nct_id, ()),
                weeks.sums(counts[member.nct_id]),
                latest.get(member.nct_id),
            ),
            last.get(member.nct_id),
        )
        for member in members
    ]
