"""The event's format, for the API's description: what is answered is the stored event itself, not made anew of these."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sync.changes.model import Kind, Op, Origin, Severity


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow")


class Reason(_Part):
    """Why the event has its severity."""

    rule: str
    fact: str


class Version(_Part):
    """One of the two versions that were compared."""

    version: int | None
    release: str | None
    sha256: str = Field(description="Of the record as the registry sent it.")


class Change(_Part):
    """One difference between the two."""

    kind: Kind
    path: str
    op: Op
    old: Any
    new: Any
    detail: dict[str, Any]


class Suppressed(_Part):
    """A change that is not told by itself, because another one explains it."""

    kind: Kind
    path: str
    reason: str = Field(description="The id of the rule.")


class Event(_Part):
    """All that happened to one study between two versions, explained."""

    id: str
    nct_id: str | None
    title: str
    release: str | None
    seen_at: str
    submitted: str | None
    posted: str | None
    origin: Origin
    kind: Kind
    severity: Severity
    headline: str
    reasons: list[Reason]
    before: Version | None = Field(alias="from")
    after: Version | None = Field(alias="to")
    changes: list[Change]
    suppressed: list[Suppressed]
    context: dict[str, Any]
    rules: str | None = Field(description="SHA-256 of the set of rules.")
    links: dict[str, Any]
