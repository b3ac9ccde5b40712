"""Events: each told once, given back as they were told, newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from storage.cohorts import Watch, enter, leave, save_watch
from storage.engine import Database
from storage.events import add_events, changed_on, cursor_of, event, events, headlines, steps
from storage.studies import name_studies

Told = Callable[..., dict[str, Any]]
ONE, TWO = "NCT00000001", "NCT00000002"


@pytest.fixture
def named(database: Database) -> Database:
    """A database that knows two studies, of which one was in the watch `cart` for a while."""
    with database.write() as session:
        name_studies(session, [ONE, TWO], "2026-09-01")
        save_watch(session, Watch("cart", "ab"))
        enter(session, "cart", {TWO: "ids"}, "2026-09-01")
        leave(session, "cart", [TWO], "2026-09-02")
    return database


def tell(database: Database, *new: dict[str, Any], watch: str | None = None) -> list[str]:
    with database.write() as session:
        return add_events(session, new, watch=watch)


def listed(database: Database, **which: Any) -> list[str]:
    with database.read() as session:
        return [found["id"] for found in events(session, **which)]


def test_an_event_is_given_back_as_it_was_told_to_the_last_key(
    named: Database, told: Told, change: Told
) -> None:
    criterion = change("eligibility", op="reworded", old="x\0y", new=None, detail={"words": [["=", "a"]]})
    original = told("evt_1", changes=[change(), criterion, change("sites", old=["\ud83d"], new={"b": 1.5})])
    tell(named, original)
    with named.read() as session:
        back = event(session, "evt_1")
        assert back == original
        assert list(back or {}) == list(original)
        assert events(session) == [original]
        assert event(session, "evt_2") is None


def test_an_event_is_told_once(named: Database, told: Told) -> None:
    assert tell(named, told("evt_1"), told("evt_2"), told("evt_1")) == ["evt_1", "evt_2"]
    assert tell(named, told("evt_2", headline="again"), told("evt_3")) == ["evt_3"]
    with named.read() as session:
        assert [(e["id"], e["headline"], len(e["changes"])) for e in events(session)] == [
            ("evt_3", "Status A → B", 1),
            ("evt_2", "Status A → B", 1),
            ("evt_1", "Status A → B", 1),
        ]


def test_events_are_listed_last_told_first_whatever_the_clock_did(named: Database, told: Told) -> None:
    tell(named, told("evt_1", seen_at="2026-09-02T13:00:00Z"))
    tell(named, told("evt_2", seen_at="1970-01-01T00:00:00Z"))
    assert listed(named) == ["evt_2", "evt_1"]


def test_a_studys_events_are_listed_in_one_line_each_last_told_first(named: Database, told: Told) -> None:
    tell(named, told("evt_1"), told("evt_2", TWO), told("evt_3", headline="Gone", to=None, **{"from": None}))
    with named.read() as session:
        found = headlines(session, nct_id=ONE, held=True)
        assert [(each.id, each.headline, each.from_version, each.to_version) for each in found] == [
            ("evt_3", "Gone", None, None),
            ("evt_1", "Status A → B", 1, 2),
        ]
        assert [each.id for each in headlines(session, nct_id=ONE, held=True, limit=1)] == ["evt_3"]


def test_events_are_found_by_study_severity_and_release(named: Database, told: Told) -> None:
    tell(
        named,
        told("evt_1", release="2026-09-01"),
        told("evt_2", TWO, severity="high"),
        told("evt_3", release="2026-09-03"),
    )
    assert listed(named, nct_id=TWO) == ["evt_2"]
    assert listed(named, severities=["high", "critical"]) == ["evt_2"]
    assert listed(named, since="2026-09-02") == ["evt_3", "evt_2"]
    assert listed(named, until="2026-09-02") == ["evt_2", "evt_1"]
    assert listed(named, since="2026-09-02", until="2026-09-02") == ["evt_2"]


def test_a_kind_is_found_in_the_changes_too(named: Database, told: Told, change: Told) -> None:
    tell(
        named,
        told("evt_1", changes=[change(), change("enrollment")]),
        told("evt_2", kind="sites", changes=[]),
    )
    assert listed(named, kinds=["enrollment"]) == ["evt_1"]
    assert listed(named, kinds=["sites", "dates"]) == ["evt_2"]
    assert listed(named, kinds=["outcomes"]) == []


def test_the_steps_of_a_kind_are_told_in_order_up_to_a_version(
    named: Database, told: Told, change: Told
) -> None:
    gone, back = ({"measure": "Fever"}, None), (None, {"measure": "Fever"})
    for number, (old, new) in enumerate((gone, back), start=1):
        step = change("outcomes", old=old, new=new)
        versions = {"from": {"version": number}, "to": {"version": number + 1}}
        tell(named, told(f"evt_{number}", release=f"2026-09-0{number}", changes=[change(), step], **versions))
    with named.read() as session:
        found = steps(session, {ONE: None}, ["outcomes"])
        assert [(each.release, each.kind, each.old, each.new) for each in found[ONE]] == [
            ("2026-09-01", "outcomes", *gone),
            ("2026-09-02", "outcomes", *back),
        ]
        assert len(steps(session, {ONE: 2}, ["outcomes"])[ONE]) == 1
        assert len(steps(session, {ONE: None}, ["outcomes", "status"])[ONE]) == 4
        assert steps(session, {TWO: None}, ["outcomes"]) == {}


def test_the_events_of_a_watch_are_its_own_and_those_of_its_studies_past_ones_too(
    named: Database, told: Told
) -> None:
    tell(named, told("evt_1", ONE), told("evt_2", TWO))
    tell(named, told("evt_3", ONE, kind="entered"), watch="cart")
    assert listed(named, watch="cart") == ["evt_3", "evt_2"]


def test_a_long_list_is_read_on_from_a_cursor(named: Database, told: Told) -> None:
    tell(named, *(told(f"evt_{number}") for number in range(5)))
    first = listed(named, limit=2)
    with named.read() as session:
        cursor = cursor_of(session, first[-1])
    assert (first, listed(named, limit=2, cursor=cursor)) == (["evt_4", "evt_3"], ["evt_2", "evt_1"])


def test_an_event_of_the_source_has_no_study_and_no_version(named: Database, told: Told) -> None:
    outage = told("evt_1", "", release=None, kind="schema", **{"from": None, "to": None}, changes=[])
    tell(named, outage)
    with named.read() as session:
        assert events(session, since="2026-09-02") == [outage]


def test_an_event_of_a_study_that_is_not_known_is_refused(named: Database, told: Told) -> None:
    with pytest.raises(IntegrityError):
        tell(named, told("evt_1", "NCT00000009"))


@pytest.mark.parametrize("wrong", [{"severity": "fatal"}, {"origin": "nobody"}])
def test_a_word_that_is_not_in_the_vocabulary_is_refused(
    named: Database, wrong: dict[str, str], told: Told
) -> None:
    with pytest.raises(IntegrityError):
        tell(named, told("evt_1", **wrong))


def test_a_thousand_events_at_once(named: Database, told: Told) -> None:
    ids = [f"evt_{number}" for number in range(1_000)]
    assert tell(named, *map(told, ids)) == ids
    assert listed(named, limit=1_000) == ids[::-1]


def test_nothing_to_tell_is_no_work(named: Database) -> None:
    assert tell(named) == []


def test_how_many_studies_changed_on_a_release_leaves_out_kinds_and_what_is_held(
    named: Database, told: Told
) -> None:
    step = {"from": {"version": 1}, "to": {"version": 2}}
    tell(named, told("evt_1", ONE, kind="sites", **step), told("evt_2", TWO, kind="derived", **step))
    tell(named, told("evt_3", ONE, kind="status", **step), told("evt_4", TWO, kind="entered", to=None))
    with named.read() as session:
        day = (event(session, "evt_1") or {})["release"]
        assert changed_on(session, day, ("derived",)) == 1
        assert changed_on(session, day, ()) == 2
        assert changed_on(session, "2020-01-01", ()) == 0


def test_events_are_narrowed_by_whose_doing_they_are(named: Database, told: Told) -> None:
    tell(
        named,
        told("evt_1", origin="registry"),
        told("evt_2", origin="sponsor"),
        told("evt_3", origin="unknown"),
    )
    assert sorted(listed(named, origins=("registry", "unknown"))) == ["evt_1", "evt_3"]
    assert listed(named, exclude=("status",)) == [
        each for each in listed(named) if each not in listed(named, kinds=("status",))
    ]
