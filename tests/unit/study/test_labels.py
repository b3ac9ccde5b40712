"""Names and codes of the registry in words."""

import pytest

from sync.changes.compare.fields import FIELDS
from sync.study.labels import LABELS, in_words, label, phases, value_in_words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("NOT_YET_RECRUITING", "Not yet recruiting"),
        ("ACTIVE_NOT_RECRUITING", "Active, not recruiting"),
        ("NIH", "NIH"),
        ("EARLY_PHASE1", "Early phase 1"),
        ("PHASE4", "Phase 4"),
        ("A_WORD_NEW_TO_US", "A word new to us"),
        ("CAR-T", "CAR-T"),
        ("as it is", "as it is"),
    ],
)
def test_a_code_is_written_as_people_write_it(code: str, words: str) -> None:
    assert in_words(code) == words


def test_what_is_no_code_is_left_alone_though_it_is_in_capitals() -> None:
    assert value_in_words("keywords", "CD19") == "CD19"
    assert value_in_words("acronym", "LUNA") == "LUNA"
    assert value_in_words("overallStatus", "WITHDRAWN") == "Withdrawn"


def test_phases_are_one_phase_in_words() -> None:
    assert phases(["PHASE1", "PHASE2"]) == "Phase 1/2"
    assert phases(["EARLY_PHASE1"]) == "Early phase 1"
    assert phases(["NA"]) == ""


def test_a_field_has_the_registrys_label_within_its_module() -> None:
    assert label("timeFrame", "outcomesModule") == "time frame"
    assert label("timeFrame", "ipdSharingStatementModule") == "IPD sharing time frame"
    assert label("aFieldNewToUs") == "a field new to us"


def test_every_field_that_is_compared_has_a_label() -> None:
    named = {field.pattern[2] for field in FIELDS if len(field.pattern) > 2} - {"*"}
    assert named - LABELS.keys() == set()
