"""The chain of seals: extended with every write, never over a trace that somebody left, the same on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import func, select

from storage import alerts, audit, cohorts, ledger, outbox, seals, silence, storms
from storage.alerts import acknowledge
from storage.engine import Database, open_database
from storage.errors import AnchorUnreadable
from storage.events import add_events, supersede
from storage.migrations import configuration
from storage.new_versions import add_versions
from storage.outbox import NewDelivery
from storage.payloads import sha256_of
from storage.renewing import Rehash, Touch, rehash, touch
from storage.seals import SEAL, Standing
from storage.studies import name_studies
from storage.verify import verify
from tests.support.postgresql import Server

ONE = "NCT00000001"
IN_TOKYO = datetime(2026, 9, 2, 22, 5, 11, 7, tzinfo=timezone(timedelta(hours=9)))


def problems(database: Database) -> list[str]:
    with database.read() as session:
        return [str(problem) for problem in verify(session)]


def head(database: Database) -> seals.Head:
    with database.read() as session:
        return seals.head(session)


def meddle(database: Database, sql: str) -> None:
    """As somebody does who is at the database beside the service."""
    with database.write() as session:
        session.connection().exec_driver_sql(sql)


def live(database: Database, make_version: Any, told: Any, now: Any) -> None:
    """A short history that writes into nearly every table."""
    with database.write() as session:
        cycle = ledger.begin_cycle(session, release="2026-09-01", stamp="s", owner="a", fence=1, now=now)
        new = [make_version(each, cycle_id=cycle) for each in ("A", "B")]
        add_versions(session, new)
        cohorts.save_watch(session, cohorts.Watch("w", "ab" * 32))
        cohorts.enter(session, "w", {ONE: "id"}, "2026-09-01")
        event = told("evt_1") | {
            side: {"version": number, "release": "2026-09-01", "sha256": sha256_of(each.payload)}
            for side, number, each in zip(("from", "to"), (1, 2), new, strict=True)
        }
        add_events(session, [event, event | {"id": "evt_2"}], cycle)
        alerts.open_alerts(session, [("evt_1", ONE)], now)
        outbox.add(session, [delivery("dlv_1", now)])
        ledger.finish_cycle(session, cycle, state="complete", counts={}, now=now)
        ledger.move_watermark(session, ledger.Watermark("2026-09-01", "s", None, now))
    with database.write() as session:
        acknowledge(session, "evt_1", by="ana", at=now, close=True)
        outbox.end_waiting(session)
        claimed = outbox.claim(session, "c", now, timedelta(minutes=1), "me")
        assert claimed is not None
        outbox.mark_sent(session, claimed, "taken", now)
        cohorts.leave(session, "w", [ONE], "2026-09-02")
        storms.hold(session, "evt_2", ["evt_1"])
        storms.decide(session, "evt_2", "released", now)
        supersede(session, event | {"rules": "another", "changes": []}, now)


def delivery(name: str, now: Any) -> NewDelivery:
    return NewDelivery(name, "alert", "r", "c", "waiting", now, now, event_id="evt_1", nct_id=ONE)


@pytest.fixture
def lived(database: Database, make_version: Any, told: Any, now: Any) -> Database:
    live(database, make_version, told, now)
    return database


def test_whatever_is_written_fits_its_seal(lived: Database) -> None:
    assert problems(lived) == []


def test_the_same_history_has_the_same_head_on_both_databases(
    postgresql: Server, tmp_path: Path, make_version: Any, told: Any, now: Any
) -> None:
    heads = set()
    with postgresql.database() as url:
        for address in (url, f"sqlite:///{tmp_path}/same.db"):
            with closing(open_database(address)) as database:
                database.ensure_schema()
                live(database, make_version, told, now)
                heads.add(str(head(database)))
    assert len(heads) == 1


def test_what_is_rolled_back_leaves_no_seal(lived: Database, make_version: Any) -> None:
    def killed() -> None:
        with lived.write() as session:
            add_versions(session, [make_version("C")])
            assert seals.head(session) != before
            raise KeyboardInterrupt

    before = head(lived)
    with pytest.raises(KeyboardInterrupt):
        killed()
    assert head(lived) == before


def test_a_change_that_the_service_makes_does_not_wash_away_one_that_it_did_not(
    lived: Database, now: Any
) -> None:
    meddle(lived, "UPDATE alert SET note = 'nothing of note' WHERE event_id = 'evt_1'")
    with lived.write() as session:
        alerts.assign(session, "evt_1", by="ana", at=now, to="ben")
    (problem,) = problems(lived)
    assert problem.startswith(f"The alert of evt_1 ({ONE}) is not as it was written")


def test_a_row_put_in_beside_the_service_is_not_sealed_by_a_later_change_of_it(
    lived: Database, now: Any
) -> None:
    meddle(
        lived,
        "INSERT INTO alert (event_id, nct_id, state, opened_at, snoozed_until_change) "
        "SELECT 'evt_2', nct_id, 'open', opened_at, snoozed_until_change FROM alert",
    )
    with lived.write() as session:
        alerts.assign(session, "evt_2", by="ana", at=now, to="ben")
    (problem,) = problems(lived)
    assert problem == "The alert of evt_2 was not written by trialdelta: it is there without a seal"


def test_a_place_that_is_used_again_tells_that_something_was_cut(
    lived: Database, make_version: Any, now: Any
) -> None:
    with lived.write() as session:
        audit.append(session, now, "ana", "look", "inbox")
    meddle(lived, "DELETE FROM audit WHERE seq = 2")
    with lived.write() as session:
        audit.append(session, now, "eve", "look", "inbox")
    assert "Entry 2 of the audit log (inbox) was written 2 times" in problems(lived)[0]


def test_a_quiet_day_seals_nothing(lived: Database, make_version: Any, now: Any) -> None:
    before = head(lived)
    with lived.write() as session:
        raw = make_version("B").raw_hash
        touch(session, [Touch(ONE, raw, "2026-09-02T09:00:05", now)])
    assert head(lived) == before


def test_a_reading_with_other_bytes_and_a_newer_form_are_sealed(lived: Database, now: Any) -> None:
    before = head(lived)
    with lived.write() as session:
        touch(session, [Touch(ONE, "cd" * 32, "2026-09-02T09:00:05", now)])
        rehash(session, [Rehash(ONE, 2, "12" * 32, "34" * 32, 2)])
        rehash(session, [Rehash(ONE, 2, "12" * 32, "34" * 32, 2)])
    assert head(lived).seq == before.seq + 2
    assert problems(lived) == []


def test_a_study_that_was_taken_out_beside_the_service_stays_told_when_its_record_comes_again(
    database: Database, make_version: Any
) -> None:
    with database.write() as session:
        name_studies(session, [ONE], "2026-09-01")
    for table in ("search_entry", "study"):
        meddle(database, f"DELETE FROM {table}")
    if database.engine.dialect.name == "sqlite":
        meddle(database, "DELETE FROM search_words")
    assert len(problems(database)) == 1
    with database.write() as session:
        add_versions(session, [make_version("A")])
    assert len(problems(database)) == 1


def test_many_writers_make_one_chain(lived: Database, now: Any) -> None:
    def work(number: int) -> None:
        with lived.write() as session:
            audit.append(session, now, "ana", "look", str(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(24)))
    assert problems(lived) == []


def test_a_database_that_is_older_than_the_seals_is_sealed_once_when_it_is_upgraded(url: str) -> None:
    with closing(open_database(url)) as database:
        with database.write() as session:
            command.upgrade(configuration(session.connection()), "0004")
        columns = "nct_id, state, absent_releases, first_seen_release"
        meddle(database, f"INSERT INTO study ({columns}) VALUES ('{ONE}', 'unread', 0, '2026-09-01')")
        database.ensure_schema()
        with database.read() as session:
            assert seals.sealed_since(session) is not None
        assert (problems(database), head(database).seq) == ([], 2)
        meddle(database, "UPDATE study SET state = 'gone'")
        database.ensure_schema()
        assert problems(database) == [
            f"What is known of {ONE}'s presence and last reading is not as it was written (seal 1)"
        ]
        assert head(database).seq == 2


def test_a_new_database_is_sealed_from_its_beginning(lived: Database) -> None:
    with lived.read() as session:
        assert seals.sealed_since(session) is None
        assert session.scalar(select(func.min(SEAL.seq))) == 1


def test_an_anchor_is_found_in_the_line_that_holds_it(lived: Database, now: Any) -> None:
    with lived.read() as session:
        anchor = seals.anchor(session)
    with lived.write() as session:
        audit.append(session, now, "ana", "look", "x")
    with lived.read() as session:
        line = f'{{"event": "cycle_finished", "at": "13:05:11", "anchor": "{anchor}", "checked": 12}}'
        assert seals.standing(session, line) is Standing.EXTENDS
        assert seals.standing(session, anchor.upper()) is Standing.EXTENDS
        number, digits = anchor.split(":")
        assert seals.standing(session, f"{number}:{digits[::-1]}") is Standing.OTHER
        assert seals.standing(session, f"{int(number) + 2}:{digits}") is Standing.OLDER
        assert seals.standing(session, "0:" + "0" * 32) is Standing.EXTENDS


@pytest.mark.parametrize("nonsense", ["", "yesterday", "12:", "12:abc", ":" + "a" * 32, "12:" + "g" * 32])
def test_what_is_not_an_anchor_is_refused(lived: Database, nonsense: str) -> None:
    with lived.read() as session, pytest.raises(AnchorUnreadable):
        seals.standing(session, nonsense)


def test_what_a_row_is_sealed_as_when_it_is_written_is_what_is_read_back_of_it(
    database: Database, make_version: Any
) -> None:
    odd = make_version("A", submitted="2026\0-08", posted="2026-\ud800", seen_at=IN_TOKYO)
    plain = make_version("B", "NCT00000002")
    with database.write() as session:
        add_versions(session, [odd, replace(plain, content_hash="AB" * 32)])
        cohorts.save_watch(session, cohorts.Watch("w", "ab" * 32))
        cohorts.enter(session, "w", {ONE: "id", "NCT00000003": "search \ud83d"}, "2026-09-01")
        silence.remember(session, [silence.State(ONE, "stale", "2026-09-01", None)])
    assert not problems(database)
    with database.read() as session:
        sealed = session.execute(select(SEAL.what, SEAL.subject)).all()
    assert {("version", f"{ONE}@1"), ("study", "NCT00000003"), ("silence", f"{ONE}@stale")} <= set(
        map(tuple, sealed)
    )
    assert len(sealed) == len(set(sealed))
