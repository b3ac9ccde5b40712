"""The terms by which a CAR is recognised: what is asked first must let through whatever the patterns find."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from sync.cohort.terms import may_name_a_car, terms

TERMS: dict[str, Any] = tomllib.loads(files("sync.cohort").joinpath("terms.toml").read_text(encoding="utf-8"))
CARRIERS = (
    "t",
    "ts",
    "til",
    "nk",
    "inkt",
    "tregs",
    "m",
    "dc",
    "gdt",
    "macrophages",
    "cells",
    "regulatory t cells",
)


def forms(table: str) -> list[tuple[str, str]]:
    """Each entry of a table by its name, with each way of writing it."""
    return [(entry.get("name", entry["forms"][0]), form) for entry in TERMS[table] for form in entry["forms"]]


@pytest.mark.parametrize("table", ["product", "disease"])
def test_a_text_that_names_something_has_a_word_that_begins_as_its_names_do(table: str) -> None:
    known = terms().products if table == "product" else terms().diseases
    for name, form in forms(table):
        (it,) = [each for each in known if each.name == name]
        for written in (form, form.replace(" ", "")):
            for text in (f"given {written} once", written, f"({written}) or é{written}"):
                assert it.pattern.search(text), form
                assert it in list(known.perhaps_in(text)), form


def test_what_may_be_named_comes_in_the_order_of_the_table() -> None:
    found = [
        each.name
        for each in terms().diseases.perhaps_in("systemic lupus, multiple myeloma, systemic sclerosis")
    ]
    order = [each.name for each in terms().diseases]
    assert found == sorted(found, key=order.index)
    assert list(terms().products.perhaps_in("")) == []


@pytest.mark.parametrize(
    "text",
    [
        "chimeric antigen receptor", "cd19 car t cells", "anti cd19 cart", "bcma cars", "car.cd19", "4scar 19", "car+ foxp3",
        "dsg3 caart", "caar t cells", "axicabtagene ciloleucel", "tisagenlecleucel", "cd19 28z", "cd19 bb z", "t body",
        "cd19 cd28", "cd19 41bb", "ucart19", "specific cars",
    ],
)  # fmt: skip
def test_each_way_of_writing_the_construct_has_one_of_its_signs(text: str) -> None:
    assert terms().car.search(text)
    assert may_name_a_car(text)


@pytest.mark.parametrize("glue", ["car{}", "car {}", "{}car", "{} car t", "scar{}", "car.{}"])
def test_no_antigen_and_no_cell_hides_the_sign(glue: str) -> None:
    for written in [form for _, form in forms("antigen")] + list(CARRIERS):
        text = glue.format(written)
        if terms().car.search(text):
            assert may_name_a_car(text), text


@pytest.mark.parametrize(
    "text",
    ["standard of care", "cardiac and cardiovascular death", "hepatic carcinoma", "carboplatin, caregivers", "day 28"],
)  # fmt: skip
def test_a_text_of_medicine_has_no_such_sign(text: str) -> None:
    assert not may_name_a_car(text)
