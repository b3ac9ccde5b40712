"""Criteria side by side: every one of either text in one row, every change in one row, in the order of the new text."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.changes.criteria.changes import Row, criteria_changes, side_by_side
from sync.changes.model import Change, Op
from sync.study.criteria import parse
from tests.support.eligibility import EXCLUSION, INCLUSION, text

QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

LINES = st.sampled_from(
    [
        "Inclusion Criteria:\n",
        "Exclusion Criteria:\n",
        "\nPart B\n\n",
        "\nOrgan function:\n\n",
        "* Age ≥ 18 years",
        "* Age ≥ 21 years",
        "* Age 18 to 65 years and written informed consent",
        "* Written informed consent",
        "* Platelet count ≥ 30×10^9/L",
        "* No active infection",
        "* Active infection",
        "* Organ function:",
        "  * LVEF ≥ 50%",
        "  * LVEF ≥ 45%",
        "  * ALT ≤ 2.5 × ULN",
        "    * except in Gilbert's disease",
        "* Pregnancy or breast-feeding",
        "* Pregnancy",
        "* Breast-feeding",
        "* Live vaccine within 4 weeks before screening",
        "* Live vaccine in the 4 weeks that precede screening",
    ]
)
TEXTS = st.lists(LINES, max_size=14).map("\n".join)


def as_json(changes: list[Change]) -> list[str]:
    return sorted(json.dumps(change.as_json()) for change in changes)


def assert_agrees(before: str, after: str) -> None:
    """Each change in exactly one row, each criterion of both texts in exactly one row."""
    rows = side_by_side(before, after)
    assert as_json([row.change for row in rows if row.change]) == as_json(criteria_changes(before, after))
    whole = [row for row in rows if row.item is None]
    if whole and len(rows) == 1:
        return
    for side, source in (("before", before), ("after", after)):
        shown = Counter(
            line
            for row in rows
            if row.item is not None and (value := getattr(row, side)) is not None
            for line in value.split("\n")
        )
        assert not Counter(item.text for item in parse(source).items) - shown
        titles = Counter(title.text for title in parse(source).titles)
        assert not shown - Counter(item.text for item in parse(source).items) - titles


@QUICK
@given(before=TEXTS, after=TEXTS)
def test_rows_and_changes_agree_for_any_two_texts(before: str, after: str) -> None:
    assert_agrees(before, after)


@QUICK
@given(TEXTS)
def test_a_text_beside_itself_has_a_row_for_each_criterion_and_none_has_changed(source: str) -> None:
    rows = side_by_side(source, source)
    assert [row.after for row in rows] == [item.text for item in parse(source).items]
    assert all(row.change is None and row.before == row.after for row in rows)


@QUICK
@given(before=TEXTS, after=TEXTS)
def test_what_is_in_the_new_text_keeps_its_order(before: str, after: str) -> None:
    rows = side_by_side(before, after)
    firsts = [row.after.split("\n")[0] for row in rows if row.item and not row.item.is_title and row.after]
    wanted = iter(item.text for item in parse(after).items)
    assert all(any(first == each for each in wanted) for first in firsts)


def told(rows: list[Row]) -> list[tuple[str, str | None, str | None]]:
    return [(str(row.change.op) if row.change else "", row.before, row.after) for row in rows]


def test_unchanged_criteria_stand_between_those_that_changed() -> None:
    after = text(exclusion=(*EXCLUSION[1:3], "Active tuberculosis", EXCLUSION[3])).replace("≥ 18", "≥ 21")
    assert told(side_by_side(text(), after)) == [
        ("changed", "Age ≥ 18 years", "Age ≥ 21 years"),
        *(("", item, item) for item in INCLUSION[1:]),
        ("removed", "Pregnancy", None),
        *(("", item, item) for item in EXCLUSION[1:3]),
        ("added", None, "Active tuberculosis"),
        ("", EXCLUSION[3], EXCLUSION[3]),
    ]


def test_what_was_removed_stays_in_its_section_though_what_stood_before_it_moved_away() -> None:
    after = text((*INCLUSION, EXCLUSION[0]), EXCLUSION[2:])
    rows = side_by_side(text(), after)
    assert [row.item.section for row in rows if row.item] == ["inclusion"] * 5 + ["exclusion"] * 3
    (removed,) = [row for row in rows if row.change and row.change.op is Op.REMOVED]
    assert removed.before == EXCLUSION[1]
    assert rows[5] is removed


def test_a_nested_criterion_says_what_it_stands_under() -> None:
    before = "Inclusion Criteria:\n\n* Organ function:\n  * LVEF ≥ 50%\n    * measured by MRI"
    head, ejection, by_mri = side_by_side(before, before.replace("50%", "45%"))
    assert (head.under, ejection.under) == ((), ("Organ function:",))
    assert by_mri.under == ("Organ function:", "LVEF ≥ 45%")


def test_a_split_is_one_row_with_its_parts() -> None:
    whole = "Prior treatment with rituximab, and active infection that needs intravenous antibiotics"
    parts = ("Prior treatment with rituximab", "Active infection that needs intravenous antibiotics")
    rows = side_by_side(text(exclusion=(whole,)), text(exclusion=parts))
    assert told(rows)[len(INCLUSION) :] == [("changed", whole, "\n".join(parts))]


def test_another_layout_changes_no_row() -> None:
    html = "<p>Inclusion Criteria:</p><ol>{}</ol><p>Exclusion Criteria:</p><ul>{}</ul>".format(
        "".join(f"<li>{item};</li>" for item in INCLUSION), "".join(f"<li>{item}</li>" for item in EXCLUSION)
    )
    assert all(row.change is None for row in side_by_side(text(), html))


def test_a_text_beyond_any_measure_is_one_row() -> None:
    before, after = (
        "Inclusion Criteria:\n\n" + "\n".join(f"* {words} {n}" for n in range(2_000))
        for words in ("Criterion", "Quite another one")
    )
    (row,) = side_by_side(before, after)
    assert row.item is None
    assert (row.before, row.after) == (before, after)


def texts_of(corpus: Path) -> Iterator[tuple[str, str]]:
    """The eligibility texts of successive real versions, and the real edits."""
    with gzip.open(corpus / "eligibility-edits.jsonl.gz", "rt", encoding="utf-8") as lines:
        for edit in map(json.loads, lines):
            yield edit["old"], edit["new"]
    for file in ("histories.jsonl.gz", "pairs.jsonl.gz"):
        with gzip.open(corpus / file, "rt", encoding="utf-8") as lines:
            for study in map(json.loads, lines):
                pair = [study[side] for side in ("before", "after") if side in study]
                versions = pair or [version["study"] for version in study["versions"]]
                modules = [each["protocolSection"].get("eligibilityModule", {}) for each in versions]
                yield from pairwise(module.get("eligibilityCriteria", "") for module in modules)


@pytest.mark.corpus
def test_rows_and_changes_agree_on_every_real_edit(corpus: Path) -> None:
    pairs = set(texts_of(corpus))
    assert len([pair for pair in pairs if pair[0] != pair[1]]) >= 18
    for before, after in pairs:
        assert_agrees(before, after)
        assert_agrees(after, before)
