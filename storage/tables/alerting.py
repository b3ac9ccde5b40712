"""Who hears of it and what people said: alerts, mutes, the outbox, the audit log, reviews."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.base import Base, one_of, partial_index
from storage.types import HexHash, JsonText, PlainText, UtcTime

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


class Alert(Base, table=True):
    """An event that asks for attention, until a person has dealt with it: it covers one pair of versions."""

    __table_args__ = (
        ForeignKeyConstraint(["event_id"], ["event.id"]),
        one_of("state", ALERT_STATES),
        one_of("verdict", VERDICTS),
        CheckConstraint("(state = 'open') = (acknowledged_at IS NULL)", name="acknowledged"),
        Index("ix_alert_nct_id", "nct_id"),
        # Of open ones alone: the inbox asks for those at every turn, and those that are closed only grow in number.
        partial_index("ix_alert_open", "opened_at", where="state = 'open'"),
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
    one was told within. `attempts_reset`: attempts made before a person had it tried again.
    """

    __table_args__ = (
        UniqueConstraint("id"),
        ForeignKeyConstraint(["event_id"], ["event.id"]),
        one_of("kind", DELIVERY_KINDS),
        one_of("state", DELIVERY_STATES),
        CheckConstraint("(kind = 'alert') = (event_id IS NOT NULL)", name="event"),
        # What is composed of an event needs no body of its own, and could otherwise come to say something else.
        CheckConstraint("(kind = 'alert') = (body IS NULL)", name="body"),
        CheckConstraint("(state = 'bundled') = (bundle IS NOT NULL)", name="bundle"),
        Index("ix_delivery_channel_state", "channel", "state"),
        partial_index("ix_delivery_over", "channel", "state", "due_at", where="state IN ('sent', 'dead')"),
        # Of what is to be done alone: what was sent only grows in number, and is asked for by nobody who sends.
        # The state is in them all the same: else SQLite takes the index of all deliveries for the narrower one.
        partial_index("ix_delivery_due", "channel", "state", "seq", where="state = 'due'"),
        partial_index("ix_delivery_waiting", "state", "created_at", where="state = 'waiting'"),
        partial_index("ix_delivery_collecting", "channel", "state", "route", where="state = 'collecting'"),
        # For the order of a study's deliveries: each claim asks whether an earlier one is unfinished.
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
    # The column kept its first name when the word changed: a word is not worth a migration.
    attempts_reset: int = Field(default=0, sa_column_kwargs={"name": "forgiven", "key": "attempts_reset"})
    bundle: str | None = Field(default=None, sa_type=PlainText)
    body: Any = Field(default=None, sa_type=JsonText, nullable=True)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)
    said: str | None = Field(default=None, sa_type=PlainText)


class Attempt(Base, table=True):
    """One try at a delivery, written down before it is made; `outcome` is missing where the process ended in it."""

    __table_args__ = (
        ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        one_of("outcome", ("sent", "passing", "permanent")),
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

    __table_args__ = (Index("ix_audit_subject", "subject"),)
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
