"""The day on which the silence of a study has to be looked at again: at first all of which something is awaited, at once."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    for column in ("look_on", "looked_under"):
        op.add_column("study", sa.Column(column, sa.Text(), nullable=True))
    op.execute("UPDATE study SET look_on = '' WHERE coalesce(heard_on, overdue_on, unknown_on) IS NOT NULL")
    for column in ("look_on", "looked_under"):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_study_{column}", "study", [column], sqlite_where=there, postgresql_where=there)
