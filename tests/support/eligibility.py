"""An invented eligibility text, criterion by criterion."""

from __future__ import annotations

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
