"""What happened how often in a watch, and how long its studies were observed: counted by the database.

A study is observed from its first stored version on, whatever that was made of, until it left the watch or the registry. An
event that a storm holds, or that was dismissed with one, counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, null, or_, select, union_all
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import chunks, insert
from storage.tables import table_of

EVENT = table_of(tables.Event).c
CHANGE = table_of(tables.Change).c
MEMBERSHIP = table_of(tables.Membership).c
VERSION = table_of(tables.Version).c
STUDY = table_of(tables.Study).c
PROFILE = table_of(tables.Profile).c
BASE_RATE = table_of(tables.BaseRate).c

STRATA = ("trial_class", "phase", "sponsor_class")
"""What studies can be told apart by, as their newest versions have it."""
WITHOUT_CHANGES = (
    *("entered", "left", "reentered", "missing", "gone", "alias", "withheld"),
    *("stale", "overdue", "unknown_forecast"),
)
"""Kinds of event that no change between two versions makes."""

_IS_STATUS = and_(CHANGE.kind == "status", CHANGE.path.like("%.overallStatus"))


@dataclass(frozen=True, slots=True)
class What:
    """Something that may happen to a study: a change of a kind, a step to a status, an event without versions."""

    kind: str
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Releases after `since` and up to `until`, both YYYY-MM-DD."""

    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Observed:
    """How many studies of one stratum were observed in a window, and for how many days together."""

    stratum: tuple[str, ...]
    studies: int
    days: int
    first: str
    """Since when the first of them was: the window's begin, or later."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many events told of something within a stratum, and of how many studies."""

    what: What
    stratum: tuple[str, ...]
    events: int
    studies: int


def observed(session: Session, watch: str, window: Window, by: Sequence[str] = ()) -> list[Observed]:
    """Who of a watch was observed in a window, and how long, by stratum."""
    stays = _stays(watch)
    strata = [PROFILE[name] for name in by]
    columns = (stays.c.first, stays.c.left, stays.c.absent)
    statement = select(*columns, func.count(), *strata).where(stays.c.first < window.until)
    if strata:
        # only then: to look for each of a whole registry takes a fifth of all else
        statement = statement.join_from(
            stays, table_of(tables.Profile), PROFILE.nct_id == stays.c.nct_id, isouter=True
        )
    statement = statement.group_by(*columns, *strata)
    found: dict[tuple[str, ...], list[tuple[int, int, str]]] = {}
    for first, left, absent, studies, *stratum in session.execute(statement):
        begin, end = max(first, window.since), min(filter(None, (window.until, left, absent)))
        if begin < end:
            days = (date.fromisoformat(end) - date.fromisoformat(begin)).days
            key = tuple(value or "-" for value in stratum)
            found.setdefault(key, []).append((studies, studies * days, begin))
    return [
        Observed(key, sum(n for n, _, _ in rows), sum(d for _, d, _ in rows), min(b for _, _, b in rows))
        for key, rows in sorted(found.items())
    ]


def _stays(watch: str) -> Any:
    """Each study that is or was in a watch: since when its versions are known, and when it left, or was first absent."""
    member, past = _members(watch), _pasts()
    is_away = STUDY.state.in_(("missing", "gone", "alias"))
    earlier = and_(
        past.c.since.is_not(None), or_(STUDY.head.is_(None), past.c.since < STUDY.first_seen_release)
    )
    return (
        select(
            member.c.nct_id,
            case((earlier, past.c.since), else_=STUDY.first_seen_release).label("first"),
            member.c.left,
            case((is_away, STUDY.absent_since)).label("absent"),
        )
        .join_from(member, table_of(tables.Study), STUDY.nct_id == member.c.nct_id)
        .join(past, past.c.nct_id == member.c.nct_id, isouter=True)
        .where(or_(STUDY.head.is_not(None), past.c.since.is_not(None)))
        .subquery()
    )


def _members(watch: str) -> Any:
    """Each study that is or was in a watch, and when it left it last (None: it is in it)."""
    # In two parts, each of which has an index of its own: put together by study, a whole registry would be sorted.
    inside = select(MEMBERSHIP.nct_id, null().label("left")).where(
        MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None)
    )
    back = table_of(tables.Membership).alias()
    is_back = exists().where(
        back.c.watch == watch, back.c.nct_id == MEMBERSHIP.nct_id, back.c.left_release.is_(None)
    )
    left = (
        select(MEMBERSHIP.nct_id, func.max(MEMBERSHIP.left_release).label("left"))
        .where(MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_not(None), ~is_back)
        .group_by(MEMBERSHIP.nct_id)
    )
    return union_all(inside, left).subquery()


def _pasts() -> Any:
    """Since when those studies are known of which there are versions from before the first poll, or a day is known."""
    return (
        select(VERSION.nct_id, func.min(func.coalesce(VERSION.since, VERSION.release)).label("since"))
        .where(or_(VERSION.number < 1, VERSION.since.is_not(None)))
        .group_by(VERSION.nct_id)
        .subquery()
    )


def tallies(session: Session, watch: str, window: Window, by: Sequence[str] = ()) -> list[Tally]:
    """What happened in a watch within a window, by stratum: kinds of change, steps to a status, events without versions."""
    strata = [PROFILE[name] for name in by]
    counts = (func.count(EVENT.id.distinct()), func.count(EVENT.nct_id.distinct()))
    of_change = select(CHANGE.kind, *counts, *strata).join_from(*_events_with_changes())
    to_status = select(CHANGE.new, *counts, *strata).join_from(*_events_with_changes()).where(_IS_STATUS)
    plain = select(EVENT.kind, *counts, *strata).where(EVENT.kind.in_(WITHOUT_CHANGES))
    found = []
    for statement, column in ((of_change, CHANGE.kind), (to_status, CHANGE.new), (plain, EVENT.kind)):
        counted = (
            statement.join(table_of(tables.Profile), PROFILE.nct_id == EVENT.nct_id, isouter=True)
            .where(_within(watch, window))
            .group_by(column, *strata)
        )
        for name, events, studies, *stratum in session.execute(counted):
            what = What("status", name) if column is CHANGE.new else What(name)
            found.append(Tally(what, tuple(value or "-" for value in stratum), events, studies))
    return found


