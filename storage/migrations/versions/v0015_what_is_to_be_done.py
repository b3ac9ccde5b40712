"""Indexes over what is to be done alone."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.drop_index("ix_delivery_channel_state", "delivery")
    op.create_index("ix_delivery_channel_state", "delivery", ["channel", "state"])
    for name, columns, where in (
        ("ix_delivery_over", ["channel", "state", "due_at"], "state IN ('sent', 'dead')"),
        ("ix_delivery_due", ["channel", "state", "seq"], "state = 'due'"),
        ("ix_delivery_waiting", ["state", "created_at"], "state = 'waiting'"),
        ("ix_delivery_collecting", ["channel", "state", "route"], "state = 'collecting'"),
    ):
        which = sa.text(where)
        op.create_index(name, "delivery", columns, sqlite_where=which, postgresql_where=which)
