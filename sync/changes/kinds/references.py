"""References: those the registry links from PubMed by itself, and those the sponsor gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sync.changes.compare import Raw
from sync.changes.model import Change, Pair


def refine(raws: Sequence[Raw], _pair: Pair) -> list[Change]:
    """One change a reference, with whether the registry linked it."""
    return [_refined(raw) for raw in raws]


def _refined(raw: Raw) -> Change:
    change = raw.change
    values = [value for value in (change.old, change.new) if isinstance(value, dict)]
    derived = bool(values) and all(value.get("type") == "DERIVED" for value in values)
    return replace(change, detail={"linked_by_registry": derived or "retractions" in raw.keys[4:]})
