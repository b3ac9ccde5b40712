"""Numbers in words, and people's deeds as sentences."""

from __future__ import annotations

import pytest

from sync.words import agreeing, counted, signed_days
from tests.support.wrong_plurals import wrong_plurals


@pytest.mark.parametrize(
    "number, noun, words",
    [
        (0, "study", "0 studies"),
        (1, "study", "1 study"),
        (2, "delivery", "2 deliveries"),
        (2, "day", "2 days"),
        (2, "watch", "2 watches"),
        (2, "site status", "2 site statuses"),
        (1204, "event", "1,204 events"),
    ],
)
def test_a_number_agrees_with_its_noun(number: int, noun: str, words: str) -> None:
    assert counted(number, noun) == words


def test_a_plural_that_no_rule_gives_is_given() -> None:
    assert counted(3, "criterion", "criteria") == "3 criteria"
    assert counted(1, "criterion", "criteria") == "1 criterion"


def test_a_verb_agrees_with_its_number() -> None:
    assert [agreeing(number, "is", "are") for number in (0, 1, 2)] == ["are", "is", "are"]


def test_a_slip_of_one_day_is_of_one_day() -> None:
    assert [signed_days(days) for days in (-1, 1, 1204)] == ["−1 day", "+1 day", "+1,204 days"]


@pytest.mark.parametrize(
    "text", ["1 events", "1 of 1 studies", "2 watch", "0 alert", "2 study", "1 deliveries"]
)
def test_a_wrong_plural_is_found(text: str) -> None:
    assert wrong_plurals(f"There were {text} in it.")


@pytest.mark.parametrize(
    "text", ["1 event", "0 alerts", "2 studies", "Phase 1 studies", "11 events", "1,201 days"]
)
def test_a_right_plural_is_not(text: str) -> None:
    assert wrong_plurals(f"There were {text} in it.") == []
