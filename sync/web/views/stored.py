"""What is counted of all that is stored, once while nothing changes: of a whole registry each count looks at every study."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from storage import watch_table
from storage.fulltext import index
from storage.fulltext.index import Coverage
from sync.web.views.cache import LAG, WhileUnchanged


def coverage(session: Session, now: datetime) -> Coverage:
    """How many studies can be found by their words; where that is not all of them, as of now."""
    found = _COVERAGE.get(session, "coverage", now, lambda: index.coverage(session), lag=LAG)
    # Studies are indexed beside a cycle too, and leave no trace of it that a cache could go by.
    return found if found.indexed >= found.studies else index.coverage(session)


def statuses(session: Session, now: datetime) -> set[str]:
    """The overall statuses that any study has."""
    return _STATUSES.get(session, "statuses", now, lambda: watch_table.statuses(session), lag=LAG)


_COVERAGE: WhileUnchanged[Coverage] = WhileUnchanged()
_STATUSES: WhileUnchanged[set[str]] = WhileUnchanged()
