"""What studies are compared and counted by, and what was usual when an event was told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from storage.tables.base import Base
from storage.types import JsonText, PlainJson, PlainText


class Profile(Base, table=True):
    """A study as it is compared with others; derived from its head, so not sealed, and made again with another `form`."""

    __table_args__ = (ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),)
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    form: str = Field(sa_type=PlainText)
    trial_class: str = Field(sa_type=PlainText)
    area: str = Field(sa_type=PlainText)
    phase: str = Field(sa_type=PlainText)
    sponsor_class: str = Field(sa_type=PlainText)
    body: Any = Field(sa_type=PlainJson, nullable=False)


class Trait(Base, table=True):
    """One thing that studies are found and counted by: an antigen, a disease, a product, a sponsor, a class, an area."""

    __table_args__ = (
        ForeignKeyConstraint(["nct_id"], ["profile.nct_id"]),
        Index("ix_trait_nct_id", "nct_id"),
    )
    kind: str = Field(primary_key=True, sa_type=PlainText)
    value: str = Field(primary_key=True, sa_type=PlainText)
    nct_id: str = Field(primary_key=True, sa_type=PlainText)


class BaseRate(Base, table=True):
    """How usual an event was in its cohort when it was told; derived from versions and events, so not sealed."""

    __tablename__ = "base_rate"
    __table_args__ = (ForeignKeyConstraint(["event_id"], ["event.id"]),)
    event_id: str = Field(primary_key=True, sa_type=PlainText)
    watch: str = Field(sa_type=PlainText)
    body: Any = Field(sa_type=JsonText, nullable=False)
