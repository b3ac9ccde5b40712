"""The passages of a record, and the texts of its fields."""

from __future__ import annotations

import pytest

from sync.cohort.passages import CONDITION, GIVEN_NAME, IN_ALL, OFFICIAL_TITLE, TITLES, Part, Passages

RECORD = {
    "protocolSection": {
        "identificationModule": {"briefTitle": " ", "officialTitle": "CAR-T in Lupus", "acronym": 7},
        "conditionsModule": {"conditions": ["Lupus", None, "Myositis"], "keywords": ["CD19"]},
        "armsInterventionsModule": {
            "interventions": [
                "none",
                {"name": "Mesna"},
                {"name": "KYV-101", "otherNames": ["X", 1, "Y"], "description": "cells"},
            ],
            "armGroups": [{"description": "one arm"}],
        },
        "outcomesModule": {"secondaryOutcomes": [{}, {"measure": "B cells"}]},
    }
}


@pytest.fixture
def passages() -> Passages:
    return Passages(RECORD)


def test_each_text_has_its_path_with_its_numbers_and_whose_it_is(passages: Passages) -> None:
    known = {each.field.removeprefix("protocolSection."): each for each in passages}
    assert list(known) == [
        "identificationModule.officialTitle",
        "armsInterventionsModule.interventions[0].name",
        "armsInterventionsModule.interventions[1].name",
        "armsInterventionsModule.interventions[1].otherNames[0]",
        "armsInterventionsModule.interventions[1].otherNames[2]",
        "armsInterventionsModule.interventions[1].description",
        "armsInterventionsModule.armGroups[0].description",
        "conditionsModule.conditions[0]",
        "conditionsModule.conditions[2]",
        "conditionsModule.keywords[0]",
        "outcomesModule.secondaryOutcomes[1].measure",
    ]
    assert [each.owner for each in passages.of(Part.GIVEN)] == [0, 1, 1, 1, 1]
    assert [each.is_name for each in passages.of(Part.GIVEN, Part.ARM)] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    assert passages.of(Part.TITLE)[0].folded == ("CAR-T in Lupus", "car t in lupus")


def test_the_first_title_is_the_first_that_says_something(passages: Passages) -> None:
    assert passages.title is passages.of(Part.TITLE)[0]
    assert Passages({}).title is None


def test_fields_are_had_as_one_text_and_as_passages(passages: Passages) -> None:
    assert passages.text_at(CONDITION) == "lupus\0myositis"
    assert passages.text_at(OFFICIAL_TITLE, GIVEN_NAME) == "car t in lupus\0mesna\0kyv 101"
    assert [each.folded.original for each in passages.at(CONDITION)] == ["Lupus", "Myositis"]
    assert passages.at(CONDITION) == passages.of(Part.WORD)[:2]


def test_a_text_with_the_separator_in_itself_is_one_passage() -> None:
    odd = Passages({"protocolSection": {"conditionsModule": {"conditions": ["A\0B", "C"]}}})
    assert [each.folded.text for each in odd] == ["a\0b", "c"]


def test_what_is_beyond_all_that_is_looked_at_is_no_passage() -> None:
    long = ["x" * 30_000] * (IN_ALL // 30_000 + 2)
    found = Passages({"protocolSection": {"conditionsModule": {"conditions": long, "keywords": ["last"]}}})
    assert sum(len(each.folded.text) for each in found) == IN_ALL
    assert found.at(*TITLES) == []
    assert "last" not in found.text
    assert len(found.of(Part.WORD)) == IN_ALL // 30_000 + 1
