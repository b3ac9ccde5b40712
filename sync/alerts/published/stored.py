"""What stored versions said, for a page to be checked against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from storage import versions
from storage.errors import VersionCorrupt
from storage.versions import VersionInfo
from sync.alerts.published import check
from sync.alerts.published.check import Known, known_of
from sync.alerts.published.models import Replaced
from sync.study.record import Study, read_record


def known(session: Session, nct_id: str, infos: Sequence[VersionInfo]) -> Known:
    """What the record said up to the last of these versions, which are its first ones.

    Raises VersionCorrupt where that one is damaged.
    """
    try:
        return known_of(_records(session, nct_id, infos))
    except VersionCorrupt:  # which one is damaged stands on the study's page; the last may not hang on it
        last = Study(read_record(versions.payload(session, nct_id, infos[-1].number)))
        return known_of([(_named(infos[-1]), last)], whole=False)


def known_at(session: Session, nct_id: str, infos: Sequence[VersionInfo], ends: Sequence[int]) -> list[Known]:
    """What the record said up to so many of its versions, for each of these numbers; as `known`, in one reading."""
    try:
        return check.known_at(_records(session, nct_id, infos[: max(ends)]), ends)
    except VersionCorrupt:  # one before the last two may be damaged, which each of them can do without
        return [known(session, nct_id, infos[:end]) for end in ends]


def _records(session: Session, nct_id: str, infos: Sequence[VersionInfo]) -> Iterator[tuple[Replaced, Study]]:
    for info, (_, payload) in zip(infos, versions.payloads(session, nct_id), strict=False):
        yield _named(info), Study(read_record(payload))


def _named(info: VersionInfo) -> Replaced:
    return Replaced(version=info.number, release=info.release, posted=info.posted)
