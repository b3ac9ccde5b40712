"""One stacked bar of how studies are spread over some values (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from sync.web.drawing.svg import tag

HEIGHT = 18


def status_mix(parts: Sequence[tuple[str, str, int]], title: str) -> Markup:
    """The bar; each part has a word, a class for its colour, and a number. Its legend and its table stand beside it."""
    total = sum(number for _, _, number in parts) or 1
    said = ", ".join(f"{word} {number}" for word, _, number in parts if number)
    bars, begins = [], 0.0
    for word, colour, number in parts:
        width = 100 * number / total
        bar = tag(
            "rect",
            tag("title", f"{word}: {number}"),
            class_=colour,
            x=_percent(begins),
            width=_percent(width),
            height=HEIGHT,
        )
        # A part without width would be a tooltip that no pointer reaches.
        bars += [bar] if number else []
        begins += width
    drawing = tag("title", f"{title}: {said or 'none'}")
    return tag("svg", drawing, *bars, class_="mix", width="100%", height=HEIGHT, role="img")


def _percent(number: float) -> str:
    return f"{number:.2f}%"
