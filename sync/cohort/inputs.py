"""Where in a record the classifier reads: two records that are alike there have one answer (pure)."""

from __future__ import annotations

from sync.study.record import Record, at

READ = (
    ("protocolSection", "identificationModule"),
    ("protocolSection", "descriptionModule"),
    ("protocolSection", "conditionsModule"),
    ("protocolSection", "armsInterventionsModule"),
    ("protocolSection", "outcomesModule"),
    ("protocolSection", "designModule", "studyType"),
)
"""What passages and facts are made of."""


def is_read_alike(one: Record, other: Record) -> bool:
    """Whether all that the classifier reads of two records is the same."""
    return all(at(one, *path) == at(other, *path) for path in READ)
