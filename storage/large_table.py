"""The table of a watch that is too large to be loaded: its studies narrowed, in order, a page at a time."""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from storage import tables
from storage.alerts import awake
from storage.bulk import stream
from storage.fulltext.search import having
from storage.id_set import number_of
from storage.membership import in_state, now_in, once_in
from storage.rows import rows
from storage.studies import has_words
from storage.tables import table_of
from storage.watch_table import Activity, Latest, Member, member_of

STUDY = table_of(tables.Study).c
MEMBERSHIP = table_of(tables.Membership).c
EVENT = table_of(tables.Event).c
ALERT = table_of(tables.Alert).c


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which studies of a watch; what is left out narrows nothing. `-` as a value: none is stated."""

    text: str = ""
    status: str = ""
    phases: Sequence[str] | None = None
    country: str = ""
    sponsor_class: str = ""
    state: str = ""
    changed_after: str = ""
    silent: tuple[str, str] | None = None
    """A column of days, and the last day that counts."""
    left: bool = False
    indexed: bool = False
    """Whether the words of all studies are in the index: then words are looked for where a word begins."""

    @property
    def is_dear(self) -> bool:
        """Whether more than columns with an index is looked at for it."""
        return bool(self.text or self.country or self.sponsor_class)


def count(session: Session, watch: str, narrowing: Narrowing) -> int:
    """How many studies are asked for."""
    statement = select(func.count()).select_from(table_of(tables.Study))
    return session.scalar(statement.where(*_conditions(session, watch, narrowing))) or 0


def page(
    session: Session, watch: str, narrowing: Narrowing, sort: str, *, offset: int, limit: int
) -> list[Member]:
    """Studies in the order of a column (with a minus before it from the end), those without a value last."""
    if limit <= 0:
        return []
    name, falls = sort.removeprefix("-"), sort.startswith("-")
    by = _by_events if name in _OF_EVENTS else _by_column
    # Ids first: what a row shows would be looked up for each study that has the value of the page's last one.
    return _of_ids(session, watch, by(session, watch, narrowing, name, falls, offset, limit))


def _by_column(
    session: Session, watch: str, narrowing: Narrowing, name: str, falls: bool, offset: int, limit: int
) -> list[str]:
    if name in INDEXED:
        return _by_number(session, watch, narrowing, name, falls, offset, limit)
    statement = _asked_for(session, watch, narrowing).order_by(*_order(name, falls))
    return list(session.scalars(statement.offset(offset).limit(limit)))


def _order(name: str, falls: bool) -> list[ColumnElement[Any]]:
    key = _KEYS[name]
    order = [key.is_(None), key.desc() if falls else key.asc(), STUDY.nct_id]
    return order[1:2] if name == "nct_id" else order


def ordered(session: Session, watch: str, narrowing: Narrowing, sort: str) -> array[int]:
    """The numbers of all studies that are asked for, in the order of a column: four bytes for each."""
    name, conditions = sort.removeprefix("-"), _conditions(session, watch, narrowing)
    if name not in _OF_EVENTS:
        statement = select(STUDY.nct_id).where(*conditions).order_by(*_order(name, sort.startswith("-")))
        return _numbers(session, statement)
    found = _numbers(session, select(STUDY.nct_id).where(*conditions).order_by(STUDY.nct_id))
    each = _told_of(watch, name)
    key = each.c.key.desc() if sort.startswith("-") else each.c.key.asc()
    asked, told = set(found), _numbers(session, select(each.c.nct_id).order_by(key, each.c.nct_id))
    first = array("I", (number for number in told if number in asked))
    asked.difference_update(first)
    return first + array("I", (number for number in found if number in asked))


def members(session: Session, watch: str, numbers: Sequence[int]) -> list[Member]:
    """Studies by their numbers, in that order."""
    return _of_ids(session, watch, [f"NCT{number:08}" for number in numbers])


def _of_ids(session: Session, watch: str, ids: Sequence[str]) -> list[Member]:
    statement = _columns(watch).where(STUDY.nct_id.in_(ids))
    found = {row[0]: member_of(row) for row in session.execute(statement)} if ids else {}
    return [found[nct_id] for nct_id in ids if nct_id in found]


def _numbers(session: Session, statement: Select[Any]) -> array[int]:
    # By the thousand: of the whole registry these are 600,000 rows of one column.
    return array("I", (number_of(nct_id) for (nct_id,) in stream(session, statement, 5_000)))


def latest(session: Session, watch: str, ids: Collection[str], now: datetime) -> dict[str, Latest]:
    """What was told last of these studies, and how many alerts of each wait."""
    waits = func.count(ALERT.event_id).filter(and_(ALERT.state == "open", awake(now)))
    statement = (
        select(EVENT.nct_id, func.max(EVENT.seq), func.max(EVENT.release), waits)
        .join_from(table_of(tables.Event), table_of(tables.Alert), ALERT.event_id == EVENT.id, isouter=True)
        .where(told_to(watch), EVENT.nct_id.in_(sorted(ids)))
    )
    return {row[0]: Latest(*row) for row in session.execute(statement.group_by(EVENT.nct_id))}


def activity(session: Session, watch: str, ids: Collection[str], since: str) -> list[Activity]:
    """The events of these studies from a release on."""
    columns = (EVENT.nct_id, EVENT.release, EVENT.severity)
    statement = select(*columns, func.count()).where(
        told_to(watch), EVENT.release >= since, EVENT.nct_id.in_(sorted(ids))
    )
    return rows(session, statement.group_by(*columns), Activity)


_KEYS: dict[str, Any] = {
    "nct_id": STUDY.nct_id,
    "title": STUDY.title,
    "status": STUDY.status,
    "phase": type_coerce(STUDY.phases, Text),
    "enrollment": STUDY.enrolled,
    "sponsor": STUDY.sponsor,
    "countries": STUDY.country_count,
    "updated": STUDY.last_update_posted,
    "entered": STUDY.first_seen_release,
}
INDEXED = ("enrollment", "countries")
_OF_EVENTS = {"changed": func.max(EVENT.release), "events": func.count(), "alerts": func.count()}


def _by_events(
    session: Session,
    watch: str,
    narrowing: Narrowing,
    name: str,
    falls: bool,
    offset: int,
    limit: int,
) -> list[str]:
    """Studies by what was told of them: those first of whom something was, which are few; the others by id."""
    order = name, falls
    if order == ("changed", True) and (
        lately := _first_told(session, watch, narrowing, order, offset, limit)
    ):
        return lately
    each = _told_of(watch, name)
    with_events = _asked_for(session, watch, narrowing).join(each, each.c.nct_id == STUDY.nct_id)
    first = _in_order(session, with_events, each, falls, offset, limit)
    others = _asked_for(session, watch, narrowing).where(STUDY.nct_id.not_in(select(each.c.nct_id)))
    return _then(session, first, with_events, others, offset, limit)


def _by_number(
    session: Session,
    watch: str,
    narrowing: Narrowing,
    name: str,
    falls: bool,
    offset: int,
    limit: int,
) -> list[str]:
    """Studies by a number that an index has; those without one, which no index over numbers has, by id after them."""
    key, studies = _KEYS[name], _asked_for(session, watch, narrowing)
    numbered = studies.where(key.is_not(None))
    ordered = numbered.order_by(key.desc() if falls else key.asc(), STUDY.nct_id)
    first = list(session.scalars(ordered.offset(offset).limit(limit)))
    return _then(session, first, numbered, studies.where(key.is_(None)), offset, limit)


def _then(
    session: Session, first: list[str], of: Select[Any], others: Select[Any], offset: int, limit: int
) -> list[str]:
    """A page that the first studies fill, or the others after `of` them, by id."""
    if len(first) == limit:
        return first
    number = session.scalar(select(func.count()).select_from(of.subquery())) or 0
    rest = others.order_by(STUDY.nct_id).offset(max(offset - number, 0)).limit(limit - len(first))
    return [*first, *session.scalars(rest)]


def _first_told(
    session: Session, watch: str, narrowing: Narrowing, order: tuple[str, bool], offset: int, limit: int
) -> list[str]:
    """Those of whom something was told last, where the last days' events are enough: in a year there are two millions."""
    last = session.scalar(select(func.max(EVENT.release)))
    for days in _LATELY if last else ():
        since = (date.fromisoformat(last or "") - timedelta(days=days)).isoformat()
        each = _told_of(watch, order[0], since)
        with_events = _asked_for(session, watch, narrowing).join(each, each.c.nct_id == STUDY.nct_id)
        found = _in_order(session, with_events, each, order[1], offset, limit)
        if len(found) == limit:
            return found
    return []


