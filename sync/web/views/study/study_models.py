"""What a study's page is made of besides the facts of its record."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from sync.view import View


class Presence(View):
    """What is known of the study's presence in the registry."""

    state: str = Field(description="unread, present, missing, gone, withheld or alias.")
    absent_since: str | None = Field(description="The release without it.")
    absent_releases: int
    alias_of: str | None = Field(description="The id that took its place.")
    first_seen_release: str | None
    checked_at: datetime | None = Field(description="When it was last read.")
    read_release: str | None = Field(description="The release on which it was last read.")


class Membership(View):
    """A time in a watch; it goes on while `left_release` is null."""

    watch: str
    source: str
    entered_release: str
    left_release: str | None


class Silence(View):
    """Nothing was heard for long, a date has passed, or the registry is about to set UNKNOWN."""

    kind: str
    fact: str
    day: date | None


class EventLine(View):
    """An event in one line."""

    id: str
    release: str
    seen_at: datetime
    severity: str
    kind: str
    origin: str
    headline: str
    held: bool = Field(description="Whether a storm holds it back.")
    historical: bool = Field(
        description="Whether it is of the past, from before the study was watched: never told."
    )


class VersionLine(View):
    """A stored version; `event` is what it made, `quiet` says why there is none."""

    number: int
    release: str
    since: str | None = Field(
        description="The day from which it stood, where that is known to be before its release."
    )
    seen_at: datetime
    submitted: str | None
    posted: str | None
    size: int
    sha256: str
    provenance: str = Field(description="api, history (the registry's record history) or import (a file).")
    event: EventLine | None
    quiet: str


class Shown(View):
    """Which version the facts are of."""

    number: int
    release: str = Field(
        description="In which it was first seen, or the day from which it is known to have stood."
    )
    is_past: bool = Field(
        description="Whether it is known from the past alone, or to have stood before it was seen."
    )
    until: str | None = Field(description="The release of the next version; null for the newest.")
    is_newest: bool


class Reviewed(View):
    """The last review, and what changed since in one comparison."""

    at: datetime
    by: str
    note: str | None
    version: int
    newest: int
    changes: int = Field(
        description="Changes between that version and the newest; 0 where only noise differs."
    )
    headline: str | None
    severity: str | None
