"""An invented eligibility text, criterion by criterion."""

from __future__ import annotations

from sync.changes.criteria.changes import criteria_changes

INCLUSION = (
    "Age ≥ 18 years",
    "Diagnosis of lupus nephritis confirmed by biopsy",
    "Platelet count ≥ 30×10^9/L",
    "Written informed consent, and willing to attend all visits of the study",
)
EXCLUSION = (
    "Pregnancy",
    "Live vaccine within 4 weeks before screening",
    "History of malignancy",
    "Known allergy to fludarabine",
)


def text(inclusion: tuple[str, ...] = INCLUSION, exclusion: tuple[str, ...] = EXCLUSION) -> str:
    """The text as the registry has it, of these criteria."""
    lists = ("\n".join(f"* {item}" for item in items) for items in (inclusion, exclusion))
    return "Inclusion Criteria:\n\n{}\n\nExclusion Criteria:\n\n{}".format(*lists)


WAYS = frozenset(("wider", "narrower", "mixed"))
"""The effects that are a direction."""


def effect_of(before: str, after: str) -> str:
    """The effect of all changes between two texts together: a direction where one is given, unclear before none."""
    effects = {str(change.detail.effect) for change in criteria_changes(before, after)} - {"none"}
    ways = effects & WAYS
    if ways:
        return ways.pop() if len(ways) == 1 else "mixed"
    return "unclear" if effects else "none"
