"""Cancers, their products and what is done around them: one invented trial for each kind that was once read wrongly."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

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
SOURCES = {"a": "autologous", "l": "allogeneic", "u": "unknown"}
AREAS = {"h": "oncology_heme", "s": "oncology_solid", "i": "infection", "o": "other"}


class Case(NamedTuple):
    """What is expected of a record."""

    class_: str
    antigens: set[str]
    source: str
    area: str
    record: Record


def cases() -> dict[str, Case]:
    lines = (Path(__file__).parent / "oncology.txt").read_text("utf-8").splitlines()
    return {line: _case(line) for line in lines if not line.startswith("#")}


def _case(line: str) -> Case:
    said, title, given, conditions, *summary = line.split(" :: ")
    class_, antigens, source, area = said.rsplit(" ", 2)[0].split(" ", 1) + said.rsplit(" ", 2)[1:]
    record = trial(title, summary="".join(summary), conditions=tuple(conditions.split("; ")))
    arms: dict[str, Any] = record["protocolSection"]["armsInterventionsModule"]
    arms["interventions"] = [_intervention(each) for each in given.split("; ")]
    return Case(CLASSES[class_], set(antigens.split(",")) - {"-"}, SOURCES[source], AREAS[area], record)


def _intervention(said: str) -> dict[str, str]:
    kind, equals, name = said.partition("=")
    return {"type": kind, "name": name} if equals and kind.isupper() else {"type": "BIOLOGICAL", "name": said}


@pytest.mark.parametrize("case", cases().values(), ids=cases())
def test_a_trial_is_read_as_a_person_reads_it(case: Case) -> None:
    found = classify(case.record)
    read = (found.class_, set(found.antigens), found.source, found.area)
    assert read == (case.class_, case.antigens, case.source, case.area)
