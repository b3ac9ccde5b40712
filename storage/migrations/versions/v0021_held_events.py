"""An index over the events that a storm holds, and not over all that none does."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    which = sa.text("held_by IS NOT NULL")
    op.drop_index("ix_event_held_by", "event")
    op.create_index("ix_event_held_by", "event", ["held_by"], sqlite_where=which, postgresql_where=which)
