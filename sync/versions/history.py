"""The versions of a study, each with the event that tells of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from storage import versions
from storage.errors import UnknownVersion
from storage.events import Headline, headlines
from storage.times import exactly
from storage.versions import VersionInfo
from sync.errors import UsageError
from sync.timing.clock import utc_now
from sync.timing.days import FORMS, day_named

_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
"""Of a version; those of the past count down from 0."""


@dataclass(frozen=True, slots=True)
class VersionWithEvent:
    """A stored version and the event that it made; None for a baseline, and where there was nothing to tell."""

    info: VersionInfo
    event: Headline | None

    def as_json(self) -> dict[str, Any]:
        """Both as one flat object."""
        info, event = self.info, self.event
        kept = ("release", "since", "submitted", "posted", "sha256", "content_hash", "derived_hash", "size")
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
    """What there is to say of a version that made no event: a baseline has nothing before it."""
    if number < 1:
        return "the oldest version known"
    return "baseline" if number == 1 else "only what the registry computes"


def history(session: Session, nct_id: str, known: list[Headline] | None = None) -> list[VersionWithEvent]:
    """All versions of a study, oldest first; `told`: its events, where they are known already."""
    events = headlines(session, nct_id=nct_id, held=True, historical=True) if known is None else known
    # An event of presence has no version, and finds none here.
    by_version = {event.to_version: event for event in events}
    return [
        VersionWithEvent(info, by_version.get(info.number)) for info in versions.versions(session, nct_id)
    ]


def version_named(session: Session, nct_id: str, which: str | None, today: date | None = None) -> int:
    """The number of the version that `which` names: a number, a day (YYYY-MM-DD), or None for the newest.

    Raises UnknownVersion; UsageError for what is neither, and for a day that is still to come.
    """
    known = versions.versions(session, nct_id)
    if not known:
        raise UnknownVersion(f"no version of {nct_id} is stored")
    if which is None:
        return known[-1].number
    if _NUMBER.fullmatch(which):
        if not any(info.number == int(which) for info in known):
            raise UnknownVersion(
                f"{nct_id} has the versions {known[0].number} to {known[-1].number}, not {which}"
            )
        return int(which)
    today = today or utc_now().date()
    try:
        day = str(day_named(which, today))
    except UsageError:
        raise UsageError(f"{which!r} is neither a version number nor a day: {FORMS}") from None
    # A release can bear tomorrow's date where the registry's day is ahead of ours: what is known may be asked for.
    if day > max(str(today), known[-1].release):
        raise UsageError(
            f"{day} is still to come: today is {today} in UTC. The newest version of {nct_id} is "
            f"{known[-1].number}, of release {known[-1].release}"
        )
    number = versions.version_as_of(session, nct_id, day)
    if number is None:
        raise UnknownVersion(
            f"{nct_id} is known from {known[0].day} on, not yet on {day}: that is its version {known[0].number}"
        )
    return number
