"""PostgreSQL keeps the versions in sixteen parts, by the hash of the study's id."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

PARTS = 16


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    if op.get_bind().dialect.name == "postgresql":
        # All in the migration's transaction: killed anywhere, the table is whole and as it was.
        keys = _foreign_keys()
        _make_parts()
        _move_rows()
        for table, key in keys:
            op.create_foreign_key(
                key["name"], table, key["referred_table"], key["constrained_columns"], key["referred_columns"]
            )


def _foreign_keys() -> list[tuple[str, Any]]:
    """Those of the versions, and those that lead to them, which are taken away meanwhile."""
    inspector, found = sa.inspect(op.get_bind()), []
    for table in inspector.get_table_names():
        for key in inspector.get_foreign_keys(table):
            if table == "version" or key["referred_table"] == "version":
                found.append((table, key))
                op.drop_constraint(str(key["name"]), table, type_="foreignkey")
    return found


def _make_parts() -> None:
    op.rename_table("version", "version_whole")
    op.execute("ALTER TABLE version_whole RENAME CONSTRAINT pk_version TO pk_version_whole")
    # Whatever columns and checks it has by now: with defaults, but without the index of its key.
    op.execute(
        "CREATE TABLE version (LIKE version_whole INCLUDING ALL EXCLUDING INDEXES) PARTITION BY HASH (nct_id)"
    )
    op.create_primary_key("pk_version", "version", ["nct_id", "number"])
    for number in range(PARTS):
        values = f"WITH (MODULUS {PARTS}, REMAINDER {number})"
        op.execute(f"CREATE TABLE version_p{number:02} PARTITION OF version FOR VALUES {values}")


def _move_rows() -> None:
    connection = op.get_bind()
    moved = connection.execute(sa.text("INSERT INTO version SELECT * FROM version_whole")).rowcount
    expected = connection.execute(sa.text("SELECT count(*) FROM version_whole")).scalar_one()
    if moved != expected:
        raise RuntimeError(f"{moved} of {expected} versions were moved")
    op.drop_table("version_whole")
