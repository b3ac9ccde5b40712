"""Eligibility told criterion by criterion: what happened to each, which thresholds moved, and who may enter now."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import structs

from sync.changes.criteria.changes import criteria_changes, eligibility_changes, side_by_side
from sync.changes.criteria.detail import Counts, Lengths, Wordings
from sync.changes.model import Change, Op
from tests.support.eligibility import EXCLUSION, INCLUSION, text


def one(before: str, after: str) -> Change:
    changes = criteria_changes(before, after)
    assert len(changes) == 1, changes
    return changes[0]


def edited(old: str, new: str) -> Change:
    """The change told when one criterion of the invented text is replaced."""
    return one(text(), text().replace(old, new))


def thresholds(change: Change) -> list[tuple[str, ...]]:
    return [structs.astuple(threshold) for threshold in change.detail.thresholds]


def in_section(section: str, before: str, after: str) -> Change:
    """The change of one lone criterion."""
    title = f"{section.capitalize()} Criteria:\n\n* "
    return one(title + before, title + after)


def test_an_unchanged_text_in_another_layout_and_order_is_no_change() -> None:
    html = "<p>Exclusion Criteria</p><ol>{}</ol><p>Key Inclusion Criteria:</p><ul>{}</ul>".format(
        "".join(f"<li>{item};</li>" for item in reversed(EXCLUSION)),
        "".join(f"<li><p>{item}</p></li>" for item in INCLUSION),
    )
    assert criteria_changes(text(), html) == []


def test_an_added_criterion_is_told_in_full_with_section_and_effect() -> None:
    change = one(text(), text(exclusion=(*EXCLUSION, "Active tuberculosis")))
    assert (change.op, change.old, change.new) == (Op.ADDED, None, "Active tuberculosis")
    assert change.detail.section == "exclusion"
    assert change.detail.effect == "narrower"
    assert change.detail.criterion == Wordings(None, "Active tuberculosis")
    assert change.detail.words == (("+", "Active tuberculosis"),)


def test_a_removed_criterion_lets_more_people_in() -> None:
    change = one(text(), text(inclusion=INCLUSION[:1] + INCLUSION[2:]))
    assert (change.op, change.old, change.new, change.detail.effect) == (
        Op.REMOVED,
        INCLUSION[1],
        None,
        "wider",
    )


def test_the_redline_shows_kept_struck_and_new_words() -> None:
    assert edited("within 4 weeks", "within 6 weeks").detail.words == (
        ("=", "Live vaccine within"),
        ("-", "4"),
        ("+", "6"),
        ("=", "weeks before screening"),
    )


MOVED = """
inclusion | Age ≥ 18 years | Age ≥ 21 years | age | ≥ 18 years | ≥ 21 years | narrower
inclusion | Adults 18-65 years of age | Adults 18-75 years of age | age | 18–65 years | 18–75 years | wider
inclusion | Age 18 to 65 years | Age 21 to 75 years | age | 18–65 years | 21–75 years | mixed
inclusion | Women < 75 years | Women ≥ 18 and < 75 years | age | < 75 years | ≥ 18 and < 75 years | narrower
inclusion | Age ≥ 18 years | Age ≤ 18 years | age | ≥ 18 years | ≤ 18 years | mixed
inclusion | ECOG 0-1 | ECOG 0-2 | ECOG | 0–1 | 0–2 | wider
inclusion | ECOG performance status 0 or 1 | ECOG performance status ≤ 2 | ECOG | 0–1 | ≤ 2 | wider
exclusion | LVEF < 50% | LVEF < 45% | LVEF | < 50% | < 45% | wider
exclusion | QTcF > 450 ms | QTcF > 470 ms | QTc | > 450 ms | > 470 ms | wider
exclusion | Live vaccine within 4 weeks | Live vaccine within 4 months | time | ≤ 4 weeks | ≤ 4 months | narrower
exclusion | Surgery in the next 3 months | Surgery in the next 6 months | time | ≤ 3 months | ≤ 6 months | narrower
inclusion | AST and ALT ≤ 3.0 ULN | AST and ALT ≤ 2.5 × ULN | ALT | ≤ 3 × ULN | ≤ 2.5 × ULN | narrower
inclusion | No more than 3 prior lines | No more than 4 prior lines | prior therapies | ≤ 3 | ≤ 4 | wider
inclusion | No chemotherapy within 4 weeks | No chemotherapy within 6 weeks | time | ≤ 4 weeks | ≤ 6 weeks | narrower
inclusion | Creatinine ≤ 1.5 mg/dL | Creatinine ≤ 1.5 g/L | creatinine | ≤ 1.5 mg/dL | ≤ 1.5 g/L | wider
inclusion | SLEDAI of 8 or more | SLEDAI of 10 or more | SLEDAI | ≥ 8 | ≥ 10 | narrower
inclusion | eGFR not below 30 mL/min | eGFR not below 45 mL/min | eGFR | ≥ 30 mL/min | ≥ 45 mL/min | narrower
inclusion | Weight > 40 kg | Weight ≥ 40 kg | weight | > 40 kg | ≥ 40 kg | wider
exclusion | T-score below -2.5 | T-score below -3.5 | t-score | < -2.5 | < -3.5 | wider
"""


@pytest.mark.parametrize("line", MOVED.strip().splitlines())
def test_a_moved_threshold_says_what_it_does_to_who_may_enter(line: str) -> None:
    section, before, after, *told = (cell.strip() for cell in line.split("|"))
    change = in_section(section, before, after)
    assert change.op is Op.CHANGED
    assert thresholds(change) == [tuple(told)]
    assert change.detail.effect == told[-1]


@pytest.mark.parametrize(
    ("section", "before", "after"),
    [
        ("exclusion", "Not responding to at least 2 drugs", "Not responding to at least 3 drugs"),
        (
            "inclusion",
            "If older than 65 years, a negative exercise test",
            "If older than 60 years, a negative exercise test",
        ),
        ("inclusion", "Neuropathy of grade 2", "Neuropathy of grade 3"),
    ],
)
def test_in_doubt_the_direction_is_unclear(section: str, before: str, after: str) -> None:
    change = in_section(section, before, after)
    assert change.op is Op.CHANGED
    assert [threshold.direction for threshold in change.detail.thresholds] == ["unclear"]
    assert change.detail.effect == "unclear"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("At least 18 years of age", "Aged ≥ 18 years"),
        ("Platelet count ≥ 30×10^9/L", "Platelet count ≥ 30,000/µL"),
        ("Hemoglobin not below 9 g/dL", "Hemoglobin ≥ 90 g/L"),
        ("Remission for at least 12 months", "Remission for at least 1 year"),
        ("Patients must have had no prior therapy", "Participants should have had no previous treatment"),
        ("Venous thrombotic event", "Venous thrombotic event (VTE)"),
        ("Bilirubin less than or equal to 2 times the upper limit of normal", "Bilirubin ≤ 2 × ULN"),
        ("Diagnosed with diabetes", "diagnosed with Diabetes"),
    ],
)
def test_other_words_and_units_with_the_same_sense_are_reworded_without_effect(
    before: str, after: str
) -> None:
    change = in_section("inclusion", before, after)
    assert (change.op, change.detail.effect, change.detail.thresholds) == (Op.REWORDED, "none", ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Prior therapy is required", "Prior therapy is not required"),
        ("Type 1 diabetes", "Type 2 diabetes"),
        ("Hypothyroidism under therapy", "Hyperthyroidism under therapy"),
        ("Any cancer except cervical and skin cancer", "Any cancer except skin cancer"),
    ],
)
def test_another_sense_is_changed_and_its_effect_unclear(before: str, after: str) -> None:
    change = in_section("exclusion", before, after)
    assert (change.op, change.detail.effect) == (Op.CHANGED, "unclear")


def test_a_criterion_that_went_to_the_other_section_was_moved() -> None:
    change = one(text(), text((*INCLUSION, "History of malignancy"), EXCLUSION[:2] + EXCLUSION[3:]))
    assert (change.op, change.detail.section, change.detail.effect) == (Op.MOVED, "inclusion", "mixed")
    assert change.detail.moved_from.section == "exclusion"


@pytest.mark.parametrize(
    ("inclusion", "exclusion"),
    [
        ("No history of malignancy", "History of malignancy"),
        ("Must not have epilepsy", "Patients with epilepsy"),
        ("Absence of active hepatitis B", "Active hepatitis B;"),
        ("ANC ≥ 1.0 ×10^9/L", "ANC < 1.0 ×10^9/L"),
    ],
)
def test_an_inclusion_turned_into_an_exclusion_of_the_opposite_keeps_its_sense(
    inclusion: str, exclusion: str
) -> None:
    before = text((*INCLUSION, inclusion), ("Pregnancy", "Known allergy to fludarabine"))
    after = text(INCLUSION, ("Pregnancy", exclusion, "Known allergy to fludarabine"))
    change = one(before, after)
    assert (change.op, change.old, change.new, change.detail.effect) == (
        Op.MOVED,
        inclusion,
        exclusion,
        "none",
    )


def test_a_criterion_split_in_two_is_one_change() -> None:
    parts = ("Written informed consent", "willing to attend all visits of the study")
    change = one(text(), text((*INCLUSION[:3], *parts)))
    assert (change.op, change.old, change.detail.split, change.detail.effect) == (
        Op.CHANGED,
        INCLUSION[3],
        parts,
        "none",
    )


def test_two_criteria_merged_into_one_are_one_change() -> None:
    change = one(text(), text(exclusion=("Pregnancy; known allergy to fludarabine", *EXCLUSION[1:3])))
    assert change.op is Op.CHANGED
    assert sorted(change.detail.merged) == ["Known allergy to fludarabine", "Pregnancy"]


def test_a_reworded_heading_is_told_once_and_moves_nothing() -> None:
    before = "Inclusion Criteria:\n\nFor group A patients:\n\n* Adults\n* Consent"
    change = one(before, before.replace("For group A patients:", "For group A participants:"))
    assert (change.op, change.detail.title) == (Op.REWORDED, True)


def test_a_criterion_under_another_heading_was_moved() -> None:
    before = "Inclusion Criteria:\n\nPart A:\n\n* Adults\n* Consent\n\nPart B:\n\n* Children"
    after = "Inclusion Criteria:\n\nPart A:\n\n* Adults\n\nPart B:\n\n* Children\n* Consent"
    change = one(before, after)
    assert (change.op, change.detail.place[-1], change.detail.moved_from.place[-1]) == (
        Op.MOVED,
        "Part B:",
        "Part A:",
    )


def test_one_more_alternative_under_a_header_lets_more_people_in() -> None:
    before = "Inclusion Criteria:\n\n* Any one of the following:\n  * Lupus\n  * Myositis\n* Consent"
    change = one(before, before.replace("  * Myositis", "  * Myositis\n  * Scleroderma"))
    assert (change.op, change.detail.effect) == (Op.ADDED, "wider")


def test_near_twins_are_not_mixed_up() -> None:
    twins = (
        "Treatment with rituximab within 4 weeks",
        "Treatment with tacrolimus within 4 weeks",
        "Treatment with sirolimus within 4 weeks",
    )
    change = one(text(exclusion=twins), text(exclusion=(twins[0], twins[2])))
    assert (change.op, change.old) == (Op.REMOVED, twins[1])


def record(**fields: Any) -> dict[str, Any]:
    return {"protocolSection": {"eligibilityModule": {"eligibilityCriteria": text(), **fields}}}


@pytest.mark.parametrize(
    ("name", "old", "new", "op", "effect"),
    [
        ("minimumAge", "18 Years", "21 Years", Op.CHANGED, "narrower"),
        ("minimumAge", "18 Years", "216 Months", Op.REWORDED, "none"),
        ("maximumAge", "65 Years", None, Op.REMOVED, "wider"),
        ("maximumAge", None, "65 Years", Op.ADDED, "narrower"),
        ("sex", "ALL", "FEMALE", Op.CHANGED, "narrower"),
        ("sex", "MALE", "FEMALE", Op.CHANGED, "mixed"),
        ("healthyVolunteers", False, True, Op.CHANGED, "wider"),
        ("stdAges", ["ADULT"], ["OLDER_ADULT", "ADULT"], Op.CHANGED, "wider"),
        ("samplingMethod", "PROBABILITY_SAMPLE", "NON_PROBABILITY_SAMPLE", Op.CHANGED, "unclear"),
        ("sex", {"odd": 1}, 7, Op.CHANGED, "unclear"),
    ],
)
def test_a_structured_field_is_a_change_with_a_path_of_its_own(
    name: str, old: Any, new: Any, op: Op, effect: str
) -> None:
    before, after = (record(**({} if value is None else {name: value})) for value in (old, new))
    (change,) = eligibility_changes(before, after)
    assert change.path == f"protocolSection.eligibilityModule.{name}"
    assert (change.op, change.old, change.new, change.detail.effect) == (op, old, new, effect)


def test_the_order_of_age_groups_is_no_change() -> None:
    assert eligibility_changes(record(stdAges=["ADULT", "CHILD"]), record(stdAges=["CHILD", "ADULT"])) == []


def test_a_change_of_age_tells_when_text_and_field_disagree() -> None:
    (change,) = eligibility_changes(record(minimumAge="18 Years"), record(minimumAge="12 Years"))
    assert change.detail.disagrees == {"text": "≥ 18 years", "minimumAge": "12 Years", "maximumAge": None}
    (agreeing,) = eligibility_changes(record(minimumAge="12 Years"), record(minimumAge="18 Years"))
    assert agreeing.detail.disagrees is None


def test_a_text_that_came_or_went_is_told() -> None:
    empty: dict[str, Any] = {"protocolSection": {"eligibilityModule": {}}}
    assert {change.op for change in eligibility_changes(empty, record())} == {Op.ADDED}
    assert {change.op for change in eligibility_changes(record(), empty)} == {Op.REMOVED}
    assert eligibility_changes({}, {"protocolSection": None}) == []


def test_a_text_beyond_any_measure_is_one_change_and_takes_no_minutes() -> None:
    before = "Inclusion Criteria:\n\n" + "\n".join(
        f"* Criterion number {n} of the older text" for n in range(4_000)
    )
    after = "Inclusion Criteria:\n\n" + "\n".join(f"* Quite another one, {n}" for n in range(4_000))
    (change,) = criteria_changes(before, after)
    assert (change.op, change.old, change.new) == (Op.CHANGED, before, after)
    assert change.detail.criteria == Counts(4_000, 4_000)
    assert change.detail.effect == "unclear"


def test_a_text_too_long_to_be_compared_criterion_by_criterion_is_one_change_that_says_so() -> None:
    before, after = (f"Inclusion Criteria:\n\n{line}" * 150_000 for line in ("* Aged 18\n", "* Aged 21\n"))
    (change,) = criteria_changes(before, after)
    assert (change.op, change.detail.effect) == (Op.CHANGED, "unclear")
    assert change.detail.characters == Lengths(len(before), len(after))
    assert change.new is not None
    assert change.new.startswith("Inclusion Criteria:\n\n* Aged 21")
    assert len(json.dumps(change.as_json())) < 10_000
    (row,) = side_by_side(before, after)
    assert (row.before, row.after) == (change.old, change.new)


def test_a_text_too_long_to_be_read_as_criteria_is_equal_to_itself_in_another_layout() -> None:
    text = "* Aged 18 or older\n" * 20_000
    assert criteria_changes(text, text.replace("\n", "\r\n")) == []
