"""Registered pages and how each stands, in memory while neither the page nor the record changes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from storage import versions
from storage.published_pages import PublishedPage, published_pages
from sync.alerts.published.registered import RegisteredPage, standing
from sync.view import View
from sync.web.views.cache import Cache

_STANDING: Cache[RegisteredPage] = Cache(512)


_ORDER = {"differs": 0, "other_study": 0, "holds_in_part": 2, "holds": 3}


class RegisteredPages(View):
    """All registered pages, those first that no longer hold."""

    pages: list[RegisteredPage]

    @property
    def outdated(self) -> int:
        """How many of them do not hold."""
        return sum(page.state == "differs" for page in self.pages)


def load(session: Session, nct_id: str | None = None) -> RegisteredPages:
    """The registered pages of a study, or all."""
    found = [_standing(session, page) for page in published_pages(session, nct_id)]
    return RegisteredPages(pages=sorted(found, key=lambda page: _ORDER.get(page.state, 1)))


def _standing(session: Session, page: PublishedPage) -> RegisteredPage:
    infos = versions.versions(session, page.nct_id)
    newest = (infos[-1].number, infos[-1].sha256) if infos else None
    return _STANDING.get((page, newest), lambda: standing(session, page))
