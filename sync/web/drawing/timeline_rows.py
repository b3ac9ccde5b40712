"""The rows of a study's picture: status, enrolment, sites, events, and a lane for each of its dates (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from markupsafe import Markup

from sync.study.dates import PartialDate
from sync.web.drawing.axis import Scale
from sync.web.drawing.svg import joined, tag
from sync.web.views.timeline import EventMark, Lane, Promise, Step, Timeline

_LETTER = 6.7
"""Pixels that a letter takes, about."""
_BAND, _STEPS, _MARK, _LEVELS, _STAIR, _SHOWN = 28, 52, 13, 5, 10, 12


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a panel is drawn: the sides of its axis, and whether labels stand above their rows or beside them."""

    prefix: str
    width: int
    left: float
    right: float
    stacked: bool
    scale: Scale = field(default=Scale(0, 1, 0, 1))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a panel, drawn from 0 downwards."""

    label: str
    height: float
    body: Markup
    links: Markup = field(default_factory=Markup)
    middle: float = _BAND / 2
    """Where its label stands."""


def day(release: str) -> date:
    """The day of a release."""
    return date.fromisoformat(release)


def spoken(status: str | None) -> str:
    """NOT_YET_RECRUITING as "Not yet recruiting"."""
    return status.replace("_", " ").capitalize() if status else "No status"


def days(number: int) -> str:
    """ "+92 days", with a real minus."""
    return f"{number:+,} days".replace("-", "−")


def seen(life: Timeline, frame: Frame) -> Iterator[Row]:
    """What the record said, release by release."""
    yield Row("Status", _BAND, joined(_band(life, frame)))
    if life.enrollment:
        yield Row("Enrollment", _STEPS, joined(_steps(life.enrollment, life, frame, "people")), middle=34)
    if any(step.count for step in life.sites):
        yield Row("Sites", _STEPS - 14, joined(_steps(life.sites, life, frame, "sites")), middle=26)
    if life.events:
        height, body = _events(life.events, frame)
        yield Row("Events", height, Markup(""), body, middle=height - _MARK / 2)
    if life.reviews:
        yield Row("Reviews", _MARK, joined(_reviews(life, frame)), middle=_MARK / 2)


def calendar(life: Timeline, frame: Frame) -> Iterator[Row]:
    """The dates that the record gave, on the calendar."""
    yield Row("Watched", 16, joined(_watched(life, frame)), middle=8)
    for lane in life.lanes:
        if lane.promises:
            shown = _shown(lane.promises)
            height = 20 + _STAIR * (len(shown) - 1)
            yield Row(lane.name, height, joined(_lane(lane, shown, life, frame)), middle=height - 10)


def status_class(status: str | None) -> str:
    """The class that colours a status."""
    return "st-" + _CLASSES.get(status or "", "other")


_CLASSES = {
    "RECRUITING": "recruiting",
    "NOT_YET_RECRUITING": "not-yet",
    "ENROLLING_BY_INVITATION": "enrolling",
    "ACTIVE_NOT_RECRUITING": "active",
    "COMPLETED": "completed",
    "SUSPENDED": "suspended",
    "TERMINATED": "terminated",
    "WITHDRAWN": "withdrawn",
    "UNKNOWN": "unknown",
}


def _band(life: Timeline, frame: Frame) -> Iterator[Markup]:
    """A box for each status, its name inside where that fits; hatched where the registry is expected to set UNKNOWN."""
    for span in life.spans:
        low = frame.scale.x(day(span.since))
        high = max(frame.scale.x(day(span.until) if span.until else life.read_until), low + 3)
        name = spoken(span.status)
        until = f" to {span.until}" if span.until else ""
        box = tag("rect", class_="box", x=low, y=0, width=high - low, height=_BAND, rx=4)
        edge = tag("rect", class_="edge", x=low, y=0, width=min(4.0, high - low), height=_BAND, rx=2)
        fits = high - low > len(name) * _LETTER + 18
        inside = [tag("text", name, x=low + 10, y=18)] if fits else []
        yield tag(
            "g",
            tag("title", f"{name} from {span.since}{until}"),
            box,
            edge,
            *inside,
            class_=f"span {status_class(span.status)}",
        )
    if life.absent_since:
        yield _hatched(frame, day(life.absent_since), _BAND, "not in the registry", life.today)
    if life.forecast and frame.scale.holds(life.forecast):
        yield _hatched(frame, max(life.forecast, life.today), _BAND, "UNKNOWN expected", frame.scale.end)


def _hatched(frame: Frame, since: date, height: float, words: str, until: date) -> Markup:
    low, high = frame.scale.x(since), frame.scale.x(until)
    width = max(high - low, 6)
    box = tag(
        "rect",
        class_="hatched",
        fill=f"url(#{frame.prefix}-hatch)",
        x=low,
        y=0,
        width=width,
        height=height,
        rx=4,
    )
    fits = width > len(words) * _LETTER + 12
    inside = [tag("text", words, class_="hatched-word", x=low + 8, y=height / 2 + 4)] if fits else []
    return tag("g", tag("title", f"{words} from {since}"), box, *inside)


def _steps(steps: Sequence[Step], life: Timeline, frame: Frame, unit: str) -> Iterator[Markup]:
    """A line that steps from value to value, with its numbers above it."""
    height = _STEPS if unit == "people" else _STEPS - 14
    most = max(step.count for step in steps) or 1
    places = [(frame.scale.x(day(step.since)), height - (height - 18) * step.count / most) for step in steps]
    ends = [x for x, _ in places[1:]] + [frame.scale.x(life.read_until)]
    path = " ".join(
        f"{'L' if at else 'M'}{x:.1f} {y:.1f}H{end:.1f}"
        for at, ((x, y), end) in enumerate(zip(places, ends, strict=True))
    )
    yield tag("path", class_="area", d=f"{path}V{height}H{places[0][0]:.1f}Z")
    for at, (step, (x, y), end) in enumerate(zip(steps, places, ends, strict=True)):
        rise = f"M{x:.1f} {places[at - 1][1]:.1f}V{y:.1f}" if at else f"M{x:.1f} {y:.1f}"
        kind = "target" if step.type == "ESTIMATED" else "actual"
        yield tag("path", class_=f"step {kind}", d=f"{rise}H{end:.1f}")
        yield tag(
            "circle",
            tag("title", f"{_value(step, unit)} from {step.since}"),
            class_=f"dot {kind}",
            cx=x,
            cy=y,
            r=3.2,
        )
    yield from _numbers(steps, places, frame, unit)


def _numbers(
    steps: Sequence[Step], places: Sequence[tuple[float, float]], frame: Frame, unit: str
) -> Iterator[Markup]:
    """The newest value first, then as many of the others as have room."""
    taken: list[tuple[float, float]] = []
    for at in sorted(range(len(steps)), key=lambda place: (place != len(steps) - 1, place)):
        words = _value(steps[at], unit)
        x, width = places[at][0], len(words) * _LETTER
        low = min(x, frame.right - width)
        if all(low > end or low + width < begin for begin, end in taken):
            taken.append((low - 8, low + width + 8))
            yield tag("text", words, class_="value", x=low, y=places[at][1] - 7)


def _value(step: Step, unit: str) -> str:
    if unit == "sites":
        return f"{step.count:,}"
    kinds = {"ESTIMATED": " planned", "ACTUAL": " actual"}
    return f"{step.count:,}{kinds.get(step.type or '', '')}"


def _events(events: Sequence[EventMark], frame: Frame) -> tuple[float, Markup]:
    """A mark for each event, those of one time on top of each other."""
    levels: list[float] = [float("-inf")] * _LEVELS
    placed: list[tuple[EventMark, float, int]] = []
    for event in events:
        x = frame.scale.x(day(event.release))
        level = next((at for at, end in enumerate(levels) if x - end >= _MARK), _LEVELS - 1)
        levels[level] = x
        placed.append((event, x, level))
    used = 1 + max((level for *_, level in placed), default=0)
    height = used * _MARK
    return height, joined(_event(event, x, height - _MARK * (level + 0.5)) for event, x, level in placed)


def _event(event: EventMark, x: float, y: float) -> Markup:
    name = f"{event.release}, {event.severity}: {event.headline}"
    if event.severity in ("critical", "high"):
        points = f"{x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f} {x - 6:.1f},{y:.1f}"
        shape = tag("polygon", points=points)
    else:
        shape = tag("circle", cx=x, cy=y, r=5.0 if event.severity == "medium" else 3.8)
    return tag(
        "a",
        tag("title", name),
        shape,
        class_=f"event {event.severity}",
        href=f"/events/{event.id}",
        aria_label=name,
    )


def _reviews(life: Timeline, frame: Frame) -> Iterator[Markup]:
    for review in life.reviews:
        x = frame.scale.x(review.at.date())
        told = tag("title", f"Reviewed {review.at:%Y-%m-%d} by {review.by}, version {review.version}")
        yield tag("path", told, class_="review", d=f"M{x - 5:.1f} 6L{x - 1:.1f} 10.5L{x + 6:.1f} 2")


def _watched(life: Timeline, frame: Frame) -> Iterator[Markup]:
    """The study from its start to its completion, the part of it that was watched, and what is forecast."""
    begin, *_, end = (lane.promises[-1] if lane.promises else None for lane in life.lanes)
    if begin and end and begin.first < end.last:
        low, high = frame.scale.x(begin.first), frame.scale.x(end.last)
        told = tag("title", f"The study, from {begin.text} to {end.text}")
        yield tag("rect", told, class_="period", x=low, y=5, width=high - low, height=6, rx=3)
    low, high = frame.scale.x(day(life.points[0].release)), frame.scale.x(life.read_until)
    told = tag("title", f"Watched since {life.points[0].release}")
    yield tag("rect", told, class_="watched", x=low, y=2, width=max(high - low, 3), height=12, rx=3)
    if life.forecast:
        yield _hatched(frame, life.forecast, 16, f"UNKNOWN from {life.forecast}", frame.scale.end)


def _shown(promises: tuple[Promise, ...]) -> tuple[Promise, ...]:
    """The first one and the last ones: a date that was moved dozens of times is told by how far it went."""
    return promises if len(promises) <= _SHOWN else (promises[0], *promises[1 - _SHOWN :])


def _lane(lane: Lane, shown: Sequence[Promise], life: Timeline, frame: Frame) -> Iterator[Markup]:
    """A mark for each day that was promised, the newest at the bottom, joined by a line."""
    places = [(_extent(promise, frame), 10 + _STAIR * at) for at, promise in enumerate(shown)]
    middles = [((low + high) / 2, y) for (low, high), y in places]
    if len(middles) > 1:
        yield tag("polyline", class_="slip", points=" ".join(f"{x:.1f},{y}" for x, y in middles))
    for promise, ((low, high), y) in zip(shown, places, strict=True):
        told = tag("title", f"{_promised(promise)}, as of {promise.since}")
        kind = "actual" if promise.type == "ACTUAL" else "planned"
        now = " now" if promise is shown[-1] else ""
        yield tag(
            "rect", told, class_=f"promise {kind}{now}", x=low, y=y - 4.5, width=high - low, height=9, rx=4.5
        )
    yield from _said(lane, shown, places, life, frame)


def _extent(promise: Promise, frame: Frame) -> tuple[float, float]:
    """A month or a year is as wide as it is; a day as wide as can be seen."""
    low, high = frame.scale.x(promise.first), frame.scale.x(promise.last)
    missing = max(9 - (high - low), 0) / 2
    return low - missing, high + missing


def _said(
    lane: Lane,
    shown: Sequence[Promise],
    places: Sequence[tuple[tuple[float, float], int]],
    life: Timeline,
    frame: Frame,
) -> Iterator[Markup]:
    last, ((low, high), y) = shown[-1], places[-1]
    passed = last.type != "ACTUAL" and last.last < life.today
    words = (
        _promised(last)
        + (" · passed" if passed else "")
        + (f" · {days(lane.slip_days)}" if lane.slip_days else "")
    )
    yield _beside(words, low, high, y, frame, "value")
    if len(shown) > 1 and _places_apart(shown[0], last):
        (low, high), y = places[0]
        yield _beside(shown[0].text, low, high, y, frame, "earlier")


def _places_apart(one: Promise, other: Promise) -> bool:
    known = PartialDate.parse(one.text), PartialDate.parse(other.text)
    return known[0] != known[1]


def _beside(words: str, low: float, high: float, y: float, frame: Frame, kind: str) -> Markup:
    """Words to the right of a mark, or to its left where the picture ends."""
    if high + 7 + len(words) * _LETTER <= frame.right:
        return tag("text", words, class_=kind, x=high + 7, y=y + 4)
    return tag("text", words, class_=kind, x=low - 7, y=y + 4, text_anchor="end")


def _promised(promise: Promise) -> str:
    kinds = {"ESTIMATED": " planned", "ACTUAL": " actual"}
    return promise.text + kinds.get(promise.type or "", "")
