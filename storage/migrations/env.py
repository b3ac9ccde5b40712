"""Run by Alembic: migrate on the connection that the caller opened, in its transaction."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from storage.tables import FTS5_TABLES, VERSION_PARTS, Base


def plain_type(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """A migration outlives our own column types: write down the SQLAlchemy type below them."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite alters a table by copying it
    render_as_batch=True,
    render_item=plain_type,
    # SQLite's full text tables and PostgreSQL's parts of a table are no models: nothing is to be said of them
    include_name=lambda name, kind, _: not (kind == "table" and name in (*FTS5_TABLES, *VERSION_PARTS)),
)
context.run_migrations()
