"""The last cycles as a strip of bars: oldest first, as high as they took time, with a mark where one went wrong (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from markupsafe import Markup

from sync.web.drawing.svg import tag
from sync.words import counted, outcome

SLOTS = 40
STEP, BAR = 14, 10
HEIGHT, MARKS, FOOT = 54, 12, 1
LOWEST = 4.0
"""Of a bar: also what took no time is seen."""


class Pass(Protocol):
    """What a bar shows of a cycle."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def release(self) -> str | None:
        """Its release."""

    @property
    def state(self) -> str:
        """What became of it."""

    @property
    def seconds(self) -> float | None:
        """How long it took."""


def cycle_strip(newest_first: Sequence[Pass]) -> Markup:
    """The strip; without cycles nothing is drawn. What it says is in the table of cycles too."""
    if not newest_first:
        return Markup("")
    cycles = newest_first[:SLOTS][::-1]
    longest = max((cycle.seconds or 0 for cycle in cycles), default=0)
    bars = [_bar(place, each, longest) for place, each in enumerate(cycles)]
    # As wide with three cycles as with forty: bars of a new installation would else be as wide as doors.
    width = SLOTS * STEP
    ground = tag("line", class_="ground", x1=0, x2=width, y1=HEIGHT - 0.5, y2=HEIGHT - 0.5)
    return tag(
        "svg",
        tag("title", _title(cycles)),
        ground,
        *bars,
        class_="strip",
        role="img",
        viewBox=f"0 0 {width} {HEIGHT}",
    )


def _title(cycles: Sequence[Pass]) -> str:
    wrong = [cycle for cycle in cycles if cycle.state not in ("complete", "running")]
    last = (
        f"; {', '.join(sorted({each.state for each in wrong}))}: {len(wrong)}" if wrong else ", all complete"
    )
    return f"The last {counted(len(cycles), 'cycle')}, oldest first, by duration{last}"


def _bar(place: int, cycle: Pass, longest: float) -> Markup:
    room = HEIGHT - MARKS - FOOT
    # the logarithm, so that a first read of everything leaves something to see of the others
    share = math.log1p(cycle.seconds or 0) / math.log1p(longest) if longest > 0 else 0
    height = max(LOWEST, share * room)
    left, top = place * STEP + (STEP - BAR) / 2, HEIGHT - FOOT - height
    took = "under way" if cycle.seconds is None else f"{cycle.seconds:,.0f} s"
    words = f"Cycle {cycle.id}, release {cycle.release or 'unknown'}: {outcome(cycle.state)}, {took}"
    bar = tag("rect", class_="bar", x=left, y=top, width=BAR, height=height, rx=2)
    return tag(
        "g", tag("title", words), bar, *_mark(cycle.state, left + BAR / 2, top - 7), class_=cycle.state
    )


def _mark(state: str, x: float, y: float) -> list[Markup]:
    """A shape for each way in which a cycle is not complete, so that colour is not needed to tell them apart."""
    shapes = {
        "failed": f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8",
        "interrupted": f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8",
        "partial": f"M{x - 4:.1f} {y:.1f}h8",
        "held": f"M{x:.1f} {y - 4.5:.1f}l4.5 4.5l-4.5 4.5l-4.5 -4.5z",
        "running": f"M{x - 3:.1f} {y - 4:.1f}l7 4l-7 4z",
    }
    return [tag("path", class_="mark", d=shapes[state])] if state in shapes else []
