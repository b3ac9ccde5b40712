"""A headline in its two lines. By itself, so that a list of headlines is printed without all kinds of change."""

from __future__ import annotations

from typing import NamedTuple

ALSO = "; also "


class Headline(NamedTuple):
    """What weighs most, with old and new; and in a smaller voice what else changed. Written "…; also …"."""

    lead: str
    also: str = ""
    """Empty where there is nothing else, or no room for it."""

    def __str__(self) -> str:
        return f"{self.lead}{ALSO}{self.also}" if self.also else self.lead

    @classmethod
    def of(cls, text: str) -> Headline:
        """The headline that was written so."""
        lead, _, also = text.partition(ALSO)
        return cls(lead, also)
