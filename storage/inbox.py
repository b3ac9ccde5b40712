"""The inbox as a page shows it: alerts found by filters, in groups by study or by release, the weightiest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, not_, or_, select
from sqlalchemy.orm import Session

from storage import tables
from storage.alerts import AlertInfo, awake, listed
from storage.classes import ClassFilter, ids_that_match
from storage.events import WEIGHT
from storage.membership import once_in
from storage.studies import has_words
from storage.tables import SEVERITIES, table_of

ALERT = table_of(tables.Alert).c
EVENT = table_of(tables.Event).c
STUDY = table_of(tables.Study).c
STORM = table_of(tables.Storm).c

State = Literal["open", "snoozed", "acknowledged", "closed", "all"]
NOBODY = "-"
"""As a person: alerts that are assigned to nobody."""

By = Literal["study", "release"]
_KEYS: Mapping[By, ColumnElement[Any]] = {
    "study": func.coalesce(ALERT.nct_id, ALERT.event_id),
    "release": EVENT.release.expression,
}
SHOWN: Mapping[By, int] = {"study": 5, "release": 12}
"""Alerts of one group that are shown; the others are counted."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which alerts; what is empty narrows nothing. Each word of `text` is looked for in headline, title and NCT ID."""

    state: State = "open"
    watch: str = ""
    severities: Collection[str] = ()
    kinds: Collection[str] = ()
    person: str = ""
    text: str = ""
    nct_id: str = ""
    release: str = ""
    of_class: ClassFilter | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The alerts of a study (or, without one, of one event) or of a release, weightiest first; at most SHOWN of `size`."""

    key: str
    size: int
    alerts: tuple[AlertInfo, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of groups, and how many there are in all; alerts by severity (heaviest first) and kind (most first)."""

    groups: tuple[Group, ...]
    groups_in_all: int
    severities: Mapping[str, int]
    kinds: Mapping[str, int]

    @property
    def alerts_in_all(self) -> int:
        """How many alerts were found."""
        return sum(self.severities.values())


@dataclass(frozen=True, slots=True)
class Waiting:
    """What needs somebody: open alerts by severity, heaviest first; the last event's number; storms held."""

    counts: Mapping[str, int] = field(default_factory=dict)
    newest: int = 0
    held_storms: int = 0


def waiting(session: Session, now: datetime) -> Waiting:
    """How much needs somebody."""
    held = select(func.count()).select_from(table_of(tables.Storm)).where(STORM.state == "held")
    return Waiting(
        tally(session, Filter(), now)[0],
        session.scalar(select(func.max(EVENT.seq))) or 0,
        session.scalar(held) or 0,
    )


def find(session: Session, which: Filter, now: datetime, *, by: By, limit: int, offset: int = 0) -> Found:
    """A page of the groups that have an alert which is asked for."""
    key = _KEYS[by]
    grouped = _asked(select(key, func.count()), which, now).group_by(key)
    newest = func.max(EVENT.release).desc()
    first = (newest, func.min(WEIGHT)) if by == "release" else (func.min(WEIGHT), newest)
    ordered = grouped.order_by(*first, func.max(EVENT.seq).desc()).limit(limit).offset(offset)
    # The number of all groups comes with the page itself; only a page beyond the last needs a query of its own for it.
    rows = session.execute(ordered.add_columns(func.count().over())).all()
    in_all = rows[0][2] if rows else session.scalar(select(func.count()).select_from(grouped.subquery()))
    sizes = {key: int(size) for key, size, _ in rows}
    return Found(
        tuple(_groups(session, which, now, by, sizes)), int(in_all or 0), *tally(session, which, now)
    )


