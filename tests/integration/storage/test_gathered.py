"""What pages keep of a database: as old as they say at most, what a person did at once, whichever process wrote it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import audit, cohorts, inbox, ledger, reviews, tables
from storage.alerts import acknowledge, open_alerts
from storage.cohorts import Watch, enter, save_watch
from storage.engine import Database, open_database
from storage.events import add_events
from storage.new_versions import NewVersion, Summary, add_versions
from storage.reviews import Review
from storage.tables import table_of
from sync.config import Settings
from sync.registry.client import Registry
from sync.registry.settings import RegistrySettings
from sync.service import Service
from sync.web.views import watches, worklist
from sync.web.views.cache import AT_ONCE, LAG, WhileUnchanged
from sync.web.views.cohort import large, overview
from sync.web.views.status_bar import status_bar
from sync.web.views.watcher import view
from sync.web.views.worklist import WorklistQuery

Make = Callable[..., NewVersion]
Told = Callable[..., dict[str, Any]]
STUDY = table_of(tables.Study).c
ONE, TWO, THREE, FOUR = (f"NCT9000000{number}" for number in range(1, 5))
MOMENT = timedelta(milliseconds=1)


class Studies:
    """Counts the studies of a database as a page does; `counted`: how often it was really done."""

    def __init__(self, database: Database, lag: timedelta = LAG) -> None:
        self.database, self.lag, self.counted = database, lag, 0
        self._kept: WhileUnchanged[int] = WhileUnchanged()

    def shown(self, now: datetime) -> int:
        with self.database.read() as session:

            def count() -> int:
                self.counted += 1
                return len(session.scalars(select(STUDY.nct_id)).all())

            return self._kept.get(session, "studies", now, count, lag=self.lag)


@pytest.fixture
def stored(database: Database, make_version: Make, told: Told, now: datetime) -> Database:
    """A study with an alert, and a cycle that is at work."""
    with database.write() as session:
        save_watch(session, Watch("all", "ab" * 32, "2026-09-01"))
        add_versions(session, [make_version("A", ONE, summary=Summary("One", "RECRUITING"))])
        enter(session, "all", {ONE: "ids"}, "2026-09-01")
        add_events(session, [told("evt_1", ONE)])
        open_alerts(session, [("evt_1", ONE)], now)
        ledger.begin_cycle(session, release="2026-09-02", stamp="s", owner="x", fence=1, now=now)
    return database


def add(database: Database, make_version: Make, nct_id: str) -> None:
    """Store another study, as a cycle does."""
    with database.write() as session:
        add_versions(session, [make_version("A", nct_id, summary=Summary(nct_id, "RECRUITING"))])
        enter(session, "all", {nct_id: "ids"}, "2026-09-02")


def test_a_count_lags_behind_a_cycle_by_the_bound_and_no_longer(
    stored: Database, make_version: Make, now: datetime
) -> None:
    page = Studies(stored)
    assert page.shown(now) == 1
    add(stored, make_version, TWO)
    assert page.shown(now + LAG - MOMENT) == 1
    assert page.shown(now + LAG) == 2
    assert page.counted == 2


def test_no_count_is_ever_older_than_the_bound_while_something_is_written_all_the_time(
    stored: Database, make_version: Make, now: datetime
) -> None:
    page, written = Studies(stored), [(now, 1)]
    for second in range(1, 40):
        at = now + timedelta(seconds=second)
        add(stored, make_version, f"NCT9100{second:04}")
        written.append((at, second + 1))
        least = max(number for since, number in written if since <= at - LAG or since == now)
        assert page.shown(at) >= least
    assert page.counted <= 5


def test_without_a_lag_what_a_cycle_writes_is_counted_at_once(
    stored: Database, make_version: Make, now: datetime
) -> None:
    page = Studies(stored, AT_ONCE)
    assert page.shown(now) == 1
    add(stored, make_version, TWO)
    assert page.shown(now) == 2


def test_what_a_person_did_is_counted_at_once_also_where_another_process_wrote_it(
    stored: Database, make_version: Make, now: datetime
) -> None:
    page = Studies(stored)
    page.shown(now)
    with closing(open_database(stored.engine.url)) as other:
        other.require_schema()
        add(other, make_version, TWO)
        assert page.shown(now + MOMENT) == 1
        with other.write() as session:
            acknowledge(session, "evt_1", by="ann", at=now)
        assert page.shown(now + MOMENT) == 2


def test_a_clock_that_was_put_back_shows_nothing_of_a_time_to_come(
    stored: Database, make_version: Make, now: datetime
) -> None:
    page = Studies(stored)
    page.shown(now)
    add(stored, make_version, TWO)
    assert page.shown(now - timedelta(hours=1)) == 2


def test_the_cards_of_large_watches_lag_and_say_as_of_when_but_not_behind_ones_own_act(
    stored: Database, make_version: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "MOST_AT_ONCE", 0)

    def card(at: datetime) -> tuple[int, int, datetime]:
        with stored.read() as session:
            found = overview.load(session, configured=["all"], rules={}, now=at)
        return found.watches[0].studies, found.watches[0].open_alerts, found.counted_at

    later, much_later = now + timedelta(seconds=5), now + timedelta(seconds=15)
    assert card(now) == (1, 1, now)
    add(stored, make_version, TWO)
    assert card(later) == (1, 1, now)
    with stored.write() as session:
        acknowledge(session, "evt_1", by="ann", at=later)
    assert card(later) == (2, 0, later)
    add(stored, make_version, THREE)
    assert card(much_later) == (3, 0, much_later)


def test_the_worklist_lacks_a_reviewed_study_at_once_and_lists_those_of_which_nothing_was_told_last(
    stored: Database, make_version: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "MOST_AT_ONCE", 0)
    monkeypatch.setattr(worklist, "PER_PAGE", 2)
    for nct_id in (TWO, THREE, FOUR):
        add(stored, make_version, nct_id)

    def never(page: int, status: str = "") -> tuple[list[str], int]:
        with stored.read() as session:
            found = worklist.load(session, WorklistQuery(show="never", status=status), now, page)
        return [each.nct_id for each in found.studies], found.total

    assert [never(1), never(2)] == [([ONE, TWO], 4), ([THREE, FOUR], 4)]
    assert never(2, "RECRUITING") == ([THREE, FOUR], 4)
    with stored.write() as session:
        reviews.add_review(session, Review(THREE, 1, now, "ann", None))
    assert [never(1), never(2)] == [([ONE, TWO], 3), ([FOUR], 3)]
    with stored.read() as session:
        everything = worklist.everything(session, WorklistQuery(show="never"), now)
        assert worklist.load(session, WorklistQuery(), now).total == 1
    assert [each["nct_id"] for each in everything] == [ONE, TWO, FOUR]


@pytest.mark.parametrize("page", ["the bar at the top", "the watcher", "the watches"])
def test_what_needs_somebody_and_how_much_there_is_are_counted_once_while_nothing_happens(
    database: Database, now: datetime, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []

    def counting(name: str, count: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *asked: (counted.append(name), count(*asked))[1]

    monkeypatch.setattr(inbox, "waiting", counting("the bar at the top", inbox.waiting))
    monkeypatch.setattr(view, "totals", counting("the watcher", view.totals))
    monkeypatch.setattr(cohorts, "sizes", counting("the watches", cohorts.sizes))
    service = Service(Settings(), database, Registry(RegistrySettings()), {}, lambda: now)
    shown: dict[str, Callable[[Session], object]] = {
        "the bar at the top": lambda session: status_bar(session, service.settings, now),
        "the watcher": lambda session: view._store(session, service.settings, now),
        "the watches": lambda session: watches.lines(session, service),
    }
    for _ in range(3):
        with database.read() as session:
            shown[page](session)
    assert counted == [page]
    with database.write() as session:
        audit.append(session, now, "ann", "test", "all")
    with database.read() as session:
        shown[page](session)
    assert counted == [page, page], "a person did something"


def test_few_studies_are_counted_at_once_and_many_lag(
    stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stored.read() as session:
        assert large.lag(session, ["all"]) == AT_ONCE
        monkeypatch.setattr(large, "MOST_AT_ONCE", 0)
        assert large.lag(session, ["all"]) == LAG
