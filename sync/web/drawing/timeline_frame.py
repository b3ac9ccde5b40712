"""What the rows of a study's picture share: where they are drawn, and how days and words are written (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from markupsafe import Markup

from sync.study.labels import in_words
from sync.web.drawing.axis import Scale
from sync.web.drawing.labels import Box, Label, Room
from sync.web.drawing.svg import tag
from sync.words import signed_days

BAND = 28
"""Height of the status band."""
_LONGEST = 32
"""Letters of a status' name; those of the registry have no more than 23."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a panel is drawn: the sides of its axis, and whether labels stand above their rows or beside them."""

    prefix: str
    width: int
    left: float
    right: float
    stacked: bool
    scale: Scale = field(default=Scale(0, 1, 0, 1))

    def room(self, height: float) -> Room:
        """Where a row of this height can have words: from its own label to the edge of the picture."""
        return Room(Box(2 if self.stacked else self.left - 8, -1, self.width - 2, height + 2))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a panel, drawn from 0 downwards."""

    label: str
    height: float
    body: Markup
    links: Markup = field(default_factory=Markup)
    middle: float = BAND / 2
    """Where its label stands."""
    words: tuple[Label, ...] = ()


def day(release: str) -> date:
    """The day of a release."""
    return date.fromisoformat(release)


def spoken(status: str | None) -> str:
    """NOT_YET_RECRUITING as "Not yet recruiting"; of a word that the registry never had before, the beginning."""
    name = in_words(status) if status else "No status"
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def days(number: int) -> str:
    """ "+92 days", with a real minus."""
    return signed_days(number)


def hatched(frame: Frame, since: date, until: date, height: float, tooltip: str) -> tuple[Markup, Box]:
    """A hatched box, and what it covers."""
    low, high = frame.scale.x(since), frame.scale.x(until)
    width = max(high - low, 6)
    shape = {"x": low, "y": 0, "width": width, "height": height, "rx": 4}
    box = tag("rect", class_="hatched", fill=f"url(#{frame.prefix}-hatch)", **shape)
    return tag("g", tag("title", tooltip), box), Box(low, 0, low + width, height)


def plate(words: Label) -> Markup:
    """A ground for words that stand on a hatching."""
    box = words.box.grown(1)
    width, height = box.right - box.left, box.bottom - box.top
    return tag("rect", class_="plate", x=box.left, y=box.top, width=width, height=height, rx=3)
