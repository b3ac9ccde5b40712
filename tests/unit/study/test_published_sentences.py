"""Sentences of prose against a record: what is stated plainly and does not hold is told, and of all else nothing is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sync.alerts.published.check import check_page
from sync.alerts.published.sentences import made_untrue, untrue
from sync.study.published.amounts import AMOUNT, amount
from sync.study.published.enrollment import enrollment
from sync.study.published.page import read
from sync.study.published.prose import sentences
from tests.support.published_study import FIRST, NCT, SECOND, known, known_of_versions

TABLE: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("published_sentences.toml").read_text(encoding="utf-8")
)
TOLD = [(state, *each[:2]) for state in ("right", "outdated", "different") for each in TABLE[state]]


def said(text: str) -> list[tuple[str, str]]:
    return [
        (each.name, each.state) for each in check_page(NCT, f"Our trial {NCT}\n\n{text}\n", known()).sentences
    ]


@pytest.mark.parametrize(("state", "sentence", "fact"), TOLD)
def test_a_plain_sentence_is_held_against_the_record(state: str, sentence: str, fact: str) -> None:
    found = said(sentence)
    assert (fact, state) in found
    if state == "right":
        assert {each for _, each in found} == {"right"}


@pytest.mark.parametrize("sentence", TABLE["silent"])
def test_of_a_sentence_that_is_not_plain_nothing_is_told(sentence: str) -> None:
    assert said(sentence) == []


def test_there_are_as_many_sentences_as_promised() -> None:
    assert {name: len(rows) >= 20 for name, rows in TABLE.items()} == dict.fromkeys(TABLE, True)


def test_a_page_whose_prose_contradicts_the_record_does_not_hold_and_each_sentence_is_quoted_once() -> None:
    page = f"Moon cells ({NCT})\n\nThis study is recruiting 40 patients at three hospitals. You must be 18 to 70.\n"
    found = check_page(NCT, page, known())
    assert found.state == "differs"
    assert {"status", "enrollment", "sites", "ages"}.isdisjoint(each.name for each in found.missing)
    told = [(each.title, each.page, each.record) for each in untrue(page, found)]
    sentence = "This study is recruiting 40 patients at three hospitals."
    assert told == [
        ("Status", sentence, "Active, not recruiting"),
        ("Enrollment", sentence, "31"),
    ]


def test_prose_beside_a_right_label_is_told_all_the_same() -> None:
    page = f"{NCT}\nStatus: Active, not recruiting\nEnrollment: 31\n\nThis study is recruiting 24 patients.\n"
    found = check_page(NCT, page, known())
    assert [(each.name, each.state) for each in found.wrong] == [
        ("status", "outdated"),
        ("enrollment", "outdated"),
    ]


def test_prose_alone_can_show_that_a_page_holds() -> None:
    assert check_page(NCT, f"{NCT}\n\nThis study is no longer recruiting.", known()).state == "holds"
    assert check_page(NCT, f"{NCT}\n\nThis study tests moon cells.", known()).state == "unclear"


def test_an_event_makes_those_sentences_untrue_that_held_before_it() -> None:
    page = f"{NCT}\n\nThis study is recruiting 24 patients. It is sponsored by Northwind. This study was completed.\n"
    before, after = (check_page(NCT, page, each) for each in (known_of_versions(FIRST, SECOND), known()))
    assert [each.title for each in made_untrue(page, before, after)] == ["Status", "Enrollment"]


def test_a_sentence_that_a_page_broke_over_lines_is_one_and_a_menu_is_none() -> None:
    text = "Home\nAbout\n\nThis study is looking for people with myositis and will\nrecruit 40 of them. Call us.\n- one\nend"
    assert [each.text for each in sentences(read(text).lines)] == [
        "Home", "About", "This study is looking for people with myositis and will recruit 40 of them.", "Call us.",
        "one", "end",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("24", 24),
        ("24 patients planned, 12 enrolled so far", 24),
        ("12 enrolled so far, 24 patients planned", 24),
        ("up to 24 participants aged 18 to 65", 24),
        ("ages 18 to 65, 24 people", 24),
        ("24 adults, 18-65 years", 24),
        ("24 (originally 30)", 24),
        ("24 participants at 3 sites", 24),
        ("24 patients (12 per arm)", 24),
        ("24 participants in 2 groups of 12", 24),
        ("24 patients since 2024", 24),
        ("1,200 (estimated)", 1200),
        ("12 enrolled so far", None),
        ("31 enrolled (24 planned)", None),
        ("12 of 24 enrolled", None),
        ("12/24", None),
        ("20-30 participants", None),
        ("from 12 to 24", None),
        ("30, 24", None),
    ],
)
def test_of_several_numbers_the_planned_one_counts_or_none(text: str, number: int | None) -> None:
    assert enrollment(text) == number


@pytest.mark.parametrize(
    ("text", "count", "agrees"),
    [
        ("forty", 40, True), ("one hundred and five", 105, True), ("two hundred", 200, True), ("1,200", 1200, True),
        ("about 40", 36, True), ("about 40", 20, False), ("up to 40", 40, True), ("up to 40", 36, None),
        ("up to 40", 41, False), ("up to 40", 12, False), ("more than 40", 40, False), ("at least 40", 40, True),
        ("fewer than 40", 39, True),
    ],
)  # fmt: skip
def test_an_amount_holds_as_exactly_as_it_is_meant(text: str, count: int, agrees: bool | None) -> None:
    found = re.fullmatch(AMOUNT, text)
    assert found
    assert amount(found).agrees(count) is agrees
