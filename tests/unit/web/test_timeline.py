"""A study's life out of its versions."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.demo.story.cast import CAST, record
from sync.web.views.study.timeline import EventMark, Point, ReviewMark, Said, Timeline, said, timeline

TODAY = date(2026, 9, 20)


def version(number: int, release: str, **changes: Any) -> Point:
    """A version of an invented study; `status`, `count`, `type`, `completion`, `sites` as they are in it."""
    made = copy.deepcopy(record(CAST[0]))
    status, design = made["protocolSection"]["statusModule"], made["protocolSection"]["designModule"]
    status["overallStatus"] = changes.get("status", "RECRUITING")
    if "completion" in changes:
        status["completionDateStruct"] = {"date": changes["completion"], "type": "ESTIMATED"}
    design["enrollmentInfo"] = {
        "count": changes.get("count", 30),
        "type": changes.get("type", "ESTIMATED"),
    }
    locations = made["protocolSection"]["contactsLocationsModule"]
    locations["locations"] = locations["locations"][: changes.get("sites", 3)]
    return Point(version=number, release=release, said=said(made))


def test_a_version_says_what_its_record_says() -> None:
    told = said(record(CAST[0]))
    assert (told.status, told.enrollment, told.enrollment_type) == ("RECRUITING", 30, "ESTIMATED")
    assert (told.sites, told.countries) == (3, 2)
    assert told.completion is not None
    assert (told.completion.date, told.completion.type) == ("2028-06", "ESTIMATED")
    assert told.unknown_day == date(2028, 7, 1)


def test_a_record_without_anything_says_nothing() -> None:
    told = said({})
    assert (told.status, told.enrollment, told.start, told.sites) == (None, None, None, 0)


def test_one_version_is_one_span_that_still_stands() -> None:
    life = timeline([version(1, "2026-09-07")], today=TODAY)
    assert [(each.status, each.since, each.until) for each in life.spans] == [
        ("RECRUITING", "2026-09-07", None)
    ]
    assert [(each.since, each.count) for each in life.enrollment] == [("2026-09-07", 30)]
    assert [lane.slip_days for lane in life.lanes] == [0, 0, 0]
    assert (life.read_until, life.forecast) == (TODAY, date(2028, 7, 1))


def test_a_status_that_comes_back_is_a_span_of_its_own() -> None:
    statuses = ["RECRUITING", "RECRUITING", "SUSPENDED", "RECRUITING"]
    points = [version(n, f"2026-09-{n:02}", status=status) for n, status in enumerate(statuses, start=1)]
    assert [(each.status, each.since, each.until) for each in timeline(points, today=TODAY).spans] == [
        ("RECRUITING", "2026-09-01", "2026-09-03"),
        ("SUSPENDED", "2026-09-03", "2026-09-04"),
        ("RECRUITING", "2026-09-04", None),
    ]


def test_a_slip_is_each_date_that_was_promised_and_the_days_from_first_to_last() -> None:
    dates = ["2028-06", "2028-06", "2028-12-31", "2028-11"]
    points = [version(n, f"2026-09-{n:02}", completion=each) for n, each in enumerate(dates, start=1)]
    lane = timeline(points, today=TODAY).lanes[2]
    assert [(each.text, each.since) for each in lane.promises] == [
        ("2028-06", "2026-09-01"),
        ("2028-12-31", "2026-09-03"),
        ("2028-11", "2026-09-04"),
    ]
    assert lane.slip_days == (date(2028, 11, 30) - date(2028, 6, 30)).days
    assert (lane.promises[0].first, lane.promises[0].last) == (date(2028, 6, 1), date(2028, 6, 30))


def test_enrollment_steps_when_the_target_moves_and_when_it_becomes_actual() -> None:
    points = [
        version(1, "2026-09-01", count=30),
        version(2, "2026-09-02", count=40),
        version(3, "2026-09-03", count=40, type="ACTUAL"),
    ]
    assert [(each.count, each.type) for each in timeline(points, today=TODAY).enrollment] == [
        (30, "ESTIMATED"),
        (40, "ESTIMATED"),
        (40, "ACTUAL"),
    ]


def test_the_stub_of_a_withheld_record_does_not_close_the_sites() -> None:
    points = [version(1, "2026-09-01"), version(2, "2026-09-02", status="WITHHELD", sites=0)]
    assert [each.count for each in timeline(points, today=TODAY).sites] == [3]


def test_an_absent_study_ends_where_it_went_and_nothing_is_forecast_of_it() -> None:
    life = timeline(
        [version(1, "2026-09-01")], today=TODAY, read_until=date(2026, 9, 9), absent_since="2026-09-10"
    )
    assert (life.spans[0].until, life.forecast, life.read_until) == ("2026-09-10", None, date(2026, 9, 9))


def test_marks_stand_in_the_order_of_time() -> None:
    events = [
        EventMark(id=f"evt_{day}", release=f"2026-09-{day}", severity="low", kind="sites", headline="x")
        for day in ("09", "03", "05")
    ]
    reviews = [ReviewMark(at=datetime(2026, 9, day, tzinfo=UTC), by="ana", version=1) for day in (8, 2)]
    life = timeline([version(1, "2026-09-01")], today=TODAY, events=events, reviews=reviews)
    assert [mark.id for mark in life.events] == ["evt_03", "evt_05", "evt_09"]
    assert [mark.at.day for mark in life.reviews] == [2, 8]


def test_the_turns_are_the_versions_that_say_something_new() -> None:
    points = [
        version(1, "2026-09-01"),
        version(2, "2026-09-02"),
        version(3, "2026-09-03", count=40),
        version(4, "2026-09-04", count=40),
    ]
    assert [each.version for each in timeline(points, today=TODAY).turns] == [1, 3]


def test_no_version_is_no_life() -> None:
    life = timeline([], today=TODAY)
    assert (life.spans, life.enrollment, life.turns, life.forecast) == ((), (), (), None)
    assert Timeline.model_validate_json(life.model_dump_json()) == life


SAID = st.builds(
    Said,
    status=st.sampled_from([None, "RECRUITING", "SUSPENDED", "A NEW WORD"]),
    enrollment=st.none() | st.integers(0, 10**6),
    enrollment_type=st.sampled_from([None, "ESTIMATED", "ACTUAL"]),
    start=st.none(),
    primary_completion=st.none(),
    completion=st.none(),
    sites=st.integers(0, 500),
    countries=st.just(0),
    unknown_day=st.none(),
)


@given(st.lists(SAID, min_size=1, max_size=12))
def test_spans_follow_each_other_without_a_gap_and_tell_every_change(words: list[Said]) -> None:
    points = [Point(version=n, release=f"2026-08-{n:02}", said=each) for n, each in enumerate(words, start=1)]
    spans = timeline(points, today=TODAY).spans
    assert spans[0].since == points[0].release
    assert spans[-1].until is None
    assert all(one.until == other.since for one, other in pairwise(spans))
    assert all(one.status != other.status for one, other in pairwise(spans))
    for point in points:
        (on,) = [s for s in spans if s.since <= point.release < (s.until or "9999")]
        assert on.status == point.said.status
