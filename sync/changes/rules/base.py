"""What a rule is, what it may look at, and the numbers it goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sync.changes.model import Change, Kind, Op, Origin, Pair, Severity, Suppressed


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of the rules: `[rules.thresholds]` in the configuration. Days, per cent and counts."""

    replanned_percent: float = 20
    near_plan_percent: float = 20
    slip_days: int = 90
    long_slip_days: int = 365
    flips: int = 2
    sites_removed_percent: float = 50
    stale_months: int = 12
    forecast_days: tuple[int, ...] = (60, 14)
    storm_studies: int = 5
    storm_percent: float = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one update of a study."""

    pair: Pair
    changes: tuple[Change, ...]
    suppressed: tuple[Suppressed, ...]
    origin: Origin

    def of(self, kind: Kind, *ops: Op) -> list[Change]:
        """The changes of a kind, of these operations where some are named."""
        return [change for change in self.changes if change.kind is kind and (not ops or change.op in ops)]

    def at(self, path: str) -> Change | None:
        """The change at a path."""
        return next((change for change in self.changes if change.path == path), None)


Check = Callable[[Facts, Limits], str | None]
"""The fact that makes a rule fire, in words; None where it does not."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when its check finds a fact, the event gets the severity and the fact as a reason."""

    id: str
    kind: Kind
    severity: Severity
    meaning: str
    check: Check
    otherwise: bool = False
    """Fires only where no other rule of its kind did."""


def rule(
    rule_id: str, severity: Severity, *, kind: Kind | None = None, otherwise: bool = False
) -> Callable[[Check], Rule]:
    """Makes a rule of a check; its meaning is the check's docstring, its kind the first part of its id."""

    def make(check: Check) -> Rule:
        meaning = (check.__doc__ or "").strip()
        return Rule(rule_id, kind or Kind(rule_id.partition(".")[0]), severity, meaning, check, otherwise)

    return make


def by_hand(rule_id: str, kind: Kind, severity: Severity, meaning: str) -> Rule:
    """A rule that something else than a pair of versions makes fire: presence, silence, a storm."""
    return Rule(rule_id, kind, severity, meaning, lambda _facts, _limits: None)
