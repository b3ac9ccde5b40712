"""A text or page that somebody published about a study, against what is stored of its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from storage import versions
from storage.errors import UnknownVersion, VersionCorrupt
from storage.studies import studies
from sync.study.record import Study, read_record
from sync.versions.history import VersionWithEvent, history
from sync.web.views.study.check_models import About, CheckView, Replaced
from sync.web.views.study.check_page import Known, check_page, known_of
from sync.web.views.study.compare import side_of

LONGEST = 1_000_000
"""Characters of a text to check: pages have a tenth of it, their source too; the registry's own criteria end at 20,000."""


def about(session: Session, nct_id: str) -> About:
    """The study and its newest version. Raises UnknownVersion where none is stored."""
    return _about(session, nct_id, history(session, nct_id))


def _about(session: Session, nct_id: str, stored: Sequence[VersionWithEvent]) -> About:
    if not stored:
        raise UnknownVersion(
            f"No version of {nct_id} is stored, so there is nothing to check a text against."
        )
    title = studies(session, [nct_id])[nct_id].title or ""
    return About(nct_id=nct_id, title=title, newest=side_of(stored[-1]))


def load(session: Session, nct_id: str, text: str) -> CheckView:
    """A text against the versions of a study. Raises UnknownVersion, VersionCorrupt where the newest is damaged."""
    stored = history(session, nct_id)
    study = _about(session, nct_id, stored)
    return CheckView(**dict(study), **dict(check_page(nct_id, text, _known(session, nct_id, stored))))


def _known(session: Session, nct_id: str, stored: Sequence[VersionWithEvent]) -> Known:
    """All that the record said. Raises VersionCorrupt where the newest version is damaged."""
    infos = [_named(each) for each in stored]
    try:
        return known_of(_records(session, nct_id, infos))
    except VersionCorrupt:  # which one is damaged stands on the study's page; the newest may not hang on it
        newest = Study(read_record(versions.payload(session, nct_id, infos[-1].version)))
        return known_of([(infos[-1], newest)], whole=False)


def _records(session: Session, nct_id: str, infos: Sequence[Replaced]) -> Iterator[tuple[Replaced, Study]]:
    for info, (_, payload) in zip(infos, versions.payloads(session, nct_id), strict=True):
        yield info, Study(read_record(payload))


def _named(version: VersionWithEvent) -> Replaced:
    info = version.info
    return Replaced(version=info.number, release=info.release, posted=info.posted)
