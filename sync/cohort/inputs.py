"""Where in a record the classifier reads, and what else a study is found and compared by (pure).

Two records that are alike there have one answer, and are found by the same words.
"""

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

FOUND_BY = (
    ("protocolSection", "sponsorCollaboratorsModule"),
    ("protocolSection", "designModule"),
    ("protocolSection", "contactsLocationsModule"),
)
"""What words and profiles are made of beside that."""


def is_read_alike(one: Record, other: Record) -> bool:
    """Whether all that the classifier reads of two records is the same."""
    return all(at(one, *path) == at(other, *path) for path in READ)


def is_found_alike(one: Record, other: Record) -> bool:
    """Whether what two records are found and compared by is the same, where the classifier read the same in both."""
    return all(at(one, *path) == at(other, *path) for path in FOUND_BY)
