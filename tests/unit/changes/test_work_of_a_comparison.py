"""What a comparison of two texts looks at: no more than can bear upon what changed."""

from __future__ import annotations

import pytest

from sync.changes.criteria import alignment, company, senses, similarity
from sync.changes.criteria.changes import criteria_changes
from sync.study.criteria import model, parse

BEFORE = (
    "Inclusion Criteria:\n\n* Age 18 years or older\n* Hemoglobin of at least 9 g/dL\n\n"
    "Exclusion Criteria:\n\n* Active hepatitis B\n* Weight above 120 kg"
)


def test_criteria_that_only_came_are_held_against_no_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(alignment.similarity, "spread", asked.append)
    (change,) = criteria_changes(BEFORE, f"{BEFORE}\n* Prior gene therapy")
    assert (change.op, change.new) == ("added", "Prior gene therapy")
    assert asked == []


def test_quantities_are_read_in_other_criteria_only_for_one_that_has_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    measures = company.measures
    monkeypatch.setattr(company, "measures", lambda text: (read.append(text), measures(text))[1])
    criteria_changes(BEFORE, f"{BEFORE}\n* Prior gene therapy")
    assert set(read) <= {"Prior gene therapy"}
    read.clear()
    criteria_changes(BEFORE, f"{BEFORE}\n* Hemoglobin below 8 g/dL")
    assert "Hemoglobin of at least 9 g/dL" in read


def test_a_text_that_no_criterion_has_is_not_remembered() -> None:
    long = "x" * 5_000
    senses_before, keys_before = senses._known_alone.cache_info().currsize, len(model._KEYS)
    senses.of_text(long)
    model.key(long)
    assert (senses._known_alone.cache_info().currsize, len(model._KEYS)) == (senses_before, keys_before)
    assert similarity.likeness(long, long) == 1


def test_the_form_of_a_text_is_made_once() -> None:
    criteria = parse(BEFORE)
    assert criteria.canonical() is criteria.canonical()
