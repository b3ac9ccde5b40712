"""What studies are found by. The entries of stored studies are made from their records: `sync.versions.search_index`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

MAKE_INDEX = {
    "sqlite": "CREATE VIRTUAL TABLE search_words USING fts5(a, b, c, d, tokenize = 'ascii')",
    "postgresql": "CREATE INDEX ix_search_entry_document ON search_entry USING gin (document)",
}


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.create_table(
        "search_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("document", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_search_entry_nct_id_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("nct_id", name=op.f("uq_search_entry_nct_id")),
    )
    op.execute(MAKE_INDEX[op.get_bind().dialect.name])
