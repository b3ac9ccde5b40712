"""Days as people name them: read in one way, or refused with the ways that there are."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import UsageError
from sync.timing.days import day_named, moment_named, period, time_named

TODAY = date(2026, 9, 2)
NOW = datetime(2026, 9, 2, 13, 5, tzinfo=UTC)


@given(st.dates())
def test_a_day_in_the_registrys_form_is_that_day(day: date) -> None:
    assert day_named(day.isoformat(), TODAY) == day
    assert day_named(f" {day.isoformat()} ", TODAY) == day


@given(st.integers(0, 9999))
def test_a_number_of_days_is_counted_back(days: int) -> None:
    assert day_named(f"{days}d", TODAY) == TODAY - timedelta(days=days)


@given(st.text(max_size=12))
def test_whatever_is_given_is_a_day_or_is_refused_in_words(text: str) -> None:
    with suppress(UsageError):
        assert day_named(text, TODAY) <= max(TODAY, day_named("9999-12-31", TODAY))


@pytest.mark.parametrize(
    "text",
    [
        "2026-8-1",
        "01/09/2026",
        "20260801",
        "2026-W31-6",
        "2026-02-30",
        "٢٠٢٦-٠٩-٠١",
        "-1d",
        "1.5d",
        "foo",
        "",
        "2026-08",
    ],
)
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a day"):
        day_named(text, TODAY)


def test_words_name_days_too() -> None:
    assert day_named("Yesterday", TODAY) == date(2026, 9, 1)
    assert day_named("today", TODAY) == TODAY


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    assert period("7d", "yesterday", TODAY) == ("2026-08-26", "2026-09-01")
    assert period(None, "", TODAY) == (None, None)
    assert period("2026-09-01", "2026-09-01", TODAY) == ("2026-09-01", "2026-09-01")
    with pytest.raises(UsageError, match="2026-08-01 is before 2026-09-01"):
        period("yesterday", "2026-08-01", TODAY)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_that_time_and_a_day_its_beginning(at: datetime) -> None:
    assert moment_named(at.isoformat(), TODAY) == at
    assert moment_named(at.replace(tzinfo=None).isoformat(), TODAY) == at
    assert moment_named(at.date().isoformat(), TODAY) == at.replace(hour=0, minute=0, second=0, microsecond=0)


def test_a_time_ahead_is_a_day_a_time_or_a_span() -> None:
    assert time_named("2026-10-01", NOW) == datetime(2026, 10, 1, tzinfo=UTC)
    assert time_named("2026-10-01T09:30", NOW) == datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
    assert time_named("3d", NOW) == NOW + timedelta(days=3)
    for wrong in ("yesterday", "2026-10-32", "soon", "2026-10-01x"):
        with pytest.raises(UsageError):
            time_named(wrong, NOW)
