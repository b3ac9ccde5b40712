"""What is kept of the registry: studies, their versions, who is in which watch, records that could not be read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from storage.tables.base import Base, one_of, partial_index, partition_by_hash, table_of
from storage.types import HexHash, PlainJson, PlainText, UtcTime

STATES = ("unread", "present", "missing", "gone", "withheld", "alias")
"""What is known of a study's presence in the registry; `unread`: named by a watch, no record kept yet. One of these with
an `absent_since` was never registered: the registry has said since that release that it knows no such id."""
DICTIONARY_COPIES = (1, 2)
PROVENANCES = ("api", "history", "import")
"""Where a version came from: the registry's API, its undocumented record history, or a file that somebody imported."""


class Study(Base, table=True):
    """A record of the registry: what its last version is, a summary for listings.

    When it was last read stands in `checked_stamp` and `checked_at` only where no `reading` holds it.
    """

    __table_args__ = (
        CheckConstraint("nct_id LIKE 'NCT%' AND length(nct_id) = 11", name="nct_id"),
        one_of("state", STATES),
        CheckConstraint("absent_releases >= 0", name="absent_releases"),
        CheckConstraint("(head IS NULL) = (content_hash IS NULL)", name="head"),
        # Nearly all are present. With an index of those SQLite would begin by it, and walk through all studies, wherever
        # "present" stands beside ids or days.
        partial_index("ix_study_not_present", "state", where="state <> 'present'"),
        Index("ix_study_status", "status", "phases"),
        partial_index("ix_study_unread", "nct_id", where="head IS NULL"),
        partial_index("ix_study_enrolled", "enrolled", "nct_id", where="enrolled IS NOT NULL"),
        partial_index("ix_study_country_count", "country_count", "nct_id", where="country_count IS NOT NULL"),
        # Of the whole registry few studies are awaited: pages and cycles ask for those whose day has come.
        partial_index("ix_study_heard_on", "heard_on", where="heard_on IS NOT NULL"),
        partial_index("ix_study_overdue_on", "overdue_on", where="overdue_on IS NOT NULL"),
        partial_index("ix_study_unknown_on", "unknown_on", where="unknown_on IS NOT NULL"),
        partial_index("ix_study_look_on", "look_on", where="look_on IS NOT NULL"),
        partial_index("ix_study_looked_under", "looked_under", where="looked_under IS NOT NULL"),
    )
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    head: int | None = None
    raw_hash: str | None = Field(default=None, sa_type=HexHash)
    content_hash: str | None = Field(default=None, sa_type=HexHash)
    derived_hash: str | None = Field(default=None, sa_type=HexHash)
    canon: int | None = None
    checked_stamp: str | None = Field(default=None, sa_type=PlainText)
    checked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    state: str = Field(default="unread", sa_type=PlainText)
    absent_since: str | None = Field(default=None, sa_type=PlainText)
    absent_releases: int = 0
    alias_of: str | None = Field(default=None, sa_type=PlainText)
    title: str | None = Field(default=None, sa_type=PlainText)
    status: str | None = Field(default=None, sa_type=PlainText)
    sponsor: str | None = Field(default=None, sa_type=PlainText)
    phases: Any = Field(default=None, sa_type=PlainJson, nullable=True)
    enrollment: Any = Field(default=None, sa_type=PlainJson, nullable=True)
    last_update_posted: str | None = Field(default=None, sa_type=PlainText)
    first_seen_release: str = Field(sa_type=PlainText)
    status_module: Any = Field(default=None, sa_type=PlainJson, nullable=True)
    facts: Any = Field(default=None, sa_type=PlainJson, nullable=True)
    heard_on: str | None = Field(default=None, sa_type=PlainText)
    """The last day on which anything was heard of a study that something is awaited of; then the day on which a date of it
    has passed, and the one from which the registry sets UNKNOWN."""
    overdue_on: str | None = Field(default=None, sa_type=PlainText)
    unknown_on: str | None = Field(default=None, sa_type=PlainText)
    summary_form: int | None = None
    """Which form of a summary the row has: an older program's lacks what later ones list."""
    enrolled: int | None = None
    """By these two numbers lists are put in order: they stand in `enrollment` and `facts`."""
    country_count: int | None = None
    look_on: str | None = Field(default=None, sa_type=PlainText)
    """The day of a release from which its silence has to be looked at again (empty: at once; None: nothing is to come), and
    the limits that this day was reckoned under."""
    looked_under: str | None = Field(default=None, sa_type=PlainText)


