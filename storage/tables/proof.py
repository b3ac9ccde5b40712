"""What proves the rest: the chain of seals."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from storage.tables.base import Base
from storage.types import HexHash, PlainText


class Seal(Base, table=True):
    """The hash of one row as it was written, chained to the seal before: `head` covers all that was sealed so far.

    `subject` is the row's key in its table (`what`), `about` the study or event that it concerns, for whoever reads of
    a row that is gone. `revised`: the row was sealed before, and changed since as the service means it to.
    """

    __table_args__ = (
        CheckConstraint("length(digest) = 32", name="digest"),
        CheckConstraint("length(head) = 32", name="head"),
        Index("ix_seal_subject", "what", "subject"),
    )
    seq: int | None = Field(default=None, primary_key=True)
    what: str = Field(sa_type=PlainText)
    subject: str = Field(sa_type=PlainText)
    about: str | None = Field(default=None, sa_type=PlainText)
    revised: bool
    digest: str = Field(sa_type=HexHash)
    head: str = Field(sa_type=HexHash)
