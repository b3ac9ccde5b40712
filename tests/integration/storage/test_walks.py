"""The walk through the whole registry and the pages of a large watch, on both databases."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from storage import cohorts, large_table, large_watch, silence, walks, watch_table
from storage.bulk import CHUNK
from storage.cohorts import Watch, enter, leave, save_watch
from storage.engine import Database
from storage.events import add_events
from storage.fulltext.index import indexed
from storage.id_set import IdSet, numbers
from storage.large_table import Narrowing
from storage.new_versions import Due, NewVersion, Summary, add_versions
from storage.quarantine import Refused, refuse
from storage.readings import note
from storage.studies import Presence, set_presence
from storage.versions import unchanging
from storage.walks import Walk
from tests.integration.storage.conftest import plans_of

Make = Callable[..., NewVersion]
Told = Callable[..., dict[str, Any]]
IDS = [f"NCT9000000{number}" for number in range(1, 7)]
ONE, TWO, THREE, FOUR, FIVE, SIX = IDS
STAMP = "2026-09-02T09:00:04"
RAW = b'{"protocolSection"'


@pytest.fixture
def whole(database: Database, make_version: Make, told: Told) -> Database:
    """A watch of six studies, each with another thing to be told apart by."""
    dues = {
        ONE: Due("2025-01-31", "2026-01-01", "2026-09-02"),
        TWO: Due("2026-08-31", None, "2026-12-01"),
        THREE: Due(None, "2026-09-03", None),
    }
    summaries = {
        nct_id: Summary(
            f"Study {number}",
            ("RECRUITING", "COMPLETED")[number % 2],
            f"Sponsor {number % 3}",
            (("PHASE1",), ("PHASE1", "PHASE2"), ())[number % 3],
            {"count": number},
            {"overallStatus": "RECRUITING"},
            {
                "conditions": [("Lupus", "Sjögren")[number % 2]],
                "countries": [("Norway", "Côte d'Ivoire")[number % 2]],
                "sponsor_class": (None, "OTHER")[number % 2],
            },
            due=dues.get(nct_id, Due()),
        )
        for number, nct_id in enumerate(IDS)
    }
    with database.write() as session:
        save_watch(session, Watch("all", "ab" * 32, "2026-09-01"))
        save_watch(session, Watch("other", "cd" * 32, "2026-09-01"))
        add_versions(session, [make_version("A", each, summary=summaries[each]) for each in IDS])
        enter(session, "all", dict.fromkeys(IDS[:5], "everything"), "2026-09-01")
        enter(session, "all", {SIX: "everything"}, "2026-09-02")
        leave(session, "all", [SIX], "2026-09-03")
        enter(session, "other", {FOUR: "id"}, "2026-09-01")
        add_events(
            session, [told("evt_1", TWO, release="2026-09-02"), told("evt_2", THREE, release="2026-09-01")]
        )
    return database


def begun(now: datetime) -> Walk:
    return Walk("all", "api", "whole", STAMP, "2026-09-02", now, now, now, total=6)


def test_a_walk_is_written_with_each_of_its_pages(whole: Database, now: datetime) -> None:
    with whole.write() as session:
        walks.begin(session, begun(now))
    for number, ids in enumerate(([THREE, ONE], [TWO]), start=1):
        later = now + timedelta(seconds=10 * number)
        with whole.write() as session:
            known = walks.walk(session, "all")
            assert known is not None
            seen = known.seen + len(ids)
            further = replace(known, cursor=f"token {number}", pages=number, seen=seen, updated_at=later)
            walks.add_page(session, further, numbers(ids))
    with whole.read() as session:
        known, seen_ids = walks.walk(session, "all"), IdSet()
        for page in walks.pages(session, "all"):
            seen_ids.add_numbers(page)
    assert known is not None
    assert (known.pages, known.seen, known.cursor) == (2, 3, "token 2")
    assert (known.a_second, known.seconds_left) == (0.15, 20)
    assert (len(seen_ids), ONE in seen_ids, FOUR in seen_ids) == (3, True, False)
    with whole.write() as session:
        walks.begin(session, begun(now))
        assert list(walks.pages(session, "all")) == []


def test_a_page_that_is_not_committed_left_nothing(whole: Database, now: datetime) -> None:
    with whole.write() as session:
        walks.begin(session, begun(now))

    def killed() -> None:
        with whole.write() as session:
            walks.add_page(session, replace(begun(now), pages=1, seen=2), numbers([ONE, TWO]))
            session.flush()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    with whole.read() as session:
        assert (walks.walk(session, "all") or begun(now)).pages == 0
        assert list(walks.pages(session, "all")) == []


def test_those_are_asked_for_whom_a_sweep_cannot_find(whole: Database, now: datetime) -> None:
    with whole.write() as session:
        set_presence(session, [Presence(FOUR, "missing", "2026-09-01", 1)])
        refuse(session, [Refused(RAW, "cut", STAMP, "2026-09-02", now + timedelta(days=1), FIVE, None)])
    with whole.read() as session:
        assert walks.to_ask_for(session, "all", STAMP, "2026-09-02") == [ONE, FOUR, FIVE]
        assert walks.to_ask_for(session, "all", STAMP, "2026-09-01") == [FOUR, FIVE]
        assert walks.to_ask_for(session, "other", STAMP, "2026-09-02") == [FOUR]
    with whole.write() as session:
        note(session, [ONE, FIVE], STAMP, now + timedelta(days=2))
    with whole.read() as session:
        assert walks.to_ask_for(session, "all", STAMP, "2026-09-02") == [FOUR], "nothing twice on a release"


def test_the_members_are_counted_and_streamed(whole: Database) -> None:
    with whole.read() as session:
        assert cohorts.size(session, "all") == 5
        assert sorted(cohorts.each_inside(session, "all")) == IDS[:5]
        assert cohorts.inside(session, "all", [ONE, SIX, "NCT00000000"]) == {ONE}
        assert cohorts.once_inside(session, "all", IDS) == {SIX}


WITHOUT_A_WALK: dict[str, Callable[[Session], Any]] = {
    "who has to be looked at": lambda session: silence.due_in(session, "all", "2026-12-01", "a year"),
    "who has to be looked at, of many that are named": lambda session: silence.due(
        session, [*IDS, *(f"NCT8{number:07}" for number in range(CHUNK))], "2026-12-01", "a year"
    ),
    "how many are silent": lambda session: large_watch.silent(session, "all", "overdue_on", "2026-12-01"),
    "who is silent, of those on a page": lambda session: watch_table.status_modules(session, IDS),
    "who is silent, as a list": lambda session: large_table.count(
        session, "all", Narrowing(silent=("overdue_on", "2026-12-01"))
    ),
    "who is missing, as a list": lambda session: large_table.count(
        session, "all", Narrowing(state="missing")
    ),
    "who is gone": lambda session: walks.gone(session, "all"),
    "whose words are known": lambda session: indexed(session, IDS),
    "whose bytes are those of the head": lambda session: unchanging(session, IDS),
}


# PostgreSQL decides by what the tables hold.
@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("asked", WITHOUT_A_WALK)
def test_nothing_that_a_sweep_asks_walks_through_all_studies(whole: Database, asked: str) -> None:
    with whole.read() as session, plans_of(session) as plans:
        WITHOUT_A_WALK[asked](session)
    # Of a whole registry nearly all have words of today's form.
    all_of_them = ("SCAN ", "(watch=?)", "ix_search_entry_form")
    assert plans
    assert not [plan for plan in plans for each in all_of_them if each in plan]


def test_it_is_counted_how_those_of_a_watch_stand(whole: Database) -> None:
    with whole.read() as session:
        stand = large_watch.stand(session, "all")
        facts = [json.loads(each or "") for each in large_watch.each_with_facts(session, "all")]
        assert large_watch.stand(session, "other") == [("COMPLETED", "present", '["PHASE1"]', 1)]
    assert sorted(stand, key=str) == [
        ("COMPLETED", "present", '["PHASE1","PHASE2"]', 1),
        ("COMPLETED", "present", '["PHASE1"]', 1),
        ("RECRUITING", "present", '["PHASE1","PHASE2"]', 1),
        ("RECRUITING", "present", '["PHASE1"]', 1),
        ("RECRUITING", "present", "[]", 1),
    ]
    assert Counter(each["sponsor_class"] for each in facts) == {None: 3, "OTHER": 2}


def test_those_are_counted_as_silent_whose_day_has_come(whole: Database) -> None:
    with whole.read() as session:
        assert large_watch.silent(session, "all", "heard_on", "2025-01-30") == 0
        assert large_watch.silent(session, "all", "heard_on", "2025-01-31") == 1
        assert large_watch.silent(session, "all", "overdue_on", "2026-09-03") == 2


@pytest.mark.parametrize("many", [2, 4, 1_000], ids=lambda many: f"more than {many} are many")
def test_silence_is_looked_at_once_and_then_not_before_its_day(
    whole: Database, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of many, all that are due are asked for, and each by its id where that are many too.
    monkeypatch.setattr(silence, "CHUNK", many)

    def found(today: str, limits: str = "a year") -> list[str]:
        with whole.read() as session:
            named = silence.due(session, IDS, today, limits)
            among = silence.due_in(session, "all", today, limits)
            assert silence.due_in(session, "other", today, limits) == []
        assert among == sorted(set(named) - {SIX}), "all but who left"
        return among

    assert found("2026-09-01") == [ONE, TWO, THREE], "something is awaited of these"
    with whole.write() as session:
        silence.looked(session, "a year", {ONE: "2026-09-03", TWO: "2026-12-01", THREE: None})
        silence.looked(session, "a year", {})
    assert found("2026-09-02") == []
    assert found("2026-09-03") == [ONE]
    assert found("2026-12-01") == [ONE, TWO]
    assert found("2026-09-02", "half a year") == [ONE, TWO, THREE], "under other limits all are looked at"
    assert found("2026-09-02", "1 year") == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    ("narrowing", "found"),
    [
        (Narrowing(), IDS[:5]),
        (Narrowing(left=True), IDS),
        (Narrowing(status="COMPLETED"), [TWO, FOUR]),
        (Narrowing(status="-"), []),
        (Narrowing(phases=["PHASE1", "PHASE2"]), [TWO, FIVE]),
        (Narrowing(phases=[]), [THREE]),
        (Narrowing(country="Côte d'Ivoire"), [TWO, FOUR]),
        (Narrowing(sponsor_class="-"), [ONE, THREE, FIVE]),
        (Narrowing(sponsor_class="OTHER"), [TWO, FOUR]),
        (Narrowing(state="gone"), []),
        (Narrowing(text="4 sponsor"), [FOUR, FIVE]),
        (Narrowing(text="SJöGREN"), [TWO, FOUR]),
        (Narrowing(text="norway"), []),
        (Narrowing(silent=("overdue_on", "2026-09-03")), [ONE, THREE]),
        (Narrowing(changed_after="2026-09-01"), [TWO]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_page_has_the_studies_that_are_asked_for(
    whole: Database, narrowing: Narrowing, found: list[str]
) -> None:
    with whole.read() as session:
        page = large_table.page(session, "all", narrowing, "nct_id", offset=0, limit=10)
        assert [member.nct_id for member in page] == found
        assert large_table.count(session, "all", narrowing) == len(found)


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("nct_id", ONE),
        ("-nct_id", FIVE),
        ("-title", FIVE),
        ("sponsor", ONE),
        ("-changed", TWO),
        ("changed", THREE),
    ],
)
def test_an_order_goes_over_all_pages(whole: Database, sort: str, first: str) -> None:
    with whole.read() as session:
        pages = [
            large_table.page(session, "all", Narrowing(), sort, offset=offset, limit=2)
            for offset in (0, 2, 4)
        ]
    shown = [member.nct_id for page in pages for member in page]
    assert shown[0] == first
    assert sorted(shown) == IDS[:5]


def test_what_was_told_is_found_for_a_page(whole: Database, now: datetime) -> None:
    with whole.read() as session:
        latest = large_table.latest(session, "all", [ONE, TWO], now)
        assert {nct_id: each.release for nct_id, each in latest.items()} == {TWO: "2026-09-02"}
        assert [each.nct_id for each in large_table.activity(session, "all", IDS, "2026-09-02")] == [TWO]
        assert len(large_watch.events_by_release(session, "all", "2026-09-01")) == 2
        moved = large_watch.moved_by_release(session, "all", "2026-09-02")
        assert sorted(moved) == [("2026-09-02", True, 1), ("2026-09-03", False, 1)]
        assert large_watch.open_alerts(session, "all", now) == 0
