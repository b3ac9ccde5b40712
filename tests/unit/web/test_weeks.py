"""Weeks of releases."""

from __future__ import annotations

from datetime import date

from sync.web.views.cohort.weeks import Weeks

FRIDAY = date(2026, 9, 4)


def test_weeks_begin_on_mondays_and_the_last_has_the_day_in_it() -> None:
    weeks = Weeks(FRIDAY, 3)
    assert weeks.mondays == [date(2026, 8, 17), date(2026, 8, 24), date(2026, 8, 31)]
    assert weeks.since == "2026-08-17"
    assert Weeks(date(2026, 8, 31), 1).mondays == [date(2026, 8, 31)]


def test_a_release_lies_in_one_week_or_in_none() -> None:
    weeks = Weeks(FRIDAY, 2)
    releases = (
        "2026-08-23",
        "2026-08-24",
        "2026-08-30",
        "2026-08-31",
        "2026-09-06",
        "2026-09-07",
        "2026-09",
        "",
    )
    assert [weeks.place(each) for each in releases] == [None, 0, 0, 1, 1, None, None, None]


def test_numbers_are_summed_by_week() -> None:
    given = [("2026-08-24", 1), ("2026-08-28", 2), ("2026-09-04", 4), ("2026-07-01", 8)]
    assert Weeks(FRIDAY, 2).sums(given) == (3, 4)
