"""The day on which the silence of a study has to be looked at again: at first all of which something is awaited, at once.

With indexes over the few rows that tell since when and until when the studies of a whole registry were observed.
"""

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
        _partial_index(f"ix_study_{column}", "study", [column], f"{column} IS NOT NULL")
    past = "number < 1 OR since IS NOT NULL"
    _partial_index("ix_version_past", "version", ["nct_id", "since", "release"], past)
    left = ["watch", "nct_id", "left_release"]
    _partial_index("ix_membership_left", "membership", left, "left_release IS NOT NULL")


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
