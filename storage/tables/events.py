"""What was told: events with their changes, storms, silence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.base import Base, one_of, partial_index
from storage.types import JsonText, PlainText, UtcTime

ORIGINS = ("sponsor", "registry", "unknown")
SEVERITIES = ("critical", "high", "medium", "low", "info")
STORM_STATES = ("held", "released", "dismissed")


class Event(Base, table=True):
    """All that happened to one study between two versions.

    `seq` is the order of telling, whatever the clock did. `body` is the event's JSON with an empty list of
    changes: those stand in `change`, once.
    """

    __table_args__ = (
        UniqueConstraint("id"),
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        ForeignKeyConstraint(["watch"], ["watch.name"]),
        ForeignKeyConstraint(["cycle_id"], ["cycle.id"]),
        one_of("origin", ORIGINS),
        one_of("severity", SEVERITIES),
        Index("ix_event_nct_id", "nct_id"),
        Index("ix_event_release", "release"),
        Index("ix_event_kind", "kind"),
        Index("ix_event_cycle_id", "cycle_id"),
        # Of those that are held alone: for "held by none", which nearly all are, SQLite would pass over every one of them.
        partial_index("ix_event_held_by", "held_by", where="held_by IS NOT NULL"),
        # what listings ask of an event, so that its body is not passed over
        Index("ix_event_listing", "id", "held_by", "severity", "kind", "release", "seq", "nct_id", "watch"),
    )
    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(sa_type=PlainText)
    nct_id: str | None = Field(default=None, sa_type=PlainText)
    watch: str | None = Field(default=None, sa_type=PlainText)
    cycle_id: int | None = None
    release: str = Field(sa_type=PlainText)
    seen_at: datetime = Field(sa_type=UtcTime)
    submitted: str | None = Field(default=None, sa_type=PlainText)
    posted: str | None = Field(default=None, sa_type=PlainText)
    origin: str = Field(sa_type=PlainText)
    kind: str = Field(sa_type=PlainText)
    severity: str = Field(sa_type=PlainText)
    headline: str = Field(sa_type=PlainText)
    from_version: int | None = None
    to_version: int | None = None
    rules: str | None = Field(default=None, sa_type=PlainText)
    body: Any = Field(sa_type=JsonText, nullable=False)
    held_by: str | None = Field(default=None, sa_type=PlainText)


class Superseded(Base, table=True):
    """An event as it was told under an older set of rules, kept when a replay told it anew."""

    __table_args__ = (ForeignKeyConstraint(["event_id"], ["event.id"]),)
    event_id: str = Field(primary_key=True, sa_type=PlainText)
    rules: str = Field(primary_key=True, sa_type=PlainText)
    superseded_at: datetime = Field(sa_type=UtcTime)
    body: Any = Field(sa_type=JsonText, nullable=False)


class Storm(Base, table=True):
    """The same change in many studies at once: their events (`Event.held_by`) wait for a person's word."""

    __table_args__ = (ForeignKeyConstraint(["event_id"], ["event.id"]), one_of("state", STORM_STATES))
    event_id: str = Field(primary_key=True, sa_type=PlainText)
    state: str = Field(sa_type=PlainText)
    decided_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Silence(Base, table=True):
    """A silent state that a study was found in: told once (`event_id`), or known from its baseline (NULL)."""

    __table_args__ = (
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        ForeignKeyConstraint(["event_id"], ["event.id"]),
    )
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    state: str = Field(primary_key=True, sa_type=PlainText)
    release: str = Field(sa_type=PlainText)
    event_id: str | None = Field(default=None, sa_type=PlainText)


class Change(Base, table=True):
    """One difference between two versions, in the order in which the event tells it."""

    __table_args__ = (
        ForeignKeyConstraint(["event_id"], ["event.id"]),
        Index("ix_change_kind", "kind"),
    )
    event_id: str = Field(primary_key=True, sa_type=PlainText)
    ordinal: int = Field(primary_key=True)
    kind: str = Field(sa_type=PlainText)
    path: str = Field(sa_type=PlainText)
    op: str = Field(sa_type=PlainText)
    old: Any = Field(default=None, sa_type=JsonText, nullable=True)
    new: Any = Field(default=None, sa_type=JsonText, nullable=True)
    detail: Any = Field(sa_type=JsonText, nullable=False)
