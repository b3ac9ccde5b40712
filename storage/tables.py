"""The tables. The code works on them with SQLAlchemy Core (`table_of`); constraints validate, not the models.

Releases and the registry's dates are text as the registry writes them; times are aware UTC; hashes are
hexadecimal text at the edge. Every constraint has a name, so that a migration can change it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from storage.types import HexHash, JsonText, PlainText, UtcTime

STATES = ("unread", "present", "missing", "gone", "withheld", "alias")
"""What is known of a study's presence in the registry; `unread`: named by a watch, no record kept yet."""
PROVENANCES = ("api", "history")
"""Where a version came from: the registry's API, or its undocumented record history."""
CYCLE_STATES = ("running", "complete", "partial", "failed", "held")
ORIGINS = ("sponsor", "registry", "unknown")
STORM_STATES = ("held", "released", "dismissed")
SEVERITIES = ("critical", "high", "medium", "low", "info")
ALERT_STATES = ("open", "acknowledged", "closed")
VERDICTS = ("acted", "no action needed", "false alarm", "noise")
DELIVERY_KINDS = ("alert", "digest", "notice", "test")
DELIVERY_STATES = (
    "waiting",  # for the end of its cycle, which may find a storm
    "collecting",  # for its route's next digest
    "held",  # by a storm
    "due",
    "bundled",  # told within another delivery
    "sent",
    "dead",
    "muted",
    "dropped",  # its storm was dismissed
)


def _one_of(column: str, values: tuple[str, ...], name: str | None = None) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


class Base(SQLModel):
    """The root of all tables: one metadata, with a naming rule for constraints."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


class Study(Base, table=True):
    """A record of the registry: what its last version is, when it was last read, a summary for listings."""

    __table_args__ = (
        CheckConstraint("nct_id LIKE 'NCT%' AND length(nct_id) = 11", name="nct_id"),
        _one_of("state", STATES),
        CheckConstraint("absent_releases >= 0", name="absent_releases"),
        CheckConstraint("(head IS NULL) = (content_hash IS NULL)", name="head"),
        Index("ix_study_state", "state"),
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
    phases: Any = Field(default=None, sa_type=JsonText, nullable=True)
    enrollment: Any = Field(default=None, sa_type=JsonText, nullable=True)
    last_update_posted: str | None = Field(default=None, sa_type=PlainText)
    first_seen_release: str = Field(sa_type=PlainText)
    status_module: Any = Field(default=None, sa_type=JsonText, nullable=True)


class Cycle(Base, table=True):
    """One pass over a release: the ledger's entry. `stage` is the last one begun."""

    __table_args__ = (_one_of("state", CYCLE_STATES),)
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


