"""What was told: events as the JSON of the design, each once, in the order of telling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import Select, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from storage import seals, tables
from storage.bulk import chunks, insert
from storage.classes import ClassFilter, ids_that_match
from storage.membership import once_in
from storage.rows import columns_of, rows
from storage.tables import SEVERITIES, table_of

EVENT = table_of(tables.Event).c
CHANGE = table_of(tables.Change).c
STORM = table_of(tables.Storm).c
SUPERSEDED = table_of(tables.Superseded).c

WEIGHT = case({severity: place for place, severity in enumerate(SEVERITIES)}, value=EVENT.severity)
"""An event's place in the order of severities: 0 is the heaviest."""
_REPLACED = ("origin", "kind", "severity", "headline", "rules", "body")

TOLD = EVENT.seq >= 0
"""Of events: that they were told when they happened. Those of the past stand before the first one that was.

Zero counts: SQLite gives it to the first event that follows upon nothing but those of the past.
"""
HISTORICAL = "historical"
"""The state of an event of the past: never told to anybody."""

_CHANGE = ("kind", "path", "op", "old", "new", "detail")
EventJson = dict[str, Any]
"""An event in the format of the design ("Event, as JSON")."""


@dataclass(frozen=True, slots=True)
class Headline:
    """An event in one line, without its changes; `held_by` names the storm that holds it."""

    id: str
    nct_id: str | None
    release: str
    seen_at: datetime
    origin: str
    kind: str
    severity: str
    headline: str
    from_version: int | None
    to_version: int | None
    held_by: str | None
    seq: int = 1

    @property
    def historical(self) -> bool:
        """Whether it is of the past, and was never told."""
        return self.seq < 0


@dataclass(frozen=True, slots=True)
class ToldStep:
    """One change that was told of a study, on the release that it came with."""

    release: str
    kind: str
    path: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class FirstChange:
    """The first change of some kinds in an event, and how many there are of these kinds."""

    kind: str
    op: str
    old: Any
    new: Any
    detail: dict[str, Any]
    of_its_kind: int


def add_events(
    session: Session, events: Sequence[EventJson], cycle_id: int | None = None, watch: str | None = None
) -> list[str]:
    """Store events with their changes; the ids of those that were not stored before, in the order given."""
    return store(session, events, cycle_id, watch)


def store(
    session: Session,
    events: Sequence[EventJson],
    cycle_id: int | None = None,
    watch: str | None = None,
    *,
    first_seq: int | None = None,
) -> list[str]:
    """The same; from `first_seq` on they take places in the order of telling that the database does not give."""
    known = _known(session, (event["id"] for event in events))
    new = {event["id"]: event for event in events if event["id"] not in known}
    if new:
        rows = [row_of(event, cycle_id, watch) for event in new.values()]
        if first_seq is not None:
            rows = [{**row, "seq": first_seq + place} for place, row in enumerate(rows)]
        session.execute(insert(session, tables.Event).on_conflict_do_nothing(index_elements=["id"]), rows)
    changes = [row for event in new.values() for row in _change_rows(event)]
    if changes:
        session.execute(insert(session, tables.Change).on_conflict_do_nothing(), changes)
    seals.seal(session, tables.Event, [(event_id,) for event_id in new])
    return list(new)


class EventFilter(TypedDict, total=False):
    """Which events are asked for; all of them where nothing is said.

    `kinds`: of the event or of one of its changes. `since` and `until`: releases (YYYY-MM-DD), both included.
    `exclude`: kinds of events that are left out. `origins`: whose doing they are.
    `watch`: told for it, or of a study that is or was in it. `of_class`: of studies that are so now.
    `cursor`: only those told before it (see `cursor_of`).
    Those that a storm holds are left out, unless `held`; those of the past, unless `historical`.
    """

    nct_id: str | None
    kinds: Collection[str]
    severities: Collection[str]
    exclude: Collection[str]
    origins: Collection[str]
    since: str | None
    until: str | None
    watch: str | None
    of_class: ClassFilter
    limit: int | None
    cursor: int | None
    held: bool
    historical: bool


def events(session: Session, **filters: Unpack[EventFilter]) -> list[EventJson]:
    """Events, last told first."""
    return _read(session, _which(select(EVENT.id, EVENT.body), filters))


def headlines(session: Session, **filters: Unpack[EventFilter]) -> list[Headline]:
    """Events in one line each, last told first."""
    return rows(session, _which(select(*columns_of(EVENT, Headline)), filters), Headline)


