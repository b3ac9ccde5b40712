"""What an editor's work hangs on besides reviews: where one's own page on a study is, and what published pages say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field

from storage.tables.base import Base
from storage.types import PlainText, UtcTime


class OwnPage(Base, table=True):
    """Where one's own page on a study is; `url` is empty where there was one and is no more."""

    __tablename__ = "own_page"
    __table_args__ = (ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),)
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    url: str = Field(sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    by: str = Field(sa_type=PlainText)


class PublishedPage(Base, table=True):
    """A page that was published about a study, as its text stood; the text is empty where it is not looked after any more.

    `reviewed` is the day (YYYY-MM-DD) on which its publisher last reviewed it, where that is known.
    """

    __tablename__ = "published_page"
    __table_args__ = (ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),)
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    url: str = Field(primary_key=True, sa_type=PlainText)
    text: str = Field(sa_type=PlainText)
    reviewed: str | None = Field(sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    by: str = Field(sa_type=PlainText)
