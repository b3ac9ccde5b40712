"""What studies are found by: their texts, and the words of them that the database indexes in its own way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, ForeignKeyConstraint, Index, Table, UniqueConstraint, event
from sqlmodel import Field

from storage.tables.base import Base, table_of
from storage.types import PlainJson, PlainText, SearchVector


class SearchEntry(Base, table=True):
    """The texts of a study, field by field; derived from its head, so not sealed, and made again with another `form`.

    The words of them: on SQLite in the FTS5 table `search_words`, under the same id; on PostgreSQL in `document`.
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        UniqueConstraint("nct_id"),
        Index("ix_search_entry_form", "form"),
    )
    id: int | None = Field(default=None, primary_key=True)
    nct_id: str = Field(sa_type=PlainText)
    form: int
    texts: Any = Field(sa_type=PlainJson)
    document: str | None = Field(default=None, sa_type=SearchVector)


MAKE_INDEX = {
    # The ASCII tokenizer parts words at spaces and leaves all other letters alone: they come folded.
    "sqlite": "CREATE VIRTUAL TABLE search_words USING fts5(a, b, c, d, tokenize = 'ascii')",
    "postgresql": "CREATE INDEX ix_search_entry_document ON search_entry USING gin (document)",
}
"""What neither SQLAlchemy's models nor Alembic can say."""
FTS5_TABLES = (
    "search_words",
    "search_words_config",
    "search_words_content",
    "search_words_data",
    "search_words_docsize",
    "search_words_idx",
)
"""The table and those that SQLite keeps it in."""


@event.listens_for(table_of(SearchEntry), "after_create")
def _make_index(_table: Table, connection: Connection, **_: Any) -> None:
    connection.exec_driver_sql(MAKE_INDEX[connection.dialect.name])


@event.listens_for(table_of(SearchEntry), "before_drop")
def _drop_words(_table: Table, connection: Connection, **_: Any) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TABLE search_words")