class Version(Base, table=True):
    """One distinct content of a study; `payload` is zstd, with the version `base` as its dictionary."""

    __table_args__ = (
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        ForeignKeyConstraint(["cycle_id"], ["cycle.id"]),
        ForeignKeyConstraint(
            ["nct_id", "base"], ["version.nct_id", "version.number"], name="fk_version_base"
        ),
        CheckConstraint("base = number - 1", name="base"),
        CheckConstraint("length(release) = 10", name="release"),
        CheckConstraint("length(sha256) = 32", name="sha256"),
        _one_of("provenance", PROVENANCES),
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


class Watch(Base, table=True):
    """A named list of ids and searches; `established_release` is that of its first complete cycle."""

    name: str = Field(primary_key=True, sa_type=PlainText)
    definition_hash: str = Field(sa_type=HexHash)
    established_release: str | None = Field(default=None, sa_type=PlainText)


class Membership(Base, table=True):
    """A study's time in a watch, from the release it entered in to the one it left in; one open at a time."""

    __table_args__ = (
        ForeignKeyConstraint(["watch"], ["watch.name"]),
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        Index(
            "uq_membership_open",
            "watch",
            "nct_id",
            unique=True,
            sqlite_where=text("left_release IS NULL"),
            postgresql_where=text("left_release IS NULL"),
        ),
        Index("ix_membership_nct_id", "nct_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    watch: str = Field(sa_type=PlainText)
    nct_id: str = Field(sa_type=PlainText)
    source: str = Field(sa_type=PlainText)
    entered_release: str = Field(sa_type=PlainText)
    left_release: str | None = Field(default=None, sa_type=PlainText)


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
        _one_of("origin", ORIGINS),
        _one_of("severity", SEVERITIES),
        Index("ix_event_nct_id", "nct_id"),
        Index("ix_event_release", "release"),
        Index("ix_event_kind", "kind"),
        Index("ix_event_cycle_id", "cycle_id"),
        Index("ix_event_held_by", "held_by"),
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

    __table_args__ = (ForeignKeyConstraint(["event_id"], ["event.id"]), _one_of("state", STORM_STATES))
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


class Alert(Base, table=True):
    """An event that asks for attention, until a person has dealt with it: it covers one pair of versions."""

    __table_args__ = (
        ForeignKeyConstraint(["event_id"], ["event.id"]),
        _one_of("state", ALERT_STATES),
        _one_of("verdict", VERDICTS),
        CheckConstraint("(state = 'open') = (acknowledged_at IS NULL)", name="acknowledged"),
        Index("ix_alert_nct_id", "nct_id"),
        Index(
            "ix_alert_open",
            "opened_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
    event_id: str = Field(primary_key=True, sa_type=PlainText)
    nct_id: str | None = Field(default=None, sa_type=PlainText)
    state: str = Field(sa_type=PlainText)
    opened_at: datetime = Field(sa_type=UtcTime)
    assignee: str | None = Field(default=None, sa_type=PlainText)
    acknowledged_by: str | None = Field(default=None, sa_type=PlainText)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    verdict: str | None = Field(default=None, sa_type=PlainText)
    note: str | None = Field(default=None, sa_type=PlainText)
    snoozed_until: datetime | None = Field(default=None, sa_type=UtcTime)
    snoozed_until_change: bool = False


class Mute(Base, table=True):
    """Silence that a person ordered about a study, a kind, or a kind of one study; it always ends."""

    __table_args__ = (
        CheckConstraint("nct_id IS NOT NULL OR kind IS NOT NULL", name="subject"),
        CheckConstraint("reason <> ''", name="reason"),
    )
    id: int | None = Field(default=None, primary_key=True)
    nct_id: str | None = Field(default=None, sa_type=PlainText)
    kind: str | None = Field(default=None, sa_type=PlainText)
    until: datetime = Field(sa_type=UtcTime)
    reason: str = Field(sa_type=PlainText)
    by: str = Field(sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    lifted_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Delivery(Base, table=True):
    """What one channel is to be told, or was: written with its event, sent at least once, always with the same id.

    `body` is what a digest or a notice says; an alert is composed of its event. `bundle` names the delivery that this
    one was told within. `forgiven`: attempts made before a person had it tried again.
    """

    __table_args__ = (
        UniqueConstraint("id"),
        ForeignKeyConstraint(["event_id"], ["event.id"]),
        _one_of("kind", DELIVERY_KINDS),
        _one_of("state", DELIVERY_STATES),
        CheckConstraint("(kind = 'alert') = (event_id IS NOT NULL)", name="event"),
        CheckConstraint("(kind = 'alert') = (body IS NULL)", name="body"),
        CheckConstraint("(state = 'bundled') = (bundle IS NOT NULL)", name="bundle"),
        Index("ix_delivery_channel_state", "channel", "state", "due_at"),
        Index("ix_delivery_study", "nct_id", "channel", "state"),
        Index("ix_delivery_event_id", "event_id"),
        Index("ix_delivery_bundle", "bundle"),
    )
    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(sa_type=PlainText)
    kind: str = Field(sa_type=PlainText)
    event_id: str | None = Field(default=None, sa_type=PlainText)
    nct_id: str | None = Field(default=None, sa_type=PlainText)
    route: str = Field(sa_type=PlainText)
    channel: str = Field(sa_type=PlainText)
    state: str = Field(sa_type=PlainText)
    collects: bool = False
    created_at: datetime = Field(sa_type=UtcTime)
    due_at: datetime = Field(sa_type=UtcTime)
    claimed_by: str | None = Field(default=None, sa_type=PlainText)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcTime)
    attempts: int = 0
    forgiven: int = 0
    bundle: str | None = Field(default=None, sa_type=PlainText)
    body: Any = Field(default=None, sa_type=JsonText, nullable=True)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)
    said: str | None = Field(default=None, sa_type=PlainText)


class Attempt(Base, table=True):
    """One try at a delivery, written down before it is made; `outcome` is missing where the process ended in it."""

    __table_args__ = (
        ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        _one_of("outcome", ("sent", "passing", "permanent")),
    )
    delivery_id: str = Field(primary_key=True, sa_type=PlainText)
    number: int = Field(primary_key=True)
    began_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    outcome: str | None = Field(default=None, sa_type=PlainText)
    said: str | None = Field(default=None, sa_type=PlainText)


class DisabledChannel(Base, table=True):
    """A channel that is not used until a person says so; its deliveries stay due."""

    __tablename__ = "disabled_channel"
    name: str = Field(primary_key=True, sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    reason: str = Field(sa_type=PlainText)


class Audit(Base, table=True):
    """What a person did. Each entry's hash covers the one before, so that none can be changed or taken out unseen."""

    seq: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    who: str = Field(sa_type=PlainText)
    action: str = Field(sa_type=PlainText)
    subject: str = Field(sa_type=PlainText)
    detail: Any = Field(sa_type=JsonText, nullable=False)
    hash: str = Field(sa_type=HexHash)


class Review(Base, table=True):
    """A person looked at a study as of a version, and what our pages say of it then was right."""

    __table_args__ = (
        ForeignKeyConstraint(["nct_id", "version"], ["version.nct_id", "version.number"]),
        Index("ix_review_nct_id", "nct_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    nct_id: str = Field(sa_type=PlainText)
    version: int
    at: datetime = Field(sa_type=UtcTime)
    by: str = Field(sa_type=PlainText)
    note: str | None = Field(default=None, sa_type=PlainText)


def table_of(model: type[Base]) -> Table:
    """The Core table of a model."""
    return Base.metadata.tables[str(model.__tablename__)]
