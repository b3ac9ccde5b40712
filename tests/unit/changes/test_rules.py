"""The rule set: closed, named by a hash, and set by a configuration that is checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from sync.changes.kinds import all_kinds
from sync.changes.kinds.table import KINDS
from sync.changes.model import Kind, Reason, Severity
from sync.changes.rule import Facts, Limits
from sync.changes.ruleset import RuleSet, all_rules
from sync.errors import ConfigError
from tests.support.rule_examples import BY_PAIR, example


def test_every_rule_has_an_id_of_its_own_and_a_meaning_in_words() -> None:
    assert len({rule.id for rule in all_rules()}) == len(all_rules())
    assert len(all_kinds()) == len(KINDS)
    for rule in all_rules():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", rule.id)
        assert rule.meaning.endswith((".", ")."))


def test_every_kind_of_change_has_a_rule_for_what_no_other_rule_saw() -> None:
    changed = list(Kind)[: list(Kind).index(Kind.DERIVED) + 1]
    assert {rule.kind for rule in all_rules() if rule.otherwise} == set(changed)


class _Watched(RuleSet):
    """The default rules, and the facts that they were asked about."""

    def reasons(self, facts: Facts) -> tuple[Reason, ...]:
        asked_about.append(facts)
        return super().reasons(facts)


asked_about: list[Facts] = []


def test_a_rule_that_is_not_asked_has_nothing_to_say(
    invented: dict[str, Any], told: Callable[..., Any]
) -> None:
    asked_about.clear()
    for each in BY_PAIR:
        example(each, invented, partial(told, rules=_Watched()))
    assert len(asked_about) == len(BY_PAIR)
    for facts in asked_about:
        present = {change.kind for change in facts.changes}
        passed_over = [each for each in all_rules() if not each.always and each.kind not in present]
        assert len(passed_over) > len(all_rules()) // 2
        assert [each.id for each in passed_over if each.check(facts, Limits()) is not None] == []


def test_the_default_triage_is_the_documented_one() -> None:
    triage = {rule.id: str(rule.severity) for rule in all_rules()}
    critical = {rule_id for rule_id, severity in triage.items() if severity == "critical"}
    assert critical == {
        "status.stopped_safety",
        "status.stopped_unexplained",
        "enrollment.zero",
        "outcomes.primary_after_start",
        "results.vanished",
        "schema.module_vanished",
    }
    high = (
        "status.stopped eligibility.entry_while_recruiting arms.changed arms.dose enrollment.replanned dates.long_slip "
        "eligibility.section_move presence.gone"
    )
    medium = (
        "status.unknown eligibility.substance dates.slip outcomes.secondary sites.country_left sponsor.changed "
        "results.posted presence.entered"
    )
    low = "status.forward enrollment.actual sites.added dates.small_slip"
    info = (
        "contacts.changed identification.changed documents.changed references.changed sponsor.renamed sites.renamed "
        "administrative.changed"
    )
    for severity, rules in (("high", high), ("medium", medium), ("low", low), ("info", info)):
        assert {triage[rule_id] for rule_id in rules.split()} == {severity}


def test_the_hash_names_the_set() -> None:
    default = RuleSet.default()
    assert default.sha256 == RuleSet.from_settings({}).sha256
    others: list[dict[str, Any]] = [
        {"off": ["sites.added"]},
        {"severity": {"sites.added": "medium"}},
        {"thresholds": {"slip_days": 60}},
    ]
    hashes = {RuleSet.from_settings(settings).sha256 for settings in others}
    assert len(hashes | {default.sha256}) == 4


def test_settings_change_thresholds_and_severities() -> None:
    rules = RuleSet.from_settings(
        {
            "thresholds": {"replanned_percent": 10, "forecast_days": [30]},
            "severity": {"sites.added": "high"},
            "off": ["contacts.changed"],
        }
    )
    assert rules.limits == Limits(replanned_percent=10, forecast_days=(30,))
    assert rules.severities == {"sites.added": Severity.HIGH}
    assert rules.off == {"contacts.changed"}


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"of": []}, "rules: of is not known; known are off, severity, thresholds"),
        ({"off": ["sites.add"]}, "rules.off: entry 1 is not known"),
        ({"severity": {"sites.add": "low"}}, "rules.severity: sites.add is not known"),
        (
            {"severity": {"sites.added": "loud"}},
            "rules.severity.sites.added must be one of critical, high",
        ),
        ({"thresholds": {"slips": 3}}, "rules.thresholds: slips is not known; known are"),
        ({"thresholds": {"slip_days": "many"}}, "rules.thresholds.slip_days must be a number"),
        ({"thresholds": {"forecast_days": 3}}, "rules.thresholds.forecast_days must be a list of numbers"),
        ({"off": "sites.added"}, "rules.off must be a list of rule ids"),
        ({"severity": ["sites.added"]}, "rules.severity must be a table"),
    ],
)
def test_a_setting_that_is_wrong_says_what_is_allowed(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        RuleSet.from_settings(settings)
