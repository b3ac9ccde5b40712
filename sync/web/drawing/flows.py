"""Who came and who went, week by week: bars above a line and below it (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from sync.web.drawing.svg import tag
from sync.words import counted

HEIGHT = 40
"""Of each side, in pixels."""


def flows(weeks: Sequence[tuple[int, int]], title: str) -> Markup:
    """Two numbers a week: who entered stands above the line, who left below."""
    came, went = sum(each for each, _ in weeks), sum(each for _, each in weeks)
    # One scale for both sides, or ten that left would look like a hundred that came.
    top = max((max(week) for week in weeks), default=0)
    step = 100 / max(len(weeks), 1)
    drawn = [piece for place, each in enumerate(weeks) for piece in _bars(each, place * step, step, top)]
    return tag(
        "svg",
        tag("title", f"{title}: {came} entered, {went} left in {counted(len(weeks), 'week')}"),
        *drawn,
        tag("line", class_="base", x1="0", x2="100%", y1=HEIGHT, y2=HEIGHT),
        class_="flows",
        width="100%",
        height=2 * HEIGHT,
        role="img",
    )


def _bars(numbers: tuple[int, int], begins: float, step: float, top: int) -> Iterator[Markup]:
    for number, colour in zip(numbers, ("came", "went"), strict=True):
        if number:
            # One study beside a hundred would be less than a pixel.
            height = max(2.0, HEIGHT * number / top)
            y = HEIGHT - height if colour == "came" else float(HEIGHT)
            x, width = f"{begins + step * 0.1:.2f}%", f"{step * 0.8:.2f}%"
            yield tag("rect", class_=colour, x=x, y=y, width=width, height=height)
