"""References: those the registry links from PubMed by itself, and those the sponsor gave."""

from __future__ import annotations

from collections.abc import Sequence

from sync.changes.compare import Raw
from sync.changes.kinds.base import Advice, ChangeKind
from sync.changes.model import Change, Detail, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.words import counted


class ReferenceDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of a publication or a link says."""

    linked_by_registry: bool


def refine(raws: Sequence[Raw], _pair: Pair) -> list[Change[ReferenceDetail]]:
    """One change a reference, with whether the registry linked it."""
    return [raw.change.saying(ReferenceDetail(linked_by_registry=_is_linked(raw))) for raw in raws]


def _is_linked(raw: Raw) -> bool:
    values = [value for value in (raw.change.old, raw.change.new) if isinstance(value, dict)]
    # The registry links publications that name the study's id, and does so without any update by the sponsor.
    derived = bool(values) and all(value.get("type") == "DERIVED" for value in values)
    return derived or "retractions" in raw.keys[4:]


@rule("references.retraction", Severity.MEDIUM)
def retraction(facts: Facts, _limits: Limits) -> str | None:
    """A linked publication was retracted."""
    found = [
        change
        for change in facts.of(ReferenceDetail, Op.ADDED)
        if "retractions" in change.path or _retracted(change)
    ]
    return f"{counted(len(found), 'linked publication')} retracted" if found else None


def _retracted(change: Change[ReferenceDetail]) -> bool:
    return isinstance(change.new, dict) and bool(change.new.get("retractions"))


@rule("references.changed", Severity.INFO, otherwise=True)
def references(facts: Facts, _limits: Limits) -> str | None:
    """Publications or links changed."""
    found = facts.of(ReferenceDetail)
    linked = sum(change.detail.linked_by_registry for change in found)
    by = f", {linked} linked by the registry" if linked else ""
    return f"{counted(len(found), 'reference')} changed{by}" if found else None


def phrase(facts: Facts) -> str:
    """How many, and whether the registry linked them all."""
    found = facts.of(ReferenceDetail)
    linked = ", linked by the registry" if all(change.detail.linked_by_registry for change in found) else ""
    return f"{counted(len(found), 'reference')} changed{linked}"


REFERENCES = ChangeKind(
    kind=Kind.REFERENCES,
    detail=ReferenceDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    made_by_registry=lambda change: change.detail.linked_by_registry,
    advice={
        "references": Advice(
            "A linked publication need not report this study's results.",
            "Open the publication and see whether it does.",
        ),
    },
)
