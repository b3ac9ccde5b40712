"""The facts that a listing shows."""

import pytest

from sync.study.record import Study
from sync.study.summary import facts

RECORD = {
    "hasResults": True,
    "protocolSection": {
        "statusModule": {
            "startDateStruct": {"date": "2025-11-03", "type": "ACTUAL"},
            "primaryCompletionDateStruct": {"date": "2027-05", "type": "ESTIMATED"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "A sponsor", "class": "INDUSTRY"}},
        "designModule": {"studyType": "INTERVENTIONAL"},
        "conditionsModule": {"conditions": [f"Condition {number}" for number in range(7)]},
        "armsInterventionsModule": {"interventions": [{"name": "MCW-101 &amp; rest"}, {"type": "DRUG"}, 3]},
        "contactsLocationsModule": {
            "locations": [{"country": "Norway"}, {"country": "Chad"}, {"country": "Norway"}, {"city": "Oslo"}]
        },
    },
}


def test_the_facts_of_a_record_are_few_and_in_a_fixed_order():
    assert facts(Study(RECORD)) == {
        "countries": ["Chad", "Norway"],
        "sites": 4,
        "start": {"date": "2025-11-03", "type": "ACTUAL"},
        "primary_completion": {"date": "2027-05", "type": "ESTIMATED"},
        "completion": None,
        "study_type": "INTERVENTIONAL",
        "conditions": [f"Condition {number}" for number in range(5)],
        "interventions": ["MCW-101 & rest"],
        "sponsor_class": "INDUSTRY",
        "has_results": True,
    }


def test_a_record_of_years_ago_gives_the_same_in_todays_words():
    def dated(kind):
        return {
            "protocolSection": {"statusModule": {"completionDateStruct": {"date": "2024-01", "type": kind}}}
        }

    assert facts(Study(dated("ANTICIPATED"))) == facts(Study(dated("ESTIMATED")))


@pytest.mark.parametrize(
    "odd", [{}, {"protocolSection": None}, {"protocolSection": {"designModule": {"studyType": 1}}}]
)
def test_a_record_without_any_of_it_has_facts_that_say_nothing(odd):
    nothing = {"sites": 0, "has_results": False, "countries": [], "conditions": [], "interventions": []}
    found = facts(Study(odd))
    assert {name: value for name, value in found.items() if value is not None} == nothing
