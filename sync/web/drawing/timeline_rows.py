"""What a record said, release by release: its status, its enrolment, its sites, and what happened (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from sync.web.drawing.statuses import status_class
from sync.web.drawing.svg import joined, tag
from sync.web.drawing.timeline_frame import BAND, Frame, Row, day, hatched, spoken, width_of
from sync.web.views.study.timeline import EventMark, Span, Step, Timeline

_STEPS, _MARK, _LEVELS = 52, 13, 5
_SHORT = {
    "NOT_YET_RECRUITING": "Not yet",
    "ACTIVE_NOT_RECRUITING": "Active",
    "ENROLLING_BY_INVITATION": "By invitation",
}


def seen(life: Timeline, frame: Frame) -> Iterator[Row]:
    """What the record said, release by release."""
    yield Row("Status", BAND, joined(_band(life, frame)))
    if life.enrollment:
        yield Row("Enrollment", _STEPS, joined(_steps(life.enrollment, life, frame, "people")), middle=34)
    if any(step.count for step in life.sites):
        yield Row("Sites", _STEPS - 14, joined(_steps(life.sites, life, frame, "sites")), middle=26)
    if life.events:
        height, body = _events(life.events, frame)
        yield Row("Events", height, Markup(""), body, middle=height - _MARK / 2)
    if life.reviews:
        yield Row("Reviews", _MARK, joined(_reviews(life, frame)), middle=_MARK / 2)


def room_for_last(life: Timeline, frame: Frame) -> float:
    """What the name of the newest status needs beside its box, where it does not fit inside: it is the news."""
    last = life.spans[-1]
    low, high = _ends(last, life, frame)
    return 0 if last.until or _fitting(last, high - low) else width_of(spoken(last.status)) + 16


def _band(life: Timeline, frame: Frame) -> Iterator[Markup]:
    """A box for each status; hatched where the study is absent, or the registry is expected to set UNKNOWN."""
    for span in life.spans:
        yield _span(span, life, frame)
    if life.absent_since:
        yield hatched(frame, day(life.absent_since), life.today, BAND, "not in the registry")
    if life.forecast and frame.scale.holds(life.forecast):
        yield hatched(frame, max(life.forecast, life.today), frame.scale.end, BAND, "UNKNOWN expected")


def _span(span: Span, life: Timeline, frame: Frame) -> Markup:
    low, high = _ends(span, life, frame)
    until = f" to {span.until}" if span.until else ""
    tooltip = tag("title", f"{spoken(span.status)} from {span.since}{until}")
    box = tag("rect", class_="box", x=low, y=0, width=high - low, height=BAND, rx=4)
    edge = tag("rect", class_="edge", x=low, y=0, width=min(4.0, high - low), height=BAND, rx=2)
    name, x = _fitting(span, high - low), low + 10
    if not name and span.until is None:
        name, x = spoken(span.status), high + 8
    words = [tag("text", name, x=x, y=18)] if name else []
    return tag("g", tooltip, box, edge, *words, class_=f"span {status_class(span.status)}")


def _ends(span: Span, life: Timeline, frame: Frame) -> tuple[float, float]:
    low = frame.scale.x(day(span.since))
    # Up to the last reading, not to today: of the days since nothing is known.
    return low, max(frame.scale.x(day(span.until) if span.until else life.read_until), low + 3)


def _fitting(span: Span, width: float) -> str:
    """The longest name of a status that fits into a box; none where none does."""
    names = (spoken(span.status), _SHORT.get(span.status or "", ""))
    return next((name for name in names if name and width > width_of(name) + 16), "")


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
        x, width = places[at][0], width_of(words)
        low = min(x, frame.right - width)
        if all(low > end or low + width < begin for begin, end in taken):
            taken.append((low - 8, low + width + 8))
            yield tag("text", words, class_="value", x=low, y=places[at][1] - 7)


def _value(step: Step, unit: str) -> str:
    if unit == "sites":
        return f"{step.count:,}"
    kinds = {"ESTIMATED": " estimated", "ACTUAL": " actual"}
    return f"{step.count:,}{kinds.get(step.type or '', '')}"


def _events(events: Sequence[EventMark], frame: Frame) -> tuple[float, Markup]:
    """A mark for each event, those of one time on top of each other."""
    levels: list[float] = [float("-inf")] * _LEVELS
    placed: list[tuple[EventMark, float, int]] = []
    for event in events:
        x = frame.scale.x(day(event.release))
        # On the lowest level that is free there; beyond five they overlap, and the list beside has them all.
        level = next((at for at, end in enumerate(levels) if x - end >= _MARK), _LEVELS - 1)
        levels[level] = x
        placed.append((event, x, level))
    used = 1 + max((level for *_, level in placed), default=0)
    height = used * _MARK
    return height, joined(
        _event(event, x, height - _MARK * (level + 0.5), frame) for event, x, level in placed
    )


def _event(event: EventMark, x: float, y: float, frame: Frame) -> Markup:
    """Named in full where a pointer can ask for it; on a phone, which has none, in a few words."""
    what = event.kind.replace("_", " ") if frame.stacked else event.headline
    name = f"{event.release}, {event.severity}: {what}"
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
    )


def _reviews(life: Timeline, frame: Frame) -> Iterator[Markup]:
    for review in life.reviews:
        x = frame.scale.x(review.at.date())
        tooltip = tag("title", f"Reviewed {review.at:%Y-%m-%d} by {review.by}, version {review.version}")
        yield tag("path", tooltip, class_="review", d=f"M{x - 5:.1f} 6L{x - 1:.1f} 10.5L{x + 6:.1f} 2")
