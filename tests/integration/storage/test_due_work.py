"""Finding what is to be done: by indexes over just that, and beside a writer, so that two who claim never get the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import event, text

from storage import alerts, events, large_watch, outbox, restored
from storage.engine import Database, open_database
from storage.outbox import NewDelivery
from storage.sealed import SEALED
from storage.studies import name_studies
from storage.verify.deliveries import delivery_problems
from storage.verify.seals import seal_problems

LEASE = timedelta(minutes=2)
Told = Callable[..., dict[str, Any]]


@pytest.fixture
def owe(database: Database, told: Told, now: datetime) -> Callable[..., list[str]]:
    """Stores deliveries to `hook` in a state, each of an event and a study of its own; their ids."""

    def owe(number: int, state: str = "due", first: int = 1, **other: Any) -> list[str]:
        ids = [f"NCT{each:08}" for each in range(first, first + number)]
        with database.write() as session:
            name_studies(session, ids, "2026-09-01")
            events.add_events(session, [told(f"evt_{nct_id}", nct_id) for nct_id in ids])
            alerts.open_alerts(session, [(f"evt_{nct_id}", nct_id) for nct_id in ids], now)
            new = [delivery(nct_id, now, state=state, **other) for nct_id in ids]
            outbox.add(session, new)
        return [each.id for each in new]

    return owe


def delivery(nct_id: str, now: datetime, **other: Any) -> NewDelivery:
    fields: dict[str, Any] = {"event_id": f"evt_{nct_id}", "nct_id": nct_id} | other
    return NewDelivery(f"dlv_{nct_id}", "alert", "now", "hook", created_at=now, due_at=now, **fields)


@contextmanager
def statements(database: Database, about: str = "delivery") -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile, with its parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if about in statement:
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def plan(database: Database, statement: str, parameters: Any) -> str:
    """How the database would find the rows."""
    is_sqlite = database.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    with database.write() as session:
        rows = session.connection().exec_driver_sql(f"{explain} {statement}", parameters)
        return "\n".join(str(row[-1]) for row in rows)


DUE_WORK = {
    "the next delivery of a channel": (
        "ix_delivery_due",
        lambda session, now: outbox.claim(session, "hook", now, LEASE, "me"),
    ),
    "which channels owe something": ("ix_delivery_due", outbox.due_since),
    "what can be put into one message": (
        "ix_delivery_due",
        lambda session, now: outbox.select_due(session, "now", "hook", now),
    ),
    "what waited for the end of a cycle": (
        "ix_delivery_waiting",
        lambda session, now: outbox.end_waiting(session, written_before=now),
    ),
    "what a digest is made of": (
        "ix_delivery_collecting",
        lambda session, now: outbox.bundle_into(
            session, "b", outbox.waiting_of("now", "hook", until=now, collects=True), now
        ),
    ),
}


MANY = 20_000
SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) "
    "INSERT INTO delivery ({columns}) SELECT {values} FROM n",
    "postgresql": "INSERT INTO delivery ({columns}) SELECT {values} FROM generate_series(1, {many}) AS n(i)",
}


def fill_outbox(database: Database) -> None:
    """Deliveries of years: nearly all were sent, some wait for this or that. Put in at once, so without seals."""
    columns = {
        "id": "'old' || i",
        "kind": "'notice'",
        "body": "'{}'",
        "route": "'now'",
        "channel": "CASE WHEN i % 3 = 0 THEN 'hook' ELSE 'letters' END",
        "state": "CASE i % 1000 WHEN 0 THEN 'due' WHEN 3 THEN 'waiting' WHEN 6 THEN 'collecting' ELSE 'sent' END",
        "collects": "i % 1000 = 6",
        "created_at": "'2026-09-01 08:00:00.000000'",
        "due_at": "'2026-09-01 08:00:00.000000'",
        "attempts": "0",
        "forgiven": "0",
    }
    if database.engine.dialect.name == "postgresql":
        columns |= {name: f"timestamptz {columns[name]}" for name in ("created_at", "due_at")}
    insert = SERIES[database.engine.dialect.name]
    with database.rebuild() as connection:
        names, values = ", ".join(columns), ", ".join(columns.values())
        connection.execute(text(insert.format(many=MANY, columns=names, values=values)))
        if database.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")


@pytest.mark.parametrize("work", DUE_WORK)
def test_what_is_due_is_found_by_an_index_over_just_that(
    database: Database, now: datetime, work: str
) -> None:
    fill_outbox(database)
    index, ask = DUE_WORK[work]
    with statements(database) as asked, database.write() as session:
        ask(session, now)
    plans = [plan(database, *each) for each in asked if each[0].startswith(("SELECT", "UPDATE"))]
    assert any(index in each for each in plans), plans
    scans = ("SCAN delivery\n", "Seq Scan on delivery")
    assert not [each for each in plans if any(scan in f"{each}\n" for scan in scans)]


ON_POSTGRESQL = pytest.mark.parametrize("backend", ["postgresql"])
"""SQLite has one writer, and who claims is one."""


@ON_POSTGRESQL
def test_a_claim_does_not_wait_for_a_writer_on_postgresql(
    database: Database, owe: Callable[..., list[str]], now: datetime
) -> None:
    owe(2)
    impatient = open_database(database.engine.url, lock_wait_s=0.2)
    with closing(impatient), database.write() as writer, impatient.claim() as session:
        writer.connection()
        claimed = outbox.claim(session, "hook", now, LEASE, "me")
        assert claimed is not None


@ON_POSTGRESQL
def test_what_one_claims_another_passes_over_and_nobody_waits(
    database: Database, owe: Callable[..., list[str]], now: datetime
) -> None:
    first, second = owe(2)
    with closing(open_database(database.engine.url, lock_wait_s=0.2)) as other:
        with database.claim() as one, other.claim() as another:
            found = [
                outbox.claim(each, "hook", now, LEASE, name) for each, name in ((one, "a"), (another, "b"))
            ]
            assert [each and each.id for each in found] == [first, second]
        with other.claim() as session:
            assert outbox.claim(session, "hook", now, LEASE, "c") is None


@ON_POSTGRESQL
def test_what_is_put_into_one_message_cannot_be_claimed_meanwhile(
    database: Database, owe: Callable[..., list[str]], now: datetime
) -> None:
    lead, member = owe(2)
    with closing(open_database(database.engine.url, lock_wait_s=0.2)) as other:
        with database.write() as writer:
            assert [row[0] for row in outbox.select_due(writer, "now", "hook", now)] == [lead, member]
            with other.claim() as session:
                assert outbox.claim(session, "hook", now, LEASE, "me") is None
            outbox.bundle_into(writer, lead, [member], now)
        with other.claim() as session:
            found = outbox.claim(session, "hook", now, LEASE, "me")
            assert found is not None
            assert found.id == lead
            assert outbox.claim(session, "hook", now, LEASE, "me") is None


def test_many_who_claim_at_once_get_each_delivery_once_and_all_stays_sealed(
    database: Database, owe: Callable[..., list[str]], now: datetime
) -> None:
    wanted = owe(60)

    def work(name: str) -> list[str]:
        mine: list[str] = []
        with closing(open_database(database.engine.url)) as own:
            while True:
                with own.claim() as session:
                    found = outbox.claim(session, "hook", now, LEASE, name)
                if found is None:
                    return mine
                mine.append(found.id)
                with own.write() as session:
                    outbox.mark_sent(session, found, "200", now)

    with ThreadPoolExecutor(4) as pool:
        taken = [each for mine in pool.map(work, "abcd") for each in mine]
    # Whoever found nothing unlocked may have gone home early; what is left is nobody's.
    assert sorted(taken) == sorted(set(taken))
    assert set(taken) | set(work("e")) == set(wanted)
    with database.read() as session:
        assert [str(each) for each in chain(seal_problems(session), delivery_problems(session))] == []


@pytest.mark.parametrize(
    ("state", "make_due"),
    [
        ("due", lambda _session, _now: None),
        ("waiting", lambda session, _now: outbox.end_waiting(session)),
        ("held", lambda session, now: outbox.release_held(session, ["evt_NCT00000001"], send=True, at=now)),
        ("held", lambda session, now: restored.release(session, ["dlv_NCT00000001"], by="ana", at=now)),
        ("dead", lambda session, now: outbox.retry(session, now)),
    ],
)
def test_whoever_makes_deliveries_due_calls_once_it_is_committed(
    database: Database, owe: Callable[..., list[str]], now: datetime, state: str, make_due: Callable[..., Any]
) -> None:
    called: list[int] = []
    if state == "due":
        database.when_due(lambda: called.append(1))
        owe(1)
        assert called == [1]
        return
    owe(1, state)
    database.when_due(lambda: called.append(1))
    with database.write() as session:
        make_due(session, now)
        assert called == []
    assert called == [1]


def end_waiting_in_vain(database: Database) -> None:
    with database.write() as session:
        assert outbox.end_waiting(session) == 1
        raise KeyError


def test_what_is_rolled_back_or_makes_nothing_due_calls_nobody(
    database: Database, owe: Callable[..., list[str]], now: datetime
) -> None:
    owe(1, "waiting")
    called: list[int] = []
    database.when_due(lambda: called.append(1))
    with pytest.raises(KeyError):
        end_waiting_in_vain(database)
    with database.write() as session:
        outbox.end_waiting(session, written_before=now - LEASE)
    owe(1, "collecting", 5, collects=True)
    assert called == []


def test_what_no_storm_holds_is_not_found_by_passing_over_every_event(
    database: Database, owe: Callable[..., list[str]], now: datetime
) -> None:
    owe(3)
    with statements(database, about="FROM alert") as asked, database.read() as session:
        assert large_watch.open_alerts(session, "all", now) == 3
    plans = [plan(database, *each) for each in asked]
    assert plans
    # An index over all events by what holds them would be the narrowest one, and most of the table.
    assert not [each for each in plans if "ix_event_held_by" in each], plans


def test_what_was_told_of_one_study_is_found_by_the_study(database: Database) -> None:
    # By its kind it would be searched for among that of all studies: where the whole registry is watched, a million.
    with statements(database, "change") as asked, database.read() as session:
        events.steps(session, {"NCT90000001": 2}, ["outcomes", "status"])
    ((statement, parameters),) = asked
    assert "ix_change_kind" not in plan(database, statement, parameters)


@pytest.mark.parametrize("what", [name for name, sealed in SEALED.items() if len(sealed.key) > 1])
def test_rows_of_keys_of_several_columns_are_found_by_an_index(database: Database, what: str) -> None:
    # The versions of the whole registry would be read from end to end for each page of its changes.
    sealed = SEALED[what]
    with statements(database, what) as asked, database.read() as session:
        sealed.row_hashes(session, [sealed.key_of("@".join([each] * len(sealed.key))) for each in ("1", "2")])
    plans = [plan(database, *each) for each in asked]
    assert plans
    if database.engine.dialect.name == "sqlite":
        assert not [each for each in plans if f"SCAN {what}" in each], plans
