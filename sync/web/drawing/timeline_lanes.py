"""The dates that a record gave, on the calendar: a lane for each, every promise a mark (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from markupsafe import Markup

from sync.study.dates import PartialDate
from sync.web.drawing.labels import ASCENT, DESCENT, LINE, Box, Label, Room
from sync.web.drawing.svg import joined, tag
from sync.web.drawing.timeline_frame import Frame, Row, day, days, hatched, plate
from sync.web.views.study.timeline import Lane, Promise, Timeline

_STAIR, _SHOWN = 14, 12
_HALF = (ASCENT - DESCENT) / 2
"""From the middle of a word down to its baseline."""
_KINDS = {"ESTIMATED": " estimated", "ACTUAL": " actual"}

Place = tuple[float, float, float]
"""Where a mark begins and ends, and how far down it stands."""


def calendar(life: Timeline, frame: Frame) -> Iterator[Row]:
    """The study as a whole, what is forecast of it, and a lane for each of its dates."""
    yield Row("The study", 16, joined(_whole(life, frame)), middle=8)
    if life.forecast:
        yield _forecast_row(life, frame)
    for lane in life.lanes:
        if lane.promises:
            yield _lane_row(lane, life, frame)


def _whole(life: Timeline, frame: Frame) -> Iterator[Markup]:
    """From its start to its completion, and the part of it that was watched."""
    # The lanes come in the order of a study's life: its start first, its completion last.
    begin, *_, end = (lane.promises[-1] if lane.promises else None for lane in life.lanes)
    if begin and end and begin.first < end.last:
        low, high = frame.scale.x(begin.first), frame.scale.x(end.last)
        tooltip = tag("title", f"The study, from {begin.text} to {end.text}")
        yield tag("rect", tooltip, class_="period", x=low, y=5, width=high - low, height=6, rx=3)
    low, high = frame.scale.x(day(life.points[0].release)), frame.scale.x(life.read_until)
    tooltip = tag("title", f"Watched since {life.points[0].release}")
    yield tag("rect", tooltip, class_="watched", x=low, y=2, width=max(high - low, 3), height=12, rx=3)


def _forecast_row(life: Timeline, frame: Frame) -> Row:
    """Hatched from the day on which UNKNOWN can be expected; the words in it, before it, or below."""
    assert life.forecast is not None
    due = "due since" if life.forecast <= life.today else "from"
    words = f"UNKNOWN {due} {life.forecast}"
    shape, box = hatched(frame, life.forecast, frame.scale.end, LINE, words)
    inside = Label(words, "hatched-word", box.left + 8, LINE / 2 + _HALF)
    if inside.box.right + 6 <= box.right:
        return Row("Forecast", LINE, shape + plate(inside), middle=LINE / 2, words=(inside,))
    before = Label(words, "hatched-word", box.left - 8, LINE / 2 + _HALF, "end")
    if frame.room(LINE).put([before]):
        return Row("Forecast", LINE, shape, middle=LINE / 2, words=(before,))
    room = frame.room(2 * LINE)
    below = 2 * LINE - DESCENT
    edge = room.bounds.right
    room.put(Label(words, "hatched-word", x, below, "end") for x in (box.right, edge))
    return Row("Forecast", 2 * LINE, shape, middle=LINE / 2, words=tuple(room.labels))


def _lane_row(lane: Lane, life: Timeline, frame: Frame) -> Row:
    """A mark for each day that was promised, the newest at the bottom, joined by a line."""
    shown = _shown(lane.promises)
    # Lines that are kept free of marks, for words that have no room among them: below all marks, then above them too.
    for above, below in ((0.0, 0.0), (0.0, LINE), (LINE, LINE)):
        height = above + 20 + _STAIR * (len(shown) - 1) + below
        places = [_place(promise, above + 10 + _STAIR * at, frame) for at, promise in enumerate(shown)]
        room = frame.room(height)
        _obstruct(room, places)
        if _write(room, lane, shown, places, life, spare=(above, below)):
            break
    body = joined(_marks(shown, places))
    return Row(lane.name, height, body, middle=places[-1][2], words=tuple(room.labels))


def _obstruct(room: Room, places: Sequence[Place]) -> None:
    room.line([((low + high) / 2, y) for low, high, y in places])
    for low, high, y in places:
        room.mark(Box(low, y - 5, high, y + 5).grown(1.5))


def _marks(shown: Sequence[Promise], places: Sequence[Place]) -> Iterator[Markup]:
    if len(places) > 1:
        points = " ".join(f"{(low + high) / 2:.1f},{y:.1f}" for low, high, y in places)
        yield tag("polyline", class_="slip", points=points)
    for promise, (low, high, y) in zip(shown, places, strict=True):
        tooltip = tag("title", f"{_promised(promise)}, as of {promise.since}")
        kind = "actual" if promise.type == "ACTUAL" else "planned"
        now = " now" if promise is shown[-1] else ""
        shape = {"x": low, "y": y - 4.5, "width": high - low, "height": 9, "rx": 4.5}
        yield tag("rect", tooltip, class_=f"promise {kind}{now}", **shape)


def _shown(promises: tuple[Promise, ...]) -> tuple[Promise, ...]:
    """The first one and the last ones: a date that was moved dozens of times is told by how far it went."""
    return promises if len(promises) <= _SHOWN else (promises[0], *promises[1 - _SHOWN :])


def _place(promise: Promise, y: float, frame: Frame) -> Place:
    """A month or a year is as wide as it is; a day as wide as can be seen."""
    low, high = frame.scale.x(promise.first), frame.scale.x(promise.last)
    missing = max(9 - (high - low), 0) / 2
    return low - missing, high + missing, y


def _write(
    room: Room,
    lane: Lane,
    shown: Sequence[Promise],
    places: Sequence[Place],
    life: Timeline,
    *,
    spare: tuple[float, float],
) -> bool:
    """The newest date with its whole slip, the first one, and, if it has room, the one before; whether both have."""
    last = shown[-1]
    passed = " · passed" if last.type != "ACTUAL" and last.last < life.today else ""
    slip = f" · {days(lane.slip_days)}" if lane.slip_days else ""
    newest = Label(f"{_promised(last)}{passed}{slip}", "value", 0, room.bounds.bottom - 2 - DESCENT)
    complete = room.put(_beside(room, newest, places[-1], spare[1]))
    # A date that came back to where it was is written once.
    if len(shown) > 1 and _differ(shown[0], last):
        first = Label(shown[0].text, "earlier", 0, ASCENT)
        complete &= room.put(_beside(room, first, places[0], spare[0]))
    if len(shown) > 2 and _differ(shown[-2], last) and _differ(shown[-2], shown[0]):
        room.put(_beside(room, Label(shown[-2].text, "earlier", 0, 0), places[-2], 0))
    return complete


def _differ(one: Promise, other: Promise) -> bool:
    return PartialDate.parse(one.text) != PartialDate.parse(other.text)


def _beside(room: Room, words: Label, place: Place, spare: float) -> Iterator[Label]:
    """To the right of a mark, to its left; else near it in the line, given with the words, that is kept free of marks."""
    low, high, y = place
    yield replace(words, x=high + 7, y=y + _HALF)
    yield replace(words, x=low - 7, y=y + _HALF, anchor="end")
    if spare:
        yield replace(words, x=low)
        yield replace(words, x=high, anchor="end")
        yield replace(words, x=room.bounds.right, anchor="end")


def _promised(promise: Promise) -> str:
    return promise.text + _KINDS.get(promise.type or "", "")
