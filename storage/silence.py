"""What is known of silent studies: the dates to judge them by, and the states that were found before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage import seals, tables
from storage.bulk import CHUNK, chunks, insert_in
from storage.many_rows import write_rows
from storage.membership import in_state, now_in
from storage.tables import table_of

STUDY = table_of(tables.Study).c
SILENCE = table_of(tables.Silence).c


@dataclass(frozen=True, slots=True)
class Known:
    """A study that is present in the registry: its status module as it stands in the record."""

    nct_id: str
    title: str
    status_module: dict[str, Any]
    first_seen_release: str


@dataclass(frozen=True, slots=True)
class State:
    """A silent state of a study, the release it was found on, and the event that told it (None for a baseline)."""

    nct_id: str
    state: str
    release: str
    event_id: str | None


def present(session: Session, ids: Iterable[str], *, without: Iterable[str] = ()) -> list[Known]:
    """Those of the studies that are present and have a version, but none of whom the status is one of these."""
    columns = (STUDY.nct_id, STUDY.title, STUDY.status_module, STUDY.first_seen_release)
    other = or_(STUDY.status.is_(None), STUDY.status.not_in(sorted(without)))
    statement = select(*columns).where(in_state("present"), STUDY.status_module.is_not(None), other)
    found = (session.execute(statement.where(STUDY.nct_id.in_(chunk))).all() for chunk in chunks(ids))
    return [
        Known(nct_id, title or "", module, first_seen)
        for each in found
        for nct_id, title, module, first_seen in each
        if isinstance(module, dict)
    ]


def due(session: Session, ids: Collection[str], today: str, limits: str) -> list[str]:
    """Those of the studies that have to be looked at: their day has come, or they were looked at under other limits."""
    asked = select(STUDY.nct_id)
    if len(ids) > CHUNK:
        # On nearly every release few of all studies are, which takes less to ask for than each of thousands by its id.
        few = [session.scalars(asked.where(way).limit(CHUNK)).all() for way in _ways(today, limits)]
        if all(len(each) < CHUNK for each in few):
            return sorted({nct_id for each in few for nct_id in each}.intersection(ids))
    is_due = or_(STUDY.look_on <= today, STUDY.looked_under != limits)
    found = (session.scalars(asked.where(is_due, STUDY.nct_id.in_(chunk))) for chunk in chunks(ids))
    return [nct_id for each in found for nct_id in each]


def due_in(session: Session, watch: str, today: str, limits: str) -> list[str]:
    """The same of all that are in a watch, in order, without any other being read: it may be the whole registry."""
    known = select(STUDY.nct_id).where(now_in(watch, STUDY.nct_id))
    ways = _ways(today, limits)
    return sorted({nct_id for way in ways for nct_id in session.scalars(known.where(way))})


def _ways(today: str, limits: str) -> tuple[ColumnElement[bool], ...]:
    """Why a study has to be looked at, each by an index: with an OR over the three, or by "is not", none would be used."""
    return STUDY.look_on <= today, STUDY.looked_under < limits, STUDY.looked_under > limits


def looked(session: Session, limits: str, next_looks: Mapping[str, str | None]) -> None:
    """Note that studies were looked at under limits, and on which day (None: never) they have to be again."""
    rows = [{"id": nct_id, "day": day, "limits": limits} for nct_id, day in sorted(next_looks.items())]
    write_rows(session, _looks, rows)


def _looks(_dialect: str) -> UpdateBase:
    noted = update(table_of(tables.Study)).where(STUDY.nct_id == bindparam("id"))
    return noted.values(look_on=bindparam("day"), looked_under=bindparam("limits"))


def found_before(session: Session, ids: Iterable[str]) -> defaultdict[str, set[str]]:
    """The states in which studies were found before, by id."""
    states: defaultdict[str, set[str]] = defaultdict(set)
    for chunk in chunks(ids):
        told = select(SILENCE.nct_id, SILENCE.state).where(SILENCE.nct_id.in_(chunk))
        for nct_id, state in session.execute(told).all():
            states[nct_id].add(state)
    return states


def states_of(session: Session, event_ids: Iterable[str]) -> dict[str, str]:
    """The state that each of these events told of."""
    statement = select(SILENCE.event_id, SILENCE.state)
    return {
        event_id: state
        for chunk in chunks(event_ids)
        for event_id, state in session.execute(statement.where(SILENCE.event_id.in_(chunk)))
    }


def remember(session: Session, states: Sequence[State]) -> None:
    """Note states, so that they are told only once."""
    # A state stands from the first release on which it was found; a cycle that resumes finds it again.
    before = found_before(session, (state.nct_id for state in states))
    rows = [asdict(state) for state in states if state.state not in before[state.nct_id]]
    write_rows(session, _states, rows)
    seals.seal_as_written(
        session, tables.Silence, sorted(rows, key=lambda row: (row["nct_id"], row["state"]))
    )


def _states(dialect: str) -> UpdateBase:
    return insert_in(dialect, tables.Silence)
