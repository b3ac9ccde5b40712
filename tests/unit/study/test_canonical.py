"""What says the same has one canonical form: a number and its text, a list with and without elements that say nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sync.changes.explain import explain
from sync.changes.model import Snapshot, VersionRef
from sync.changes.ruleset import RuleSet
from sync.study.canonical import by_identity, canonicalise
from sync.study.record import Study

RECORD: dict[str, Any] = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT00000017", "orgStudyIdInfo": {"id": "0017"}},
        "statusModule": {"overallStatus": "RECRUITING"},
        "conditionsModule": {"conditions": ["Lupus", "Myositis"]},
        "designModule": {"enrollmentInfo": {"count": 24, "type": "ESTIMATED"}, "phases": ["PHASE1"]},
        "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": "LC-17"}]},
        "contactsLocationsModule": {
            "locations": [{"facility": "Site A", "city": "Ghent", "geoPoint": {"lat": 51.05, "lon": 3.7}}]
        },
    },
    "derivedSection": {"miscInfoModule": {}},
    "hasResults": False,
}
LISTS = (
    ("conditionsModule", "conditions"),
    ("designModule", "phases"),
    ("armsInterventionsModule", "interventions"),
    ("contactsLocationsModule", "locations"),
)


def edited(*path: str, value: Any) -> dict[str, Any]:
    made = copy.deepcopy(RECORD)
    place = made["protocolSection"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return made


def event_of(before: dict[str, Any], after: dict[str, Any]) -> Any:
    old, new = (
        Snapshot(record, canonicalise(record), VersionRef(number, f"2026-08-2{number}", "0" * 64))
        for number, record in enumerate((before, after))
    )
    return explain(old, new, rules=RuleSet.default(), seen_at="2026-08-21T13:00:00Z")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("nothing", ["", " \n", None, {}, [], {"name": ""}, {"name": None}, [None, ""]])
@pytest.mark.parametrize("place", [0, 1])
def test_an_element_that_says_nothing_is_none(path: tuple[str, str], nothing: Any, place: int) -> None:
    module, name = path
    elements = list(RECORD["protocolSection"][module][name])
    elements.insert(place, nothing)
    odd = edited(module, name, value=[*elements, nothing])
    assert canonicalise(odd).content_hash == canonicalise(RECORD).content_hash
    assert event_of(RECORD, odd) is None
    assert event_of(odd, RECORD) is None


@pytest.mark.parametrize("nothing", [[""], [None], [{}], [{}, "", None], [[]]])
def test_a_list_of_nothing_is_no_list(nothing: list[Any]) -> None:
    assert canonicalise(edited("conditionsModule", "keywords", value=nothing)).content == (
        canonicalise(RECORD).content
    )


def test_what_was_sent_is_found_beside_elements_that_say_nothing() -> None:
    sent = ["", None, "Lupus", {}, "Lupus"]
    assert by_identity(sent, "conditions") == {"Lupus": "Lupus", "Lupus #2": "Lupus"}


def test_a_change_beside_them_is_told_alone() -> None:
    event = event_of(
        edited("conditionsModule", "conditions", value=["", "Lupus", None]),
        edited("conditionsModule", "conditions", value=[{}, "Lupus", "Myositis"]),
    )
    assert [(change.op, change.new) for change in event.changes] == [("added", "Myositis")]


@pytest.mark.parametrize(
    ("number", "text"),
    [(24, "24"), (24.0, "24"), (-3, "-3"), (0.5, "0.5"), (1e-7, "0.0000001"), (2**70, str(2**70))],
)
def test_a_number_given_as_text_is_that_number(number: float, text: str) -> None:
    one = edited("designModule", "enrollmentInfo", value={"count": number, "type": "ESTIMATED"})
    other = edited("designModule", "enrollmentInfo", value={"count": text, "type": "ESTIMATED"})
    assert canonicalise(one).content_hash == canonicalise(other).content_hash
    assert event_of(one, other) is None


def test_a_number_in_what_names_an_element_is_its_text_too() -> None:
    numbers = edited("armsInterventionsModule", "interventions", value=[{"type": "DRUG", "name": 17}])
    texts = edited("armsInterventionsModule", "interventions", value=[{"type": "DRUG", "name": "17"}])
    assert canonicalise(numbers).content == canonicalise(texts).content


@pytest.mark.parametrize("ids", [("0017", "17"), ("24", "24.5"), ("1", "true")])
def test_texts_that_only_look_alike_differ(ids: tuple[str, str]) -> None:
    one, other = (edited("identificationModule", "orgStudyIdInfo", value={"id": each}) for each in ids)
    assert canonicalise(one).content_hash != canonicalise(other).content_hash


@pytest.mark.parametrize("odd", ["24", " 24 ", 24.0])
def test_an_enrollment_given_as_text_is_counted_as_any_other(odd: Any) -> None:
    before = edited("designModule", "enrollmentInfo", value={"count": odd, "type": "ESTIMATED"})
    after = edited("designModule", "enrollmentInfo", value={"count": "60", "type": "ESTIMATED"})
    assert Study(before).enrollment.count == 24
    assert "24 → 60" in event_of(before, after).headline


@pytest.mark.parametrize("odd", ["", "about 24", "24.5", True, [24], None])
def test_what_is_no_number_counts_as_none(odd: Any) -> None:
    assert Study(edited("designModule", "enrollmentInfo", value={"count": odd})).enrollment.count is None
