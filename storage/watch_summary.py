"""All watches at a glance: their studies, how they stand, what happened lately; a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, distinct, func, or_, select
from sqlalchemy.orm import Session

from storage import tables
from storage.alerts import awake
from storage.rows import rows
from storage.tables import table_of

STUDY = table_of(tables.Study).c
MEMBERSHIP = table_of(tables.Membership).c
EVENT = table_of(tables.Event).c
ALERT = table_of(tables.Alert).c
WATCH = table_of(tables.Watch).c
CYCLE = table_of(tables.Cycle).c
AUDIT = table_of(tables.Audit).c

_OF_ITS_STUDIES = and_(
    EVENT.nct_id == MEMBERSHIP.nct_id, or_(EVENT.watch.is_(None), EVENT.watch == MEMBERSHIP.watch)
)
"""An event of a study that is or was in the watch, unless it was told for another one."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many studies of a watch are in a state and have an overall status."""

    watch: str
    state: str
    status: str | None
    studies: int


def state(session: Session) -> tuple[object, ...] | None:
    """Another value whenever something that the listings show was written: by a cycle, an event, a person, a replay.

    None while a cycle is at work, when anything may change.
    """
    last = select(CYCLE.id, CYCLE.state).order_by(CYCLE.id.desc()).limit(1).subquery()
    cycle = select(last.c.id).scalar_subquery(), select(last.c.state).scalar_subquery()
    newest = select(func.max(EVENT.seq)).scalar_subquery()
    # A replay tells events anew under their old numbers, and leaves no other trace in these tables.
    superseded = select(func.count()).select_from(table_of(tables.Superseded)).scalar_subquery()
    done = select(func.max(AUDIT.seq)).scalar_subquery()
    found = tuple(session.execute(select(*cycle, newest, superseded, done)).one())
    return None if found[1] == "running" else found


def watches(session: Session) -> dict[str, str | None]:
    """The watches that were followed, each with the release of its first complete cycle."""
    rows = session.execute(select(WATCH.name, WATCH.established_release))
    return dict(sorted((row.name, row.established_release) for row in rows))


def tallies(session: Session, without: Collection[str] = ()) -> list[Tally]:
    """The studies of all watches but some, counted by watch, state and overall status."""
    columns = (MEMBERSHIP.watch, STUDY.state, STUDY.status)
    statement = (
        select(*columns, func.count())
        .join_from(table_of(tables.Membership), table_of(tables.Study), STUDY.nct_id == MEMBERSHIP.nct_id)
        .where(MEMBERSHIP.left_release.is_(None), MEMBERSHIP.watch.not_in(sorted(without)))
    )
    return rows(session, statement.group_by(*columns), Tally)


def contents(session: Session, without: Collection[str] = ()) -> dict[str, dict[str, str]]:
    """The studies of each watch but some that are present, by id, with the hash of what their record says."""
    statement = (
        select(MEMBERSHIP.watch, STUDY.nct_id, STUDY.content_hash)
        .join_from(table_of(tables.Membership), table_of(tables.Study), STUDY.nct_id == MEMBERSHIP.nct_id)
        .where(MEMBERSHIP.left_release.is_(None), MEMBERSHIP.watch.not_in(sorted(without)))
        .where(STUDY.state == "present", STUDY.content_hash.is_not(None))
    )
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for watch, nct_id, content in session.execute(statement).all():
        found[watch][nct_id] = content
    return found


def events(session: Session, since: str, without: Collection[str] = ()) -> dict[str, dict[str, int]]:
    """How many events the studies of each watch but some had on each release from one on."""
    number = func.count(distinct(EVENT.id))
    statement = (
        select(MEMBERSHIP.watch, EVENT.release, number)
        .join_from(table_of(tables.Event), table_of(tables.Membership), _OF_ITS_STUDIES)
        .where(EVENT.held_by.is_(None), EVENT.release >= since, MEMBERSHIP.watch.not_in(sorted(without)))
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for watch, release, counted in session.execute(statement.group_by(MEMBERSHIP.watch, EVENT.release)):
        found[watch][release] = counted
    return found


def open_alerts(session: Session, now: datetime) -> dict[str, int]:
    """How many alerts of each watch's studies wait for a person: open and not snoozed."""
    statement = (
        select(MEMBERSHIP.watch, func.count(distinct(EVENT.id)))
        .join_from(table_of(tables.Alert), table_of(tables.Event), EVENT.id == ALERT.event_id)
        .join(table_of(tables.Membership), _OF_ITS_STUDIES)
        .where(EVENT.held_by.is_(None), ALERT.state == "open", awake(now))
    )
    return {row[0]: row[1] for row in session.execute(statement.group_by(MEMBERSHIP.watch))}


def entered(session: Session, since: str, without: Collection[str] = ()) -> dict[str, int]:
    """How many studies entered each watch from a release on; those with whom it was established did not."""
    statement = (
        select(MEMBERSHIP.watch, func.count())
        .join_from(table_of(tables.Membership), table_of(tables.Watch), WATCH.name == MEMBERSHIP.watch)
        # NULL for a watch that is being established compares with nothing, so that nobody entered it yet.
        .where(MEMBERSHIP.entered_release >= since, MEMBERSHIP.entered_release > WATCH.established_release)
        .where(WATCH.name.not_in(sorted(without)))
    )
    return {row[0]: row[1] for row in session.execute(statement.group_by(MEMBERSHIP.watch))}


def left(session: Session, since: str, without: Collection[str] = ()) -> dict[str, int]:
    """How many studies left each watch from a release on."""
    statement = select(MEMBERSHIP.watch, func.count()).where(
        MEMBERSHIP.left_release >= since, MEMBERSHIP.watch.not_in(sorted(without))
    )
    return {row[0]: row[1] for row in session.execute(statement.group_by(MEMBERSHIP.watch))}
