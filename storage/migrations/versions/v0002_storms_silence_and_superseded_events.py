"""Storms, silence and superseded events.

Columns are added in place: to rebuild a table, SQLite would have to drop one that others refer to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.create_table(
        "silence",
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_silence_event_id_event")),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_silence_nct_id_study")),
        sa.PrimaryKeyConstraint("nct_id", "state", name=op.f("pk_silence")),
    )
    op.create_table(
        "storm",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('held', 'released', 'dismissed')", name=op.f("ck_storm_state")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_storm_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_storm")),
    )
    op.create_table(
        "superseded",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_superseded_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", "rules", name=op.f("pk_superseded")),
    )
    op.add_column("event", sa.Column("held_by", sa.Text(), nullable=True))
    op.create_index("ix_event_held_by", "event", ["held_by"])
    op.add_column("study", sa.Column("status_module", sa.Text(), nullable=True))
