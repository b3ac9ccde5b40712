"""Between rows and records: a record's fields are the columns that are asked for, in its own order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Executable
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")
Columns = ReadOnlyColumnCollection[str, Any]


def columns_of(
    table: Columns, record: type[DataclassInstance], *, exclude: Collection[str] = ()
) -> list[KeyedColumnElement[Any]]:
    """The columns of a table that hold a record's fields; those to `exclude` come from elsewhere."""
    return [table[field.name] for field in fields(record) if field.name not in exclude]


def rows(session: Session, statement: Executable, record: type[Record]) -> list[Record]:
    """All that a statement finds, a record a row."""
    return [record(*row) for row in session.execute(statement)]


def first_row(session: Session, statement: Executable, record: type[Record]) -> Record | None:
    """The first that a statement finds, as a record."""
    found = session.execute(statement).first()
    return record(*found) if found else None


def values_of(record: DataclassInstance) -> dict[str, Any]:
    """A record's fields by name, as they are."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
