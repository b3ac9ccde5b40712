"""Why a study stopped: each rule of the table decides its example, whatever a reason is written with."""

from __future__ import annotations

import pytest

from sync.changes.kinds.stop_rules import Rule, stop_rules
from sync.changes.kinds.why_stopped import Why, why

RULES = stop_rules()


@pytest.mark.parametrize("rule", RULES.all(), ids=lambda rule: rule.name)
def test_each_rule_alone_decides_its_example(rule: Rule) -> None:
    assert why(rule.example) != why(rule.example, RULES.without(rule))


@pytest.mark.parametrize("rule", RULES.concerns, ids=lambda rule: rule.name)
def test_a_concern_is_safety(rule: Rule) -> None:
    assert why(rule.example) is Why.SAFETY


@pytest.mark.parametrize("rule", RULES.categories, ids=lambda rule: rule.name)
def test_a_category_is_what_its_rule_says(rule: Rule) -> None:
    assert why(rule.example) == rule.why


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("toxcity", "toxicity"),
        ("safty concern", "safety concern"),
        ("advers reaction", "adverse reaction"),
        ("slow recrutement, accural poor", "slow recruitment, accrual poor"),
        ("tolarability", "tolerability"),
    ],
)
def test_a_slip_of_the_keyboard_is_mended(written: str, meant: str) -> None:
    assert RULES.spelling.mended(written) == meant


@pytest.mark.parametrize(
    "word", ["safely", "finding", "adversely", "complications", "toxicology", "actual", "injection"]
)
def test_a_word_that_only_looks_like_another_stays(word: str) -> None:
    assert RULES.spelling.mended(word) == word
