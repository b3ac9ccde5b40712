"""Accounts, visits and API tokens; the facts of a study that listings show; indices for the audit log and for listings."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    create_accounts()
    op.create_index("ix_audit_subject", "audit", ["subject"])
    listed = ["id", "held_by", "severity", "kind", "release", "seq", "nct_id", "watch"]
    op.create_index("ix_event_listing", "event", listed)
    with op.batch_alter_table("study") as study:
        study.add_column(sa.Column("facts", sa.Text(), nullable=True))


def create_accounts() -> None:
    """Who may use the console."""
    op.create_table(
        "account",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_account_name")),
        sa.CheckConstraint("role IN ('reader', 'operator')", name=op.f("ck_account_role")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )
    op.create_table(
        "visit",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_visit_hash")),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_visit_account_account")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_visit")),
    )
    op.create_index("ix_visit_account", "visit", ["account"])
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('read', 'operate')", name=op.f("ck_api_token_scope")),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_api_token_hash")),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_api_token_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_token_hash")),
    )
