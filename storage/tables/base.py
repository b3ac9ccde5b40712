"""What every table shares: one metadata, with a naming rule for constraints, and their Core tables."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, MetaData, Table
from sqlmodel import SQLModel


def one_of(column: str, values: tuple[str, ...], name: str | None = None) -> CheckConstraint:
    """A constraint that a column holds one of these texts."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


class Base(SQLModel):
    """The root of all tables: one metadata, with a naming rule for constraints."""

    # SQLite changes a constraint only by its name, and gives it none by itself.
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


def table_of(model: type[Base]) -> Table:
    """The Core table of a model."""
    return Base.metadata.tables[str(model.__tablename__)]
