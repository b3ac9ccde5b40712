"""Profiles: kept with each version, found by their traits, counted within a watch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storage import cohorts, new_versions, profiles
from storage.engine import Database
from storage.new_versions import Summary
from storage.profiles import StoredProfile

CD19, BCMA = ("antigen", "CD19"), ("antigen", "BCMA")
LUPUS, AREA = ("disease", "Lupus"), ("area", "autoimmune")
FORM = "1"


def stored(*traits: tuple[str, str], form: str = FORM) -> StoredProfile:
    return StoredProfile(
        form, "car_t_product", "autoimmune", "PHASE1", "INDUSTRY", {"a": 1}, frozenset(traits)
    )


def add(database: Database, make_version: Any, **found: StoredProfile) -> None:
    new = [
        replace(make_version(nct_id, nct_id=nct_id), summary=Summary(profile=each))
        for nct_id, each in found.items()
    ]
    with database.write() as session:
        new_versions.add_versions(session, new)


def three(database: Database, make_version: Any) -> None:
    add(
        database,
        make_version,
        NCT00000001=stored(CD19, LUPUS, AREA),
        NCT00000002=stored(CD19, BCMA, AREA),
        NCT00000003=stored(AREA),
    )


def test_studies_are_found_by_the_sum_of_shared_traits_and_by_none_that_is_too_common(database, make_version):
    three(database, make_version)
    weights = {CD19: 20, LUPUS: 10, AREA: 5}
    with database.read() as session:
        found = profiles.candidates(session, weights, found_by=("antigen", "disease"), limit=9)
        nearest = profiles.candidates(session, weights, found_by=("antigen",), limit=1)
        assert profiles.candidates(session, {AREA: 5}, found_by=("antigen",), limit=9) == []
    assert found == ["NCT00000001", "NCT00000002"]
    assert nearest == ["NCT00000001"]


def test_a_profile_that_changed_is_found_by_its_new_traits_alone(database, make_version):
    three(database, make_version)
    with database.write() as session:
        again = {"NCT00000001": replace(stored(BCMA), body={"a": 2})}
        assert profiles.keep(session, again) == 1
        assert profiles.keep(session, again) == 0
    with database.read() as session:
        assert profiles.candidates(session, {BCMA: 1}, found_by=("antigen",), limit=9) == [
            "NCT00000001",
            "NCT00000002",
        ]
        assert profiles.candidates(session, {LUPUS: 1}, found_by=("disease",), limit=9) == []


def test_who_has_all_of_some_traits_is_counted_within_a_watch_whoever_left_it_too(database, make_version):
    three(database, make_version)
    with database.write() as session:
        cohorts.save_watch(session, cohorts.Watch("lupus", "00"))
        cohorts.enter(session, "lupus", {"NCT00000001": "id", "NCT00000002": "id"}, "2026-09-01")
        cohorts.leave(session, "lupus", ["NCT00000001"], "2026-09-02")
    with database.read() as session:
        assert profiles.having(session, "lupus", [CD19, AREA]) == 2
        assert profiles.having(session, "lupus", [CD19, AREA], exclude=["NCT00000001"]) == 1
        assert profiles.having(session, "lupus", [CD19, LUPUS]) == 1
        assert profiles.having(session, "lupus", [AREA]) == 2
        assert profiles.candidates(session, {CD19: 1}, found_by=("antigen",), limit=9, watch="lupus") == [
            "NCT00000002"
        ]


def test_a_profile_of_another_form_is_missing(database, make_version):
    three(database, make_version)
    add(database, make_version, NCT00000004=stored(CD19, form="older"))
    with database.read() as session:
        assert profiles.missing(session, FORM) == ["NCT00000004"]
        assert profiles.count_missing(session, FORM) == 1
        assert profiles.count_missing(session, FORM, watch="lupus") == 0
        assert len(profiles.missing(session, "newer", limit=2)) == 2
