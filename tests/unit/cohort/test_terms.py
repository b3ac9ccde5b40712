"""The terms by which a CAR is recognised: what is asked first must let through whatever the patterns find."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from sync.cohort.terms import SIGNS_OF_A_CAR, terms, word_starts

FORMS = [
    (entry["forms"][0], form)
    for entry in tomllib.loads(files("sync.cohort").joinpath("terms.toml").read_text(encoding="utf-8"))[
        "product"
    ]
    for form in entry["forms"]
]


@pytest.mark.parametrize("name, form", FORMS)
def test_a_text_that_names_a_product_has_a_word_that_begins_as_its_names_do(name: str, form: str) -> None:
    (product,) = [each for each in terms().products if each.name == name]
    for written in (form, form.replace(" ", "")):
        for text in (f"given {written} once", written, f"({written}) or é{written}"):
            assert product.pattern.search(text)
            assert not product.starts.isdisjoint(word_starts(text))


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
    assert any(sign in text for sign in SIGNS_OF_A_CAR)
