"""Watches, and the studies that enter, leave and enter again."""

from __future__ import annotations

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from storage import tables
from storage.cohorts import (
    Membership,
    Watch,
    enter,
    former_members,
    in_trouble,
    leave,
    members,
    memberships,
    save_watch,
    watch,
    watches_of,
)
from storage.engine import Database
from storage.tables import table_of

ONE, TWO, THREE = "NCT00000001", "NCT00000002", "NCT00000003"


@pytest.fixture
def watched(database: Database) -> Database:
    """A database with the watch `cart`."""
    with database.write() as session:
        save_watch(session, Watch("cart", "ab" * 32))
    return database


def test_a_watch_is_established_by_its_first_complete_cycle(watched: Database) -> None:
    with watched.read() as session:
        assert watch(session, "cart") == Watch("cart", "ab" * 32, None)
        assert watch(session, "other") is None
    with watched.write() as session:
        save_watch(session, Watch("cart", "cd" * 32, "2026-09-01"))
    with watched.read() as session:
        assert watch(session, "cart") == Watch("cart", "cd" * 32, "2026-09-01")


def test_studies_enter_and_leave_and_the_past_is_kept(watched: Database) -> None:
    with watched.write() as session:
        enter(session, "cart", {TWO: "search 1", ONE: "ids"}, "2026-09-01")
        leave(session, "cart", [TWO, THREE], "2026-09-03")
        enter(session, "cart", {TWO: "search 2"}, "2026-09-05")
    with watched.read() as session:
        assert [(m.nct_id, m.source) for m in members(session, "cart").values()] == [
            (ONE, "ids"),
            (TWO, "search 2"),
        ]
        assert memberships(session, watch="cart", nct_id=TWO) == [
            Membership("cart", TWO, "search 1", "2026-09-01", "2026-09-03"),
            Membership("cart", TWO, "search 2", "2026-09-05", None),
        ]
        assert former_members(session, "cart") == {TWO}


def test_a_study_that_is_in_does_not_enter_twice(watched: Database) -> None:
    for release in ("2026-09-01", "2026-09-02"):
        with watched.write() as session:
            enter(session, "cart", {ONE: "ids"}, release)
    with watched.read() as session:
        assert [m.entered_release for m in memberships(session)] == ["2026-09-01"]


def test_the_database_refuses_two_open_memberships(watched: Database) -> None:
    row = {"watch": "cart", "nct_id": ONE, "source": "ids", "entered_release": "2026-09-01"}
    with watched.write() as session:
        enter(session, "cart", {ONE: "ids"}, "2026-09-01")
    with pytest.raises(IntegrityError), watched.write() as session:
        session.execute(insert(table_of(tables.Membership)), row)


def test_a_study_cannot_enter_a_watch_that_was_not_saved(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        enter(session, "cart", {ONE: "ids"}, "2026-09-01")


def test_a_study_may_be_in_several_watches(watched: Database) -> None:
    with watched.write() as session:
        save_watch(session, Watch("lupus", "ef" * 32))
        for name in ("lupus", "cart"):
            enter(session, name, {ONE: "ids", TWO: "ids"}, "2026-09-01")
        leave(session, "lupus", [TWO], "2026-09-02")
    with watched.read() as session:
        assert watches_of(session, [ONE, TWO, THREE]) == {ONE: ["cart", "lupus"], TWO: ["cart"]}


def test_nobody_enters_and_nobody_leaves(watched: Database) -> None:
    with watched.write() as session:
        enter(session, "cart", {}, "2026-09-01")
        leave(session, "cart", [], "2026-09-01")
    with watched.read() as session:
        assert members(session, "cart") == {}


def test_a_watch_in_trouble_is_found_until_that_is_over(watched: Database) -> None:
    troubled = Watch("cart", "ab" * 32, "2026-09-01", "2026-09-01T09", "search 1 failed", "2026-09-02")
    with watched.write() as session:
        save_watch(session, troubled)
        assert in_trouble(session) == [troubled]
        save_watch(session, Watch("cart", "ab" * 32, "2026-09-01", "2026-09-02T09"))
        assert in_trouble(session) == []
