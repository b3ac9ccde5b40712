"""The story of the demo is what it says it is: every scene in its place, and noise that is nothing but noise."""

import json
from typing import Any

import pytest

from sync.demo.registry.corpus import Corpus, Entry, Version
from sync.demo.story import EXPECTED, RELEASES, SILENCE, story
from sync.study.canonical import canonicalise

MEMBERSHIP = {"entered", "left", "reentered", "missing", "gone", "alias", "storm"}
STUDIES = {study["nctId"]: study for study in story()}


def pair(release: str, nct_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The record of a study before and on a release."""
    versions = STUDIES[nct_id]["versions"]
    number = [version["release"] for version in versions].index(release)
    return versions[number - 1]["study"], versions[number]["study"]


def test_a_dozen_studies_live_through_twenty_weekdays() -> None:
    assert len(STUDIES) == 13
    assert len(RELEASES) == 20
    assert len({study["nctId"] for study in story()}) == 13


def test_the_story_is_the_same_whenever_it_is_told() -> None:
    assert json.dumps(story()) == json.dumps(story())


@pytest.mark.parametrize("release, nct_id, why", SILENCE)
def test_noise_changes_the_record_and_not_its_content(release: str, nct_id: str, why: str) -> None:
    before, after = pair(release, nct_id)
    assert before != after
    assert canonicalise(before).content_hash == canonicalise(after).content_hash, why


@pytest.mark.parametrize("saying", [saying for saying in EXPECTED if saying.kind not in MEMBERSHIP])
def test_what_should_be_said_has_a_difference_in_the_canonical_form_behind_it(saying: Any) -> None:
    before, after = (canonicalise(record) for record in pair(saying.release, saying.nct_id))
    assert (before.content_hash, before.derived_hash) != (after.content_hash, after.derived_hash)


def test_every_version_after_the_first_is_either_told_or_noise() -> None:
    changed = {
        (version["release"], nct_id)
        for nct_id, study in STUDIES.items()
        for version in study["versions"][1:]
        if version["study"]
    }
    told = {(saying.release, saying.nct_id) for saying in EXPECTED if saying.kind not in MEMBERSHIP}
    silent = {(release, nct_id) for release, nct_id, _ in SILENCE}
    assert changed == told | silent
    assert not told & silent


def test_a_change_by_the_registry_leaves_the_date_of_the_last_update_alone() -> None:
    for saying in EXPECTED:
        if saying.origin == "registry" and saying.kind not in MEMBERSHIP | {"withheld"}:
            dates = [
                record["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]
                for record in pair(saying.release, saying.nct_id)
            ]
            assert dates[0] == dates[1], saying


def test_a_rollback_puts_back_the_very_same_record() -> None:
    versions = [version["study"] for version in STUDIES["NCT90000006"]["versions"]]
    assert versions[-1] == versions[-3] != versions[-2]


def test_an_older_id_becomes_an_alias_and_a_study_is_taken_out() -> None:
    entries = [
        Entry(study["nctId"], [Version(each["release"], each["study"]) for each in study["versions"]])
        for study in story()
    ]
    view = Corpus(entries).view(RELEASES[-1])
    assert view.aliases == {"NCT90000010": "NCT90000013"}
    assert "NCT90000011" not in view.studies


def test_every_kind_of_change_has_its_scene() -> None:
    kinds = {kind for saying in EXPECTED for kind in (saying.kind, *saying.also)}
    wanted = "status enrollment eligibility dates sites contacts outcomes arms design sponsor identification results"
    wanted += " documents references description conditions oversight ipd administrative"
    wanted += " entered left reentered missing gone alias withheld storm"
    assert kinds == set(wanted.split())
