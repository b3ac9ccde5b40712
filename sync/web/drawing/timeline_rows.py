"""What a record said, release by release: its status, its enrolment, its sites, and what happened (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from markupsafe import Markup

from sync.changes.sentences import kind_name
from sync.web.drawing.labels import ASCENT, DESCENT, LINE, Box, Label, Room, width_of
from sync.web.drawing.statuses import status_class
from sync.web.drawing.svg import joined, tag
from sync.web.drawing.timeline_frame import BAND, Frame, Row, day, hatched, plate, spoken
from sync.web.drawing.timeline_steps import steps_row
from sync.web.views.study.timeline import EventMark, Span, Timeline

_MARK, _LEVELS = 13, 5
_BASELINE = BAND / 2 + (ASCENT - DESCENT) / 2
_SHORT = {
    "NOT_YET_RECRUITING": "Not yet",
    "ACTIVE_NOT_RECRUITING": "Active",
    "ENROLLING_BY_INVITATION": "By invitation",
}


def seen(life: Timeline, frame: Frame) -> Iterator[Row]:
    """What the record said, release by release."""
    yield _status_row(life, frame)
    if life.enrollment:
        yield steps_row("Enrollment", life.enrollment, life, frame, "people")
    if any(step.count for step in life.sites):
        yield steps_row("Sites", life.sites, life, frame, "sites")
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


def named(span: Span, life: Timeline, frame: Frame) -> bool:
    """Whether a status is written in the band; if not, its colour alone says which it is."""
    low, high = _ends(span, life, frame)
    return span is life.spans[-1] or bool(_fitting(span, high - low))


def _status_row(life: Timeline, frame: Frame) -> Row:
    """A box for each status; hatched where the study is absent, or the registry is expected to set UNKNOWN."""
    boxes = joined(_span(span, life, frame) for span in life.spans)
    hatches = [hatched(frame, *each) for each in _hatches(life, frame)]
    for height in (BAND, BAND + LINE):
        room = frame.room(height)
        for (_, box), (*_, words) in zip(hatches, _hatches(life, frame), strict=True):
            _within(room, box, words)
        plates = joined(plate(words) for words in room.labels)
        if _name_spans(room, life, frame, height) or height > BAND:
            break
    body = joined([boxes, *(shape for shape, _ in hatches), plates])
    return Row("Status", height, body, words=tuple(room.labels))


def _hatches(life: Timeline, frame: Frame) -> Iterator[tuple[date, date, float, str]]:
    if life.absent_since:
        yield day(life.absent_since), life.today, BAND, "not in the registry"
    if life.forecast and frame.scale.holds(life.forecast):
        yield max(life.forecast, life.today), frame.scale.end, BAND, "UNKNOWN expected"


def _within(room: Room, box: Box, words: str) -> None:
    """Words inside a hatched box, if they fit; nothing else may stand there."""
    inside = Label(words, "hatched-word", box.left + 8, _BASELINE)
    if inside.box.right + 6 <= box.right:
        room.put([inside])
    room.mark(box)


def _name_spans(room: Room, life: Timeline, frame: Frame, height: float) -> bool:
    """Each name in its box, where it fits; the newest one somewhere. Whether it has room."""
    for span in life.spans:
        low, high = _ends(span, life, frame)
        room.line([(low, 0), (low, BAND)])
        if name := _fitting(span, high - low):
            room.put([Label(name, "name", low + 10, _BASELINE)])
    last = life.spans[-1]
    low, high = _ends(last, life, frame)
    if last.until or _fitting(last, high - low):
        return True
    below = height - DESCENT
    return room.put(
        Label(spoken(last.status), "name", x, y, anchor)
        for x, y, anchor in (
            (high + 8, _BASELINE, "start"),
            (low, below, "start"),
            (high, below, "end"),
            (room.bounds.right, below, "end"),
        )
    )


def _span(span: Span, life: Timeline, frame: Frame) -> Markup:
    low, high = _ends(span, life, frame)
    until = f" to {span.until}" if span.until else ""
    tooltip = tag("title", f"{spoken(span.status)} from {span.since}{until}")
    box = tag("rect", class_="box", x=low, y=0, width=high - low, height=BAND, rx=4)
    edge = tag("rect", class_="edge", x=low, y=0, width=min(4.0, high - low), height=BAND, rx=2)
    return tag("g", tooltip, box, edge, class_=f"span {status_class(span.status)}")


def _ends(span: Span, life: Timeline, frame: Frame) -> tuple[float, float]:
    low = frame.scale.x(day(span.since))
    # Up to the last reading, not to today: of the days since nothing is known.
    return low, max(frame.scale.x(day(span.until) if span.until else life.read_until), low + 3)


def _fitting(span: Span, width: float) -> str:
    """The longest name of a status that fits into a box; none where none does."""
    names = (spoken(span.status), _SHORT.get(span.status or "", ""))
    return next((name for name in names if name and width > width_of(name) + 16), "")


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
    what = kind_name(event.kind) if frame.stacked else event.headline
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