def changed_on(session: Session, release: str, exclude: Collection[str]) -> int:
    """How many studies changed on a release, by more than changes of the kinds to exclude; none that a storm holds."""
    number = select(func.count(func.distinct(EVENT.nct_id))).where(EVENT.release == release, TOLD)
    of_versions = number.where(EVENT.to_version.is_not(None), EVENT.held_by.is_(None))
    return session.scalar(of_versions.where(EVENT.kind.not_in(exclude))) or 0


def named(session: Session, ids: Collection[str]) -> dict[str, str]:
    """Events by id, each in a line: its study, where it has one, and its headline."""
    statement = select(EVENT.id, EVENT.nct_id, EVENT.headline)
    return {
        row.id: " ".join(filter(None, (row.nct_id, row.headline)))
        for chunk in chunks(ids)
        for row in session.execute(statement.where(EVENT.id.in_(chunk)))
    }


def event(session: Session, event_id: str) -> EventJson | None:
    """One event by its id."""
    found = _read(session, select(EVENT.id, EVENT.body).where(EVENT.id == event_id))
    return found[0] if found else None


def first_changes(session: Session, ids: Collection[str], kinds: Collection[str]) -> dict[str, FirstChange]:
    """Of each of the events that has a change of one of the kinds: the first of them."""
    place = func.row_number().over(partition_by=CHANGE.event_id, order_by=CHANGE.ordinal).label("place")
    size = func.count().over(partition_by=CHANGE.event_id).label("size")
    found: dict[str, FirstChange] = {}
    for chunk in chunks(ids):
        conditions = (CHANGE.event_id.in_(chunk), CHANGE.kind.in_(kinds))
        columns = (CHANGE.event_id, CHANGE.kind, CHANGE.op, CHANGE.old, CHANGE.new, CHANGE.detail, size)
        ranked = select(*columns, place).where(*conditions).subquery()
        first = select(*(ranked.c[column.name] for column in columns)).where(ranked.c.place == 1)
        found |= {row[0]: FirstChange(*row[1:]) for row in session.execute(first)}
    return found


def steps(
    session: Session, until: Mapping[str, int | None], kinds: Collection[str]
) -> dict[str, list[ToldStep]]:
    """The changes of these kinds that were told of studies, in order; `until`: up to which version of each, by its id."""
    # Found by the study: without statistics SQLite would begin with all changes of a kind in the database, which took
    # ten times as long as to compare two versions where the whole registry is watched.
    kind = func.coalesce(CHANGE.kind, "")
    statement = (
        select(
            EVENT.nct_id, EVENT.to_version, EVENT.release, CHANGE.kind, CHANGE.path, CHANGE.old, CHANGE.new
        )
        .join_from(table_of(tables.Change), table_of(tables.Event), CHANGE.event_id == EVENT.id)
        .where(kind.in_(kinds), EVENT.release.is_not(None))
        .order_by(EVENT.to_version, CHANGE.ordinal)
    )
    found = defaultdict[str, list[ToldStep]](list)
    for chunk in chunks(until):
        for nct_id, version, *step in session.execute(statement.where(EVENT.nct_id.in_(chunk))):
            last = until[nct_id]
            if last is None or (version is not None and version <= last):
                found[nct_id].append(ToldStep(*step))
    return found


def supersede(session: Session, event: EventJson, at: datetime) -> None:
    """Tell a stored event anew, as another set of rules has it; how it was told before stays addressable."""
    event_id = event["id"]
    old = _read(session, select(EVENT.id, EVENT.body).where(EVENT.id == event_id))[0]
    kept = {"event_id": event_id, "rules": old["rules"], "superseded_at": at, "body": old}
    once = insert(session, tables.Superseded).values(kept).on_conflict_do_nothing()
    new = session.scalars(once.returning(SUPERSEDED.rules))
    seals.seal(session, tables.Superseded, [(event_id, rules) for rules in new])
    # What it is about, and when it was seen, no rule can change; nor makes one news of what is past.
    event = {**event, **{name: old[name] for name in ("state", "release") if name in old}}
    row = {name: value for name, value in row_of(event, None, None).items() if name in _REPLACED}
    with seals.revising(session, tables.Event, [(event_id,)]):
        session.execute(update(table_of(tables.Event)).where(EVENT.id == event_id).values(row))
        session.execute(delete(table_of(tables.Change)).where(CHANGE.event_id == event_id))
        if event["changes"]:
            session.execute(insert(session, tables.Change), _change_rows(event))


def superseded_events(session: Session, event_id: str) -> list[EventJson]:
    """How an event was told under older sets of rules, oldest first."""
    statement = select(SUPERSEDED.body).where(SUPERSEDED.event_id == event_id)
    return list(session.scalars(statement.order_by(SUPERSEDED.superseded_at)))


