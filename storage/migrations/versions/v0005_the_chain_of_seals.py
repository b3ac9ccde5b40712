"""The chain of seals; what is stored already is sealed once the tables are up to date (`storage.schema`)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.create_table(
        "seal",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("revised", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_seal_digest")),
        sa.CheckConstraint("length(head) = 32", name=op.f("ck_seal_head")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_seal")),
    )
    op.create_index("ix_seal_subject", "seal", ["what", "subject"])
