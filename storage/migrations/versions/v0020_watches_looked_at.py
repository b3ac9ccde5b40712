"""Ids that people put into watches beside the file's, and what a watch's search finds and its second look drops."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.create_table(
        "kept_id",
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("watch", "nct_id", name=op.f("pk_kept_id")),
    )
    op.create_table(
        "not_taken",
        *(
            sa.Column(name, sa.Text(), nullable=name == "first_posted")
            for name in ("watch", "nct_id", "source", "reason", "since", "first_posted", "note")
        ),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_not_taken_nct_id_study")),
        sa.PrimaryKeyConstraint("watch", "nct_id", name=op.f("pk_not_taken")),
    )
