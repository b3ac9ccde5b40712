"""What found a study, in words."""

from __future__ import annotations

import pytest

from sync.cohort.searches import found_by, search_in_words

SEARCHES = ({"cond": "lupus", "query.intr": "CAR-T"}, {"filter.advanced": "AREA[Phase]PHASE1"})


def test_a_search_is_told_by_what_it_asks_for() -> None:
    assert search_in_words(SEARCHES[0]) == "the search for condition “lupus” and intervention “CAR-T”"


def test_a_parameter_without_a_label_is_named_as_it_was_written() -> None:
    assert search_in_words(SEARCHES[1]) == "the search for the parameter filter.advanced “AREA[Phase]PHASE1”"


@pytest.mark.parametrize(
    "source, told",
    [
        ("id", "its id in the configuration"),
        ("search 1", "the search for condition “lupus” and intervention “CAR-T”"),
        ("search 9", "a search of the watch"),
        ("search x", "a search of the watch"),
        ("related", "its nearness to another study"),
        ("related NCT99000001", "its nearness to NCT99000001"),
        ("", "a search of the watch"),
    ],
)
def test_a_source_is_told_by_the_search_that_it_numbers_where_the_watch_still_has_it(
    source: str, told: str
) -> None:
    assert found_by(source, SEARCHES) == told
