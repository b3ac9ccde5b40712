"""The picture of a study's life: well formed whatever it shows, and every day where it belongs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.web.drawing.axis import Scale, ticks
from sync.web.drawing.svg import tag
from sync.web.drawing.timeline import SIZES, Size, description, draw
from sync.web.views.study.record_values import Dated
from sync.web.views.study.timeline import EventMark, Point, ReviewMark, Said, Timeline, timeline
from tests.support.lives import said

TODAY = date(2026, 9, 20)
SVG = "{http://www.w3.org/2000/svg}"


def words(**told: Any) -> Said:
    return said(**{"enrollment": 24, **told})


def life(*told: Said, **more: Any) -> Timeline:
    """A life in which a version came every tenth day, the last one on 2026-09-10."""
    first = date(2026, 9, 10) - timedelta(days=10 * (len(told) - 1))
    points = [
        Point(version=n + 1, release=str(first + timedelta(days=10 * n)), said=each)
        for n, each in enumerate(told)
    ]
    return timeline(points, today=more.pop("today", TODAY), **more)


def parsed(life: Timeline, size: Size = "big") -> ElementTree.Element:
    return ElementTree.fromstring(f'<x xmlns="http://www.w3.org/2000/svg">{draw(life, size)}</x>')[0]


def of_class(picture: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [each for each in picture.iter() if name in each.get("class", "").split()]


def texts(picture: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}text")]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("versions", [1, 2, 40])
def test_a_life_of_any_length_is_drawn_with_a_box_for_each_status(size: Size, versions: int) -> None:
    statuses = ["RECRUITING", "SUSPENDED"]
    told = [words(status=statuses[n % 2], sites=n) for n in range(versions)]
    picture = parsed(life(*told), size)
    assert len(of_class(picture, "span")) == versions
    assert picture.get("viewBox", "").startswith("0 0 ")
    assert picture.find(f"{SVG}title") is not None


def test_what_came_last_is_named_though_its_box_is_too_narrow_for_it() -> None:
    told = life(words(), words(status="UNKNOWN"), today=date(2026, 9, 10))
    for size in SIZES:
        picture = parsed(told, size)
        assert len(of_class(picture, "st-unknown")) == 1
        assert "Unknown" in [each.text for each in of_class(picture, "name")]


def test_a_slip_shows_each_promised_date_from_left_to_right_and_says_how_far_it_went() -> None:
    dates = ["2027-03-31", "2027-06-30", "2027-12-31"]
    told = [words(completion=Dated(date=each, type="ESTIMATED")) for each in dates]
    picture = parsed(life(*told))
    (line,) = of_class(picture, "slip")
    places = [tuple(map(float, point.split(","))) for point in line.get("points", "").split()]
    assert places == sorted(places)
    assert len(places) == 3
    assert "2027-12-31 estimated · +275 days" in texts(picture)
    assert "2027-03-31" in texts(picture)


def test_a_date_that_was_moved_forty_times_keeps_its_first_and_its_last_places() -> None:
    told = [
        words(completion=Dated(date=str(date(2027, 1, 1) + timedelta(days=30 * n)), type="ESTIMATED"))
        for n in range(40)
    ]
    picture = parsed(life(*told))
    titles = [each.text or "" for each in picture.iter(f"{SVG}title")]
    assert any(each.startswith("2027-01-01 estimated") for each in titles)
    assert any(each.startswith(str(date(2027, 1, 1) + timedelta(days=30 * 39))) for each in titles)
    assert len([each for each in titles if " estimated, as of" in each]) == 12 + 1


def test_a_day_that_has_passed_without_becoming_actual_says_so() -> None:
    picture = parsed(life(words(completion=Dated(date="2026-08-31", type="ESTIMATED"))))
    assert "2026-08-31 estimated · passed" in texts(picture)


def test_today_stands_between_what_was_and_what_is_forecast() -> None:
    picture = parsed(life(words(unknown_day=date(2026, 10, 5)), words(unknown_day=date(2026, 10, 5))))
    todays = {float(each.get("x1", "")) for each in of_class(picture, "today")}
    hatched = [float(each.get("x", "")) for each in of_class(picture, "hatched")]
    assert len(todays) == 2
    assert len(hatched) == 2
    assert max(float(each.get("x", "")) for each in of_class(picture, "box")) < max(todays)
    assert min(hatched) > min(todays)
    assert any("UNKNOWN" in each for each in texts(picture))


def test_an_event_is_a_link_that_names_itself() -> None:
    mark = EventMark(id="evt_a", release="2026-09-10", severity="high", kind="status", headline="Stopped")
    (link,) = of_class(parsed(life(words(), events=[mark])), "event")
    assert link.get("href") == "/events/evt_a"
    assert link[0].text == "2026-09-10, high: Stopped"
    assert link[1].tag == f"{SVG}polygon"


def test_events_of_one_day_stand_on_top_of_each_other() -> None:
    marks = [
        EventMark(id=f"evt_{n}", release="2026-09-10", severity="low", kind="status", headline="x")
        for n in range(9)
    ]
    circles = [each[1] for each in of_class(parsed(life(words(), events=marks)), "event")]
    assert len({each.get("cx") for each in circles}) == 1
    assert len({each.get("cy") for each in circles}) == 5


def test_nothing_hidden_from_screen_readers_can_be_reached_by_keyboard() -> None:
    mark = EventMark(id="evt_a", release="2026-09-10", severity="high", kind="status", headline="Stopped")
    picture = parsed(life(words(), events=[mark]))
    hidden = [each for each in picture.iter() if each.get("aria-hidden") == "true"]
    assert hidden
    assert not [link for each in hidden for link in each.iter(f"{SVG}a")]


def test_no_colour_and_no_style_is_written_into_the_picture() -> None:
    review = ReviewMark(at=datetime(2026, 9, 9, tzinfo=UTC), by="ana", version=1)
    told = life(words(), words(status="UNKNOWN"), reviews=[review], absent_since="2026-09-15")
    for size in SIZES:
        source = str(draw(told, size))
        assert not re.search(r'style=|#[0-9a-f]{3,6}\b"|rgb|<style|<script| on\w+=', source)


HOSTILE = "</title><script>alert(1)</script>\"'&\x00\x0b\u202e\ud800\ufffe"


@pytest.mark.parametrize("size", SIZES)
def test_hostile_words_stay_words(size: Size) -> None:
    mark = EventMark(id=HOSTILE, release="2026-09-10", severity=HOSTILE, kind=HOSTILE, headline=HOSTILE)
    review = ReviewMark(at=datetime(2026, 9, 9, tzinfo=UTC), by=HOSTILE, version=1)
    told = life(
        words(status=HOSTILE, enrollment_type=HOSTILE),
        words(status="RECRUITING", completion=Dated(date="2028-06", type=HOSTILE)),
        events=[mark],
        reviews=[review],
    )
    assert "<script" not in draw(told, size)
    picture = parsed(told, size)
    assert not [each for each in picture.iter() if each.tag.endswith("script")]


def test_an_element_escapes_what_it_is_given() -> None:
    assert tag("a", "x < y & z", href='"><b>', class_="c", width=1.0, gone=None) == (
        '<a href="&#34;&gt;&lt;b&gt;" class="c" width="1">x &lt; y &amp; z</a>'
    )
    assert tag("path", d="M0 0") == '<path d="M0 0"/>'


def test_the_picture_is_told_in_words() -> None:
    told = life(words(), words(status="UNKNOWN"), today=TODAY)
    assert description(told) == (
        "2 versions. Status: Recruiting from 2026-08-31 to 2026-09-10; Unknown from 2026-09-10. "
        "Dates: Start 2025-11-03; Primary completion 2027-05-31; Completion 2028-06."
    )


def test_a_life_without_versions_has_no_picture() -> None:
    assert draw(timeline([], today=TODAY)) == ""


DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))


@given(st.lists(DAYS, min_size=1, max_size=6), st.integers(50, 1500))
def test_a_later_day_never_stands_left_of_an_earlier_one(days: list[date], width: int) -> None:
    scale = Scale.around(days, 10, 10 + width)
    places = [scale.x(day) for day in sorted(days)]
    assert places == sorted(places)
    assert all(10 <= place <= 10 + width for place in places)


@given(st.lists(DAYS, min_size=1, max_size=3), st.integers(100, 1500))
def test_ticks_are_in_order_on_the_axis_and_have_room_for_their_words(days: list[date], width: int) -> None:
    scale = Scale.around(days, 0, width)
    found = ticks(scale, 78)
    places = [scale.x(each.day) for each in found]
    assert all(scale.holds(each.day) for each in found)
    assert all(later - one >= 70 for one, later in pairwise(places))


def partial() -> Iterator[st.SearchStrategy[str]]:
    yield st.dates().map(str)
    yield st.dates().map(lambda day: str(day)[:7])
    yield st.integers(1, 9999).map(lambda year: f"{year:04}")


DATED = st.builds(
    Dated,
    date=st.one_of(*partial()) | st.just("some day"),
    type=st.sampled_from([None, "ESTIMATED", "ACTUAL"]),
)
SAID = st.builds(
    Said,
    status=st.sampled_from([None, "RECRUITING", "UNKNOWN", "WITHHELD", "A <new> WORD"]),
    enrollment=st.none() | st.integers(-5, 10**12),
    enrollment_type=st.sampled_from([None, "ESTIMATED", "ACTUAL"]),
    start=st.none() | DATED,
    primary_completion=st.none() | DATED,
    completion=st.none() | DATED,
    sites=st.integers(0, 1000),
    countries=st.just(1),
    unknown_day=st.none() | st.dates(),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SAID, min_size=1, max_size=8), st.sampled_from(SIZES), st.booleans())
def test_any_life_is_drawn_within_its_picture(told: list[Said], size: Size, gone: bool) -> None:
    picture = parsed(life(*told, absent_since="2026-09-15" if gone else None), size)
    width, height = map(float, picture.get("viewBox", "").split()[2:])
    for each in picture.iter(f"{SVG}rect"):
        assert -6 <= float(each.get("x", "")) <= width
        assert 0 <= float(each.get("width", "")) <= width
    assert height < 2_000
