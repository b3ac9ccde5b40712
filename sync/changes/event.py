"""An event: all that happened to a study between two versions. Into JSON and out of it here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from sync.changes.kinds import is_minor, kind_named
from sync.changes.lines import Headline
from sync.changes.model import (
    Change,
    Detail,
    Json,
    Kind,
    Op,
    Origin,
    Reason,
    Severity,
    Suppressed,
    UnreadDetail,
    VersionRef,
)
from sync.errors import TrialdeltaError

HISTORICAL: Literal["historical"] = "historical"
"""The state of an event of the past; others have none of their own, but that of their alert."""


class UnreadableEvent(TrialdeltaError):
    """A stored event is not in the form that this version of the program knows."""

    hint = "A newer version of trialdelta stored it: install that one. `trialdelta events --json` prints it as it is."


class Event(msgspec.Struct, frozen=True, kw_only=True, rename={"before": "from", "after": "to"}):
    """All that happened to one study between two versions, explained, with a severity.

    Dates of the registry stay text with their precision; `seen_at` is an ISO 8601 UTC time with a Z.
    """

    id: str
    nct_id: str
    title: str
    release: str | None
    seen_at: str
    submitted: str | None
    posted: str | None
    origin: Origin
    kind: Kind
    severity: Severity
    headline: str
    reasons: tuple[Reason, ...]
    before: VersionRef | None
    after: VersionRef | None
    changes: tuple[Change[Detail], ...]
    suppressed: tuple[Suppressed, ...]
    context: dict[str, Json]
    rules: str
    links: dict[str, str]
    state: Literal["historical"] | None = None
    """Of an event of the past, from before the study was watched: it is never told to anybody."""

    @property
    def lines(self) -> Headline:
        """Its headline as it is read."""
        return Headline.of(self.headline)

    @property
    def day(self) -> str:
        """The day that it stands under in lists: its release's or, where it has none, the one it was seen on."""
        return self.release or self.seen_at[:10]

    @property
    def kinds(self) -> frozenset[Kind]:
        """What it tells of: its own kind and those of its changes, but for what goes with every update."""
        return frozenset({self.kind, *(each.kind for each in self.changes if not is_minor(each.kind))})

    def as_json(self) -> dict[str, Json]:
        """The event format of the design: the same from CLI, API, webhook and export."""
        return {
            "id": self.id,
            "nct_id": self.nct_id,
            "title": self.title,
            "release": self.release,
            "seen_at": self.seen_at,
            "submitted": self.submitted,
            "posted": self.posted,
            "origin": str(self.origin),
            "kind": str(self.kind),
            "severity": str(self.severity),
            "headline": self.headline,
            "reasons": [reason.as_json() for reason in self.reasons],
            "from": self.before.as_json() if self.before else None,
            "to": self.after.as_json() if self.after else None,
            "changes": [change.as_json() for change in self.changes],
            "suppressed": [entry.as_json() for entry in self.suppressed],
            "context": self.context,
            "rules": self.rules,
            "links": self.links,
            **({"state": self.state} if self.state else {}),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Json]) -> Event:
        """The event that `as_json` made this of; keys that are not known are passed over. Raises UnreadableEvent."""
        try:
            # what is missing was not yet told by the version that stored it
            severity = Severity(raw["severity"])
            return cls(
                id=raw["id"],
                nct_id=raw.get("nct_id") or "",
                title=raw.get("title") or "",
                release=raw.get("release"),
                seen_at=raw["seen_at"],
                submitted=raw.get("submitted"),
                posted=raw.get("posted"),
                origin=Origin(raw["origin"]),
                kind=Kind(raw["kind"]),
                severity=severity,
                headline=raw["headline"],
                reasons=tuple(_reason(each, severity) for each in raw["reasons"]),
                before=_version(raw.get("from")),
                after=_version(raw.get("to")),
                changes=tuple(change_from_json(each) for each in raw["changes"]),
                suppressed=tuple(
                    Suppressed(Kind(each["kind"]), each["path"], each["reason"])
                    for each in raw.get("suppressed") or ()
                ),
                context=raw.get("context") or {},
                rules=raw.get("rules") or "",
                links=raw.get("links") or {},
                state=HISTORICAL if raw.get("state") == HISTORICAL else None,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnreadableEvent(
                f"Event {raw.get('id', 'without an id')} cannot be read: {error}."
            ) from error


def change_from_json(raw: Mapping[str, Json]) -> Change[Detail]:
    """A change, with what its own kind says of it."""
    kind = Kind(raw["kind"])
    detail = detail_from_json(kind, raw.get("detail") or {})
    return Change(kind, raw["path"], Op(raw["op"]), raw.get("old"), raw.get("new"), detail)


def detail_from_json(kind: Kind, raw: Mapping[str, Json]) -> Detail:
    """What a kind says of a change; keys that are not known are passed over."""
    try:
        detail: Detail = msgspec.convert(raw, kind_named(kind).detail)
    except msgspec.ValidationError:
        # An older or newer program's event is still told, with all that can be read of it: only the detail stays closed.
        return UnreadDetail(said=dict(raw))
    return detail


def _reason(raw: Mapping[str, Json], heaviest: Severity) -> Reason:
    """One that names no severity has that of the event: the gravest one made it."""
    return Reason(raw["rule"], raw["fact"], Severity(raw.get("severity", heaviest)))


def _version(raw: Mapping[str, Json] | None) -> VersionRef | None:
    return VersionRef(raw["version"], raw["release"], raw["sha256"]) if raw else None
