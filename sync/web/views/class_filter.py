"""Narrowing lists by what studies have to do with CAR-T cells."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from storage.classes import ClassFilter
from sync.cohort.terms import antigen_named
from sync.cohort.vocabulary import Area, TrialClass
from sync.view import View


class ClassQuery(View):
    """Of which studies; what is left out narrows nothing."""

    study_class: TrialClass | Literal[""] = Field("", description="Of studies of this class.")
    antigen: str = Field(
        "", max_length=40, description="Of studies whose construct aims at it, such as CD19."
    )
    area: Area | Literal[""] = Field("", description="Of studies in this area of medicine.")

    def class_filter(self) -> ClassFilter:
        """The same for the storage."""
        antigen = self.antigen.strip().replace("\0", "")
        return ClassFilter(
            classes=(self.study_class,) if self.study_class else (),
            antigens=(antigen_named(antigen) or antigen,) if antigen else (),
            areas=(self.area,) if self.area else (),
        )
