"""A watch's table: its studies with what happened to them lately, in a fixed number of queries however many they are.

An event that a storm holds counts for nothing here until a person has released it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from storage import tables
from storage.alerts import awake
from storage.bulk import CHUNK, chunks
from storage.membership import in_state
from storage.new_versions import Due
from storage.rows import columns_of, rows
from storage.sort_keys import country_count
from storage.tables import table_of

STUDY = table_of(tables.Study).c
MEMBERSHIP = table_of(tables.Membership).c
EVENT = table_of(tables.Event).c
ALERT = table_of(tables.Alert).c
WATCH = table_of(tables.Watch).c


@dataclass(frozen=True, slots=True)
class Member:
    """A study of a watch as its table shows it. `facts` are those of the listing.

    Members share what is equal in them: nothing may be changed in it.
    """

    nct_id: str
    entered_release: str
    left_release: str | None
    state: str
    content_hash: str | None
    title: str | None
    status: str | None
    sponsor: str | None
    last_update_posted: str | None
    phases: list[str]
    enrollment: dict[str, Any]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Activity:
    """How many events of a severity a study had on a release; `nct_id` is None where one tells of the watch itself."""

    nct_id: str | None
    release: str
    severity: str
    events: int


@dataclass(frozen=True, slots=True)
class Latest:
    """What was told of a study, as far as an order of studies needs it; `last` finds the event (see `last_events`)."""

    nct_id: str
    last: int
    release: str
    open_alerts: int


@dataclass(frozen=True, slots=True)
class LastEvent:
    """What was told last of a study."""

    id: str
    nct_id: str
    release: str
    severity: str
    headline: str


@dataclass(frozen=True, slots=True)
class Movement:
    """A study that entered a watch or left it."""

    nct_id: str
    title: str | None
    release: str
    entered: bool


def members(session: Session, watch: str, *, left: bool = False) -> list[Member]:
    """The studies that are in a watch, by id; with `left` those too that were, as they were when they left."""
    own = [
        STUDY[name] for name in ("state", "content_hash", "title", "status", "sponsor", "last_update_posted")
    ]
    # as text: parsing them all again for each page would cost more than all the rest
    parsed = [type_coerce(STUDY[name], Text) for name in ("phases", "enrollment", "facts")]
    statement = (
        select(MEMBERSHIP.nct_id, MEMBERSHIP.entered_release, MEMBERSHIP.left_release, *own, *parsed)
        .join_from(table_of(tables.Membership), table_of(tables.Study), STUDY.nct_id == MEMBERSHIP.nct_id)
        .where(MEMBERSHIP.watch == watch)
    )
    if not left:
        statement = statement.where(MEMBERSHIP.left_release.is_(None))
    # a study's memberships follow one another: the last one counts
    found = {row[0]: row for row in session.execute(statement.order_by(MEMBERSHIP.id)).all()}
    return [member_of(found[nct_id]) for nct_id in sorted(found)]


def activity(session: Session, watch: str, since: str) -> list[Activity]:
    """The events of a watch from a release on, counted by study, release and severity."""
    columns = (EVENT.nct_id, EVENT.release, EVENT.severity)
    statement = select(*columns, func.count()).where(_told_of(watch), EVENT.release >= since)
    return rows(session, statement.group_by(*columns), Activity)


def latest(session: Session, watch: str, now: datetime) -> dict[str, Latest]:
    """Of each study of a watch that was ever told of: when last, and how many alerts wait for a person."""
    waits = case((and_(ALERT.state == "open", awake(now)), 1), else_=0)
    statement = (
        select(EVENT.nct_id, func.max(EVENT.seq), func.max(EVENT.release), func.sum(waits))
        .join_from(table_of(tables.Event), table_of(tables.Alert), ALERT.event_id == EVENT.id, isouter=True)
        .where(_told_of(watch), EVENT.nct_id.is_not(None))
    )
    return {row[0]: Latest(*row) for row in session.execute(statement.group_by(EVENT.nct_id)).all()}


def last_events(session: Session, last: Iterable[Latest]) -> dict[str, LastEvent]:
    """The events that were told last of studies, by their ids."""
    columns = columns_of(EVENT, LastEvent)
    # Only for the rows of one page: the headline of each study's last event would be most of what is read.
    places = sorted({each.last for each in last})
    return {
        row.nct_id: LastEvent(*row)
        for first in range(0, len(places), CHUNK)
        for row in session.execute(select(*columns).where(EVENT.seq.in_(places[first : first + CHUNK])))
    }


def movements(session: Session, watch: str, since: str, *, limit: int | None = None) -> list[Movement]:
    """Who entered a watch or left it from a release on, last first; with whom it was established is not a movement."""
    founded = select(WATCH.established_release).where(WATCH.name == watch).scalar_subquery()
    came = _moved(watch, MEMBERSHIP.entered_release, since).where(MEMBERSHIP.entered_release > founded)
    went = _moved(watch, MEMBERSHIP.left_release, since)
    moved = [
        Movement(row.nct_id, row.title, row.release, entered)
        for rows, entered in ((came, True), (went, False))
        for row in session.execute(rows.order_by(literal_column("release").desc()).limit(limit))
    ]
    return sorted(moved, key=lambda each: (each.release, each.nct_id), reverse=True)[:limit]


def status_modules(session: Session, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The status modules of those of the studies that are present and have one."""
    present = select(STUDY.nct_id, STUDY.status_module).where(
        in_state("present"), STUDY.status_module.is_not(None)
    )
    return {
        nct_id: module
        for chunk in chunks(ids)
        for nct_id, module in session.execute(present.where(STUDY.nct_id.in_(chunk)))
        if isinstance(module, dict)
    }


