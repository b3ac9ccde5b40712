"""What a rule is, what it may look at, and the numbers it goes by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from sync.changes.model import Change, D, Detail, Kind, Op, Origin, Pair, Severity, Suppressed
from sync.words import agreeing


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of the rules: `[rules.thresholds]` in the configuration. Days, per cent and counts."""

    replanned_percent: float = 50
    replanned_persons: int = 10
    adjusted_percent: float = 20
    near_plan_percent: float = 20
    slip_days: int = 90
    long_slip_days: int = 365
    very_long_slip_days: int = 730
    time_frame_percent: float = 20
    back_days: int = 30
    flips: int = 2
    sites_removed_percent: float = 30
    # The registry asks sponsors to verify a record once a year.
    stale_months: int = 12
    forecast_days: tuple[int, ...] = (60, 14)
    storm_studies: int = 5
    storm_percent: float = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one update of a study."""

    pair: Pair
    changes: tuple[Change[Detail], ...]
    suppressed: tuple[Suppressed, ...]
    origin: Origin
    _found: dict[type[Detail], Sequence[Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By what is said of them: a hundred rules ask, nearly all of them for what no change of the update says."""

    def of(self, detail: type[D], *ops: Op) -> Sequence[Change[D]]:
        """The changes that a kind says this of, of these operations where some are named."""
        found: Sequence[Change[D]] | None = self._found.get(detail)
        if found is None:
            found = self._found[detail] = tuple(change for change in self.changes if _says(change, detail))
        return [change for change in found if change.op in ops] if ops and found else found

    def of_kind(self, kind: Kind, *ops: Op) -> Sequence[Change[Detail]]:
        """The changes of a kind, of these operations where some are named."""
        return [change for change in self.changes if change.kind is kind and (not ops or change.op in ops)]

    def at(self, path: str) -> Change[Detail] | None:
        """The change at a path."""
        return next((change for change in self.changes if change.path == path), None)


def _says(change: Change[Detail], detail: type[D]) -> TypeGuard[Change[D]]:
    return isinstance(change.detail, detail)


_LIMIT = re.compile("`([a-z_]+)`")


def _limit_in_words(name: str, limits: Limits | None) -> str:
    """ "90 days", "20 %"; "a set number of days" where the limits are not known."""
    unit = name.rpartition("_")[2]
    if limits is None:
        return "a set percentage" if unit == "percent" else f"a set number of {unit}"
    value = getattr(limits, name)
    told = " or ".join(f"{each:g}" for each in (value if isinstance(value, tuple) else (value,)))
    if unit == "percent":
        return f"{told} %"
    return f"{told} {agreeing(value if isinstance(value, int) else 2, unit.removesuffix('s'))}"


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
    always: bool = False
    """Asked though no change of its kind is told: it looks at the records, or at what is suppressed."""

    def in_words(self, limits: Limits | None) -> str:
        """Its meaning, with these limits in place of their names."""
        return _LIMIT.sub(lambda found: _limit_in_words(found[1], limits), self.meaning)


def rule(
    rule_id: str,
    severity: Severity,
    *,
    kind: Kind | None = None,
    otherwise: bool = False,
    always: bool = False,
) -> Callable[[Check], Rule]:
    """Makes a rule of a check; its meaning is the check's docstring, its kind the first part of its id."""

    def make(check: Check) -> Rule:
        meaning = (check.__doc__ or "").strip()
        of_kind = kind or Kind(rule_id.partition(".")[0])
        return Rule(rule_id, of_kind, severity, meaning, check, otherwise, always)

    return make


def by_hand(rule_id: str, kind: Kind, severity: Severity, meaning: str) -> Rule:
    """A rule that something else than a pair of versions makes fire: presence, silence, a storm."""
    return Rule(rule_id, kind, severity, meaning, lambda _facts, _limits: None)


def rules_in(names: Mapping[str, Any], *kinds: Kind) -> tuple[Rule, ...]:
    """The rules among a module's names, in the order they stand there; those of these kinds where some are named."""
    found = (value for value in names.values() if isinstance(value, Rule))
    return tuple(each for each in found if not kinds or each.kind in kinds)
