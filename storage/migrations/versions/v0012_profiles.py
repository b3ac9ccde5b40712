"""What studies are compared and counted by. The profiles of stored studies are made by `sync.versions.profiles`."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.create_table(
        "profile",
        sa.Column("nct_id", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("form", "trial_class", "area", "phase", "sponsor_class", "body")
        ),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_profile_nct_id_study")),
        sa.PrimaryKeyConstraint("nct_id", name=op.f("pk_profile")),
    )
    op.create_table(
        "trait",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "value", "nct_id")),
        sa.ForeignKeyConstraint(["nct_id"], ["profile.nct_id"], name=op.f("fk_trait_nct_id_profile")),
        sa.PrimaryKeyConstraint("kind", "value", "nct_id", name=op.f("pk_trait")),
    )
    op.create_index("ix_trait_nct_id", "trait", ["nct_id"])
    op.create_table(
        "base_rate",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("event_id", "watch", "body")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_base_rate_event_id_event")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_base_rate")),
    )
