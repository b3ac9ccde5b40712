"""Reviews: who last looked at a study, and all that changed since, as one comparison."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from storage import reviews
from storage.reviews import Review
from sync.changes.event import Event
from sync.rules import Configured
from sync.versions.history import version_named
from sync.versions.snapshots import explain_versions
from sync.words import counted


@dataclass(frozen=True, slots=True)
class Compared:
    """A study when it was last reviewed against what it is like now; `event` is None where that is the same."""

    nct_id: str
    review: Review | None
    before: int
    now: int
    event: Event | None

    @property
    def sentence(self) -> str:
        """The comparison in one sentence."""
        who = (
            f"{self.nct_id} was last reviewed {self.review.at:%Y-%m-%d} by {self.review.by}"
            if self.review
            else ""
        )
        who = who or f"{self.nct_id} was never reviewed"
        if self.event is None:
            return f"{who}; nothing that matters has changed since version {self.before}."
        changes = len(self.event.changes)
        return f"{who}; {counted(changes, 'change')} from version {self.before} to {self.now}:"

    def as_json(self) -> dict[str, Any]:
        """The comparison as one object."""
        review = asdict(self.review) | {"at": self.review.at.isoformat()} if self.review else None
        return {
            "nct_id": self.nct_id,
            "review": review,
            "from": self.before,
            "to": self.now,
            "event": self.event.as_json() if self.event else None,
        }


def reviewed(
    session: Session,
    nct_id: str,
    by: str,
    now: datetime,
    *,
    on: str | None = None,
    version: int | None = None,
    note: str | None = None,
) -> Review:
    """Note that a person reviewed a study as it stands, as it stood `on` a day, or as a version has it.

    Raises UnknownVersion.
    """
    at = datetime.fromisoformat(on).replace(tzinfo=UTC) if on else now
    which = str(version) if version is not None else on
    review = Review(nct_id, version_named(session, nct_id, which), at, by, note)
    reviews.add_review(session, review)
    return review


def compared(session: Session, nct_id: str, settings: Configured, *, since: str | None = None) -> Compared:
    """All that changed since the last review (or a day, or, where there was none, the first version)."""
    last = next(iter(reviews.reviews(session, nct_id)), None)
    newest = version_named(session, nct_id, None)
    before = last.version if last else 1
    if since:
        before = version_named(session, nct_id, since)
    is_new = before != newest
    event = explain_versions(session, settings, nct_id, before, newest)[2] if is_new else None
    return Compared(nct_id, last, before, newest, event)
