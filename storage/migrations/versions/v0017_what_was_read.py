"""What was read on which release, by the batch. Until it is read again a study's own row says when it was."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("studies", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(studies) % 4 = 0", name=op.f("ck_reading_studies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index("ix_reading_stamp", "reading", ["stamp"])
