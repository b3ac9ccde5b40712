"""What studies have to do with CAR-T cells: as it stands, what people decided of it, and each step that it took."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field

from storage.tables.base import Base, one_of, partial_index
from storage.types import JsonText, PlainJson, PlainText, UtcTime

CAUSES = ("record", "classifier", "person")
"""Why a class is another one than before: the registry changed, our view did, or somebody decided."""


class StudyClass(Base, table=True):
    """What a study is, a person's decision included: of which version, by which classifier.

    `antigens` are between bars, `|CD19|BCMA|`, so that one can be looked for on both databases; `computed` is all that the
    classifier said, with its evidence. `confidence` is `decided` where a person has decided.
    """

    __tablename__ = "study_class"
    __table_args__ = (
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        Index("ix_study_class_study_class", "study_class"),
        partial_index("ix_study_class_open", "nct_id", where="confidence = 'uncertain'"),
    )
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    version: int
    classifier: str = Field(sa_type=PlainText)
    study_class: str = Field(sa_type=PlainText)
    antigens: str = Field(sa_type=PlainText)
    source: str = Field(sa_type=PlainText)
    area: str = Field(sa_type=PlainText)
    confidence: str = Field(sa_type=PlainText)
    computed: Any = Field(sa_type=PlainJson, nullable=False)


class ClassDecision(Base, table=True):
    """What a person decided of a study; `decided` is empty where it was taken back."""

    __tablename__ = "class_decision"
    __table_args__ = (
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        CheckConstraint("length(reason) > 0", name="reason"),
    )
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    decided: Any = Field(sa_type=JsonText, nullable=False)
    reason: str = Field(sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    by: str = Field(sa_type=PlainText)


class ClassChange(Base, table=True):
    """One step of a study's class, antigens, source or area, and what made it."""

    __tablename__ = "class_change"
    __table_args__ = (
        ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),
        one_of("cause", CAUSES),
        Index("ix_class_change_nct_id", "nct_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    nct_id: str = Field(sa_type=PlainText)
    at: datetime = Field(sa_type=UtcTime)
    version: int
    cause: str = Field(sa_type=PlainText)
    before: Any = Field(sa_type=JsonText, nullable=False)
    after: Any = Field(sa_type=JsonText, nullable=False)
    why: str = Field(sa_type=PlainText)


class NotTaken(Base, table=True):
    """A study that a watch's search finds and its second look does not mean: why, and since which release.

    `note` says when it could first have been found, or that it was in the watch before.
    """

    __tablename__ = "not_taken"
    __table_args__ = (ForeignKeyConstraint(["nct_id"], ["study.nct_id"]),)
    watch: str = Field(primary_key=True, sa_type=PlainText)
    nct_id: str = Field(primary_key=True, sa_type=PlainText)
    source: str = Field(sa_type=PlainText)
    reason: str = Field(sa_type=PlainText)
    since: str = Field(sa_type=PlainText)
    first_posted: str | None = Field(default=None, sa_type=PlainText)
    note: str = Field(sa_type=PlainText)
