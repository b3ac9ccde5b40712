"""Numbers and indexes by which lists of a whole registry are put in order, and counted, without reading every study."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_SQLITE = """
UPDATE study SET
  enrolled = CASE WHEN json_type(enrollment, '$.count') = 'integer'
    AND json_extract(enrollment, '$.count') BETWEEN 0 AND 2147483647 THEN json_extract(enrollment, '$.count') END,
  country_count = CASE WHEN json_type(facts, '$.countries') = 'array'
    THEN nullif(json_array_length(facts, '$.countries'), 0) END
"""
_POSTGRESQL = """
UPDATE study SET
  enrolled = CASE WHEN json_typeof(enrollment::json -> 'count') = 'number' AND enrollment::json ->> 'count' ~ '^[0-9]+$'
    AND (enrollment::json ->> 'count')::numeric <= 2147483647 THEN (enrollment::json ->> 'count')::integer END,
  country_count = CASE WHEN json_typeof(facts::json -> 'countries') = 'array'
    THEN nullif(json_array_length(facts::json -> 'countries'), 0) END
"""


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.add_column("study", sa.Column("enrolled", sa.Integer(), nullable=True))
    op.add_column("study", sa.Column("country_count", sa.Integer(), nullable=True))
    op.execute(_SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL)
    for column in ("enrolled", "country_count"):
        _partial_index(f"ix_study_{column}", "study", [column, "nct_id"], f"{column} IS NOT NULL")
    op.create_index("ix_study_status", "study", ["status", "phases"])
    _partial_index("ix_study_unread", "study", ["nct_id"], "head IS NULL")
    op.create_index("ix_search_entry_form", "search_entry", ["form"])
    _partial_index("ix_study_class_open", "study_class", ["nct_id"], "confidence = 'uncertain'")
    op.drop_index("ix_membership_nct_id", "membership")
    op.create_index("ix_membership_nct_id", "membership", ["nct_id", "watch"])


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
