"""Dictionaries that versions are packed with."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.create_table(
        "dictionary",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("copy_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("copy_number IN (1, 2)", name=op.f("ck_dictionary_copy_number")),
        sa.CheckConstraint("length(sha256) = 32", name=op.f("ck_dictionary_sha256")),
        sa.PrimaryKeyConstraint("id", "copy_number", name=op.f("pk_dictionary")),
    )