def superseded_at(session: Session) -> datetime | None:
    """When events that had been told before were last told anew, or let go by a storm; None where none ever was."""
    times = [
        session.scalar(select(func.max(column))) for column in (SUPERSEDED.superseded_at, STORM.decided_at)
    ]
    return max((at for at in times if at), default=None)


def cursor_of(session: Session, event_id: str) -> int | None:
    """Where to go on after an event that `events` listed last."""
    place: int | None = session.scalar(select(EVENT.seq).where(EVENT.id == event_id))
    return place


def _which(statement: Select[Any], filters: EventFilter) -> Select[Any]:
    statement = statement.order_by(EVENT.seq.desc()).limit(filters.get("limit"))
    if not filters.get("held"):
        statement = statement.where(EVENT.held_by.is_(None))
    if not filters.get("historical"):
        statement = statement.where(TOLD)
    if nct_id := filters.get("nct_id"):
        statement = statement.where(EVENT.nct_id == nct_id)
    if kinds := filters.get("kinds"):
        # An event has the kind of its weightiest change; whoever asks for sites wants those below a status too.
        within = select(CHANGE.event_id).where(CHANGE.kind.in_(kinds))
        statement = statement.where(or_(EVENT.kind.in_(kinds), EVENT.id.in_(within)))
    if severities := filters.get("severities"):
        statement = statement.where(EVENT.severity.in_(severities))
    if exclude := filters.get("exclude"):
        statement = statement.where(EVENT.kind.not_in(exclude))
    if origins := filters.get("origins"):
        statement = statement.where(EVENT.origin.in_(origins))
    if watch := filters.get("watch"):
        statement = statement.where(or_(EVENT.watch == watch, once_in(watch, EVENT.nct_id)))
    if of_class := filters.get("of_class"):
        statement = statement.where(EVENT.nct_id.in_(ids_that_match(of_class)))
    return _between(statement, filters)


def _between(statement: Select[Any], filters: EventFilter) -> Select[Any]:
    since, until, cursor = filters.get("since"), filters.get("until"), filters.get("cursor")
    if since is not None:
        statement = statement.where(EVENT.release >= since)
    if until is not None:
        statement = statement.where(EVENT.release <= until)
    if cursor is not None:
        statement = statement.where(EVENT.seq < cursor)
    return statement


def _read(session: Session, statement: Select[Any]) -> list[EventJson]:
    found = session.execute(statement).all()
    changes = _changes(session, (row.id for row in found))
    return [{**row.body, "changes": changes[row.id]} for row in found]


def _changes(session: Session, ids: Iterable[str]) -> defaultdict[str, list[dict[str, Any]]]:
    columns = (CHANGE[name] for name in _CHANGE)
    statement = select(CHANGE.event_id, *columns).order_by(CHANGE.event_id, CHANGE.ordinal)
    by_event: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for chunk in chunks(ids):
        for row in session.execute(statement.where(CHANGE.event_id.in_(chunk))):
            by_event[row.event_id].append({name: row._mapping[name] for name in _CHANGE})
    return by_event


def _known(session: Session, ids: Iterable[str]) -> set[str]:
    statement = select(EVENT.id)
    return {known for chunk in chunks(ids) for known in session.scalars(statement.where(EVENT.id.in_(chunk)))}


def row_of(event: EventJson, cycle_id: int | None, watch: str | None) -> dict[str, Any]:
    """The row of an event: what listings ask for, and the rest as JSON without its changes."""
    before, after = event.get("from") or {}, event.get("to") or {}
    return {
        "id": event["id"],
        "nct_id": event.get("nct_id") or None,
        "watch": watch,
        "cycle_id": cycle_id,
        # an event of the source, not of a study, may stand outside of any release: its day serves in listings
        "release": event.get("release") or event["seen_at"][:10],
        "seen_at": datetime.fromisoformat(event["seen_at"]),
        "submitted": event.get("submitted"),
        "posted": event.get("posted"),
        "origin": event["origin"],
        "kind": event["kind"],
        "severity": event["severity"],
        "headline": event["headline"],
        "from_version": before.get("version"),
        "to_version": after.get("version"),
        "rules": event.get("rules"),
        # The changes have rows of their own; in both places they could come to differ.
        "body": {**event, "changes": []},
    }


def _change_rows(event: EventJson) -> list[dict[str, Any]]:
    return [
        {
            "event_id": event["id"],
            "ordinal": ordinal,
            "kind": change["kind"],
            "path": change["path"],
            "op": change["op"],
            "old": change.get("old"),
            "new": change.get("new"),
            "detail": change.get("detail") or {},
        }
        for ordinal, change in enumerate(event.get("changes", ()))
    ]
