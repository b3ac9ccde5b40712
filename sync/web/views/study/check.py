"""A text or page that somebody published about a study, against what is stored of its record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from storage.errors import UnknownVersion
from storage.studies import studies
from sync.alerts.published.check import check_page
from sync.alerts.published.stored import known
from sync.versions.history import VersionWithEvent, history
from sync.web.views.study.check_models import About, CheckView
from sync.web.views.study.compare import side_of


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
    study, infos = _about(session, nct_id, stored), [each.info for each in stored]
    return CheckView(**dict(study), **dict(check_page(nct_id, text, known(session, nct_id, infos))))
