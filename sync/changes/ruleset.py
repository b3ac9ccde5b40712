"""The set of rules as a configuration leaves it: thresholds, severities and switches, with a hash that names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any

from sync.changes.kinds import all_kinds, kind_named
from sync.changes.model import Kind, Reason, Severity
from sync.changes.rule import Facts, Limits, Rule
from sync.errors import ConfigError

VERSION = 2
"""Number of the rules' code: raised when a check means something else than before."""


@cache
def all_rules() -> tuple[Rule, ...]:
    """All rules there are, in the order in which reasons of one severity are told."""
    return tuple(rule for kind in all_kinds().values() for rule in kind.rules)


@cache
def _by_id() -> dict[str, Rule]:
    return {each.id: each for each in all_rules()}


def kind_of(reason: Reason) -> Kind:
    """The kind of change that a reason is about: that of its rule."""
    return _by_id()[reason.rule].kind


def rule_named(rule_id: str) -> Rule | None:
    """The rule of that id; None where another version of the program had it."""
    return _by_id().get(rule_id)


@dataclass(frozen=True)
class RuleSet:
    """The rules in force, frozen. Two sets of one hash give the same events."""

    limits: Limits = field(default_factory=Limits)
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Severities other than the default, by rule id."""
    off: frozenset[str] = frozenset()
    """Rules that are switched off."""

    @classmethod
    def default(cls) -> RuleSet:
        """The default triage."""
        return cls()

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> RuleSet:
        """The rules as `[rules]` says: `off` (ids), `[rules.severity]` (id = level), `[rules.thresholds]`.

        Raises ConfigError with the key and what is allowed.
        """
        _only(_table("rules", settings), {"off", "severity", "thresholds"}, "rules")
        severity = _table("rules.severity", settings.get("severity", {}))
        thresholds = _table("rules.thresholds", settings.get("thresholds", {}))
        off = settings.get("off", [])
        if not isinstance(off, (list, tuple)):
            raise ConfigError("rules.off must be a list of rule ids")
        if (
            severity
        ):  # the rules are imported where one is named, and not for the empty table of most configurations
            _only(severity, _by_id(), "rules.severity")
        _only_rules(off)
        levels = {rule_id: _severity(rule_id, level) for rule_id, level in severity.items()}
        return cls(_limits(thresholds), levels, frozenset(off))

    def severity_of(self, rule: Rule) -> Severity:
        """The severity of a rule in this set."""
        return self.severities.get(rule.id, rule.severity)

    def reasons(self, facts: Facts) -> tuple[Reason, ...]:
        """Every rule that fires on the facts, with what it saw; the gravest first."""
        found: list[Reason] = []
        present, spoken = {change.kind for change in facts.changes}, set[Kind]()
        for each in self._in_turn:
            is_silent = each.kind in spoken if each.otherwise else False
            if is_silent or not (each.always or each.kind in present):
                continue
            fact = each.check(facts, self.limits)
            if fact is not None:
                found.append(Reason(each.id, fact, self.severity_of(each)))
                spoken.add(each.kind)
        return tuple(sorted(found, key=lambda reason: -reason.severity.weight))

    @cached_property
    def _in_turn(self) -> tuple[Rule, ...]:
        """The rules that are on, as they are asked: the catch-all of a kind after every rule that looks for one thing."""
        on = [each for each in all_rules() if each.id not in self.off]
        return tuple(sorted(on, key=lambda rule: rule.otherwise))

    def reason(self, kind: Kind, fact: str) -> Reason | None:
        """The reason of an event of presence, silence or storm; None where its rule is switched off."""
        (each,) = kind_named(kind).rules
        return None if each.id in self.off else Reason(each.id, fact, self.severity_of(each))

    @property
    def can_hold(self) -> bool:
        """Whether a storm may hold events back: its rule is not switched off."""
        return not any(rule.id in self.off for rule in kind_named(Kind.STORM).rules)

    @cached_property
    def sha256(self) -> str:
        """Names the set: it depends on every rule's id, severity and switch, on the limits and on the code's number."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def text(self) -> str:
        """The set in force as JSON: the number of the code, each rule with severity and switch, the limits."""
        # What is in force, not what was written: a severity that names the default makes no other set.
        rules = [(each.id, str(self.severity_of(each)), each.id not in self.off) for each in all_rules()]
        return json.dumps([VERSION, sorted(rules), asdict(self.limits)], sort_keys=True)


def _table(where: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ConfigError(f"{where} must be a table")
    return given


def _only(given: Any, allowed: Any, where: str) -> None:
    unknown = sorted(str(key) for key in given if key not in allowed)
    if unknown:
        near = get_close_matches(unknown[0], allowed, n=1)
        offer = f" (did you mean {near[0]}?)" if near else ""
        raise ConfigError(
            f"{where}: {', '.join(unknown)} is not known; known are {', '.join(sorted(allowed))}{offer}"
        )


def _only_rules(off: Sequence[Any]) -> None:
    """Entries are values, not keys: they are named by their place, lest one is a secret on the wrong line."""
    for place, rule_id in enumerate(off, 1):
        if not isinstance(rule_id, str) or rule_id not in _by_id():
            near = get_close_matches(str(rule_id), _by_id(), n=1)
            offer = f" (did you mean {near[0]}?)" if near else ""
            raise ConfigError(
                f"rules.off: entry {place} is not known; known are {', '.join(sorted(_by_id()))}{offer}"
            )


def _severity(rule_id: str, level: Any) -> Severity:
    try:
        return Severity(level)
    except ValueError:
        raise ConfigError(f"rules.severity.{rule_id} must be one of {', '.join(Severity)}") from None


def _limits(given: Mapping[str, Any]) -> Limits:
    allowed = {each.name: getattr(Limits(), each.name) for each in fields(Limits)}
    _only(given, allowed, "rules.thresholds")
    return replace(Limits(), **{name: _limit(name, value, allowed[name]) for name, value in given.items()})


def _limit(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        if isinstance(value, (list, tuple)) and all(_is_number(each) for each in value):
            return tuple(value)
        raise ConfigError(f"rules.thresholds.{name} must be a list of numbers")
    if not _is_number(value):
        raise ConfigError(f"rules.thresholds.{name} must be a number of 0 or more")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
