"""What a change of eligibility says: the criterion, where it stands, its redline, its thresholds, who may enter now."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from sync.changes.model import Detail


class Effect(StrEnum):
    """Who may enter after a change; `none` where the sense is the same, `unclear` where it is not proved."""

    WIDER = "wider"
    NARROWER = "narrower"
    MIXED = "mixed"
    NONE = "none"
    UNCLEAR = "unclear"

    @property
    def is_direction(self) -> bool:
        """Whether more, fewer or other people may enter."""
        return self in (Effect.WIDER, Effect.NARROWER, Effect.MIXED)


Words = tuple[tuple[str, str], ...]
"""A redline: runs of a mark (`=` kept, `-` struck out, `+` put in) and words."""


class Wordings(msgspec.Struct, frozen=True):
    """A criterion as it stood and as it stands; None where it came or went."""

    before: str | None
    after: str | None


class ThresholdChange(msgspec.Struct, frozen=True):
    """A quantity whose bounds changed, and what that does to who may enter."""

    quantity: str
    old: str | None
    new: str | None
    direction: Effect


class Place(msgspec.Struct, frozen=True):
    """Where a criterion stood before it was moved: section, headings, and the criterion that it stood under."""

    section: str
    place: tuple[str, ...]
    under: tuple[str, ...]


class Numbers(msgspec.Struct, frozen=True):
    """The numbers that a criterion has among all of its text, counted from 1 as `show` does; more than one of a split
    or a merge, none of what was not there."""

    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()

    @property
    def in_words(self) -> str:
        """ "criterion 8", "criterion 8 (was 7)", "criteria 8 and 9 (was 7)"; empty where it has no number."""
        now = self.after or self.before
        if not now:
            return ""
        was = f" (was {_listed(self.before)})" if self.before and self.before != now else ""
        return f"{'criterion' if len(now) == 1 else 'criteria'} {_listed(now)}{was}"


NO_NUMBERS = Numbers()


def _listed(numbers: tuple[int, ...]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


class Counts(msgspec.Struct, frozen=True):
    """How many criteria went and came, where the texts have too little in common for a change each."""

    removed: int
    added: int


class Lengths(msgspec.Struct, frozen=True):
    """How many characters both texts have, where one is too long to be compared criterion by criterion."""

    before: int
    after: int


class EligibilityDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of a criterion, or of a field of the eligibility module, says.

    All is left out where a difference is told as it was found, since no criterion shows it.
    """

    section: str | None = None
    place: tuple[str, ...] | None = None
    """The headings it stands under, outermost first."""
    criterion: Wordings | None = None
    numbers: Numbers = NO_NUMBERS
    """Which criteria of the older and of the newer text it is about."""
    words: Words | None = None
    thresholds: tuple[ThresholdChange, ...] | None = None
    effect: Effect | None = None
    title: bool = False
    """Whether it is a heading."""
    moved_from: Place | None = None
    split: tuple[str, ...] | None = None
    """The criteria that it was divided into."""
    merged: tuple[str, ...] | None = None
    """The criteria that were put together into it."""
    criteria: Counts | None = None
    characters: Lengths | None = None
    disagrees: dict[str, Any] | None = None
    """The age that the text asks for and those of the fields, where they are not the same."""