_LATELY = (3, 30)


def _in_order(
    session: Session, studies: Select[Any], each: Subquery, falls: bool, offset: int, limit: int
) -> list[str]:
    key = each.c.key.desc() if falls else each.c.key.asc()
    statement = studies.order_by(key, STUDY.nct_id).offset(offset).limit(limit)
    return list(session.scalars(statement))


def _told_of(watch: str, name: str, since: str = "") -> Subquery:
    """The studies that something was told of, each with what they are put in order by."""
    told = select(EVENT.nct_id, _OF_EVENTS[name].label("key")).where(
        told_to(watch), EVENT.nct_id.is_not(None)
    )
    if since:
        told = told.where(EVENT.release >= since)
    if name == "alerts":
        told = told.join(table_of(tables.Alert), ALERT.event_id == EVENT.id).where(ALERT.state == "open")
    return told.group_by(EVENT.nct_id).subquery()


def _asked_for(session: Session, watch: str, narrowing: Narrowing) -> Select[Any]:
    return select(STUDY.nct_id).where(*_conditions(session, watch, narrowing))


def _columns(watch: str) -> Select[Any]:
    own = [
        STUDY[name] for name in ("state", "content_hash", "title", "status", "sponsor", "last_update_posted")
    ]
    parsed = [type_coerce(STUDY[name], Text) for name in ("phases", "enrollment", "facts")]
    entered = _of_membership(watch, MEMBERSHIP.entered_release)
    left = _of_membership(watch, MEMBERSHIP.left_release)
    return select(STUDY.nct_id, entered, left, *own, *parsed)


