"""The rules of the triage: a closed, documented set, each from facts to a severity and a reason in words."""

from sync.changes.rules.base import Facts, Limits, Rule
from sync.changes.rules.ruleset import RULES, RuleSet

__all__ = ["RULES", "Facts", "Limits", "Rule", "RuleSet"]
