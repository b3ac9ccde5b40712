"""Partial dates keep the registry's text and precision."""

from datetime import date

import pytest

from sync.study.dates import PartialDate


def parsed(text: str) -> PartialDate:
    found = PartialDate.parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text, precision, first, last",
    [
        ("2026", "year", date(2026, 1, 1), date(2026, 12, 31)),
        ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-08-31", "day", date(2026, 8, 31), date(2026, 8, 31)),
        ("9999", "year", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_date_keeps_its_text_and_tells_the_days_it_can_mean(text, precision, first, last):
    found = parsed(text)
    assert (found.text, found.precision, found.first, found.last) == (text, precision, first, last)


@pytest.mark.parametrize(
    "value", [None, 2026, "", "0000", "2026-13", "2026-02-30", "2026-1", "２０２６", "2026-08-31T00:00", []]
)
def test_what_is_no_date_is_none_and_never_an_error(value):
    assert PartialDate.parse(value) is None


@pytest.mark.parametrize(
    "old, new, days",
    [
        ("2027-06", "2027-06-15", 0),
        ("2027-06-15", "2027-06", 0),
        ("2027", "2027-03", 0),
        ("2027-06-15", "2027-06-20", 5),
        ("2027-06", "2027-07", 31),
        ("2027-06-30", "2027-05-31", -30),
        ("2027-06", "2028-01-15", 199),
    ],
)
def test_a_gain_or_loss_of_precision_is_no_slip(old, new, days):
    assert parsed(old).days_to(parsed(new)) == days
