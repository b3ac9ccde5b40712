"""What the rows of a study's picture share: where they are drawn, and how days and words are written (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from markupsafe import Markup

from sync.study.labels import in_words
from sync.web.drawing.axis import Scale
from sync.web.drawing.svg import tag
from sync.words import signed_days

LETTER = 7.4
"""Pixels that a letter takes, about."""
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


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a panel, drawn from 0 downwards."""

    label: str
    height: float
    body: Markup
    links: Markup = field(default_factory=Markup)
    middle: float = BAND / 2
    """Where its label stands."""


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


def width_of(words: str) -> float:
    """How wide words are, about."""
    return len(words) * LETTER


def hatched(frame: Frame, since: date, until: date, height: float, words: str) -> Markup:
    """A hatched box, its words inside where they fit."""
    low, high = frame.scale.x(since), frame.scale.x(until)
    width = max(high - low, 6)
    shape = {"x": low, "y": 0, "width": width, "height": height, "rx": 4}
    box = tag("rect", class_="hatched", fill=f"url(#{frame.prefix}-hatch)", **shape)
    fits = width > width_of(words) + 14
    inside = [tag("text", words, class_="hatched-word", x=low + 8, y=height / 2 + 4)] if fits else []
    return tag("g", tag("title", f"{words} from {since}"), box, *inside)
