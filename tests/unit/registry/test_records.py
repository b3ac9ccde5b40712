"""Whole records by id, in chunks, one chunk ahead of the caller (FAULTS B5, B7, B9, C)."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from structlog.contextvars import bind_contextvars, clear_contextvars

from sync.registry.batch import Batch
from sync.registry.errors import Blocked, ReleaseFlip, TooLarge, Unavailable, WalkBroken
from tests.support.logged import capture_logs
from tests.unit.registry.invented import NO_RETRY, Make, Shelf, ids, page_of, study


def names(batches: list[Batch]) -> list[str | None]:
    return [record.nct_id for batch in batches for record in batch.records]


def test_records_come_in_chunks_in_the_order_asked_each_id_once(make_registry: Make) -> None:
    shelf = Shelf(ids(250))
    batches = list(make_registry(shelf).records([*ids(250), *ids(10)]))
    assert [len(batch.asked_ids) for batch in batches] == [100, 100, 50]
    assert names(batches) == ids(250)
    assert not any(record.problem for batch in batches for record in batch.records)
    assert max(len(str(request.url)) for request in shelf.asked) < 2000


def test_nothing_to_read_asks_nothing(make_registry: Make) -> None:
    registry = make_registry(Shelf([]))
    assert list(registry.records([])) == []
    assert registry.requests == 0


def test_nothing_is_asked_before_the_first_batch_is_wanted(make_registry: Make) -> None:
    registry = make_registry(Shelf(ids(5)))
    registry.records(ids(5))
    assert registry.requests == 0


def test_the_next_chunk_is_fetched_while_the_caller_works_on_this_one(make_registry: Make) -> None:
    second = threading.Event()
    shelf = Shelf(ids(300))

    def answer(request: httpx.Request) -> httpx.Response:
        second.set()
        return shelf.answer(request)

    shelf.instead[2] = answer
    batches = make_registry(shelf).records(ids(300))
    next(batches)
    assert second.wait(5)  # without the caller asking for a second batch
    batches.close()  # type: ignore[attr-defined]
    assert len(shelf.asked) == 2


def test_an_absent_study_is_absent_from_the_batch_and_nothing_else(make_registry: Make) -> None:
    held = [nct_id for nct_id in ids(150) if nct_id != "NCT00000007"]
    [first, second] = make_registry(Shelf(held)).records(ids(150))
    assert "NCT00000007" in first.asked_ids
    assert set(first.asked_ids) - set(names([first])) == {"NCT00000007"}
    assert len(second.records) == 50


def test_a_chunk_may_be_paged_too(make_registry: Make) -> None:
    assert names(list(make_registry(Shelf(ids(100), size=30)).records(ids(100)))) == ids(100)


def short(records: int) -> httpx.Response:
    return page_of([study(nct_id) for nct_id in ids(records)], total=10)


def test_a_page_short_of_studies_is_read_again(make_registry: Make) -> None:
    shelf = Shelf(ids(10), instead={1: lambda _: short(7)})
    assert names(list(make_registry(shelf).records(ids(10)))) == ids(10)
    assert len(shelf.asked) == 2


def test_a_page_that_stays_short_is_no_absence(make_registry: Make) -> None:
    registry = make_registry(httpx.MockTransport(lambda _: short(7)))
    with pytest.raises(WalkBroken):
        list(registry.records(ids(10)))
    assert registry.requests == 3


def test_a_total_too_large_is_no_matter_when_every_study_came(make_registry: Make) -> None:
    answer = page_of([study(nct_id) for nct_id in ids(10)], total=600_000)
    assert len(names(list(make_registry(httpx.MockTransport(lambda _: answer)).records(ids(10))))) == 10


def test_a_study_known_under_a_new_id_is_taken_and_one_not_asked_for_is_not(make_registry: Make) -> None:
    renamed = study("NCT00000900", nctIdAliases=["NCT00000001"])
    answer = page_of([renamed, study("NCT00000777"), study("NCT00000003")], total=3)
    [batch] = make_registry(httpx.MockTransport(lambda _: answer)).records(ids(3))
    by_id = {record.nct_id: record for record in batch.records}
    assert by_id["NCT00000900"].aliases == ("NCT00000001",)
    assert by_id["NCT00000900"].problem is None
    assert "not asked for" in str(by_id["NCT00000777"].problem)
    assert by_id["NCT00000003"].problem is None


def test_one_spoilt_study_does_not_stop_the_others(make_registry: Make) -> None:
    def record(nct_id: str) -> Any:
        return b'{"count":NaN}' if nct_id == "NCT00000050" else study(nct_id)

    batches = list(make_registry(Shelf(ids(300), record=record)).records(ids(300)))
    bad = [each for batch in batches for each in batch.records if each.problem]
    assert [each.raw for each in bad] == [b'{"count":NaN}']
    assert len(names(batches)) == 300


def test_an_answer_too_large_is_asked_for_in_halves(make_registry: Make) -> None:
    def record(nct_id: str) -> Any:
        return study(nct_id) | {"text": "x" * (60_000 if nct_id == "NCT00000050" else 1000)}

    shelf = Shelf(ids(100), record=record)
    [batch] = make_registry(shelf, max_bytes=100_000).records(ids(100))
    assert (len(batch.asked_ids), names([batch])) == (100, ids(100))
    assert 3 <= len(shelf.asked) <= 7


def test_one_study_too_large_by_itself_is_kept_apart_and_the_others_are_read(make_registry: Make) -> None:
    shelf = Shelf(
        ids(9), record=lambda nct_id: study(nct_id) | {"text": "x" * (9000 if nct_id == ids(9)[3] else 1)}
    )
    (batch,) = make_registry(shelf, max_bytes=5000).records(ids(9))
    assert sorted(record.nct_id or "" for record in batch.records) == ids(9)
    (apart,) = [record for record in batch.records if record.problem]
    assert (apart.nct_id, apart.problem) == (ids(9)[3], "the answer is larger than 5,000 bytes")
    assert apart.raw.startswith(b"{")


def test_where_every_study_is_too_large_it_is_the_answers_that_are(make_registry: Make) -> None:
    shelf = Shelf(ids(20), record=lambda nct_id: study(nct_id) | {"text": "x" * 1000})
    with pytest.raises(TooLarge):
        list(make_registry(shelf, max_bytes=900).records(ids(20)))
    assert len(shelf.asked) < 20


def test_a_record_that_says_it_is_another_one_asked_for_is_told_from_that_one(make_registry: Make) -> None:
    first, second = ids(2)
    shelf = Shelf(ids(2), record=lambda nct_id: study(second, briefTitle=f"Of {nct_id}"))
    shelf.alone = study(second, briefTitle=f"Of {second}")
    (batch,) = make_registry(shelf).records(ids(2))
    good, bad = sorted(batch.records, key=lambda record: record.problem is not None)
    assert (good.nct_id, good.problem) == (second, None)
    assert f"Of {second}".encode() in good.raw
    assert (bad.nct_id, bad.problem) == (first, f"it says that it is {second}, whose record is another one")


def test_a_study_that_comes_twice_with_different_content_is_kept_apart_with_both(make_registry: Make) -> None:
    shelf = Shelf([*ids(3), ids(1)[0]])
    records = iter(range(9))
    shelf.record = lambda nct_id: study(nct_id, briefTitle=f"Number {next(records)}")
    (batch,) = make_registry(shelf).records(ids(3))
    (bad,) = [record for record in batch.records if record.problem]
    assert bad.nct_id == ids(1)[0]
    assert bad.problem is not None
    assert "2 times in one answer" in bad.problem
    assert b"Number 0" in bad.raw
    assert b"Number 3" in bad.raw
    assert len(batch.records) == 3


def test_a_study_that_comes_twice_as_it_is_comes_once(make_registry: Make) -> None:
    shelf = Shelf(ids(3))
    shelf.instead[1] = lambda _: page_of([*map(study, ids(3)), study(ids(1)[0])], total=3)
    (batch,) = make_registry(shelf).records(ids(3))
    assert [(record.nct_id, record.problem) for record in batch.records] == [
        (nct_id, None) for nct_id in ids(3)
    ]


def of_release(date: str) -> Any:
    return lambda nct_id: study(nct_id) | {"derivedSection": {"miscInfoModule": {"versionHolder": date}}}


def test_a_release_in_the_middle_of_the_reading_ends_it(make_registry: Make) -> None:
    shelf = Shelf(ids(300), record=of_release("2026-09-01"))
    later = Shelf(ids(300), record=of_release("2026-09-02"))
    shelf.instead[3] = later.answer
    batches = make_registry(shelf).records(ids(300))
    assert len(next(batches).records) + len(next(batches).records) == 200
    with pytest.raises(ReleaseFlip, match=r"2026-09-01.*2026-09-02"):
        next(batches)


def test_one_record_with_an_odd_date_is_no_release(make_registry: Make) -> None:
    def record(nct_id: str) -> Any:
        return of_release("2019-01-01" if nct_id == "NCT00000101" else "2026-09-01")(nct_id)

    assert len(names(list(make_registry(Shelf(ids(200), record=record)).records(ids(200))))) == 200


@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_error_in_a_chunk_comes_after_the_chunks_before_it(make_registry: Make, at: int) -> None:
    shelf = Shelf(ids(300), instead={at: lambda _: httpx.Response(503)})
    batches = make_registry(shelf, patience=NO_RETRY).records(ids(300))
    assert names([next(batches) for _ in range(at - 1)]) == ids((at - 1) * 100)
    with pytest.raises(Unavailable):
        next(batches)
    assert len(shelf.asked) == at


def test_being_blocked_in_the_middle_ends_the_reading_at_once(make_registry: Make) -> None:
    shelf = Shelf(ids(300), instead={2: lambda _: httpx.Response(403)})
    with pytest.raises(Blocked):
        list(make_registry(shelf).records(ids(300)))
    assert len(shelf.asked) == 2


def test_never_are_two_requests_under_way(make_registry: Make) -> None:
    shelf, alone, met = Shelf(ids(300)), threading.Semaphore(1), threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        if not alone.acquire(blocking=False):
            met.set()
            return httpx.Response(429)
        met.wait(0.02)  # long enough for another one to come in
        reply = shelf.answer(request)
        alone.release()
        return reply

    registry = make_registry(httpx.MockTransport(answer), patience=NO_RETRY)
    for _ in registry.records(ids(300)):
        registry.search({"term": "x"})  # while the thread ahead fetches the next chunk
    assert not met.is_set()


def test_what_the_thread_ahead_logs_is_bound_to_the_cycle_that_asked(make_registry: Make) -> None:
    shelf = Shelf(ids(100), instead={1: lambda _: httpx.Response(503)})
    bind_contextvars(cycle=7)
    try:
        with capture_logs(processors=[_with_context]) as logs:
            list(make_registry(shelf).records(ids(100)))
    finally:
        clear_contextvars()
    assert [entry["cycle"] for entry in logs if entry["event"] == "registry_asked_again"] == [7]


def _with_context(logger: Any, method: str, event: Any) -> Any:
    from structlog.contextvars import merge_contextvars

    return merge_contextvars(logger, method, event)
