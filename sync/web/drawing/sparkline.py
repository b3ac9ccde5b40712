"""A sparkline: one bar a week, in a single short path (pure)."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

from sync.web.drawing.svg import tag
from sync.words import counted

HEIGHT = 16
STEP = 4
"""Width of a week."""


# A table has hundreds of them, and most of the weeks of most studies are empty and alike.
@lru_cache(maxsize=4096)
def sparkline(weeks: tuple[int, ...], top: int) -> Markup:
    """The numbers of the weeks as bars; `top` is the number whose bar has the full height."""
    total = sum(weeks)
    words = f"{counted(total, 'event')} in {counted(len(weeks), 'week')}"
    bars = "".join(
        f"M{place * STEP + 2} {HEIGHT}v-{_height(number, top)}"
        for place, number in enumerate(weeks)
        # Weeks without events draw nothing: they are most of a table, and each would cost letters of the page.
        if number > 0
    )
    return tag(
        "svg",
        tag("title", words),
        tag("path", d=bars) if bars else Markup(""),
        class_="sp",
        viewBox=f"0 0 {len(weeks) * STEP} {HEIGHT}",
        role="img",
    )


def _height(number: int, top: int) -> int:
    """At least three, so that a single event can be seen beside many."""
    return min(HEIGHT, max(3, round(HEIGHT * number / max(top, 1))))
