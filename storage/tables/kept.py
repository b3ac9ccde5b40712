"""What people decide in the program instead of in the configuration file: watches beside the file's, pauses, a contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from storage.tables.base import Base
from storage.types import JsonText, PlainText, UtcTime


class KeptWatch(Base, table=True):
    """A watch that is kept here, beside the file's; `revision` grows with each edit, `removed_at` ends it.

    The row of a removed one stays: its seal is never taken back, and its name may be used again.
    """

    __tablename__ = "kept_watch"
    __table_args__ = (CheckConstraint("revision > 0", name="revision"),)
    name: str = Field(primary_key=True, sa_type=PlainText)
    definition: Any = Field(sa_type=JsonText, nullable=False)
    revision: int
    changed_at: datetime = Field(sa_type=UtcTime)
    changed_by: str = Field(sa_type=PlainText)
    removed_at: datetime | None = Field(default=None, sa_type=UtcTime)


class PausedWatch(Base, table=True):
    """A watch, the file's or a kept one, that is not asked for until a person says so; its studies stay in it."""

    __tablename__ = "paused_watch"
    name: str = Field(primary_key=True, sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    by: str = Field(sa_type=PlainText)


class KeptSetting(Base, table=True):
    """A value that stands in where the configuration file has none of its own: the contact, told on the first page."""

    __tablename__ = "kept_setting"
    name: str = Field(primary_key=True, sa_type=PlainText)
    text: str = Field(sa_type=PlainText)
    changed_at: datetime = Field(sa_type=UtcTime)
    changed_by: str = Field(sa_type=PlainText)


class KeptId(Base, table=True):
    """A study that a person put into a watch beside the ids that the file, or the watch's own definition, names."""

    __tablename__ = "kept_id"
    watch: str = Field(primary_key=True, sa_type=PlainText)
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    by: str = Field(sa_type=PlainText)