def changes(session: Session, watch: str, window: Window, kind: str) -> list[tuple[str, Any, Any, Any]]:
    """The changes of a kind in a watch within a window: study, old and new value, detail."""
    columns = (EVENT.nct_id, CHANGE.old, CHANGE.new, CHANGE.detail)
    statement = select(*columns).join_from(*_events_with_changes())
    found = statement.where(_within(watch, window), CHANGE.kind == kind).order_by(EVENT.release, EVENT.seq)
    return [tuple(row) for row in session.execute(found)]


def status_steps(session: Session, watch: str) -> list[tuple[str, str, str, str]]:
    """Each step of a status in a watch, as far as it is known: study, release, old and new one, in order."""
    statement = select(EVENT.nct_id, EVENT.release, CHANGE.old, CHANGE.new).join_from(*_events_with_changes())
    found = statement.where(_IS_STATUS, _is_in(watch)).order_by(EVENT.nct_id, EVENT.release, EVENT.seq)
    return [tuple(row) for row in session.execute(found)]


def stays(session: Session, watch: str) -> list[tuple[str, str, str | None, str | None]]:
    """Each study that is or was in a watch: its id, when it was first observed, until when (None: still), its status now."""
    found = _stays(watch)
    statement = select(found.c.nct_id, found.c.first, found.c.left, found.c.absent, STUDY.status).join_from(
        found, table_of(tables.Study), STUDY.nct_id == found.c.nct_id
    )
    return [
        (nct_id, first, min(filter(None, (left, absent)), default=None), status)
        for nct_id, first, left, absent, status in session.execute(statement.order_by(found.c.nct_id))
    ]


def occurrences(session: Session, watch: str, what: What, window: Window) -> list[tuple[str, str, int]]:
    """Each time that something happened in a watch within a window: study, release and place, in order."""
    columns = (EVENT.nct_id, EVENT.release, EVENT.seq)
    statement = select(*columns).where(_within(watch, window), _tells_of(what), EVENT.nct_id.is_not(None))
    return [tuple(row) for row in session.execute(statement.order_by(EVENT.release, EVENT.seq))]


def on_release(
    session: Session, release: str, *, without_rate: bool = False
) -> list[tuple[str, str, str, int]]:
    """The events of studies on a release that no storm holds, as they were told: id, study, kind, place."""
    statement = select(EVENT.id, EVENT.nct_id, EVENT.kind, EVENT.seq).where(
        EVENT.release == release, EVENT.nct_id.is_not(None), EVENT.held_by.is_(None)
    )
    if without_rate:
        statement = statement.where(~exists().where(BASE_RATE.event_id == EVENT.id))
    return [tuple(row) for row in session.execute(statement.order_by(EVENT.seq))]


def new_statuses(session: Session, event_ids: Iterable[str]) -> dict[str, str]:
    """The overall status that each of the events tells of a step to, where it does."""
    statement = select(CHANGE.event_id, CHANGE.new).where(_IS_STATUS)
    return {
        event_id: new
        for chunk in chunks(event_ids)
        for event_id, new in session.execute(statement.where(CHANGE.event_id.in_(chunk)))
        if isinstance(new, str)
    }


def size(session: Session, watch: str) -> int:
    """How many studies are in a watch."""
    inside = select(func.count()).where(MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None))
    return session.scalar(inside) or 0


def note(session: Session, rates: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    """Keep how usual events were when they were told: event, watch, and the numbers."""
    rows = [{"event_id": event_id, "watch": watch, "body": body} for event_id, watch, body in rates]
    if rows:
        session.execute(insert(session, tables.BaseRate).on_conflict_do_nothing(), rows)


def noted(session: Session, event_id: str) -> dict[str, Any] | None:
    """How usual an event was, where that was kept."""
    found: dict[str, Any] | None = session.scalar(
        select(BASE_RATE.body).where(BASE_RATE.event_id == event_id)
    )
    return found


def _events_with_changes() -> tuple[Any, Any, ColumnElement[bool]]:
    return table_of(tables.Event), table_of(tables.Change), CHANGE.event_id == EVENT.id


def _within(watch: str, window: Window) -> ColumnElement[bool]:
    return and_(
        EVENT.held_by.is_(None), EVENT.release > window.since, EVENT.release <= window.until, _is_in(watch)
    )


def _is_in(watch: str) -> ColumnElement[bool]:
    """Events of studies that were in a watch then, or came into it later: their past is known all the same."""
    stayed = or_(MEMBERSHIP.left_release.is_(None), MEMBERSHIP.left_release >= EVENT.release)
    member: Select[Any] = select(MEMBERSHIP.nct_id).where(
        MEMBERSHIP.watch == watch, MEMBERSHIP.nct_id == EVENT.nct_id, stayed
    )
    return and_(
        exists(member.correlate(table_of(tables.Event))), or_(EVENT.watch.is_(None), EVENT.watch == watch)
    )


def _tells_of(what: What) -> ColumnElement[bool]:
    if what.kind in WITHOUT_CHANGES:
        return EVENT.kind == what.kind
    wanted = CHANGE.kind == what.kind
    if what.status is not None:
        wanted = and_(_IS_STATUS, CHANGE.new == what.status)
    return EVENT.id.in_(select(CHANGE.event_id).where(wanted))
