"""Real records as the classifier sees them, against what people said of them after reading."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from sync.cohort.classifying import Classification, classify
from sync.study.record import Record, at

REGISTRY = Path(__file__).parents[4] / "shared" / "registry"
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


class Judged(NamedTuple):
    """What a person said; None where it was not judged."""

    class_: str
    antigens: frozenset[str] | None
    source: str | None


def judged() -> dict[str, Judged]:
    lines = (Path(__file__).parent / "judged.txt").read_text().splitlines()
    return {line[:11]: _judged(line[12:]) for line in lines if line and not line.startswith("#")}


def _judged(line: str) -> Judged:
    class_, rest = line.split(" ", 1)
    antigens, source = rest.rsplit(" ", 1)
    said = None if antigens == "?" else frozenset(antigens.split(",")) - {"-"}
    return Judged(CLASSES[class_], said, SOURCES.get(source))


@cache
def classified() -> dict[str, tuple[Classification, Record]]:
    wanted, found = judged(), {}
    for name in ("cohort-autoimmune", "histories", "studies"):
        path = REGISTRY / f"{name}.jsonl.gz"
        if not path.exists():
            pytest.skip(f"the registry material is not here: {path}")
        with gzip.open(path) as lines:
            for line in lines:
                whole = json.loads(line)
                record = whole["versions"][-1]["study"] if "versions" in whole else whole.get("study", whole)
                nct_id = at(record, "protocolSection", "identificationModule", "nctId")
                if nct_id in wanted:
                    found[nct_id] = (classify(record), record)
    return found


def test_two_hundred_and_more_were_judged() -> None:
    assert len(judged()) >= 290


def test_car_t_products_are_found_and_nothing_else_is_taken_for_one() -> None:
    found = classified()
    said = {nct_id for nct_id, each in judged().items() if each.class_ == "car_t_product"}
    ours = {nct_id for nct_id, (each, _) in found.items() if each.is_car_t}
    assert len(said & ours) / len(ours) >= 0.97, sorted(ours - said)
    assert len(said & ours) / len(said) >= 0.97, sorted(said - ours)


def test_classes_are_those_that_people_gave() -> None:
    wrong = {
        nct_id: each.class_
        for nct_id, (each, _) in classified().items()
        if each.class_ != judged()[nct_id].class_
    }
    assert len(wrong) <= 0.03 * len(judged()), wrong


def test_antigens_are_those_that_people_gave() -> None:
    said = {nct_id: each.antigens for nct_id, each in judged().items() if each.antigens is not None}
    wrong = {
        nct_id: each.antigens
        for nct_id, (each, _) in classified().items()
        if nct_id in said and set(each.antigens) != said[nct_id]
    }
    assert len(wrong) <= 0.05 * len(said), wrong


def test_no_source_is_assumed() -> None:
    wrong = {
        nct_id: each.source
        for nct_id, (each, _) in classified().items()
        if (said := judged()[nct_id].source) and each.source not in (said, "unknown")
    }
    assert wrong == {}


def test_sources_that_are_said_are_found() -> None:
    said = {nct_id: each.source for nct_id, each in judged().items() if each.source not in (None, "unknown")}
    found = classified()
    missed = {nct_id for nct_id, source in said.items() if found[nct_id][0].source != source}
    assert len(missed) <= 0.05 * len(said), missed


def test_every_quote_stands_in_its_record() -> None:
    for each, record in classified().values():
        for evidence in each.evidence:
            place: object = record
            for name in evidence.field.replace("[", ".").replace("]", "").split("."):
                place = place[int(name)] if isinstance(place, list) else place[name]  # type: ignore[index]
            assert evidence.quote
            assert evidence.quote in str(place)
