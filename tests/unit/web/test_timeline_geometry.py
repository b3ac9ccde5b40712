"""In the picture of any life, no line strikes a word, no edge cuts one, none covers another; old values are written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.web.drawing.labels import Box, Label, upright
from sync.web.drawing.timeline import SIZES, Size, draw
from sync.web.drawing.timeline_legend import legend
from sync.web.views.study.record_values import Dated
from sync.web.views.study.timeline import EventMark, Point, ReviewMark, Said, Timeline, timeline
from tests.support.lives import said

TODAY = date(2026, 9, 20)
Line = tuple[tuple[float, float], tuple[float, float]]
STATUSES = [
    "RECRUITING",
    "NOT_YET_RECRUITING",
    "ACTIVE_NOT_RECRUITING",
    "ENROLLING_BY_INVITATION",
    "SUSPENDED",
    "UNKNOWN",
    "TEMPORARILY_NOT_AVAILABLE",
    "A_STATUS_OF_A_LATER_YEAR_THAT_IS_LONG",
]


def placed(element: ElementTree.Element, down: float = 0.0) -> Iterator[tuple[ElementTree.Element, float]]:
    """Every element with how far down it was moved."""
    move = element.get("transform", "")
    if move.startswith("translate(0 "):
        down += float(move.removeprefix("translate(0 ").rstrip(")"))
    yield element, down
    for child in element:
        yield from placed(child, down)


class Drawn:
    """Words and lines of a picture, in its own coordinates."""

    def __init__(self, life: Timeline, size: Size) -> None:
        self.picture = ElementTree.fromstring(f"<x>{draw(life, size)}</x>")[0]
        self.words: list[tuple[str, Box]] = []
        self.lines: list[tuple[str, Line]] = []
        for element, down in placed(self.picture):
            if element.tag == "text":
                self.words.append((element.text or "", box_of(element, down)))
            kind = element.get("class", "")
            self.lines += ((kind, line) for line in lines_of(element, down))

    @property
    def frame(self) -> Box:
        return Box(*map(float, self.picture.get("viewBox", "").split()))

    def texts(self) -> list[str]:
        return [text for text, _ in self.words]

    def faults(self) -> list[str]:
        """What is wrong with it, in words."""
        cut = [f"cut: {text}" for text, box in self.words if not self.frame.holds(box)]
        covered = [
            f"covered: {one} by {other}" for (one, a), (other, b) in combinations(self.words, 2) if a.meets(b)
        ]
        struck = [
            f"struck: {text} by {kind}"
            for text, box in self.words
            for kind, line in self.lines
            if box.crossed_by(*line)
        ]
        return cut + covered + struck


def box_of(element: ElementTree.Element, down: float) -> Box:
    where = {name: float(element.get(name, "0")) for name in ("x", "y")}
    anchor = element.get("text-anchor", "start")
    return Label(element.text or "", element.get("class", ""), **where, anchor=anchor).moved(down).box


def lines_of(element: ElementTree.Element, down: float) -> Iterator[Line]:
    """The lines that an element draws: also those of a path that goes along and up or down."""
    at = {name: float(element.get(name, "0")) for name in ("x1", "y1", "x2", "y2")}
    if element.tag == "line" and element.get("class") != "hatch":
        yield (at["x1"], at["y1"] + down), (at["x2"], at["y2"] + down)
    if element.tag == "polyline":
        points = [tuple(map(float, each.split(","))) for each in element.get("points", "").split()]
        yield from (((a[0], a[1] + down), (b[0], b[1] + down)) for a, b in pairwise(points))
    if element.tag == "path" and element.get("class", "").startswith("step"):
        yield from steps_of(element.get("d", ""), down)


def steps_of(path: str, down: float) -> Iterator[Line]:
    start, *moves = path.replace("H", " H").replace("V", " V").removeprefix("M").split(" ")
    x, y = float(start), float(moves.pop(0))
    for move in moves:
        end = (float(move[1:]), y) if move[0] == "H" else (x, float(move[1:]))
        yield (x, y + down), (end[0], end[1] + down)
        x, y = end


def life(*told: Said, every: int = 10, **more: Any) -> Timeline:
    first = date(2026, 9, 10) - timedelta(days=every * (len(told) - 1))
    points = [
        Point(version=n + 1, release=str(first + timedelta(days=every * n)), said=each)
        for n, each in enumerate(told)
    ]
    return timeline(points, today=more.pop("today", TODAY), **more)


NEAR = st.dates(date(2024, 1, 1), date(2031, 12, 31))
DATED = st.builds(
    Dated,
    date=NEAR.map(str) | NEAR.map(lambda day: str(day)[:7]),
    type=st.sampled_from(["ESTIMATED", "ACTUAL", None]),
)
SAID = st.builds(
    Said,
    status=st.none() | st.sampled_from(STATUSES),
    enrollment=st.none() | st.integers(0, 300) | st.sampled_from([10**6, 99_999_999]),
    enrollment_type=st.sampled_from([None, "ESTIMATED", "ACTUAL"]),
    start=st.none() | DATED,
    primary_completion=st.none() | DATED,
    completion=st.none() | DATED,
    sites=st.integers(0, 400),
    countries=st.just(1),
    unknown_day=st.none() | NEAR,
)
EVENTS = [
    EventMark(id=f"evt_{n}", release="2026-09-10", severity="high", kind="dates", headline="x")
    for n in range(7)
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(SAID, min_size=1, max_size=10) | st.lists(SAID, min_size=25, max_size=40),
    st.sampled_from([1, 3, 30, 200]),
    st.sampled_from(SIZES),
    st.booleans(),
    st.integers(0, 60),
)
def test_no_word_of_any_life_is_struck_cut_or_covered(
    told: list[Said], every: int, size: Size, gone: bool, since: int
) -> None:
    more: dict[str, Any] = {"absent_since": "2026-09-15"} if gone else {"events": EVENTS}
    drawn = Drawn(life(*told, every=every, today=date(2026, 9, 15) + timedelta(days=since), **more), size)
    assert drawn.faults() == []


@pytest.mark.parametrize("size", SIZES)
def test_the_old_value_of_a_drop_is_written(size: Size) -> None:
    """NCT07011550 fell from 40 to 7 a few days after it was first read: 7 was all that could be read."""
    told = [said(), said(enrollment=7, enrollment_type="ACTUAL", status="SUSPENDED")]
    drawn = Drawn(life(*told, every=6, today=date(2027, 3, 1), read_until=date(2027, 3, 1)), size)
    assert drawn.faults() == []
    written = " ".join(drawn.texts())
    assert "40 →" in written or "40 estimated" in written
    assert "7 actual" in written


@pytest.mark.parametrize("size", SIZES)
@given(counts=st.lists(st.integers(0, 500), min_size=2, max_size=6), every=st.sampled_from([2, 20, 90]))
@settings(max_examples=60, deadline=None)
def test_the_newest_value_is_always_written_and_of_its_drop_the_one_before(
    size: Size, counts: list[int], every: int
) -> None:
    drawn = Drawn(life(*(said(enrollment=each) for each in counts), every=every), size)
    written = " ".join(drawn.texts())
    assert f"{counts[-1]} estimated" in written
    if counts[-1] < counts[-2]:
        assert f"{counts[-2]} estimated" in written or f"{counts[-2]} → " in written


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dates", [("2025-11-30", "2025-08-15"), ("2025-08-15", "2025-11-30")])
def test_a_date_that_moved_is_written_as_it_was_and_as_it_is(size: Size, dates: tuple[str, str]) -> None:
    told = [said(start=Dated(date=each, type="ESTIMATED")) for each in dates]
    drawn = Drawn(life(*told), size)
    assert drawn.faults() == []
    assert dates[0] in drawn.texts()
    assert any(text.startswith(f"{dates[1]} estimated") for text in drawn.texts())


def test_a_vertical_line_makes_way_for_words() -> None:
    boxes = [Box(5, 20, 15, 30), Box(50, 0, 60, 100), Box(0, 90, 30, 120)]
    assert list(upright(10, 0, 100, boxes)) == [(0, 18), (32, 88)]
    assert list(upright(40, 0, 100, boxes)) == [(0, 100)]


MARKS = {
    "dot target": "target",
    "promise planned now": "target",
    "dot actual": "actual",
    "promise actual now": "actual",
    "promise planned": "earlier",
    "promise actual": "earlier",
    "review": "review",
    "watched": "watched",
    "period": "period",
    "lens": "lens",
    "today": "today",
    "hatched": "hatch",
}
"""What is drawn, and the mark of the legend that explains it; events and statuses are explained by their own class."""


@settings(max_examples=100, deadline=None)
@given(st.lists(SAID, min_size=1, max_size=8), st.booleans(), st.booleans())
def test_the_legend_explains_every_mark_of_the_picture(told: list[Said], gone: bool, seen: bool) -> None:
    review = ReviewMark(at=datetime(2026, 9, 9, tzinfo=UTC), by="ana", version=1)
    more: dict[str, Any] = {"absent_since": "2026-09-15"} if gone else {}
    of = life(*told, reviews=[review] if seen else [], events=EVENTS, **more)
    explained = " ".join(mark for mark, _ in legend(of)).split()
    drawn = [each.get("class", "") for each in Drawn(of, "big").picture.iter()]
    assert {MARKS[each] for each in drawn if each in MARKS} <= set(explained)
    assert {each.split()[1] for each in drawn if each.startswith("event ")} <= set(explained)
    if len(of.spans) > 1:
        assert {each.split()[1] for each in drawn if each.startswith("span ")} <= set(explained)
