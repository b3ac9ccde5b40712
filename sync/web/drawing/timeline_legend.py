"""What the marks of a study's picture mean: those that are in it, and no others (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from sync.web.drawing.statuses import status_class
from sync.web.drawing.timeline_frame import spoken
from sync.web.views.study.timeline import Timeline

Key = tuple[str, str]
"""A mark, as the style sheet names it, and what it means."""


def legend(life: Timeline) -> list[Key]:
    """In the order in which they are met, from above."""
    if not life.points:
        return []
    return [*_statuses(life), *_values(life), *_marks(life), *_calendar(life)]


def _statuses(life: Timeline) -> Iterator[Key]:
    # A short span has no room for its name: there its colour alone says which status it is.
    statuses = dict.fromkeys(span.status for span in life.spans)
    if len(life.spans) > 1:
        yield from ((f"status {status_class(status)}", spoken(status)) for status in statuses)
    if life.absent_since:
        yield "hatch", "not in the registry"


def _values(life: Timeline) -> Iterator[Key]:
    types = {step.type for step in life.enrollment}
    types |= {promise.type for lane in life.lanes for promise in lane.promises}
    if types - {"ACTUAL"}:
        yield "target", "estimated"
    if "ACTUAL" in types or life.sites:
        yield "actual", "actual"


def _marks(life: Timeline) -> Iterator[Key]:
    severities = {event.severity for event in life.events}
    for severity in ("critical", "high", "medium", "low", "info"):
        if severity in severities:
            shape = "diamond" if severity in ("critical", "high") else "round"
            yield f"{shape} {severity}", f"{severity} event"
    if life.reviews:
        yield "review", "reviewed"


def _calendar(life: Timeline) -> Iterator[Key]:
    yield "today", "today"
    yield "lens", "the time above, within the study's years"
    yield "watched", "watched"
    begin, *_, end = (lane.promises[-1] if lane.promises else None for lane in life.lanes)
    if begin and end and begin.first < end.last:
        yield "period", "from start to completion"
    if any(len(lane.promises) > 1 for lane in life.lanes):
        yield "earlier", "as it was before"
    if life.forecast:
        yield "hatch", "UNKNOWN can be expected"
