"""How far the whole registry is read, for the watch that has everything."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, LargeBinary
from sqlmodel import Field

from storage.tables.base import Base, one_of
from storage.types import PlainText, UtcTime

WALK_KINDS = ("whole", "sweep", "bulk")
"""All pages; those with a late update date; or the registry's bulk download, given as a file."""
WALK_SOURCES = ("api", "file")
"""A file may be read between two walks of the API: neither loses its place by the other."""


class RegistryWalk(Base, table=True):
    """The walk that is under way for a watch, or its last one; written in the transaction of each of its pages.

    `cursor` is where it goes on: a page token, or a place in the file; `since` the first update date of a sweep.
    `whole_release`: of the last walk that proved who is there; `covered_release`: up to which all updates are read.
    """

    __tablename__ = "registry_walk"
    __table_args__ = (
        ForeignKeyConstraint(["watch"], ["watch.name"]),
        one_of("source", WALK_SOURCES),
        one_of("kind", WALK_KINDS),
        CheckConstraint("pages >= 0", name="pages"),
    )
    watch: str = Field(primary_key=True, sa_type=PlainText)
    source: str = Field(primary_key=True, sa_type=PlainText)
    kind: str = Field(sa_type=PlainText)
    stamp: str = Field(sa_type=PlainText)
    release: str = Field(sa_type=PlainText)
    since: str | None = Field(default=None, sa_type=PlainText)
    cursor: str | None = Field(default=None, sa_type=PlainText)
    pages: int = 0
    seen: int = 0
    refused: int = 0
    total: int | None = None
    attempt: int = 1
    began_at: datetime = Field(sa_type=UtcTime)
    resumed_at: datetime = Field(sa_type=UtcTime)
    resumed_seen: int = 0
    updated_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    proved: bool = False
    whole_release: str | None = Field(default=None, sa_type=PlainText)
    covered_release: str | None = Field(default=None, sa_type=PlainText)


class WalkPage(Base, table=True):
    """Which studies a page of a walk of the API held: the numbers of their ids, four bytes each."""

    __tablename__ = "walk_page"
    __table_args__ = (ForeignKeyConstraint(["watch"], ["watch.name"]),)
    watch: str = Field(primary_key=True, sa_type=PlainText)
    number: int = Field(primary_key=True)
    ids: bytes = Field(sa_type=LargeBinary)
