"""The dates that a record gave, on the calendar: a lane for each, every promise a mark (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from sync.study.dates import PartialDate
from sync.web.drawing.svg import joined, tag
from sync.web.drawing.timeline_frame import Frame, Row, day, days, hatched, width_of
from sync.web.views.study.timeline import Lane, Promise, Timeline

_STAIR, _SHOWN = 13, 12

Place = tuple[float, float, float]
"""Where a mark begins and ends, and how far down it stands."""


def calendar(life: Timeline, frame: Frame) -> Iterator[Row]:
    """The study as a whole, what is forecast of it, and a lane for each of its dates."""
    yield Row("The study", 16, joined(_whole(life, frame)), middle=8)
    if life.forecast:
        yield Row("Forecast", 18, joined(_forecast(life, frame)), middle=9)
    for lane in life.lanes:
        if lane.promises:
            shown = _shown(lane.promises)
            height = 20 + _STAIR * (len(shown) - 1)
            yield Row(lane.name, height, joined(_lane(lane, shown, life, frame)), middle=height - 10)


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


def _forecast(life: Timeline, frame: Frame) -> Iterator[Markup]:
    """Hatched from the day on which UNKNOWN can be expected; the words before it, where there is room."""
    if life.forecast is None:
        return
    due = "due since" if life.forecast <= life.today else "from"
    words = f"UNKNOWN {due} {life.forecast}"
    yield hatched(frame, life.forecast, frame.scale.end, 18, words)
    x = frame.scale.x(life.forecast)
    if frame.scale.x(frame.scale.end) - x <= width_of(words) + 14:
        yield tag("text", words, class_="hatched-word", x=x - 8, y=13, text_anchor="end")


def _shown(promises: tuple[Promise, ...]) -> tuple[Promise, ...]:
    """The first one and the last ones: a date that was moved dozens of times is told by how far it went."""
    return promises if len(promises) <= _SHOWN else (promises[0], *promises[1 - _SHOWN :])


def _lane(lane: Lane, shown: Sequence[Promise], life: Timeline, frame: Frame) -> Iterator[Markup]:
    """A mark for each day that was promised, the newest at the bottom, joined by a line."""
    places = [_place(promise, 10 + _STAIR * at, frame) for at, promise in enumerate(shown)]
    if len(places) > 1:
        points = " ".join(f"{(low + high) / 2:.1f},{y:.1f}" for low, high, y in places)
        yield tag("polyline", class_="slip", points=points)
    for promise, (low, high, y) in zip(shown, places, strict=True):
        tooltip = tag("title", f"{_promised(promise)}, as of {promise.since}")
        kind = "actual" if promise.type == "ACTUAL" else "planned"
        now = " now" if promise is shown[-1] else ""
        shape = {"x": low, "y": y - 4.5, "width": high - low, "height": 9, "rx": 4.5}
        yield tag("rect", tooltip, class_=f"promise {kind}{now}", **shape)
    yield from _words(lane, shown, places, life, frame)


def _place(promise: Promise, y: float, frame: Frame) -> Place:
    """A month or a year is as wide as it is; a day as wide as can be seen."""
    low, high = frame.scale.x(promise.first), frame.scale.x(promise.last)
    missing = max(9 - (high - low), 0) / 2
    return low - missing, high + missing, y


def _words(
    lane: Lane, shown: Sequence[Promise], places: Sequence[Place], life: Timeline, frame: Frame
) -> Iterator[Markup]:
    """The date as it is now, with its whole slip; the first one too, on the side to which the date did not go."""
    last = shown[-1]
    passed = " · passed" if last.type != "ACTUAL" and last.last < life.today else ""
    slip = f" · {days(lane.slip_days)}" if lane.slip_days else ""
    yield _beside(f"{_promised(last)}{passed}{slip}", places[-1], frame, "value")
    # A date that came back to where it was is written once.
    if len(shown) > 1 and PartialDate.parse(shown[0].text) != PartialDate.parse(last.text):
        yield _beside(shown[0].text, places[0], frame, "earlier", left=places[1][0] > places[0][0])


def _beside(words: str, place: Place, frame: Frame, kind: str, *, left: bool = False) -> Markup:
    """Words to the right of a mark, or to its left where that is wanted or the picture ends."""
    low, high, y = place
    # Widths are estimated by letters: the picture is drawn where no browser can measure them.
    room_left = low - 7 - width_of(words) >= frame.left
    room_right = high + 7 + width_of(words) <= frame.right
    if (left and room_left) or not room_right:
        return tag("text", words, class_=kind, x=low - 7, y=y + 4, text_anchor="end")
    return tag("text", words, class_=kind, x=high + 7, y=y + 4)


def _promised(promise: Promise) -> str:
    kinds = {"ESTIMATED": " estimated", "ACTUAL": " actual"}
    return promise.text + kinds.get(promise.type or "", "")