def _of_membership(watch: str, column: ColumnElement[Any]) -> Any:
    mine = MEMBERSHIP.watch == watch, MEMBERSHIP.nct_id == STUDY.nct_id
    return select(column).where(*mine).order_by(MEMBERSHIP.id.desc()).limit(1).scalar_subquery()


def inside(watch: str, *, left: bool) -> ColumnElement[bool]:
    """Whether a study is in a watch; with `left`, or was."""
    return (once_in if left else now_in)(watch, STUDY.nct_id)


def _conditions(session: Session, watch: str, narrowing: Narrowing) -> list[ColumnElement[bool]]:
    facts = type_coerce(STUDY.facts, Text)
    found = [inside(watch, left=narrowing.left)]
    if narrowing.indexed and (narrowing.text or narrowing.country):
        # Else each study's title, sponsor and conditions would be read: two seconds for 600,000.
        found.append(STUDY.nct_id.in_(having(session, narrowing.text, narrowing.country)))
    if narrowing.text:
        found += [_has_word(session, word, facts) for word in dict.fromkeys(narrowing.text.split())]
    if narrowing.status:
        found.append(STUDY.status.is_(None) if narrowing.status == "-" else STUDY.status == narrowing.status)
    if narrowing.phases is not None:
        listed = "[" + ",".join(f'"{phase}"' for phase in narrowing.phases) + "]"
        found.append(type_coerce(STUDY.phases, Text) == listed)
    if narrowing.country:
        found.append(facts.contains(_quoted(narrowing.country), autoescape=True))
    if narrowing.sponsor_class:
        value = "null" if narrowing.sponsor_class == "-" else _quoted(narrowing.sponsor_class)
        found.append(facts.contains(f'"sponsor_class":{value}', autoescape=True))
    if narrowing.state:
        found.append(in_state(narrowing.state))
    if narrowing.silent:
        column, until = narrowing.silent
        found += [STUDY[column] <= until, in_state("present")]
    if narrowing.changed_after:
        lately = select(EVENT.nct_id).where(told_to(watch), EVENT.release > narrowing.changed_after)
        found.append(STUDY.nct_id.in_(lately))
    return found


def _has_word(session: Session, word: str, facts: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a word stands in title, NCT ID, sponsor or a condition; those stand in JSON, escaped as ASCII."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    conditions: ColumnElement[Any] = (
        func.json_extract(facts, "$.conditions")
        if is_sqlite
        # As text: PostgreSQL reads no JSON that has a NUL or half a character anywhere, not even beside what is asked for.
        else func.substring(facts, _CONDITIONS)
    )
    said = type_coerce(conditions, Text).icontains(_quoted(word)[1:-1], autoescape=True)
    return or_(has_words(word, STUDY.title, STUDY.nct_id, STUDY.sponsor), said)


_CONDITIONS = r'"conditions":(\[(?:"(?:[^"\\]|\\.)*",?)*\])'
"""A list of texts in JSON without spaces. Within a text no quotation mark stands without a backslash before it."""


def _quoted(text: str) -> str:
    """A text as it stands in JSON, which is kept as ASCII."""
    return json.dumps(text)


def told_to(watch: str) -> ColumnElement[bool]:
    """Events for the watch, and for none: of the whole registry every study's."""
    return and_(EVENT.held_by.is_(None), or_(EVENT.watch.is_(None), EVENT.watch == watch))
