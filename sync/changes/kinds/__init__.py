"""From raw differences to typed changes: one module a kind of change, each a pure function of what differs and the pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sync.changes.compare import Raw
from sync.changes.kinds import (
    arms,
    dates,
    eligibility,
    enrollment,
    outcomes,
    references,
    sites,
    sponsor,
    status,
)
from sync.changes.model import Change, Kind, Pair

Refine = Callable[[Sequence[Raw], Pair], list[Change]]

_REFINE: dict[Kind, Refine] = {
    Kind.STATUS: status.refine,
    Kind.ENROLLMENT: enrollment.refine,
    Kind.ELIGIBILITY: eligibility.refine,
    Kind.DATES: dates.refine,
    Kind.SITES: sites.refine,
    Kind.OUTCOMES: outcomes.refine,
    Kind.ARMS: arms.refine,
    Kind.SPONSOR: sponsor.refine,
    Kind.REFERENCES: references.refine,
}


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """All changes of a pair, typed and with details, kind by kind; kinds without a module of their own stay as found."""
    by_kind: dict[Kind, list[Raw]] = {}
    for raw in raws:
        by_kind.setdefault(raw.change.kind, []).append(raw)
    changes: list[Change] = []
    for kind in Kind:
        if kind in by_kind:
            changes += _REFINE.get(kind, _as_found)(by_kind[kind], pair)
    return changes


def _as_found(raws: Sequence[Raw], _pair: Pair) -> list[Change]:
    return [raw.change for raw in raws]
