"""Any two versions of a study, compared as an event would be, criterion by criterion."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from storage.errors import UnknownVersion
from storage.studies import studies
from storage.versions import VersionInfo
from sync.alerts.message import AlertNote, compose
from sync.alerts.published.comparison import Comparison, compare
from sync.changes.criteria.changes import PATH as CRITERIA
from sync.changes.event import Event
from sync.changes.model import Kind, Snapshot
from sync.config import Settings
from sync.rules import for_study
from sync.service import Service
from sync.versions.history import VersionWithEvent, history, version_named
from sync.versions.snapshots import explain_versions
from sync.view import View
from sync.web.views.cache import Cache
from sync.web.views.event import described

Outcome = Literal["changed", "computed", "noise", "same"]


class Side(View):
    """One of the two versions."""

    number: int
    release: str
    submitted: str | None
    posted: str | None
    size: int
    sha256: str
    headline: str | None = Field(description="What the event says that this version made.")


class Found(View):
    """What differs between two versions; it depends on nothing but them and the rules."""

    verdict: Outcome = Field(
        description="changed; or only what the registry computes, only noise, or nothing, differs."
    )
    event: dict[str, Any] | None = Field(description="The event that the two versions make, not stored.")
    message: dict[str, Any] | None = Field(description="What would be said of it, in sections.")
    differences: list[dict[str, Any]] = Field(
        description="The changes in words, but for criteria that `comparison` has."
    )
    comparison: Comparison | None = Field(description="The eligibility criteria, where they changed.")


_FOUND: Cache[Found] = Cache(64)


class CompareView(View):
    """Two versions of a study, and what differs."""

    nct_id: str
    title: str
    before: Side
    after: Side
    found: Found
    versions: list[Side] = Field(description="All there are to choose from, newest first.")


def load(
    service: Service, session: Session, nct_id: str, *, before: str | None = None, after: str | None = None
) -> CompareView:
    """Two versions, each by its number or by a day; the newest and the one before it where nothing is said.

    Raises UnknownVersion and UsageError.
    """
    known = history(session, nct_id)
    if not known:
        raise UnknownVersion(f"No version of {nct_id} is stored, so there is nothing to compare.")
    second = version_named(session, nct_id, after, service.now().date())
    # The first version has none before it, and is compared with itself: nothing differs.
    oldest = known[0].info.number
    first = (
        version_named(session, nct_id, before, service.now().date()) if before else max(second - 1, oldest)
    )
    sides = {each.info.number: side_of(each) for each in known}
    infos = {each.info.number: each.info for each in known}
    info = studies(session, [nct_id])[nct_id]
    return CompareView(
        nct_id=nct_id,
        title=info.title or "",
        before=sides[first],
        after=sides[second],
        found=_found(session, service.settings, infos[first], infos[second]),
        versions=list(reversed(sides.values())),
    )


def side_of(version: VersionWithEvent) -> Side:
    """A version as it is named beside another."""
    names = ("number", "release", "submitted", "posted", "size", "sha256")
    headline = version.event.headline if version.event else None
    return Side(**{name: getattr(version.info, name) for name in names}, headline=headline)


def _found(session: Session, settings: Settings, before: VersionInfo, after: VersionInfo) -> Found:
    nct_id = after.nct_id
    rules = for_study(session, settings, nct_id, on=after.release)
    # By hashes: a version that was damaged or replaced must not be shown as it was remembered.
    key = (nct_id, before.number, before.sha256, after.number, after.sha256, after.seen_at, rules.sha256)

    def make() -> Found:
        return _found_between(*explain_versions(session, settings, nct_id, before.number, after.number))

    return _FOUND.get(key, make)


def _found_between(before: Snapshot, after: Snapshot, event: Event | None) -> Found:
    compared = None
    if event and any(change.path == CRITERIA for change in event.changes):
        compared = compare(before.study.eligibility_text, after.study.eligibility_text)
    return Found(
        verdict=_outcome(before, after, event),
        event=event.as_json() if event else None,
        message=compose(event, AlertNote("", None)).as_json() if event else None,
        differences=described(event, compared) if event else [],
        comparison=compared,
    )


def _outcome(before: Snapshot, after: Snapshot, event: Event | None) -> Outcome:
    # an event without changes tells that the record is withheld
    if event and (not event.changes or any(change.kind is not Kind.DERIVED for change in event.changes)):
        return "changed"
    if event or before.canonical.derived_hash != after.canonical.derived_hash:
        return "computed"
    return "same" if before.ref.sha256 == after.ref.sha256 else "noise"
