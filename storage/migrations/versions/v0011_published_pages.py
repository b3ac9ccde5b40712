"""Pages that were published about studies."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.create_table(
        "published_page",
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reviewed", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_published_page_nct_id_study")),
        sa.PrimaryKeyConstraint("nct_id", "url", name=op.f("pk_published_page")),
    )
