"""Numbers and indexes by which lists of a whole registry are put in order, and counted, without reading every study."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_BATCH = 5_000


def upgrade() -> None:
    """Up; there is no way down: restore the backup made before."""
    op.add_column("study", sa.Column("enrolled", sa.Integer(), nullable=True))
    op.add_column("study", sa.Column("country_count", sa.Integer(), nullable=True))
    _fill(op.get_bind())
    for column in ("enrolled", "country_count"):
        _partial_index(f"ix_study_{column}", "study", [column, "nct_id"], f"{column} IS NOT NULL")
    op.create_index("ix_study_status", "study", ["status", "phases"])
    _partial_index("ix_study_unread", "study", ["nct_id"], "head IS NULL")
    op.create_index("ix_search_entry_form", "search_entry", ["form"])
    _partial_index("ix_study_class_open", "study_class", ["nct_id"], "confidence = 'uncertain'")
    op.drop_index("ix_membership_nct_id", "membership")
    op.create_index("ix_membership_nct_id", "membership", ["nct_id", "watch"])


def _fill(connection: sa.Connection) -> None:
    """Here, not by the database: PostgreSQL reads no JSON that has a NUL anywhere."""
    batch = sa.text(
        "SELECT nct_id, enrollment, facts FROM study WHERE nct_id > :last ORDER BY nct_id LIMIT :most"
    )
    note = sa.text("UPDATE study SET enrolled = :enrolled, country_count = :countries WHERE nct_id = :nct_id")
    last = ""
    while rows := connection.execute(batch, {"last": last, "most": _BATCH}).all():
        connection.execute(note, [_numbers(*row) for row in rows])
        last = rows[-1].nct_id


def _numbers(nct_id: str, enrollment: str | None, facts: str | None) -> dict[str, Any]:
    count = _read(enrollment).get("count")
    is_usable = isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 2**31
    countries = _read(facts).get("countries")
    number = len(countries) if isinstance(countries, list) else 0
    return {"nct_id": nct_id, "enrolled": count if is_usable else None, "countries": number or None}


def _read(kept: str | None) -> dict[str, Any]:
    found = json.loads(kept or "null")
    return found if isinstance(found, dict) else {}


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