class Reading(Base, table=True):
    """Studies that were read together on a release: the numbers of their ids in order, four bytes each."""

    __table_args__ = (
        CheckConstraint("length(studies) % 4 = 0", name="studies"),
        Index("ix_reading_stamp", "stamp"),
    )
    id: int | None = Field(default=None, primary_key=True)
    stamp: str = Field(sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    studies: bytes = Field(sa_type=LargeBinary)


class Version(Base, table=True):
    """One distinct content of a study; `payload` is zstd, with the version `base` as its dictionary.

    The first one that was polled, or stored at all, is number 1; those of the past that came later count down from 0.
    `since`: the day from which it stood in the registry, where that is known to be before the release it was seen in.
    """

    __table_args__ = (
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        ForeignKeyConstraint(["cycle_id"], ["cycle.id"]),
        ForeignKeyConstraint(
            ["nct_id", "base"], ["version.nct_id", "version.number"], name="fk_version_base"
        ),
        CheckConstraint("base = number - 1", name="base"),
        CheckConstraint("length(release) = 10", name="release"),
        CheckConstraint("length(sha256) = 32", name="sha256"),
        one_of("provenance", PROVENANCES),
        # Of a whole registry few have a past: since when a study is known is asked for in every cycle.
        partial_index(
            "ix_version_past", "nct_id", "since", "release", where="number < 1 OR since IS NOT NULL"
        ),
    )
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    number: int = Field(primary_key=True)
    release: str = Field(sa_type=PlainText)
    seen_at: datetime = Field(sa_type=UtcTime)
    payload: bytes = Field(sa_type=LargeBinary)
    base: int | None = None
    size: int
    sha256: str = Field(sa_type=HexHash)
    content_hash: str = Field(sa_type=HexHash)
    derived_hash: str = Field(sa_type=HexHash)
    canon: int
    submitted: str | None = Field(default=None, sa_type=PlainText)
    posted: str | None = Field(default=None, sa_type=PlainText)
    provenance: str = Field(sa_type=PlainText)
    cycle_id: int | None = None
    since: str | None = Field(default=None, sa_type=PlainText)


VERSION_PARTS = tuple(f"version_p{number:02}" for number in range(16))
"""The tables that PostgreSQL keeps the versions in, by the hash of the study's id: each is vacuumed, and has its index, by
itself. A study's versions are in one of them."""
partition_by_hash(table_of(Version), "nct_id", VERSION_PARTS)


class Backfill(Base, table=True):
    """What the record history had of a study's past: `listed` versions, of which those before `older` are not fetched."""

    __table_args__ = (
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        CheckConstraint("listed >= 0 AND older >= 0", name="counts"),
    )
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    listed: int
    older: int


class Dictionary(Base, table=True):
    """What full versions are packed with, trained on so many records; every copy is the same, and any one will do."""

    __table_args__ = (
        CheckConstraint("copy_number IN (1, 2)", name="copy_number"),
        CheckConstraint("length(sha256) = 32", name="sha256"),
    )
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    copy_number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    payload: bytes = Field(sa_type=LargeBinary)
    sha256: str = Field(sa_type=HexHash)
    samples: int
    made_at: datetime = Field(sa_type=UtcTime)


class Watch(Base, table=True):
    """A named list of ids and searches; `established_release` is that of its first complete cycle.

    `settled_stamp` names the release that was last read to its end for it, `trouble` what keeps that from happening.
    """

    name: str = Field(primary_key=True, sa_type=PlainText)
    definition_hash: str = Field(sa_type=HexHash)
    established_release: str | None = Field(default=None, sa_type=PlainText)
    settled_stamp: str | None = Field(default=None, sa_type=PlainText)
    trouble: str | None = Field(default=None, sa_type=PlainText)
    trouble_since: str | None = Field(default=None, sa_type=PlainText)


class Membership(Base, table=True):
    """A study's time in a watch, from the release it entered in to the one it left in; one open at a time.

    `leaving` is the event of its leaving while a storm holds it: the study stays until somebody has decided.
    """

    __table_args__ = (
        ForeignKeyConstraint(["watch"], ["watch.name"]),
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        ForeignKeyConstraint(["leaving"], ["event.id"]),
        partial_index("uq_membership_open", "watch", "nct_id", unique=True, where="left_release IS NULL"),
        Index("ix_membership_nct_id", "nct_id", "watch"),
        partial_index(
            "ix_membership_left", "watch", "nct_id", "left_release", where="left_release IS NOT NULL"
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    watch: str = Field(sa_type=PlainText)
    nct_id: str = Field(sa_type=PlainText)
    source: str = Field(sa_type=PlainText)
    entered_release: str = Field(sa_type=PlainText)
    left_release: str | None = Field(default=None, sa_type=PlainText)
    leaving: str | None = Field(default=None, sa_type=PlainText)


class Quarantine(Base, table=True):
    """A record that could not be read, its bytes and why; the same bytes of one stamp are kept once."""

    __table_args__ = (
        UniqueConstraint("stamp", "sha256"),
        ForeignKeyConstraint(["cycle_id"], ["cycle.id"]),
        CheckConstraint("length(sha256) = 32", name="sha256"),
    )
    id: int | None = Field(default=None, primary_key=True)
    nct_id: str | None = Field(default=None, sa_type=PlainText)
    release: str | None = Field(default=None, sa_type=PlainText)
    stamp: str = Field(sa_type=PlainText)
    cycle_id: int | None = None
    seen_at: datetime = Field(sa_type=UtcTime)
    reason: str = Field(sa_type=PlainText)
    raw: bytes = Field(sa_type=LargeBinary)
    size: int
    sha256: str = Field(sa_type=HexHash)