def tally(session: Session, which: Filter, now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """How many of the alerts there are of each severity, heaviest first, and of each kind, most first."""
    statement = _asked(select(EVENT.severity, EVENT.kind, func.count()), which, now)
    severities: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for severity, kind, number in session.execute(statement.group_by(EVENT.severity, EVENT.kind)):
        severities[severity] += number
        kinds[kind] += number
    found = {severity: severities[severity] for severity in SEVERITIES if severity in severities}
    return found, dict(sorted(kinds.items(), key=lambda each: (-each[1], each[0])))


def after(
    session: Session, which: Filter, now: datetime, *, limit: int, cursor: int | None = None
) -> tuple[list[AlertInfo], int | None]:
    """Alerts one by one, last told first, and the cursor of the next ones; None where these are the last."""
    statement = listed().add_columns(EVENT.seq).where(*_conditions(which, now)).order_by(EVENT.seq.desc())
    if cursor is not None:
        statement = statement.where(EVENT.seq < cursor)
    # One more than is shown says whether there is a next page, without counting all.
    rows = session.execute(statement.limit(limit + 1)).all()
    found = [AlertInfo(*row[:-1]) for row in rows[:limit]]
    return found, int(rows[limit - 1][-1]) if len(rows) > limit else None


def matching(session: Session, which: Filter, now: datetime) -> list[str]:
    """The events of all the alerts that are asked for, first told first."""
    return list(session.scalars(_asked(select(ALERT.event_id), which, now).order_by(EVENT.seq)))


def people(session: Session) -> list[str]:
    """Whoever has, or had, an alert: to choose from."""
    statement = select(ALERT.assignee).where(ALERT.assignee.is_not(None)).distinct()
    return sorted(session.scalars(statement))


def _groups(
    session: Session, which: Filter, now: datetime, by: By, sizes: Mapping[str, int]
) -> Iterator[Group]:
    """The groups of a page, in its order, each with the weightiest of its alerts."""
    key = _KEYS[by]
    place = func.row_number().over(partition_by=key, order_by=(WEIGHT, EVENT.seq.desc()))
    within = listed().add_columns(key.label("group_key"), place.label("place"))
    ranked = within.where(key.in_(sizes), *_conditions(which, now)).subquery()
    shown = select(ranked).where(ranked.c.place <= SHOWN[by]).order_by(ranked.c.place)
    # In the order of the page, which the second query does not keep.
    found: dict[str, list[AlertInfo]] = {name: [] for name in sizes}
    for *alert, name, _ in session.execute(shown) if sizes else ():
        found[name].append(AlertInfo(*alert))
    return (Group(name, sizes[name], tuple(alerts)) for name, alerts in found.items())


def _asked(statement: Select[Any], which: Filter, now: datetime) -> Select[Any]:
    """What a statement says of the alerts that are asked for."""
    found = statement.select_from(table_of(tables.Alert)).join(
        table_of(tables.Event), EVENT.id == ALERT.event_id
    )
    if which.text:
        # for their titles alone: to look up the study of each alert takes as long as all else
        found = found.join(table_of(tables.Study), STUDY.nct_id == ALERT.nct_id, isouter=True)
    return found.where(*_conditions(which, now))


def _conditions(which: Filter, now: datetime) -> list[ColumnElement[bool]]:
    conditions = [EVENT.held_by.is_(None), *_in_state(which.state, now)]
    if which.watch:
        # Former members too: an alert of a study that has left the watch since would be found nowhere.
        conditions.append(or_(EVENT.watch == which.watch, once_in(which.watch, ALERT.nct_id)))
    if which.severities:
        conditions.append(EVENT.severity.in_(which.severities))
    if which.kinds:
        conditions.append(EVENT.kind.in_(which.kinds))
    if which.person:
        nobody = which.person == NOBODY
        conditions.append(ALERT.assignee.is_(None) if nobody else ALERT.assignee == which.person)
    if which.nct_id:
        conditions.append(ALERT.nct_id == which.nct_id)
    if which.release:
        conditions.append(EVENT.release == which.release)
    if which.of_class:
        conditions.append(ALERT.nct_id.in_(ids_that_match(which.of_class)))
    if which.text:
        conditions.append(has_words(which.text, EVENT.headline, STUDY.title, ALERT.nct_id))
    return conditions


def _in_state(state: State, now: datetime) -> list[ColumnElement[bool]]:
    if state == "all":
        return []
    if state == "snoozed":
        return [ALERT.state == "open", not_(awake(now))]
    return [ALERT.state == state, *([awake(now)] if state == "open" else [])]
