"""The drawings of a watch's page: well formed whatever they show, with a title for who cannot see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from sync.web.drawing.bars import LONGEST, bars
from sync.web.drawing.flows import flows
from sync.web.drawing.sparkline import HEIGHT, sparkline
from sync.web.drawing.status_mix import status_mix
from sync.web.drawing.weeks import weeks

MONDAY = date(2026, 3, 9)
HOSTILE = "</title><script>alert(1)</script>\" onload='x' & \0\x1b\ufffe\ud800"
some_words = st.text(max_size=60)
some_number = st.integers(0, 10**6)


def parsed(drawing: Markup) -> ElementTree.Element:
    """The drawing as XML, after it was sent over the wire."""
    return ElementTree.fromstring(drawing.encode("utf-8", "strict"))


def percent(element: ElementTree.Element, name: str) -> float:
    return float(element.attrib[name].removesuffix("%"))


def by_week(numbers: list[dict[str, int]]) -> list[tuple[date, dict[str, int]]]:
    return [(MONDAY + timedelta(weeks=place), each) for place, each in enumerate(numbers)]


DRAWINGS: dict[str, Callable[[str], Markup]] = {
    "bars": lambda words: bars([(words, 3), ("Norway", 2)], words),
    "flows": lambda words: flows([(1, 2), (0, 0)], words),
    "mix": lambda words: status_mix([(words, words, 3), ("Recruiting", "st-recruiting", 2)], words),
    "sparkline": lambda _words: sparkline((1, 0, 2), 2),
    "weeks": lambda words: weeks(by_week([{words: 1}, {"high": 2}]), words),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_hostile_words_stay_words(name: str) -> None:
    drawing = DRAWINGS[name](HOSTILE)
    assert {element.tag for element in parsed(drawing).iter()} <= {
        "svg",
        "title",
        "rect",
        "path",
        "line",
        "text",
    }
    assert "<script" not in drawing
    assert not re.search(r"<[^>]*\s(style|on\w+)=", re.sub(r'"[^"]*"', '""', drawing))


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_says_what_it_is(name: str) -> None:
    svg = parsed(DRAWINGS[name]("Studies"))
    title = svg.find("title")
    assert svg.attrib["role"] == "img"
    assert title is not None
    assert title.text


@given(st.lists(st.tuples(some_words, some_number), max_size=8))
def test_any_words_and_numbers_make_well_formed_drawings(numbers: list[tuple[str, int]]) -> None:
    parsed(bars(numbers, "x"))
    parsed(status_mix([(word, word, number) for word, number in numbers], "x"))
    parsed(weeks(by_week([{word: number} for word, number in numbers]), "x"))
    parsed(flows([(number, len(word)) for word, number in numbers], "x"))


@given(st.lists(some_number, min_size=1, max_size=20))
def test_the_parts_of_a_mix_fill_the_bar(numbers: list[int]) -> None:
    drawn = [
        percent(each, "width")
        for each in parsed(status_mix([("x", "y", n) for n in numbers], "x")).iter("rect")
    ]
    assert len(drawn) == sum(number > 0 for number in numbers)
    assert sum(drawn) == pytest.approx(100 if any(numbers) else 0, abs=0.2)


@given(st.lists(some_number, min_size=1, max_size=12))
def test_a_sparkline_is_one_short_path_and_keeps_within_its_height(numbers: list[int]) -> None:
    drawing = sparkline(tuple(numbers), max(numbers))
    paths = list(parsed(drawing).iter("path"))
    heights = [int(height) for path in paths for height in re.findall(r"v-(\d+)", path.attrib["d"])]
    assert len(paths) == any(numbers)
    assert len(heights) == sum(number > 0 for number in numbers)
    assert all(3 <= height <= HEIGHT for height in heights)
    assert len(drawing) < 320


def test_a_sparkline_tells_its_sum() -> None:
    assert "<title>1 event in 3 weeks</title>" in sparkline((0, 1, 0), 4)
    assert "<title>0 events in 3 weeks</title>" in sparkline((0, 0, 0), 0)


def test_the_liveliest_week_is_as_high_as_the_drawing_and_bears_its_number() -> None:
    svg = parsed(weeks(by_week([{"critical": 1, "low": 3}, {"critical": 2, "low": 0}, {}]), "Events"))
    heights = [float(each.attrib["height"]) for each in svg.iter("rect")]
    assert heights == [30, 90, 60]
    assert [each.text for each in svg.iter("text")] == ["4", "9 Mar", "16 Mar", "23 Mar"]


def test_only_a_few_of_many_weeks_are_named() -> None:
    svg = parsed(weeks(by_week([{"low": 1}] * 26), "Events"))
    assert [each.text for each in svg.iter("text")][1:] == ["9 Mar", "27 Apr", "15 Jun", "3 Aug"]


def test_who_came_stands_above_the_line_and_who_left_below() -> None:
    rects = list(parsed(flows([(4, 2)], "x")).iter("rect"))
    assert [(each.attrib["class"], each.attrib["y"], each.attrib["height"]) for each in rects] == [
        ("came", "0", "40"),
        ("went", "40", "20"),
    ]


def test_bars_are_as_long_as_their_numbers_and_cut_long_words() -> None:
    svg = parsed(bars([("Norway", 4), ("L" * 80, 1)], "x"))
    assert [percent(each, "width") for each in svg.iter("rect") if each.attrib["class"] == "bar"] == [100, 25]
    assert max(len(each.text or "") for each in svg.iter("text")) == LONGEST
