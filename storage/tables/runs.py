"""What the service did and when: cycles, the lease, the watermark, signs of life."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from storage.tables.base import Base, one_of
from storage.types import JsonText, PlainText, UtcTime

CYCLE_STATES = ("running", "complete", "partial", "failed", "held")


class Cycle(Base, table=True):
    """One pass over a release: the ledger's entry. `stage` is the last one begun."""

    __table_args__ = (one_of("state", CYCLE_STATES),)
    id: int | None = Field(default=None, primary_key=True)
    release: str | None = Field(default=None, sa_type=PlainText)
    stamp: str | None = Field(default=None, sa_type=PlainText)
    started_at: datetime = Field(sa_type=UtcTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)
    state: str = Field(sa_type=PlainText)
    stage: str | None = Field(default=None, sa_type=PlainText)
    error_kind: str | None = Field(default=None, sa_type=PlainText)
    error_message: str | None = Field(default=None, sa_type=PlainText)
    counts: Any = Field(sa_type=JsonText, nullable=False)
    owner: str = Field(sa_type=PlainText)
    fence: int


class Lease(Base, table=True):
    """Who may work. `fence` grows with each holder and never falls; a released lease has no holder."""

    name: str = Field(primary_key=True, sa_type=PlainText)
    holder: str | None = Field(default=None, sa_type=PlainText)
    fence: int
    expires_at: datetime = Field(sa_type=UtcTime)


class Watermark(Base, table=True):
    """The last release that was read from end to end without a failure."""

    name: str = Field(primary_key=True, sa_type=PlainText)
    release: str = Field(sa_type=PlainText)
    stamp: str = Field(sa_type=PlainText)
    api_version: str | None = Field(default=None, sa_type=PlainText)
    moved_at: datetime = Field(sa_type=UtcTime)


class Beat(Base, table=True):
    """A sign of life and what was known then: the daemon's heartbeat, the last poll, the breaker."""

    name: str = Field(primary_key=True, sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    detail: Any = Field(sa_type=JsonText, nullable=False)
