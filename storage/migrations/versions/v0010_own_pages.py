"""The addresses of one's own pages on studies."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.create_table(
        "own_page",
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_own_page_nct_id_study")),
        sa.PrimaryKeyConstraint("nct_id", name=op.f("pk_own_page")),
    )
