"""How each watch stands by itself: what it was read to the end of, its trouble, and whose leaving waits for a decision."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    # no constraint: SQLite would make the table anew for one, which others refer to
    for name in ("settled_stamp", "trouble", "trouble_since"):
        op.add_column("watch", sa.Column(name, sa.Text(), nullable=True))
    with op.batch_alter_table("membership") as membership:
        membership.add_column(sa.Column("leaving", sa.Text(), nullable=True))
        membership.create_foreign_key(op.f("fk_membership_leaving_event"), "event", ["leaving"], ["id"])
