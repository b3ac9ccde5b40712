"""Weeks as stacked bars by severity. Places along the week are shares of the width, so that words keep their size (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from markupsafe import Markup

from sync.web.drawing.svg import tag
from sync.words import counted

HEIGHT, ABOVE, BELOW = 120, 16, 20
"""Of the bars, of the room for the highest number, of the labels, in pixels."""
LABELS = 4


def weeks(bars: Sequence[tuple[date, Mapping[str, int]]], title: str) -> Markup:
    """A bar a week (its Monday, its numbers by severity, heaviest first), with a few of the Mondays below."""
    sums = [sum(numbers.values()) for _, numbers in bars]
    top = max(sums, default=0)
    step = 100 / max(len(bars), 1)
    drawn = [
        piece for place, (_, numbers) in enumerate(bars) for piece in _bar(numbers, place * step, step, top)
    ]
    return tag(
        "svg",
        tag("title", f"{title}: {sum(sums)} in {counted(len(bars), 'week')}, {top} in the liveliest"),
        tag("line", class_="base", x1="0", x2="100%", y1=ABOVE + HEIGHT, y2=ABOVE + HEIGHT),
        *drawn,
        *_highest(sums, step),
        *_labels([monday for monday, _ in bars], step),
        class_="weeks",
        width="100%",
        height=ABOVE + HEIGHT + BELOW,
        role="img",
    )


def _bar(numbers: Mapping[str, int], begins: float, step: float, top: int) -> Iterator[Markup]:
    """The heaviest at the foot, where lengths are compared most easily."""
    foot = float(ABOVE + HEIGHT)
    for severity, number in numbers.items():
        if number:
            height = HEIGHT * number / top
            foot -= height
            yield tag(
                "rect",
                class_=severity,
                x=_percent(begins + step * 0.1),
                y=foot,
                width=_percent(step * 0.8),
                height=height,
            )


def _highest(sums: Sequence[int], step: float) -> Iterator[Markup]:
    """The number of the liveliest week, above its bar."""
    if any(sums):
        place = sums.index(max(sums))
        yield tag(
            "text",
            f"{max(sums)}",
            x=_percent((place + 0.5) * step),
            y=ABOVE - 4,
            text_anchor=_anchor(place, len(sums)),
        )


def _labels(mondays: Sequence[date], step: float) -> Iterator[Markup]:
    for place in range(0, len(mondays), max(1, -(-len(mondays) // LABELS))):
        day = mondays[place]
        yield tag(
            "text", f"{day.day} {day:%b}", x=_percent((place + 0.1) * step), y=ABOVE + HEIGHT + BELOW - 5
        )


def _anchor(place: int, places: int) -> str:
    """Words at an edge lean inwards."""
    if place < places * 0.05:
        return "start"
    return "end" if place > places * 0.95 - 1 else "middle"


def _percent(number: float) -> str:
    return f"{number:.2f}%"
