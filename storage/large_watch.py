"""A watch that is too large to be loaded: what is counted of all its studies, kept by the cycle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, func, select, type_coerce
from sqlalchemy.orm import Session

from storage import ledger, tables
from storage.alerts import awake
from storage.bulk import stream
from storage.large_table import inside, told_to
from storage.membership import in_state
from storage.tables import table_of
from storage.watch_table import Activity

STUDY = table_of(tables.Study).c
MEMBERSHIP = table_of(tables.Membership).c
EVENT = table_of(tables.Event).c
ALERT = table_of(tables.Alert).c


def figures(session: Session, watch: str) -> dict[str, Any] | None:
    """What was counted of a watch at the end of the last cycle over it, and when; None where nothing was."""
    kept = ledger.last_beat(session, _name(watch))
    return {**kept.detail, "counted_at": kept.at} if kept else None


def keep_figures(session: Session, watch: str, counted: Mapping[str, Any], at: datetime) -> None:
    """Keep what was counted of a watch."""
    ledger.beat(session, _name(watch), at, counted)


def _name(watch: str) -> str:
    return f"figures:{watch}"


def stand(session: Session, watch: str) -> list[tuple[str | None, str, str | None, int]]:
    """How many studies of a watch have a status, a state and phases (JSON as the text that it is kept as)."""
    columns = STUDY.status, STUDY.state, type_coerce(STUDY.phases, Text)
    return [(*row,) for row in session.execute(_of(watch, *columns, func.count()).group_by(*columns))]


def each_with_facts(session: Session, watch: str) -> Iterator[str | None]:
    """What is summed up of each study of a watch, as the JSON text that it is kept as, a few rows at a time."""
    return (facts for (facts,) in stream(session, _of(watch, type_coerce(STUDY.facts, Text)), 2_000))


def _of(watch: str, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .join_from(table_of(tables.Membership), table_of(tables.Study), STUDY.nct_id == MEMBERSHIP.nct_id)
        .where(MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None))
    )


def silent(session: Session, watch: str, column: str, until: str) -> int:
    """How many studies of a watch have a day in this column, up to one."""
    asked = STUDY[column] <= until, in_state("present"), inside(watch, left=False)
    return session.scalar(select(func.count()).where(*asked)) or 0


def events_by_release(session: Session, watch: str, since: str) -> list[Activity]:
    """The events of each release and severity: of the whole registry all are."""
    columns = (EVENT.release, EVENT.severity)
    statement = (
        select(*columns, func.count()).where(told_to(watch), EVENT.release >= since).group_by(*columns)
    )
    return [Activity(None, *row) for row in session.execute(statement)]


def moved_by_release(session: Session, watch: str, since: str) -> list[tuple[str, bool, int]]:
    """How many studies entered a watch, or left it, on each release."""
    found = []
    for column, entered in ((MEMBERSHIP.entered_release, True), (MEMBERSHIP.left_release, False)):
        statement = select(column, func.count()).where(MEMBERSHIP.watch == watch, column >= since)
        found += [(row[0], entered, row[1]) for row in session.execute(statement.group_by(column))]
    return found


def open_alerts(session: Session, watch: str, now: datetime) -> int:
    """How many alerts wait for a person."""
    statement = (
        select(func.count())
        .join_from(table_of(tables.Alert), table_of(tables.Event), EVENT.id == ALERT.event_id)
        .where(ALERT.state == "open", awake(now), told_to(watch))
    )
    return session.scalar(statement) or 0
