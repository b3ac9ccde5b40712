"""What is known of studies besides their versions: presence in the registry, a summary for listings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, true, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage import readings, seals
from storage.bulk import chunks, insert_in
from storage.fulltext.index import index
from storage.many_rows import write_rows
from storage.membership import in_state, now_in
from storage.rows import columns_of, rows
from storage.tables import Change, Cycle, Event, Quarantine, Study, Version, table_of

STUDY = table_of(Study).c
QUARANTINE = table_of(Quarantine).c


@dataclass(frozen=True, slots=True)
class StudyInfo:
    """A study as listings show it; `head` is None while no record of it is kept."""

    nct_id: str
    head: int | None
    state: str
    absent_since: str | None
    absent_releases: int
    alias_of: str | None
    title: str | None
    status: str | None
    sponsor: str | None
    phases: list[str] | None
    enrollment: Any
    last_update_posted: str | None
    first_seen_release: str
    checked_stamp: str | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Presence:
    """What is now known of a study that did not come with an answer; its versions stay as they are.

    `state` is missing, gone, withheld, alias (then `alias_of` names the current id), or unread where the registry has never
    had it; `absent_since` is a release.
    """

    nct_id: str
    state: str
    absent_since: str | None = None
    absent_releases: int = 0
    alias_of: str | None = None


def studies(session: Session, ids: Iterable[str] | None = None) -> dict[str, StudyInfo]:
    """The studies with these ids (unknown ones are left out), or all; by id, in order."""
    statement = select(*columns_of(STUDY, StudyInfo)).order_by(STUDY.nct_id)
    parts: Iterable[Select[Any]] = (
        [statement] if ids is None else (statement.where(STUDY.nct_id.in_(chunk)) for chunk in chunks(ids))
    )
    found = [StudyInfo(*row) for part in parts for row in session.execute(part)]
    return {info.nct_id: info for info in _with_readings(session, found)}


def following(
    session: Session, *, after: str = "", watch: str = "", state: str = "", text: str = "", limit: int
) -> list[StudyInfo]:
    """Studies by id, after one; of those that are in a watch, in a state, have a text in title, NCT ID or sponsor."""
    columns = columns_of(STUDY, StudyInfo)
    statement = select(*columns).where(STUDY.nct_id > after).order_by(STUDY.nct_id)
    if watch:
        statement = statement.where(now_in(watch, STUDY.nct_id))
    if state:
        statement = statement.where(in_state(state))
    if text:
        statement = statement.where(has_words(text, STUDY.title, STUDY.nct_id, STUDY.sponsor))
    return _with_readings(session, rows(session, statement.limit(limit), StudyInfo))


def _with_readings(session: Session, found: Sequence[StudyInfo]) -> list[StudyInfo]:
    last = readings.last_read(session, (info.nct_id for info in found))
    return [
        replace(info, checked_stamp=read.stamp, checked_at=read.at)
        if (read := last.get(info.nct_id))
        else info
        for info in found
    ]


def search(session: Session, text: str, *, limit: int) -> list[StudyInfo]:
    """The studies that have each word of a text in title, NCT ID or sponsor, by id."""
    return following(session, text=text, limit=limit)


def has_words(text: str, *places: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether each word of a text stands in one of some columns, in whichever case; no sign is a wildcard."""
    words = dict.fromkeys(text.split())
    return and_(
        true(), *(or_(*(place.icontains(word, autoescape=True) for place in places)) for word in words)
    )


def any_read(session: Session) -> bool:
    """Whether a version of any study is stored."""
    return session.scalar(select(table_of(Version).c.number).limit(1)) is not None


def never_read(session: Session, ids: Iterable[str]) -> set[str]:
    """Those of the ids of which no record was ever seen: none is kept, none is in quarantine, none took their place."""
    wanted = set(ids)
    statement = select(STUDY.nct_id).where(or_(STUDY.head.is_not(None), STUDY.state != "unread"))
    refused = select(QUARANTINE.nct_id)
    for chunk in chunks(sorted(wanted)):
        wanted -= set(session.scalars(statement.where(STUDY.nct_id.in_(chunk))))
        wanted -= set(session.scalars(refused.where(QUARANTINE.nct_id.in_(chunk))))
    return wanted


def unregistered(session: Session, ids: Iterable[str]) -> list[str]:
    """Those of the ids that the registry has never had, as it said when it was asked for them, in order."""
    never = select(STUDY.nct_id).where(STUDY.state == "unread", STUDY.absent_since.is_not(None))
    found = (
        nct_id for chunk in chunks(ids) for nct_id in session.scalars(never.where(STUDY.nct_id.in_(chunk)))
    )
    return sorted(found)


def current_ids(session: Session) -> dict[str, str]:
    """The ids that did not answer by themselves when last asked, each with the id that is watched in its place."""
    rows = session.execute(select(STUDY.nct_id, STUDY.alias_of).where(STUDY.alias_of.is_not(None)))
    heirs = {row.nct_id: row.alias_of for row in rows if row.alias_of != row.nct_id}
    return {nct_id: _last_heir(nct_id, heirs) for nct_id in heirs}


def _last_heir(nct_id: str, heirs: Mapping[str, str]) -> str:
    """Where a chain of ids ends; one that goes round in a ring ends before it comes back."""
    seen = {nct_id}
    while (heir := heirs.get(nct_id)) is not None and heir not in seen:
        seen.add(heir)
        nct_id = heir
    return nct_id


def status_module(session: Session, nct_id: str) -> dict[str, Any]:
    """The status module of a study's record, as it stands in its head; empty where none is kept."""
    module = session.scalar(select(STUDY.status_module).where(STUDY.nct_id == nct_id))
    return module if isinstance(module, dict) else {}


def totals(session: Session) -> dict[str, int]:
    """How many rows the larger tables hold, by the table's name."""
    tables = [table_of(model) for model in (Study, Version, Event, Change, Cycle, Quarantine)]
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def name_studies(session: Session, ids: Iterable[str], release: str) -> None:
    """Make room for studies that a watch names; those that are known stay as they are."""
    wanted = set(ids)
    known = {nct_id for chunk in chunks(wanted) for nct_id in session.scalars(_AMONG, {"ids": chunk})}
    rows = [
        {"nct_id": nct_id, "first_seen_release": release, "state": "unread", "absent_releases": 0}
        for nct_id in sorted(wanted - known)
    ]
    write_rows(session, _studies, rows)
    unread = {"raw_hash": None, "absent_since": None, "alias_of": None}
    seals.seal_as_written(session, Study, [row | unread for row in rows])
    index(session, {nct_id: {"id": [nct_id]} for nct_id in sorted(wanted - known)}, may_have=())


_AMONG = select(STUDY.nct_id).where(STUDY.nct_id.in_(bindparam("ids", expanding=True)))


def _studies(dialect: str) -> UpdateBase:
    return insert_in(dialect, Study)


def set_presence(session: Session, presences: Sequence[Presence]) -> None:
    """Note what is known of studies that did not come with an answer."""
    statement = (
        update(table_of(Study))
        .where(STUDY.nct_id == bindparam("id"))
        .values(
            state=bindparam("presence"),
            absent_since=bindparam("since"),
            absent_releases=bindparam("releases"),
            alias_of=bindparam("current"),
        )
    )
    rows = [
        {
            "id": presence.nct_id,
            "presence": presence.state,
            "since": presence.absent_since,
            "releases": presence.absent_releases,
            "current": presence.alias_of,
        }
        for presence in presences
    ]
    if rows:
        with seals.revising(session, Study, [(presence.nct_id,) for presence in presences]):
            session.execute(statement, rows)
