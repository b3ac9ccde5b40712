"""What every table shares: one metadata, with a naming rule for constraints, and their Core tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Connection, Index, MetaData, Table, event, text
from sqlmodel import SQLModel


def one_of(column: str, values: tuple[str, ...], name: str | None = None) -> CheckConstraint:
    """A constraint that a column holds one of these texts."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows of which a condition holds, on both databases."""
    index = Index(name, *columns, unique=unique)

    # Named as an argument, the condition has the dialects of both databases imported: 30 ms of every command.
    @event.listens_for(index, "before_create")
    def _say_where(index: Index, connection: Connection, **_: Any) -> None:
        index.dialect_options[connection.dialect.name]["where"] = text(where)

    return index


def partition_by_hash(table: Table, column: str, names: tuple[str, ...]) -> None:
    """Have PostgreSQL keep a table in parts, by the hash of a column; SQLite keeps it whole."""

    @event.listens_for(table, "before_create")
    def _say_by_what(table: Table, connection: Connection, **_: Any) -> None:
        if connection.dialect.name == "postgresql":
            table.dialect_options["postgresql"]["partition_by"] = f"HASH ({column})"

    @event.listens_for(table, "after_create")
    def _make_parts(table: Table, connection: Connection, **_: Any) -> None:
        if connection.dialect.name == "postgresql":
            for number, name in enumerate(names):
                part = f"WITH (MODULUS {len(names)}, REMAINDER {number})"
                connection.exec_driver_sql(f"CREATE TABLE {name} PARTITION OF {table.name} FOR VALUES {part}")


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
