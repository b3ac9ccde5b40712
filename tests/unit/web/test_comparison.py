"""The comparison of criteria as pages and API show it."""

from __future__ import annotations

import pytest

from sync.alerts.published.comparison import Comparison, compare
from sync.changes.criteria.changes import criteria_changes
from tests.support.eligibility import EXCLUSION, INCLUSION, text


def states(comparison: Comparison) -> list[str]:
    return [row.state for row in comparison.rows]


def test_a_moved_threshold_has_redline_numbers_and_effect() -> None:
    found = compare(text(), text().replace("≥ 30×", "≥ 50×"))
    (row,) = [row for row in found.rows if row.state != "same"]
    assert (row.state, row.section, row.effect) == ("changed", "inclusion", "narrower")
    assert ("-", "30×10^9/L") in row.words
    assert [(each.old, each.new, each.direction) for each in row.thresholds] == [
        ("≥ 30 ×10⁹/L", "≥ 50 ×10⁹/L", "narrower")
    ]
    assert (found.unchanged, found.changed) == (len(INCLUSION) + len(EXCLUSION) - 1, 1)


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        (text(), text(exclusion=(*EXCLUSION, "Active tuberculosis")), "added"),
        (text(), text(exclusion=EXCLUSION[1:]), "removed"),
        (text(), text((*INCLUSION, EXCLUSION[0]), EXCLUSION[1:]), "moved"),
        (text(), text().replace("History of malignancy", "A history of malignancy"), "reworded"),
        (text(exclusion=("Pregnancy and lactation",)), text(exclusion=("Pregnancy", "Lactation")), "split"),
        (text(exclusion=("Pregnancy", "Lactation")), text(exclusion=("Pregnancy and lactation",)), "merged"),
    ],
)
def test_each_fate_of_a_criterion_has_its_word(before: str, after: str, state: str) -> None:
    (fate,) = set(states(compare(before, after))) - {"same"}
    assert fate == state


def test_a_moved_criterion_says_where_it_came_from() -> None:
    found = compare(text(), text((*INCLUSION, EXCLUSION[0]), EXCLUSION[1:]))
    (row,) = [row for row in found.rows if row.state == "moved"]
    assert (row.section, row.moved_from and row.moved_from.section) == ("inclusion", "exclusion")


def test_what_did_not_change_is_folded_between_what_did_and_counted() -> None:
    after = text().replace("≥ 18", "≥ 21").replace("* Pregnancy\n", "")
    stretches = compare(text(), after).stretches
    assert [(each.unchanged, each.size) for each in stretches] == [
        (False, 1),
        (True, 3),
        (False, 1),
        (True, 3),
    ]
    assert stretches[1].groups[0].section == "inclusion"


def test_a_stretch_that_spans_two_sections_keeps_them_apart() -> None:
    (stretch,) = compare(text(), text()).stretches
    assert [(group.section, len(group.rows)) for group in stretch.groups] == [
        ("inclusion", 4),
        ("exclusion", 4),
    ]


def test_headings_that_only_name_the_section_are_left_out() -> None:
    source = "Key Inclusion Criteria:\n\nPart B:\n\n* Age ≥ 18 years\n* Lupus"
    assert {row.headings for row in compare(source, source).rows} == {("Part B",)}


def test_no_character_of_a_text_can_turn_the_page_around() -> None:
    found = compare(text(), text() + "\n* Harmless \u202e\x1b[31m words")
    assert all(letter.isprintable() for row in found.rows for letter in row.after or "")


def test_every_change_of_the_event_is_in_the_comparison() -> None:
    after = text((*INCLUSION[1:], EXCLUSION[0]), ("Active tuberculosis", *EXCLUSION[1:]))
    changes = criteria_changes(text(), after)
    rows = [row for row in compare(text(), after).rows if row.state != "same"]
    assert sorted((str(c.old), str(c.new)) for c in changes) == sorted(
        (str(row.before), str(row.after)) for row in rows
    )


def test_two_empty_texts_have_nothing_to_compare() -> None:
    assert compare("", "").rows == ()
    assert compare("", "").stretches == ()
