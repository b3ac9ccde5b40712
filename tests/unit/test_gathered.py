"""Which answers are written down together, and what becomes of them where a later request fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.cycle.gathered import MOST_BYTES, MOST_STUDIES, gathered
from sync.errors import Stopped, TrialdeltaError
from sync.registry.batch import Batch
from sync.registry.pages import RawRecord


def batch(first: int, size: int = 100, raw: bytes = b"{}") -> Batch:
    ids = tuple(f"NCT{number:08}" for number in range(first, first + size))
    return Batch(ids, [RawRecord(nct_id, raw) for nct_id in ids])


def never() -> None:
    """Nobody asks to stop."""


def test_batches_come_in_groups_of_some_hundred_studies_in_order_and_none_is_lost() -> None:
    batches = [batch(1 + 100 * place) for place in range(12)]
    groups = list(gathered(batches, never))
    assert [each for group in groups for each in group] == batches
    assert [sum(len(each.asked_ids) for each in group) for group in groups] == [
        MOST_STUDIES,
        MOST_STUDIES,
        200,
    ]


def test_large_records_wait_for_no_others() -> None:
    large = [batch(place, 1, b"x" * MOST_BYTES) for place in (1, 2)]
    assert list(gathered(large, never)) == [[large[0]], [large[1]]]


def test_what_came_before_a_request_that_failed_is_written_down_before_the_error() -> None:
    def answers() -> Iterator[Batch]:
        yield batch(1)
        yield batch(101)
        raise TrialdeltaError("the registry is down")

    groups = gathered(answers(), never)
    assert next(groups) == [batch(1), batch(101)]
    with pytest.raises(TrialdeltaError, match="down"):
        next(groups)


def test_whether_to_stop_is_asked_after_each_request() -> None:
    asked = []

    def stop_after_two() -> None:
        asked.append(True)
        if len(asked) == 2:
            raise Stopped

    groups = gathered((batch(1 + 100 * place) for place in range(9)), stop_after_two)
    assert next(groups) == [batch(1), batch(101)]
    with pytest.raises(Stopped):
        next(groups)
