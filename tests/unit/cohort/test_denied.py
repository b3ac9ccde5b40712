"""What a study says that it is not, does not give, or that nobody of it can have, is nothing that it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.cohort.classifying import classify
from sync.study.record import Record
from tests.support.trials import trial

CLASSES = {
    "p": "car_t_product",
    "o": "car_other",
    "v": "in_vivo_car",
    "t": "tcr_til_other_cells",
    "a": "around_car_t",
    "f": "follow_up",
    "n": "not_related",
}
LINES = [
    line
    for line in (Path(__file__).parent / "denied.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def _record(title: str, given: str, summary: str = "", arms: str = "") -> Record:
    record = trial(title, summary=summary, arms=tuple(filter(None, arms.split("; "))))
    record["protocolSection"]["armsInterventionsModule"]["interventions"] = [
        _intervention(each) for each in given.split("; ")
    ]
    return record


def _intervention(said: str) -> dict[str, str]:
    said, _, description = said.partition(" | ")
    kind, equals, name = said.partition("=")
    is_typed = bool(equals) and kind.isupper()
    return {
        "type": kind if is_typed else "DRUG",
        "name": name if is_typed else said,
        "description": description,
    }


@pytest.mark.parametrize("line", LINES)
def test_a_trial_that_says_what_it_is_not_is_read_as_a_person_reads_it(line: str) -> None:
    expected, *said = line.split(" :: ")
    found = classify(_record(*said))
    assert (found.class_, found.is_open) == (CLASSES[expected[0]], expected.endswith("?"))


def test_the_antigen_of_what_a_study_is_compared_with_is_not_its_own() -> None:
    found = classify(_record("BCMA CAR-T, unlike CD19 CAR-T, in lupus", "BIOLOGICAL=BCMA CAR-T"))
    assert found.antigens == ("BCMA",)


def test_gene_modified_cells_that_are_not_given_ask_for_nobodys_look() -> None:
    found = classify(_record("Prednisone; no genetically modified T cells are given", "Prednisone"))
    assert (found.class_, found.confidence) == ("not_related", "certain")
