"""The terms by which a CAR is recognised: what is asked first must let through whatever the patterns find."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.cohort import mentions
from sync.cohort.facts import Facts
from sync.cohort.terms import Named, Term, Terms, may_name_a_car, terms, words_of

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


def ways(form: str) -> Iterator[str]:
    """A form with each of its blanks written or left out; of many only with all, none or one."""
    blanks = form.count(" ")
    chosen = (
        product(" -", repeat=blanks)
        if blanks < 5
        else ("-" * at + " " + "-" * (blanks - 1 - at) for at in range(blanks))
    )
    for signs in (*chosen, " " * blanks):
        pieces = iter(signs)
        yield "".join(next(pieces).replace("-", "") if sign == " " else sign for sign in form)


@pytest.mark.parametrize("table", ["products", "diseases", "other_cells"])
def test_a_text_that_names_something_has_the_longest_word_of_one_of_its_names(table: str) -> None:
    known: Named[Term] = getattr(terms(), table)
    for it, form in [(each, form) for each in known for form in each.forms]:
        for written in ways(form):
            for text in (f"given {written} once", written, f"({written}) or é{written}"):
                assert it.pattern.search(text), form
                assert it in known.perhaps_in(text), form


def test_what_stands_alone_is_asked_for_only_where_it_does() -> None:
    for it, form in [(each, form) for each in terms().diseases for form in each.alone]:
        for text in (form, f"lupus\0{form}", f"{form}\0lupus"):
            assert it in terms().diseases.perhaps_in(text), text
        for text in (f"{form} patients", f"in {form} of them", f"lupus\0some{form}"):
            assert it not in terms().diseases.perhaps_in(text), text


def test_a_word_of_a_name_is_asked_for_only_beside_the_next_one() -> None:
    text = "at the end all of them, brain and lung; type 2, no 1, diabetes"
    assert terms().diseases.perhaps_in(text) == []


def test_what_may_be_named_comes_in_the_order_of_the_table() -> None:
    found = [each.name for each in terms().diseases.perhaps_in("lupus, multiple myeloma, systemic sclerosis")]
    order = [each.name for each in terms().diseases]
    assert found == sorted(found, key=order.index)
    assert terms().products.perhaps_in("") == []


def test_the_words_of_a_longer_text_find_what_stands_in_a_part_of_it_and_no_more() -> None:
    words = words_of("lupus nephritis after tisagenlecleucel, multiple myeloma")
    found = terms().diseases.perhaps_in("multiple myeloma", words)
    assert [each.name for each in found] == ["Multiple myeloma"]
    assert found == terms().diseases.perhaps_in("multiple myeloma")
    assert terms().diseases.perhaps_in("asthma", words) == terms().products.perhaps_in("asthma", words) == []


def test_whatever_names_a_product_other_cells_or_a_disease_has_a_telling_word() -> None:
    for known in (terms().products, terms().other_cells, terms().diseases):
        for form in (form for each in known for form in each.forms):
            assert terms().telling.intersection(words_of(form)), form


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


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.from_regex(terms().car))
def test_whatever_names_the_construct_has_one_of_its_signs(text: str) -> None:
    assert may_name_a_car(text)


@pytest.mark.parametrize(
    "text",
    [
        "in vivo generated car t cells", "in vivo lentiviral", "in vivo lv", "in vivo gene therapy", "in vivo programming",
        "in vivo transduction", "vivovec", "lentiviral nanoparticle", "circular rna", "mrna lnp", "m rna lnps",
        "car t lentiviral vector", "lnp for cd19 car t", "lnps that carry the gene of an anti cd19 car t",
    ],
)  # fmt: skip
def test_each_way_of_telling_of_cells_made_in_the_body_is_looked_for(text: str) -> None:
    made = next(each for each in terms().modalities if each.name == "in vivo CAR")
    assert made.pattern.search(text)
    assert [each.span() for each in made.find_in(text, 0, len(text))] == [
        each.span() for each in made.pattern.finditer(text)
    ]


def test_for_a_record_without_cells_made_in_the_body_their_pattern_is_not_compiled() -> None:
    made = next(each for each in Terms(terms()._raw).modalities if each.name == "in vivo CAR")
    assert not list(made.find_in("cd19 car t cells in a living body", 0, 20))
    assert "pattern" not in vars(made)


@pytest.mark.parametrize("glue", ["car{}", "car {}", "{}car", "{} car t", "scar{}", "car.{}"])
def test_no_antigen_and_no_cell_hides_the_sign(glue: str) -> None:
    for written in [form for _, form in forms("antigen")] + list(CARRIERS):
        text = glue.format(written)
        if terms().car.search(text):
            assert may_name_a_car(text), text


@pytest.mark.parametrize(
    "text",
    [
        "standard of care", "cardiac and cardiovascular death", "hepatic carcinoma", "carboplatin, caregivers", "day 28",
        "urticaria", "dental caries", "myocarditis", "asian or caribbean", "carbamazepine", "day 28 of zidovudine",
    ],
)  # fmt: skip
def test_a_text_of_medicine_has_no_such_sign(text: str) -> None:
    assert not may_name_a_car(text)


def test_the_version_is_known_before_anything_is_read_or_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("re.compile", pytest.fail)
    monkeypatch.setattr("tomllib.loads", pytest.fail)
    assert Terms(b"[words]").version != Terms(b"[word]").version


def test_a_text_is_asked_for_antigens_once_however_often_it_has_a_constructs_short_name(monkeypatch) -> None:
    asked: list[int] = []
    known = terms()

    class Antigen:
        def search(self, text: str) -> re.Match[str] | None:
            asked.append(len(text))
            return known.antigen.search(text)

        def sub(self, by: str, text: str) -> str:
            return known.antigen.sub(by, text)

    counting = SimpleNamespace(
        car=known.car,
        products=known.products,
        passing=known.passing,
        context_before=known.context_before,
        context_after=known.context_after,
        antigen=Antigen(),
    )
    monkeypatch.setattr(mentions, "terms", lambda: counting)
    title = "CART " * 500
    facts = Facts(
        {"protocolSection": {"identificationModule": {"nctId": "NCT99000001", "briefTitle": title}}}
    )
    assert facts.found.all == ()  # a cart, for all that is said of it
    assert len(asked) == 1
