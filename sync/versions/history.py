"""The versions of a study, each with the event that tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from storage import versions
from storage.events import Headline, headlines
from storage.times import exactly
from storage.versions import VersionInfo


@dataclass(frozen=True, slots=True)
class VersionWithEvent:
    """A stored version and the event that it made; None for a baseline, and where there was nothing to tell."""

    info: VersionInfo
    event: Headline | None

    def as_json(self) -> dict[str, Any]:
        """Both as one flat object."""
        info, event = self.info, self.event
        kept = ("nct_id", "release", "submitted", "posted", "sha256", "content_hash", "derived_hash", "size")
        names = ("id", "kind", "severity", "origin", "headline")
        return {
            "nct_id": info.nct_id,
            "version": info.number,
            "seen_at": exactly(info.seen_at),
            **{name: getattr(info, name) for name in kept},
            "provenance": info.provenance,
            "event": {name: getattr(event, name) for name in names} if event else None,
        }


def quiet(number: int) -> str:
    """What there is to say of a version that made no event."""
    return "baseline" if number == 1 else "only what the registry computes"


def history(session: Session, nct_id: str, known: list[Headline] | None = None) -> list[VersionWithEvent]:
    """All versions of a study, oldest first; `told`: its events, where they are known already."""
    events = headlines(session, nct_id) if known is None else known
    # An event of presence has no version, and finds none here.
    by_version = {event.to_version: event for event in events}
    return [
        VersionWithEvent(info, by_version.get(info.number)) for info in versions.versions(session, nct_id)
    ]
