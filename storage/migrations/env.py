"""Run by Alembic: migrate on the connection that the caller opened, in its transaction."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from storage.tables import Base


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
)
context.run_migrations()
