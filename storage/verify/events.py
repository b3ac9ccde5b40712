"""Do the events say what they said when they were told, of versions that are there, and is every change told?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Text, and_, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import CHUNK, batched, stream, with_keys
from storage.events import HISTORICAL, EventJson, row_of
from storage.problems import Problem
from storage.sealed import SEALED
from storage.tables import table_of
from storage.types import plain_text

EVENT = table_of(tables.Event).c
CHANGE = table_of(tables.Change).c
SEAL = table_of(tables.Seal).c
SILENCE = table_of(tables.Silence).c
VERSION = table_of(tables.Version).c
_COLUMNS = (
    *("id", "nct_id", "watch", "cycle_id", "release", "seen_at", "submitted", "posted", "origin", "kind"),
    *("severity", "headline", "from_version", "to_version", "rules"),
)
_SIDES = {"from": "from_version", "to": "to_version"}

AnyRow = Row[*tuple[Any, ...]]
Pair = tuple[AnyRow, AnyRow]
"""The versions that an event stands between, by the names of their columns; `told_anew`: rehashed since it was told."""
IdOf = Callable[[EventJson, str | None, Pair | None, Sequence[str]], str | None]
"""The id that an event must have, by its JSON, its watch, its pair of versions and the silent states that name it.

None where it cannot be derived any more.
"""


def no_id(_event: EventJson, _watch: str | None, _pair: Pair | None, _states: Sequence[str]) -> str | None:
    """Derives no id."""
    return None


def event_problems(session: Session, id_of: IdOf) -> Iterator[Problem]:
    """What is wrong with events and their changes."""
    statement = select(
        *(EVENT[name] for name in _COLUMNS), EVENT.seq, type_coerce(EVENT.body, Text).label("json")
    )
    rows = stream(session, statement.order_by(EVENT.seq))
    for batch in batched(rows, CHUNK):
        yield from _batch_problems(session, batch, id_of)
    yield from _gaps_in_changes(session)
    yield from _without_difference(session)


def _batch_problems(session: Session, batch: Sequence[AnyRow], id_of: IdOf) -> Iterator[Problem]:
    versions, states = _versions(session, batch), _states(session, batch)
    for row in batch:
        try:
            body = json.loads(row.json)
            yield from _row_problems(row, body)
            yield from _pair_problems(row, body, versions)
            pair = _pair(row, versions)
            expected = id_of(body, row.watch, pair, states.get(row.id, ()))
        except (AttributeError, KeyError, TypeError, ValueError):
            yield _problem(row, "does not hold the JSON of an event")
            continue
        if expected not in (None, row.id):
            yield _problem(row, f"is not of what it says: that would have the id {expected}")


def _row_problems(row: AnyRow, body: EventJson) -> Iterator[Problem]:
    """What listings are made of is what the JSON says."""
    expected = row_of(body, row.cycle_id, row.watch)
    for name in _COLUMNS:
        value = expected[name]
        if isinstance(value, str):
            # The body keeps what the columns cannot take, such as NUL: compared as it went into them.
            value = plain_text(value)
        if value != getattr(row, name):
            shown = getattr(row, name)
            yield _problem(row, f"stands in listings with {name} {shown!r}, its JSON says {value!r}")
    if (row.seq < 0) != (body.get("state") == HISTORICAL):
        yield _problem(row, "is told as one of the past and is none, or the other way round")


def _pair_problems(
    row: AnyRow, body: EventJson, versions: dict[tuple[str, int], AnyRow]
) -> Iterator[Problem]:
    for side, column in _SIDES.items():
        number = getattr(row, column)
        if number is None:
            continue
        version = versions.get((row.nct_id, number))
        if version is None:
            yield _problem(row, f"tells of version {number} of {row.nct_id}, which is not there")
            continue
        for name in ("release", "sha256"):
            if body[side][name] != getattr(version, name):
                text = (
                    f"was told of another version {number} of {row.nct_id} than is stored: its {name} differs"
                )
                yield _problem(row, text)


def _pair(row: AnyRow, versions: dict[tuple[str, int], AnyRow]) -> Pair | None:
    sides = [versions.get((row.nct_id, getattr(row, column))) for column in _SIDES.values()]
    before, after = sides
    return (before, after) if before is not None and after is not None else None


def _versions(session: Session, batch: Sequence[AnyRow]) -> dict[tuple[str, int], AnyRow]:
    keys = {
        (row.nct_id, getattr(row, column))
        for row in batch
        for column in _SIDES.values()
        if row.nct_id is not None and getattr(row, column) is not None
    }
    if not keys:
        return {}
    subject = SEALED["version"].subject
    # Its hashes are of a newer canonical form than when the event's id was derived of them.
    told_anew = (
        exists().where(SEAL.what == "version", SEAL.revised, SEAL.subject == subject).label("told_anew")
    )
    names = ("nct_id", "number", "release", "sha256", "content_hash", "derived_hash", "canon")
    statement = select(*(VERSION[name] for name in names), told_anew)
    wanted = with_keys((VERSION.nct_id, VERSION.number), sorted(keys))
    rows = session.execute(statement.where(wanted))
    return {(row.nct_id, row.number): row for row in rows}


def _states(session: Session, batch: Sequence[AnyRow]) -> dict[str, list[str]]:
    states: dict[str, list[str]] = {}
    ids = [row.id for row in batch]
    for event_id, state in session.execute(
        select(SILENCE.event_id, SILENCE.state).where(SILENCE.event_id.in_(ids))
    ):
        states.setdefault(event_id, []).append(state)
    return states


def _gaps_in_changes(session: Session) -> Iterator[Problem]:
    number = func.count()
    statement = (
        select(CHANGE.event_id, number, func.max(CHANGE.ordinal))
        .group_by(CHANGE.event_id)
        .having(or_(func.min(CHANGE.ordinal) != 0, func.max(CHANGE.ordinal) != number - 1))
    )
    for event_id, found, last in session.execute(statement):
        text = f"The event {event_id} has {found} changes of at least {last + 1}: some are missing"
        yield Problem("change", event_id, text)


def _neighbours() -> Any:
    before, after = table_of(tables.Version).alias("before"), table_of(tables.Version).alias("after")
    following = and_(after.c.nct_id == before.c.nct_id, after.c.number == before.c.number + 1)
    return before, after, before.join(after, following)


def unannounced(session: Session) -> Iterator[Problem]:
    """Pairs of versions whose content differs, and no event tells of it."""
    before, after, both = _neighbours()
    has_event = exists().where(
        EVENT.nct_id == after.c.nct_id,
        EVENT.from_version == before.c.number,
        EVENT.to_version == after.c.number,
    )
    # Hashes of two canonical forms say nothing about each other.
    differs = and_(before.c.canon == after.c.canon, before.c.content_hash != after.c.content_hash)
    statement = select(after.c.nct_id, before.c.number, after.c.number).select_from(both)
    for nct_id, first, second in session.execute(statement.where(differs, ~has_event)):
        text = f"{nct_id}: no event tells what changed between versions {first} and {second}"
        yield Problem("event", f"{nct_id}@{second}", text)


def _without_difference(session: Session) -> Iterator[Problem]:
    """Events of pairs of versions that do not follow each other, or between which nothing differs."""
    statement = select(EVENT.id, EVENT.nct_id, EVENT.from_version, EVENT.to_version)
    apart = statement.where(EVENT.to_version != EVENT.from_version + 1)
    for row in session.execute(apart):
        yield _problem(row, f"tells of versions {row.from_version} and {row.to_version}, not of two in a row")
    before, after, both = _neighbours()
    pair = and_(
        EVENT.nct_id == after.c.nct_id,
        EVENT.from_version == before.c.number,
        EVENT.to_version == after.c.number,
    )
    names = ("canon", "content_hash", "derived_hash")
    same = and_(*(before.c[name] == after.c[name] for name in names))
    for row in session.execute(statement.select_from(both.join(table_of(tables.Event), pair)).where(same)):
        yield _problem(
            row, f"tells of a change, but versions {row.from_version} and {row.to_version} say the same"
        )


def _problem(row: AnyRow, text: str) -> Problem:
    about = f" ({row.nct_id})" if row.nct_id else ""
    return Problem("event", row.id, f"The event {row.id}{about} {text}")
