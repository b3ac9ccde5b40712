"""Versions of the past: from imports too, since when each stood, and how far each study's was looked up."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

BEFORE = "provenance IN ('api', 'history')"
AFTER = "provenance IN ('api', 'history', 'import')"


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.add_column("version", sa.Column("since", sa.Text(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _reword_check()
    else:
        op.drop_constraint(op.f("ck_version_provenance"), "version", type_="check")
        op.create_check_constraint(op.f("ck_version_provenance"), "version", AFTER)
    op.create_table(
        "backfill",
        sa.Column("nct_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("older", sa.Integer(), nullable=False),
        sa.CheckConstraint("listed >= 0 AND older >= 0", name=op.f("ck_backfill_counts")),
        sa.ForeignKeyConstraint(["nct_id"], ["study.nct_id"], name=op.f("fk_backfill_nct_id_study")),
        sa.PrimaryKeyConstraint("nct_id", name=op.f("pk_backfill")),
    )


def _reword_check() -> None:
    """Let the constraint allow more, in place: else SQLite would copy the whole table."""
    # SQLite's own way for changes that leave what is on the disk as it is (lang_altertable.html, part 7).
    connection = op.get_bind()
    number = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'version'",
        (BEFORE, AFTER),
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {number + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
