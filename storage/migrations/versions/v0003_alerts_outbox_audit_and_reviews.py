"""Alerts, mutes, the outbox, the audit log and reviews."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    create_people()
    create_alerts()
    create_outbox()


def create_people() -> None:
    """What people did and decided: the audit log, mutes, reviews."""
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "mute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nct_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_mute_reason")),
        sa.CheckConstraint("nct_id IS NOT NULL OR kind IS NOT NULL", name=op.f("ck_mute_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mute")),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["nct_id", "version"], ["version.nct_id", "version.number"], name=op.f("fk_review_nct_id_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index("ix_review_nct_id", "review", ["nct_id"])


def create_alerts() -> None:
    """Alerts, one an event."""
    op.create_table(
        "alert",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("nct_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until_change", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (acknowledged_at IS NULL)", name=op.f("ck_alert_acknowledged")
        ),
        sa.CheckConstraint("state IN ('open', 'acknowledged', 'closed')", name=op.f("ck_alert_state")),
        sa.CheckConstraint(
            "verdict IN ('acted', 'no action needed', 'false alarm', 'noise')", name=op.f("ck_alert_verdict")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_alert_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_nct_id", "alert", ["nct_id"])
    op.create_index(
        "ix_alert_open",
        "alert",
        ["opened_at"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def create_outbox() -> None:
    """Deliveries, the attempts at them, and channels that were disabled."""
    op.create_table(
        "disabled_channel",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_disabled_channel")),
    )
    op.create_table(
        "delivery",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("nct_id", sa.Text(), nullable=True),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("collects", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("forgiven", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.CheckConstraint("(kind = 'alert') = (body IS NULL)", name=op.f("ck_delivery_body")),
        sa.CheckConstraint("(kind = 'alert') = (event_id IS NOT NULL)", name=op.f("ck_delivery_event")),
        sa.CheckConstraint("(state = 'bundled') = (bundle IS NOT NULL)", name=op.f("ck_delivery_bundle")),
        sa.CheckConstraint("kind IN ('alert', 'digest', 'notice', 'test')", name=op.f("ck_delivery_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'collecting', 'held', 'due', 'bundled', 'sent', 'dead', 'muted', 'dropped')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_delivery_event_id_event")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_delivery")),
        sa.UniqueConstraint("id", name=op.f("uq_delivery_id")),
    )
    op.create_index("ix_delivery_bundle", "delivery", ["bundle"])
    op.create_index("ix_delivery_channel_state", "delivery", ["channel", "state", "due_at"])
    op.create_index("ix_delivery_event_id", "delivery", ["event_id"])
    op.create_index("ix_delivery_study", "delivery", ["nct_id", "channel", "state"])
    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('sent', 'passing', 'permanent')", name=op.f("ck_attempt_outcome")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_attempt")),
    )
