"""The tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    create_studies()
    create_ledger()
    create_versions()
    create_cohorts()
    create_events()


def create_studies() -> None:
    """Studies; their versions come after the cycles that find them."""
    op.create_table(
        "study",
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=True),
        sa.Column("raw_hash", sa.LargeBinary(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("derived_hash", sa.LargeBinary(), nullable=True),
        sa.Column("canon", sa.Integer(), nullable=True),
        sa.Column("checked_stamp", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("absent_since", sa.Text(), nullable=True),
        sa.Column("absent_releases", sa.Integer(), nullable=False),
        sa.Column("alias_of", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("sponsor", sa.Text(), nullable=True),
        sa.Column("phases", sa.Text(), nullable=True),
        sa.Column("enrollment", sa.Text(), nullable=True),
        sa.Column("last_update_posted", sa.Text(), nullable=True),
        sa.Column("first_seen_release", sa.Text(), nullable=False),
        sa.CheckConstraint("nct_id LIKE 'NCT%' AND length(nct_id) = 11", name=op.f("ck_study_nct_id")),
        sa.CheckConstraint(
            "state IN ('unread', 'present', 'missing', 'gone', 'withheld', 'alias')",
            name=op.f("ck_study_state"),
        ),
        sa.CheckConstraint("(head IS NULL) = (content_hash IS NULL)", name=op.f("ck_study_head")),
        sa.CheckConstraint("absent_releases >= 0", name=op.f("ck_study_absent_releases")),
        sa.PrimaryKeyConstraint("nct_id", name=op.f("pk_study")),
    )
    op.create_index("ix_study_state", "study", ["state"])


def create_ledger() -> None:
    """Cycles, the watermark, signs of life, leases."""
    op.create_table(
        "cycle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release", sa.Text(), nullable=True),
        sa.Column("stamp", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("error_kind", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('running', 'complete', 'partial', 'failed', 'held')", name=op.f("ck_cycle_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle")),
    )
    op.create_table(
        "watermark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watermark")),
    )
    op.create_table(
        "beat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_beat")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )


def create_versions() -> None:
    """Versions, and records that could not be read."""
    op.create_table(
        "version",
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("derived_hash", sa.LargeBinary(), nullable=False),
        sa.Column("canon", sa.Integer(), nullable=False),
        sa.Column("submitted", sa.Text(), nullable=True),
        sa.Column("posted", sa.Text(), nullable=True),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("provenance IN ('api', 'history')", name=op.f("ck_version_provenance")),
        sa.CheckConstraint("base = number - 1", name=op.f("ck_version_base")),
        sa.CheckConstraint("length(release) = 10", name=op.f("ck_version_release")),
        sa.CheckConstraint("length(sha256) = 32", name=op.f("ck_version_sha256")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_version_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["nct_id", "base"], ["version.nct_id", "version.number"], name="fk_version_base"
        ),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_version_nct_id_study")),
        sa.PrimaryKeyConstraint("nct_id", "number", name=op.f("pk_version")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nct_id", sa.Text(), nullable=True),
        sa.Column("release", sa.Text(), nullable=True),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(sha256) = 32", name=op.f("ck_quarantine_sha256")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_quarantine_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("stamp", "sha256", name=op.f("uq_quarantine_stamp_sha256")),
    )


def create_cohorts() -> None:
    """Watches and memberships."""
    op.create_table(
        "watch",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition_hash", sa.LargeBinary(), nullable=False),
        sa.Column("established_release", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watch")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entered_release", sa.Text(), nullable=False),
        sa.Column("left_release", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_membership_nct_id_study")),
        sa.ForeignKeyConstraint(["watch"], ["watch.name"], name=op.f("fk_membership_watch_watch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_nct_id", "membership", ["nct_id"])
    op.create_index(
        "uq_membership_open",
        "membership",
        ["watch", "nct_id"],
        unique=True,
        sqlite_where=sa.text("left_release IS NULL"),
        postgresql_where=sa.text("left_release IS NULL"),
    )


def create_events() -> None:
    """Events and their changes."""
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("nct_id", sa.Text(), nullable=True),
        sa.Column("watch", sa.Text(), nullable=True),
        sa.Column("cycle_id", sa.Integer(), nullable=True),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted", sa.Text(), nullable=True),
        sa.Column("posted", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=True),
        sa.Column("to_version", sa.Integer(), nullable=True),
        sa.Column("rules", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("origin IN ('sponsor', 'registry', 'unknown')", name=op.f("ck_event_origin")),
        sa.CheckConstraint(
            "severity IN ('critical', 'high', 'medium', 'low', 'info')", name=op.f("ck_event_severity")
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_event_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_event_nct_id_study")),
        sa.ForeignKeyConstraint(["watch"], ["watch.name"], name=op.f("fk_event_watch_watch")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint("id", name=op.f("uq_event_id")),
    )
    op.create_index("ix_event_cycle_id", "event", ["cycle_id"])
    op.create_index("ix_event_kind", "event", ["kind"])
    op.create_index("ix_event_nct_id", "event", ["nct_id"])
    op.create_index("ix_event_release", "event", ["release"])
    op.create_table(
        "change",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_change_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", "ordinal", name=op.f("pk_change")),
    )
    op.create_index("ix_change_kind", "change", ["kind"])
