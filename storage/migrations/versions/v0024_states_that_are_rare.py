"""The index of states has only what is not present: of a whole registry next to nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.drop_index("ix_study_state", "study")
    where = sa.text("state <> 'present'")
    op.create_index("ix_study_not_present", "study", ["state"], sqlite_where=where, postgresql_where=where)
