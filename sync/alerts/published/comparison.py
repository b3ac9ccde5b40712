"""Two eligibility texts, criterion by criterion: what became of each, unchanged ones too (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from pydantic import Field

from sync.alerts.content import clean, line
from sync.changes.criteria.changes import Row, side_by_side
from sync.changes.criteria.detail import EligibilityDetail, Numbers, Place
from sync.changes.model import Change
from sync.study.criteria import titles
from sync.view import View

State = Literal["same", "changed", "reworded", "added", "removed", "moved", "split", "merged"]
Run = tuple[str, str]
"""A mark and words: `=` kept, `-` struck out, `+` put in."""


class Threshold(View):
    """A number that a criterion asks for, before and after, and which way it went."""

    quantity: str
    old: str | None
    new: str | None
    direction: str


class Whence(View):
    """Where a criterion stood before it was moved."""

    section: str
    headings: tuple[str, ...]
    under: str | None = Field(description="The criterion that it stood under.")


class ComparedCriterion(View):
    """One criterion of the older text, of the newer one, or of both."""

    state: State
    section: str = Field(description="inclusion or exclusion; empty where the text as a whole is meant.")
    headings: tuple[str, ...] = Field(description="The sub-headings that it stands under in its section.")
    depth: int
    under: tuple[str, ...] = Field(description="The criteria that it is nested in, outermost first.")
    numbers_before: tuple[int, ...] = Field(
        description="Its number among all criteria of the older text, from 1; several of a merge."
    )
    numbers_after: tuple[int, ...] = Field(
        description="Its number among all criteria of the newer text, from 1; several of a split."
    )
    before: str | None
    after: str | None
    words: tuple[Run, ...] = Field(description="The redline; empty where nothing changed.")
    parts: tuple[str, ...] = Field(description="What it was split into, or merged from.")
    thresholds: tuple[Threshold, ...]
    effect: str = Field(
        description="Who may enter: wider, narrower, mixed, none or unclear; empty if unchanged."
    )
    moved_from: Whence | None
    is_heading: bool

    @property
    def numbered(self) -> str:
        """ "criterion 8 (was 7)", as messages and the command line say it."""
        return Numbers(self.numbers_before, self.numbers_after).in_words

    @property
    def place(self) -> tuple[str, ...]:
        """Section and sub-headings."""
        return (self.section, *self.headings)


class Group(View):
    """Criteria that stand one after the other in one place."""

    section: str
    headings: tuple[str, ...]
    rows: tuple[ComparedCriterion, ...]


class Stretch(View):
    """Criteria one after the other that all changed, or none of which did."""

    unchanged: bool
    groups: tuple[Group, ...]

    @property
    def size(self) -> int:
        """How many criteria it has."""
        return sum(len(group.rows) for group in self.groups)


class Comparison(View):
    """All criteria of two texts, in the order of the newer one."""

    rows: tuple[ComparedCriterion, ...]
    counts: dict[str, int] = Field(description="How many criteria are in each state.")

    @property
    def unchanged(self) -> int:
        """How many criteria are as they were."""
        return self.counts.get("same", 0)

    @property
    def changed(self) -> int:
        """How many are not."""
        return len(self.rows) - self.unchanged

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The rows as a page shows them: what did not change is folded, under the headings that it stands under."""
        # Most criteria of a text stay as they are: among all of them those that changed would be hard to find.
        runs = groupby(self.rows, key=lambda row: row.state == "same")
        return tuple(Stretch(unchanged=same, groups=tuple(_groups(list(rows)))) for same, rows in runs)


def compare(before: str, after: str) -> Comparison:
    """The criteria of two eligibility texts side by side."""
    # The same engine as for events: a page that judged by another one would contradict the message that led to it.
    rows = tuple(map(_compared, side_by_side(before, after)))
    return Comparison(rows=rows, counts=dict(Counter(row.state for row in rows)))


def sub_headings(place: Sequence[str]) -> tuple[str, ...]:
    """The titles that a criterion stands under, without those that only name its section."""
    # "Inclusion Criteria" over each criterion would say what its section says already.
    return tuple(line(title).rstrip(" :") for title in place if titles.canonical(title))


def _groups(rows: list[ComparedCriterion]) -> Iterator[Group]:
    for place, group in groupby(rows, key=lambda row: row.place):
        yield Group(section=place[0], headings=place[1:], rows=tuple(group))


def _compared(row: Row) -> ComparedCriterion:
    item, detail = row.item, row.change.detail if row.change else EligibilityDetail()
    return ComparedCriterion(
        state=_state(row.change),
        section=item.section if item else "",
        headings=sub_headings(item.place) if item else (),
        depth=item.depth if item else 0,
        under=tuple(map(line, row.under)),
        numbers_before=row.numbers.before,
        numbers_after=row.numbers.after,
        # Cleaned of what nobody can see: control characters in a record must not rearrange the page.
        before=None if row.before is None else clean(row.before),
        after=None if row.after is None else clean(row.after),
        words=tuple((mark, clean(words)) for mark, words in detail.words or ()),
        parts=tuple(map(clean, detail.split or detail.merged or ())),
        thresholds=tuple(
            Threshold.model_validate(threshold, from_attributes=True) for threshold in detail.thresholds or ()
        ),
        effect=detail.effect or "",
        moved_from=_whence(detail.moved_from),
        is_heading=detail.title,
    )


def _state(change: Change[EligibilityDetail] | None) -> State:
    if change is None:
        return "same"
    # Before the operation, which calls both of them a change.
    if change.detail.split:
        return "split"
    if change.detail.merged:
        return "merged"
    return _STATES[change.op]


_STATES: dict[str, State] = {
    "added": "added",
    "removed": "removed",
    "changed": "changed",
    "reworded": "reworded",
    "moved": "moved",
}


def _whence(before: Place | None) -> Whence | None:
    if before is None:
        return None
    above = [line(each) for each in before.under if each not in before.place]
    headings = sub_headings(before.place)
    return Whence(section=before.section, headings=headings, under=above[0] if above else None)
