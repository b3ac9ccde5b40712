"""What an editor's work hangs on besides reviews: the address of one's own page on a study."""

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