def countries(session: Session) -> set[str]:
    """The countries that any study has a site in."""
    kept = select(type_coerce(STUDY.facts, Text)).where(STUDY.facts.is_not(None)).distinct()
    return {country for text in session.scalars(kept) for country in _parsed(text).get("countries", ())}


def statuses(session: Session) -> set[str]:
    """The overall statuses that any study has."""
    return set(session.scalars(select(STUDY.status).where(STUDY.status.is_not(None)).distinct()))


# summaries of heads that were stored by a program which kept less


def without_summary(session: Session, form: int, after: str = "", limit: int = 300) -> list[str]:
    """The ids of studies that have a head but no facts, or a summary of an older form, in order, after an id."""
    is_older = or_(STUDY.facts.is_(None), STUDY.summary_form.is_(None), STUDY.summary_form < form)
    statement = select(STUDY.nct_id).where(STUDY.head.is_not(None), is_older, STUDY.nct_id > after)
    return list(session.scalars(statement.order_by(STUDY.nct_id).limit(limit)))


def set_summaries(session: Session, form: int, summaries: Mapping[str, tuple[int, Any, Due]]) -> None:
    """Note facts and days of studies by their ids, each made of the head of a number, unless it has another by now."""
    statement = (
        update(table_of(tables.Study))
        .where(STUDY.nct_id == bindparam("id"), STUDY.head == bindparam("number"))
        .values(
            facts=bindparam("made"),
            heard_on=bindparam("heard"),
            overdue_on=bindparam("overdue"),
            unknown_on=bindparam("unknown"),
            look_on=bindparam("look"),
            looked_under=None,
            country_count=bindparam("country_count"),
            summary_form=form,
        )
    )
    rows = [
        {
            "id": nct_id,
            "number": head,
            "made": made,
            "heard": due.heard_on,
            "overdue": due.overdue_on,
            "unknown": due.unknown_on,
            "look": due.look_on,
            "country_count": country_count(made),
        }
        for nct_id, (head, made, due) in summaries.items()
    ]
    if rows:
        session.execute(statement, rows)


def member_of(row: Any) -> Member:
    """The study of a row, its JSON parsed."""
    *plain, phases, enrollment, facts = row
    return Member(*plain, *map(_parsed, (phases or "[]", enrollment or "{}", facts or "{}")))


# Phases, enrolments and facts repeat from study to study and from page to page.
@lru_cache(maxsize=8192)
def _parsed(text: str) -> Any:
    return json.loads(text)


def _told_of(watch: str) -> ColumnElement[bool]:
    """Events for a watch alone, and those of studies that are or were in it."""
    ever = select(MEMBERSHIP.nct_id).where(MEMBERSHIP.watch == watch)
    of_its_studies = and_(EVENT.watch.is_(None), EVENT.nct_id.in_(ever))
    return and_(EVENT.held_by.is_(None), or_(EVENT.watch == watch, of_its_studies))


def _moved(watch: str, when: ColumnElement[Any], since: str) -> Select[Any]:
    return (
        select(MEMBERSHIP.nct_id, STUDY.title, when.label("release"))
        .join_from(table_of(tables.Membership), table_of(tables.Study), STUDY.nct_id == MEMBERSHIP.nct_id)
        .where(MEMBERSHIP.watch == watch, when >= since)
    )
