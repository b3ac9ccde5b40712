"""Horizontal bars with their words on them: studies by country (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from sync.web.drawing.svg import tag

ROW, BAR = 25, 21
LONGEST = 34
"""Letters of a word; what is longer is cut short, the table beside it has it whole."""


def bars(numbers: Sequence[tuple[str, int]], title: str) -> Markup:
    """A bar a word, as long as its number, in the order given."""
    # Nothing but zeros has no longest bar, and must be drawn all the same.
    top = max((number for _, number in numbers), default=0) or 1
    # A screen reader reads the title as a whole; the table beside it has the rest.
    said = ", ".join(f"{word} {number}" for word, number in numbers[:5])
    rows = [
        piece
        for place, (word, number) in enumerate(numbers)
        for piece in _row(place * ROW, word, number, top)
    ]
    return tag(
        "svg",
        tag("title", f"{title}: {said or 'none'}"),
        *rows,
        class_="bars",
        width="100%",
        height=max(1, len(numbers)) * ROW,
        role="img",
    )


def _row(y: int, word: str, number: int, top: int) -> tuple[Markup, ...]:
    short = word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}…"
    return (
        tag("rect", class_="track", x="0", y=y, width="100%", height=BAR, rx=4),
        # In shares of the width, so that the words on the bars keep their size on every screen.
        tag("rect", class_="bar", x="0", y=y, width=f"{100 * number / top:.2f}%", height=BAR, rx=4),
        tag("text", short, x="8", y=y + 15),
        tag("text", f"{number:,}", x="100%", dx="-8", y=y + 15, text_anchor="end"),
    )
