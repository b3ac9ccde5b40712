"""Who may take part: the criteria of a text as nested lists, and the fields beside it (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Literal

from pydantic import Field

from sync.alerts.published.comparison import sub_headings
from sync.study.criteria import Criterion, parse
from sync.study.record import at
from sync.view import View
from sync.web.views.study.record_values import Paragraph, flag, prose, text, texts

DEEPEST = 5
"""Levels of lists that are shown in each other; what is nested deeper stands on the last one."""

Section = Literal["inclusion", "exclusion"]


class CriterionNode(View):
    """A criterion and those that are nested in it."""

    number: int = Field(
        description="Its number among all criteria of the study, counted from 1 in their order."
    )
    text: str
    children: tuple[CriterionNode, ...] = ()


class CriteriaList(View):
    """The criteria that stand one after the other in one place."""

    section: str = Field(description="inclusion or exclusion.")
    headings: tuple[str, ...]
    criteria: tuple[CriterionNode, ...]
    size: int = Field(description="How many criteria it has, nested ones among them.")


class Eligibility(View):
    """Who may take part."""

    minimum_age: str | None
    maximum_age: str | None
    age_groups: tuple[str, ...]
    sex: str | None
    gender_based: bool | None
    gender_description: str | None
    healthy_volunteers: bool | None
    population: tuple[Paragraph, ...]
    sampling: str | None
    lists: tuple[CriteriaList, ...]

    @property
    def size(self) -> int:
        """How many criteria there are."""
        return sum(each.size for each in self.lists)

    def of(self, section: Section) -> tuple[CriteriaList, ...]:
        """The lists of one section."""
        return tuple(each for each in self.lists if each.section == section)


def eligibility(module: Any) -> Eligibility:
    """The eligibility module of a record."""
    criteria = at(module, "eligibilityCriteria")
    return Eligibility(
        minimum_age=text(module, "minimumAge"),
        maximum_age=text(module, "maximumAge"),
        age_groups=texts(module, "stdAges"),
        sex=text(module, "sex"),
        gender_based=flag(module, "genderBased"),
        gender_description=text(module, "genderDescription"),
        healthy_volunteers=flag(module, "healthyVolunteers"),
        population=prose(module, "studyPopulation"),
        sampling=text(module, "samplingMethod"),
        lists=criteria_lists(criteria) if isinstance(criteria, str) else (),
    )


def criteria_lists(source: str) -> tuple[CriteriaList, ...]:
    """The criteria of a text, a list for each place in which they stand."""
    items = list(enumerate(parse(source).items, 1))
    return tuple(
        CriteriaList(section=place[0], headings=place[1:], criteria=_nested(group), size=len(group))
        for place, group in ((place, list(found)) for place, found in groupby(items, key=_place))
    )


def _place(numbered: tuple[int, Criterion]) -> tuple[str, ...]:
    _, item = numbered
    return (item.section, *sub_headings(item.place))


def _nested(items: Sequence[tuple[int, Criterion]]) -> tuple[CriterionNode, ...]:
    """The tree of items that follow each other, by their depth: built from the last to the first, without recursion."""
    # Without recursion and of bounded depth: a hostile text may nest as deeply as it likes.
    waiting: list[list[CriterionNode]] = [[] for _ in range(DEEPEST + 1)]
    for number, item in reversed(items):
        depth = min(item.depth, DEEPEST - 1)
        children, waiting[depth + 1] = waiting[depth + 1], []
        waiting[depth].append(
            CriterionNode(number=number, text=item.text, children=tuple(reversed(children)))
        )
    # A list that begins further in than its first level (a text cut in half) loses none of its criteria.
    orphans = [node for level in reversed(waiting[1:]) for node in reversed(level)]
    return (*orphans, *reversed(waiting[0]))
