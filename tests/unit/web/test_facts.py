"""What a trial page shows of a record, whatever the record holds."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.demo.story.cast import CAST, record
from sync.study.criteria import parse
from sync.web.views.study.facts import Facts, facts_of
from sync.web.views.study.facts_eligibility import DEEPEST, CriteriaList, CriterionNode, criteria_lists

RECORD = record(CAST[0])


def with_modules(**modules: Any) -> dict[str, Any]:
    changed = copy.deepcopy(RECORD)
    changed["protocolSection"] |= modules
    return changed


def every(node: CriterionNode) -> list[str]:
    return [node.text, *(text for child in node.children for text in every(child))]


def all_of(lists: tuple[CriteriaList, ...]) -> list[str]:
    return [text for each in lists for node in each.criteria for text in every(node)]


def test_the_facts_of_a_whole_record_are_those_of_its_modules() -> None:
    facts = facts_of(RECORD)
    assert facts.title == "MCW-101 CD19 CAR-T Cells in Systemic Lupus Erythematosus"
    assert (facts.identity.nct_id, facts.identity.secondary_ids) == ("NCT90000001", ("MCW-101-001",))
    assert (facts.design.phases, facts.design.enrollment, facts.design.enrollment_type) == (
        ("PHASE1",),
        30,
        "ESTIMATED",
    )
    assert (facts.design.model, facts.design.masking, facts.design.purpose) == (
        "SINGLE_GROUP",
        "NONE",
        "TREATMENT",
    )
    assert facts.sponsors.lead
    assert facts.sponsors.lead.kind == "INDUSTRY"
    assert facts.sponsors.responsible == "Sponsor"
    assert [each.name for each in facts.interventions] == [
        "MCW-101 cells",
        "Fludarabine and cyclophosphamide",
    ]
    assert facts.interventions[0].other_names == ("CD19 CAR-T",)
    assert facts.arms[0].interventions[0] == "Biological: MCW-101 cells"
    assert (len(facts.primary_outcomes), len(facts.secondary_outcomes), facts.other_outcomes) == (2, 3, ())
    assert [(each.name, len(each.sites)) for each in facts.countries] == [
        ("United States", 2),
        ("Germany", 1),
    ]
    assert facts.countries[0].statuses == {"RECRUITING": 2}
    assert (facts.contacts[0].name, facts.contacts[0].phone) == ("Trial Desk", "555-0100")
    assert facts.officials[0].affiliation == "Meridian Cell Works"
    assert [each.text for each in facts.summary] == RECORD["protocolSection"]["descriptionModule"][
        "briefSummary"
    ].split("\n\n")


def test_criteria_are_lists_in_lists() -> None:
    inclusion, exclusion = facts_of(RECORD).eligibility.lists
    assert (inclusion.section, len(inclusion.criteria), inclusion.size) == ("inclusion", 6, 15)
    active = inclusion.criteria[2]
    assert [child.text for child in active.children[1].children] == [
        "rituximab, or",
        "mycophenolate for 3 months or longer",
    ]
    assert exclusion.size == 6
    assert facts_of(RECORD).eligibility.of("exclusion") == (exclusion,)


def test_dates_keep_their_words_and_say_estimated_for_anticipated() -> None:
    facts = facts_of(
        with_modules(
            statusModule={
                "completionDateStruct": {"date": "2028-06", "type": "ANTICIPATED"},
                "startDateStruct": {"date": "some day"},
                "statusVerifiedDate": "2026-06",
            }
        )
    )
    assert facts.status.completion
    assert facts.status.completion.model_dump() == {
        "date": "2028-06",
        "type": "ESTIMATED",
    }
    assert facts.status.start
    assert (facts.status.start.date, facts.status.start.type) == ("some day", None)
    assert (facts.status.primary_completion, facts.status.overall) == (None, None)


def test_sites_are_grouped_by_country_and_ordered_by_city() -> None:
    sites = [
        {"facility": "B", "city": "Westmoor", "country": "Norland"},
        {"facility": "A", "city": "Eastmoor", "country": "Norland", "status": "RECRUITING"},
        {"city": "Nowhere"},
    ]
    facts = facts_of(with_modules(contactsLocationsModule={"locations": sites}))
    assert facts.sites == 3
    assert [(each.name, [site.city for site in each.sites]) for each in facts.countries] == [
        ("Norland", ["Eastmoor", "Westmoor"]),
        ("Country not given", ["Nowhere"]),
    ]
    assert facts.countries[1].sites[0].facility == "Facility not given"


def test_only_what_can_be_a_pubmed_id_becomes_one() -> None:
    references = [
        {"citation": "One", "pmid": "12345678"},
        {"citation": "Two", "pmid": "javascript:alert(1)"},
        {"citation": "Three", "pmid": "1/../2"},
        {"citation": "Four", "pmid": 87654321},
        {"pmid": "123"},
        {"type": "RESULT"},
    ]
    found = facts_of(with_modules(referencesModule={"references": references})).references
    assert [(each.citation, each.pmid) for each in found] == [
        ("One", "12345678"),
        ("Two", None),
        ("Three", None),
        ("Four", "87654321"),
        ("123", "123"),
    ]


def test_texts_lose_their_markup_and_what_cannot_be_seen() -> None:
    module = {"briefTitle": "<b>Cells</b> in\u202e lupus &amp; more\x00", "acronym": "CE\\*LL"}
    identity = facts_of(with_modules(identificationModule=module)).identity
    assert (identity.brief_title, identity.acronym) == ("Cells in lupus & more", "CE*LL")


def test_a_responsible_investigator_is_named_with_the_role() -> None:
    party = {
        "type": "PRINCIPAL_INVESTIGATOR",
        "investigatorFullName": "Ada Fairweather",
        "investigatorAffiliation": "Eastmoor Hospital",
    }
    facts = facts_of(
        with_modules(sponsorCollaboratorsModule={"responsibleParty": party, "collaborators": [7]})
    )
    assert facts.sponsors.responsible == "Ada Fairweather, Eastmoor Hospital (principal investigator)"
    assert (facts.sponsors.lead, facts.sponsors.collaborators) == (None, ())


def test_a_record_without_anything_has_facts_without_anything() -> None:
    facts = facts_of({})
    assert (facts.title, facts.sites, facts.eligibility.lists) == ("", 0, ())
    assert Facts.model_validate_json(facts.model_dump_json()) == facts


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["date", "type", "name", "city", "measure", "pmid", "class"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
FIELDS = sorted({name for module in RECORD["protocolSection"].values() for name in module})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(RECORD["protocolSection"])), JSON), st.data())
def test_no_value_of_any_type_anywhere_is_an_error(modules: dict[str, Any], data: st.DataObject) -> None:
    odd = with_modules(**modules)
    for module in odd["protocolSection"].values():
        if isinstance(module, dict):
            module[data.draw(st.sampled_from(FIELDS))] = data.draw(JSON)
    facts = facts_of(odd)
    json.loads(facts.model_dump_json())


LINES = st.lists(
    st.sampled_from(
        [
            "Inclusion Criteria:",
            "Exclusion Criteria:",
            "\nPart B\n",
            "* a",
            "  * b:",
            "    * c",
            "\t\t\t* d",
            "e.",
        ]
    ),
    max_size=20,
).map("\n".join)


@given(LINES)
def test_no_criterion_is_lost_or_told_twice(source: str) -> None:
    items = parse(source).items
    lists = criteria_lists(source)
    assert Counter(all_of(lists)) == Counter(item.text for item in items)
    assert sum(each.size for each in lists) == len(items)
    assert all_of(lists) == [item.text for item in items]


def test_lists_nested_without_end_are_shown_as_deep_as_lists_go() -> None:
    source = "Inclusion Criteria:\n\n" + "\n".join(f"{'  ' * depth}* level {depth}" for depth in range(400))
    lists = criteria_lists(source)
    assert len(all_of(lists)) == 400

    def depth(node: CriterionNode) -> int:
        return 1 + max(map(depth, node.children), default=0)

    assert max(depth(node) for each in lists for node in each.criteria) == DEEPEST
