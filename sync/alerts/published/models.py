"""What a check of a published text shows: each fact, each criterion, and what the whole of it comes to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sync.alerts.published.comparison import Comparison
from sync.study.published.checking import State
from sync.view import View

TextState = Literal["current", "outdated", "different", "nothing", "not_found", "unclear"]
WRONG: frozenset[State] = frozenset({"outdated", "different"})
PageState = Literal["holds", "holds_in_part", "differs", "unclear", "other_study"]


class Nearest(View):
    """The criteria, of all that the record ever had, that the text is nearest to."""

    version: int = Field(description="The last version with these criteria.")
    since: str = Field(description="The release in which they were first seen.")
    until: str | None = Field(
        description="The release in which others took their place; null for the newest."
    )
    differs: int = Field(description="How many criteria of the text differ from them; 0: it is a copy.")


class Replaced(View):
    """The version that made a fact of a page outdated."""

    version: int
    release: str = Field(description="In which it was first seen.")
    posted: str | None = Field(description="When the registry published it, where the record says.")


class CheckedFact(View):
    """One fact as the page tells it, and as the record does."""

    name: str
    title: str
    state: State = Field(
        description="right; outdated: an older version said so; different: it is said plainly, and no version ever said so; "
        "unclear: no version said so, but something else may be meant, or the page says two things; unreadable: it is "
        "named, but its value cannot be read; not_found."
    )
    page: str = Field(description="What the page says, in its words.")
    record: str = Field(description="What the newest version says.")
    since: Replaced | None = Field(description="Since when it is outdated.")


class PageCheck(View):
    """What a text and a record have in common."""

    state: PageState = Field(
        description="holds: what was found is as the record has it; holds_in_part: so it is, but sentences "
        "(`undecided`) were not understood; differs: a fact or a sentence is outdated or different, "
        "or criteria do; unclear; or the page names another study."
    )
    other_ids: tuple[str, ...] = Field(
        description="The studies that the text names where it is not this one."
    )
    facts: tuple[CheckedFact, ...]
    sentences: tuple[CheckedFact, ...] = Field(
        description="What sentences of the text state plainly of the study: right, outdated or different."
    )
    undecided: tuple[str, ...] = Field(
        description="Sentences that say who takes part, how many, or how the study stands, and that were not understood, or "
        "that the record does not decide: the page holds no further than it could be read."
    )
    verdict: TextState = Field(
        description="Of the criteria. current: none differs from the record; outdated: they are nearer to an older version; "
        "different; nothing: the record has none; not_found: the text has none; unclear: they are told in other words, or "
        "lines between them cannot be placed."
    )
    nearest: Nearest | None = Field(
        description="Null where the record or the text has no criteria, or a version is damaged."
    )
    comparison: Comparison = Field(description="Before: the text. After: the newest version.")
    differing: int = Field(description="How many criteria differ in sense.")
    unplaced: tuple[str, ...] = Field(
        description="Lines between the criteria that no version has: a criterion, or part of the page around it."
    )

    @property
    def told(self) -> tuple[CheckedFact, ...]:
        """The facts that the page tells, and then what only its sentences tell, right or wrong."""
        facts = tuple(each for each in self.facts if each.state != "not_found")
        quoted = {(each.title, each.page) for each in facts}
        titles = {each.title for each in facts}
        wrong = [each for each in self.sentences if each.state in WRONG]
        right = {
            each.title: each
            for each in self.sentences
            if each.title not in titles | {one.title for one in wrong}
        }
        return (*facts, *(each for each in wrong if (each.title, each.page) not in quoted), *right.values())

    @property
    def missing(self) -> tuple[CheckedFact, ...]:
        """The facts that neither a label nor a sentence tells."""
        stated = {each.title for each in self.sentences}
        return tuple(each for each in self.of_state("not_found") if each.title not in stated)

    @property
    def wrong(self) -> tuple[CheckedFact, ...]:
        """Of what the page tells, what does not hold."""
        return tuple(each for each in self.told if each.state in WRONG)

    def of_state(self, state: State) -> tuple[CheckedFact, ...]:
        """The facts in one state."""
        return tuple(each for each in self.facts if each.state == state)
