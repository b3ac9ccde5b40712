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
from sync.web.drawing.labels import Box, Label, upright
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
    "big": Frame("tlb", 1180, 162, 1164, stacked=False),
    "small": Frame("tls", 360, 6, 352, stacked=True),
}
_GAP, _LENS, _AXIS, _TOP = 12, 36, 24, 20.0
_ROW_LABEL = 16
"""Height of a row's label, where it stands above its row."""
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
    upper, below = _panel(seen, life, list(seen_rows(life, seen)), _TOP)
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
    words: list[Label] = []
    at = top
    for row in found:
        body = at + (_ROW_LABEL if frame.stacked else 0)
        place = f"translate(0 {body:.1f})"
        bodies.append(tag("g", row.body, transform=place))
        if row.links:
            links.append(tag("g", row.links, transform=place))
        words += [_row_label(frame, row, at), *(each.moved(body) for each in row.words)]
        at = body + row.height + _GAP
    bottom = at - _GAP / 2
    words += [_today_word(frame, life, top), *_tick_words(frame, bottom)]
    # The lines of the axis make way for words: what is struck through is read as taken back.
    grid = joined(_grid(frame, life, top, bottom, [each.box for each in words]))
    return _Panel(joined([grid, *bodies, *(each.drawn() for each in words)]), joined(links)), at + _AXIS


def _row_label(frame: Frame, row: Row, at: float) -> Label:
    if frame.stacked:
        return Label(row.label, "row-label", frame.left, at + 10)
    return Label(row.label, "row-label", frame.left - 14, at + row.middle + 4, "end")


def _today_word(frame: Frame, life: Timeline, top: float) -> Label:
    x = frame.scale.x(life.today)
    after = Label("today", "today-word", x + 4, top - 7)
    # Near the right edge the word would be cut off.
    return after if after.box.right < frame.width - 2 else Label("today", "today-word", x - 4, top - 7, "end")


def _ticks(frame: Frame) -> Iterator[tuple[float, str]]:
    """The days to name, where there is room for their names up to the edge of the picture."""
    for tick in ticks(frame.scale):
        x = frame.scale.x(tick.day)
        if Label(tick.label, "tick", x + 4, 0).box.right < frame.width - 2:
            yield x, tick.label


def _tick_words(frame: Frame, bottom: float) -> Iterator[Label]:
    return (Label(words, "tick", x + 4, bottom + 16) for x, words in _ticks(frame))


def _grid(frame: Frame, life: Timeline, top: float, bottom: float, words: Sequence[Box]) -> Iterator[Markup]:
    yield tag("line", class_="axis", x1=frame.left, x2=frame.right, y1=bottom, y2=bottom)
    lines = [(x, top - 6, bottom + 4, "grid") for x, _ in _ticks(frame)]
    lines.append((frame.scale.x(life.today), top - 18, bottom, "today"))
    for x, begin, end, kind in lines:
        for low, high in upright(x, begin, end, words):
            yield tag("line", class_=kind, x1=x, x2=x, y1=low, y2=high)


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
