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
from storage.membership import in_state
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


@dataclass(frozen=True, slots=True)
class Mark:
    """Another one whenever something that the listings show was written; but not while a cycle is at work."""

    acts: tuple[object, ...]
    """What people did, and what was told anew for them."""
    told: tuple[object, ...]
    """What cycles did and told."""
    is_cycle_at_work: bool
    """Then anything may change that no mark shows."""


def mark(session: Session) -> Mark:
    """How the database stands, in one query that looks at no study."""
    last = select(CYCLE.id, CYCLE.state).order_by(CYCLE.id.desc()).limit(1).subquery()
    cycle = select(last.c.id).scalar_subquery(), select(last.c.state).scalar_subquery()
    newest = select(func.max(EVENT.seq)).scalar_subquery()
    # A replay tells events anew under their old numbers, and leaves no other trace in these tables.
    superseded = select(func.count()).select_from(table_of(tables.Superseded)).scalar_subquery()
    done = select(func.max(AUDIT.seq)).scalar_subquery()
    found = session.execute(select(*cycle, newest, superseded, done)).one()
    return Mark(acts=(*found[3:],), told=(*found[:3],), is_cycle_at_work=found[1] == "running")


def watches(session: Session) -> dict[str, str | None]:
    """The watches that were followed, each with the release of its first complete cycle."""
    rows = session.execute(select(WATCH.name, WATCH.established_release))
    return dict(sorted((row.name, row.established_release) for row in rows))


def tallies(session: Session, names: Collection[str]) -> list[Tally]:
    """The studies of some watches, counted by watch, state and overall status."""
    columns = (MEMBERSHIP.watch, STUDY.state, STUDY.status)
    statement = (
        select(*columns, func.count())
        .join_from(table_of(tables.Membership), table_of(tables.Study), STUDY.nct_id == MEMBERSHIP.nct_id)
        .where(MEMBERSHIP.left_release.is_(None), MEMBERSHIP.watch.in_(sorted(names)))
    )
    return rows(session, statement.group_by(*columns), Tally)


def contents(session: Session, names: Collection[str]) -> dict[str, dict[str, str]]:
    """The studies of some watches that are present, each watch's, by id, with the hash of what their record says."""
    statement = (
        select(MEMBERSHIP.watch, STUDY.nct_id, STUDY.content_hash)
        .join_from(table_of(tables.Membership), table_of(tables.Study), STUDY.nct_id == MEMBERSHIP.nct_id)
        .where(MEMBERSHIP.left_release.is_(None), MEMBERSHIP.watch.in_(sorted(names)))
        .where(STUDY.content_hash.is_not(None), in_state("present"))
    )
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for watch, nct_id, content in session.execute(statement):
        found[watch][nct_id] = content
    return found


def events(session: Session, since: str, names: Collection[str]) -> dict[str, dict[str, int]]:
    """How many events the studies of some watches had on each release from one on."""
    number = func.count(distinct(EVENT.id))
    statement = (
        select(MEMBERSHIP.watch, EVENT.release, number)
        .join_from(table_of(tables.Event), table_of(tables.Membership), _OF_ITS_STUDIES)
        .where(EVENT.held_by.is_(None), EVENT.release >= since, MEMBERSHIP.watch.in_(sorted(names)))
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for watch, release, counted in session.execute(statement.group_by(MEMBERSHIP.watch, EVENT.release)):
        found[watch][release] = counted
    return found


def open_alerts(session: Session, now: datetime, names: Collection[str]) -> dict[str, int]:
    """How many alerts of some watches' studies wait for a person: open and not snoozed."""
    statement = (
        select(MEMBERSHIP.watch, func.count(distinct(EVENT.id)))
        .join_from(table_of(tables.Alert), table_of(tables.Event), EVENT.id == ALERT.event_id)
        .join(table_of(tables.Membership), _OF_ITS_STUDIES)
        .where(EVENT.held_by.is_(None), ALERT.state == "open", awake(now))
        .where(MEMBERSHIP.watch.in_(sorted(names)))
    )
    return {row[0]: row[1] for row in session.execute(statement.group_by(MEMBERSHIP.watch))}


def entered(session: Session, since: str, names: Collection[str]) -> dict[str, int]:
    """How many studies entered some watches from a release on; those with whom one was established did not."""
    statement = (
        select(MEMBERSHIP.watch, func.count())
        .join_from(table_of(tables.Membership), table_of(tables.Watch), WATCH.name == MEMBERSHIP.watch)
        # NULL for a watch that is being established compares with nothing, so that nobody entered it yet.
        .where(MEMBERSHIP.entered_release >= since, MEMBERSHIP.entered_release > WATCH.established_release)
        .where(WATCH.name.in_(sorted(names)))
    )
    return {row[0]: row[1] for row in session.execute(statement.group_by(MEMBERSHIP.watch))}


def left(session: Session, since: str, names: Collection[str]) -> dict[str, int]:
    """How many studies left some watches from a release on."""
    statement = select(MEMBERSHIP.watch, func.count()).where(
        MEMBERSHIP.left_release >= since, MEMBERSHIP.watch.in_(sorted(names))
    )
    return {row[0]: row[1] for row in session.execute(statement.group_by(MEMBERSHIP.watch))}
