"""A study's life as one picture: what its record said release by release, and the dates that it gave on the calendar (pure).

Two panels, because their times differ: a study runs for years, its record was watched for weeks. The window between
them shows which part of the calendar the upper panel enlarges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from markupsafe import Markup

from sync.web.drawing.axis import Scale, ticks
from sync.web.drawing.svg import joined, tag
from sync.web.drawing.timeline_frame import Frame, Row, day, days, spoken
from sync.web.drawing.timeline_lanes import calendar as calendar_rows
from sync.web.drawing.timeline_rows import room_for_last
from sync.web.drawing.timeline_rows import seen as seen_rows
from sync.web.views.study.timeline import Timeline
from sync.words import counted

Size = Literal["big", "small"]
SIZES: tuple[Size, ...] = ("big", "small")

_FRAMES = {
    "big": Frame("tlb", 1180, 150, 1164, stacked=False),
    "small": Frame("tls", 360, 6, 352, stacked=True),
}
_GAP, _LENS, _AXIS = 12, 34, 24
_FARTHEST = 25 * 365
"""Days from today beyond which a date is a slip of somebody's pen: it stands at the edge and stretches nothing."""


def draw(life: Timeline, size: Size = "big") -> Markup:
    """The picture, as an `<svg>` that scales to the width of its place."""
    frame = _FRAMES[size]
    if not life.points:
        return Markup("")
    seen = replace(frame, scale=_seen_scale(life, frame))
    # The scale is needed to know the room, and the room changes the scale: once is near enough.
    if room := room_for_last(life, seen):
        seen = replace(seen, scale=replace(seen.scale, right=max(frame.right - room, frame.left + 60)))
    calendar = replace(frame, scale=_calendar_scale(life, frame))
    upper, below = _panel(seen, life, list(seen_rows(life, seen)), 18.0)
    lens = _lens(seen, calendar, below, below + _LENS)
    lower, bottom = _panel(calendar, life, list(calendar_rows(life, calendar)), below + _LENS)
    names = (f"{frame.prefix}-title", f"{frame.prefix}-desc")
    return tag(
        "svg",
        tag("title", "The life of the study", id=names[0]),
        tag("desc", description(life), id=names[1]),
        _hatching(frame),
        tag("g", lens, upper.hidden, lower.hidden, aria_hidden="true"),
        upper.links,
        class_=f"timeline {size}",
        viewBox=f"0 0 {frame.width} {bottom:.0f}",
        role="group",
        aria_labelledby=" ".join(names),
    )


def description(life: Timeline) -> str:
    """The picture in words, for those who do not see it."""
    spans = "; ".join(
        f"{spoken(span.status)} from {span.since}" + (f" to {span.until}" if span.until else "")
        for span in life.spans
    )
    lanes = "; ".join(
        f"{lane.name} {lane.promises[-1].text}" + (f", {days(lane.slip_days)}" if lane.slip_days else "")
        for lane in life.lanes
        if lane.promises
    )
    forecast = (
        f" The registry can be expected to set UNKNOWN from {life.forecast} on." if life.forecast else ""
    )
    return (
        f"{counted(len(life.points), 'version')}. Status: {spans}. Dates: {lanes or 'none given'}.{forecast}"
    )


@dataclass(frozen=True, slots=True)
class _Panel:
    """What is drawn, and the links in it, which a screen reader meets."""

    hidden: Markup
    links: Markup


def _panel(frame: Frame, life: Timeline, found: Sequence[Row], top: float) -> tuple[_Panel, float]:
    """Rows one under the other over the lines of an axis; where they end."""
    bodies: list[Markup] = []
    links: list[Markup] = []
    at = top
    for row in found:
        body = at + (16 if frame.stacked else 0)
        bodies.append(_label(frame, row, at))
        bodies.append(tag("g", row.body, transform=f"translate(0 {body:.1f})"))
        if row.links:
            links.append(tag("g", row.links, transform=f"translate(0 {body:.1f})"))
        at = body + row.height + _GAP
    grid = joined(_grid(frame, life, top, at - _GAP / 2))
    return _Panel(joined([grid, *bodies]), joined(links)), at + _AXIS


def _label(frame: Frame, row: Row, at: float) -> Markup:
    if frame.stacked:
        return tag("text", row.label, class_="row-label", x=frame.left, y=at + 10)
    return tag(
        "text", row.label, class_="row-label", x=frame.left - 14, y=at + row.middle + 4, text_anchor="end"
    )


def _grid(frame: Frame, life: Timeline, top: float, bottom: float) -> Iterator[Markup]:
    yield tag("line", class_="axis", x1=frame.left, x2=frame.right, y1=bottom, y2=bottom)
    for tick in ticks(frame.scale):
        x = frame.scale.x(tick.day)
        if x <= frame.right - 30:
            yield tag("line", class_="grid", x1=x, x2=x, y1=top - 6, y2=bottom + 4)
            yield tag("text", tick.label, class_="tick", x=x + 3, y=bottom + 15)
    x = frame.scale.x(life.today)
    yield tag("line", class_="today", x1=x, x2=x, y1=top - 8, y2=bottom)
    # Near the right edge the word would be cut off.
    late = x > frame.right - 40
    anchor, shift = ("end", -4) if late else ("start", 4)
    yield tag("text", "today", class_="today-word", x=x + shift, y=top - 3, text_anchor=anchor)


def _lens(seen: Frame, calendar: Frame, top: float, bottom: float) -> Markup:
    """The window that the upper panel opens on the calendar."""
    first, last = date.fromordinal(seen.scale.first), seen.scale.end
    # Weeks on an axis of years can come to less than a pixel.
    low, high = calendar.scale.x(first), max(calendar.scale.x(last), calendar.scale.x(first) + 2)
    top, bottom = top - 4, bottom - 8
    points = ((seen.left, top), (seen.scale.right, top), (high, bottom), (low, bottom))
    return tag("polygon", class_="lens", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points))


def _hatching(frame: Frame) -> Markup:
    line = tag("line", class_="hatch", x1=0, y1=0, x2=0, y2=7)
    return tag(
        "defs",
        tag(
            "pattern",
            line,
            id=f"{frame.prefix}-hatch",
            width=7,
            height=7,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        ),
    )


def _seen_scale(life: Timeline, frame: Frame) -> Scale:
    """From the first version to today, and on to the forecast where that is near."""
    first, last = (
        day(life.points[0].release),
        max(life.today, *(day(p.release) for p in life.points)),
    )
    ahead = timedelta(days=max(45, (last - first).days // 3))
    near = [life.forecast] if life.forecast and last < life.forecast <= last + ahead else []
    return Scale.around([first, last, *near], frame.left, frame.right)


def _calendar_scale(life: Timeline, frame: Frame) -> Scale:
    given = [
        each for lane in life.lanes for promise in lane.promises for each in (promise.first, promise.last)
    ]
    known = [day(life.points[0].release), life.today, *given, *([life.forecast] if life.forecast else [])]
    sane = [each for each in known if abs((each - life.today).days) <= _FARTHEST]
    return Scale.around(sane, frame.left, frame.right, least=60, margin=0.05)
