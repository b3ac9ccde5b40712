"""Words in a picture: where they can stand so that no line strikes them, no edge cuts them, none covers another (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from markupsafe import Markup

from sync.web.drawing.svg import tag

Point = tuple[float, float]

ASCENT, DESCENT = 13.0, 3.7
"""Of letters of 12 pixels, in the tallest of the fonts that the console names before `system-ui`."""
LINE = 18.0
"""Height of a line of words."""
_SMALL = frozenset({"tick", "today-word"})
"""What is written in letters of 11 pixels."""
_NARROW = frozenset(" .,:;'|!()[]-·ijlft1I")
_WIDE = frozenset("MW@%mw→−+…")


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether they have a point in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: Box) -> bool:
        """Whether the other lies inside."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom

    def grown(self, by: float) -> Box:
        """With a margin."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def crossed_by(self, begin: Point, end: Point) -> bool:
        """Whether a line from point to point runs through it: the part of the line within each pair of sides is cut off."""
        low, high = 0.0, 1.0
        sides = ((begin[0], end[0], self.left, self.right), (begin[1], end[1], self.top, self.bottom))
        for first, last, least, most in sides:
            if first == last:
                if not least < first < most:
                    return False
                continue
            one, other = sorted(((least - first) / (last - first), (most - first) / (last - first)))
            low, high = max(low, one), min(high, other)
        return low < high


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place; `x` is where they begin, or where they end with the anchor "end"."""

    words: str
    kind: str
    x: float
    y: float
    anchor: str = "start"

    @property
    def box(self) -> Box:
        """What the words cover, about: the picture is drawn where no browser can measure them."""
        scale = 11 / 12 if self.kind in _SMALL else 1.0
        width = width_of(self.words) * scale
        left = self.x - width if self.anchor == "end" else self.x
        return Box(left, self.y - ASCENT * scale, left + width, self.y + DESCENT * scale)

    def moved(self, down: float) -> Label:
        """The same further down."""
        return replace(self, y=self.y + down)

    def drawn(self) -> Markup:
        """As an element."""
        anchor = "end" if self.anchor == "end" else None
        return tag("text", self.words, class_=self.kind, x=self.x, y=self.y, text_anchor=anchor)


class Room:
    """A part of the picture in which words look for a place among lines, marks and other words."""

    def __init__(self, bounds: Box) -> None:
        self.bounds = bounds
        self.labels: list[Label] = []
        self._lines: list[tuple[Point, Point]] = []
        self._taken: list[Box] = []

    def line(self, points: Sequence[Point]) -> None:
        """Nothing may be written across a line through these points."""
        self._lines += pairwise(points)

    def mark(self, box: Box) -> None:
        """Nothing may be written there."""
        self._taken.append(box)

    def put(self, options: Iterable[Label]) -> bool:
        """Write the first of the options that has room; whether one has."""
        found = next((each for each in options if self._is_free(each.box)), None)
        if found is None:
            return False
        self.labels.append(found)
        self._taken.append(found.box.grown(2))
        return True

    def take_back(self) -> None:
        """What was written last is not."""
        self.labels.pop()
        self._taken.pop()

    def _is_free(self, box: Box) -> bool:
        if not self.bounds.holds(box) or any(box.meets(taken) for taken in self._taken):
            return False
        with_margin = box.grown(1.5)
        return not any(with_margin.crossed_by(*line) for line in self._lines)


def width_of(words: str) -> float:
    """How wide words of 12 pixels are, at most about."""
    return sum(_letter(each) for each in words)


def upright(x: float, top: float, bottom: float, boxes: Iterable[Box]) -> Iterator[tuple[float, float]]:
    """The parts of a vertical line that are left where it makes way for words."""
    crossed = sorted(
        (box.grown(2) for box in boxes if box.left - 2 < x < box.right + 2), key=lambda box: box.top
    )
    for box in crossed:
        if box.top > top:
            yield top, min(box.top, bottom)
        top = max(top, box.bottom)
        if top >= bottom:
            return
    yield top, bottom


def _letter(letter: str) -> float:
    if letter in _NARROW:
        return 5.5
    if letter in _WIDE or letter >= "\u2e80":
        return 12.4
    return 8.9 if letter.isupper() else 7.7
