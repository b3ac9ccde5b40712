"""Tokens that open one feed from within its address."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    with op.batch_alter_table("api_token") as token:
        token.add_column(sa.Column("feed", sa.Text(), nullable=True))
        token.drop_constraint(op.f("ck_api_token_scope"), type_="check")
        token.create_check_constraint(op.f("ck_api_token_scope"), "scope IN ('read', 'operate', 'feed')")
        token.create_check_constraint(op.f("ck_api_token_feed"), "(scope = 'feed') = (feed IS NOT NULL)")
