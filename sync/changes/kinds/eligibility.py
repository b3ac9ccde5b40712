"""Eligibility: the criteria engine says what changed; its changes are taken as they are."""

from __future__ import annotations

from collections.abc import Sequence

from sync.changes.compare import Raw
from sync.changes.criteria.changes import eligibility_changes
from sync.changes.model import Change, Pair


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """Criterion by criterion; the raw differences where the engine finds none, so that nothing is lost."""
    return eligibility_changes(pair.before.record, pair.after.record) or [raw.change for raw in raws]
