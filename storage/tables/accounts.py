"""Who may use the console: accounts, their visits in a browser, their API tokens. Only hashes of secrets are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from storage.tables.base import Base, one_of
from storage.types import HexHash, JsonText, PlainText, UtcTime

ROLES = ("reader", "operator")
"""A reader looks; an operator also acts: acknowledges, mutes, reviews, decides on storms."""
SCOPES = ("read", "operate")
"""What a token for the API may do."""
FEED = "feed"
"""The scope of a token that opens one feed, from within its address, and nothing else."""


class Account(Base, table=True):
    """A person, or a program that acts like one; a disabled one is kept, for the audit log speaks of it."""

    __table_args__ = (one_of("role", ROLES), CheckConstraint("name <> ''", name="name"))
    name: str = Field(primary_key=True, sa_type=PlainText)
    role: str = Field(sa_type=PlainText)
    password_hash: str = Field(sa_type=PlainText)
    created_at: datetime = Field(sa_type=UtcTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcTime)


class WebSession(Base, table=True):
    """A signed-in session of an account in a browser: known by the SHA-256 of its cookie."""

    __tablename__ = "visit"
    __table_args__ = (
        ForeignKeyConstraint(["account"], ["account.name"]),
        CheckConstraint("length(hash) = 32", name="hash"),
        Index("ix_visit_account", "account"),
    )
    hash: str = Field(primary_key=True, sa_type=HexHash)
    account: str = Field(sa_type=PlainText)
    began_at: datetime = Field(sa_type=UtcTime)
    ends_at: datetime = Field(sa_type=UtcTime)


class ApiToken(Base, table=True):
    """A token for the API, known by the SHA-256 of its text; it may do what its scope and its account's role both allow.

    One of the scope `feed` opens the feed that has the filters `feed`, from within its address, and nothing else.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        ForeignKeyConstraint(["account"], ["account.name"]),
        UniqueConstraint("hash"),
        one_of("scope", (*SCOPES, FEED)),
        CheckConstraint("(scope = 'feed') = (feed IS NOT NULL)", name="feed"),
        CheckConstraint("length(hash) = 32", name="hash"),
    )
    id: int | None = Field(default=None, primary_key=True)
    hash: str = Field(sa_type=HexHash)
    account: str = Field(sa_type=PlainText)
    name: str = Field(sa_type=PlainText)
    scope: str = Field(sa_type=PlainText)
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    feed: Any = Field(default=None, sa_type=JsonText, nullable=True)
