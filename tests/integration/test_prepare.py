"""New records are prepared alike by a pool of processes and by our own, whatever becomes of the pool."""

import gc
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context

import pytest

from sync.config import LogSettings, PerformanceSettings
from sync.cycle import prepare
from sync.cycle.classify import Recorded, Unreadable
from sync.cycle.heap import OBJECTS
from sync.cycle.prepare import Preparing, Reading, prepared, preparing
from sync.registry.pages import RawRecord

READING = Reading("2026-09-01", "2026-09-01T09:00:04", datetime(2026, 9, 1, 10, tzinfo=UTC), 1)


def record(number: int) -> RawRecord:
    """A small record; the seventh cannot be read."""
    nct_id = f"NCT9000{number:04}"
    raw = f'{{"protocolSection":{{"identificationModule":{{"nctId":"{nct_id}","briefTitle":"Invented"}}}}}}'
    return RawRecord(nct_id, (raw if number != 7 else raw.replace("}}}", "")).encode())


RECORDS = [record(number) for number in range(1, 121)]


def test_a_pool_prepares_what_one_process_prepares() -> None:
    alone = prepared(RECORDS, READING)
    with preparing(2, LogSettings()) as pool:
        together = pool(RECORDS, READING, lambda: None)
    assert [_said(each) for each in together] == [_said(each) for each in alone]
    assert [type(each) for each in alone].count(Unreadable) == 1


def test_the_collector_comes_to_a_pool_as_seldom_as_to_a_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "Preparing", lambda pool: pool)
    with preparing(2, LogSettings()) as pool:
        assert pool.submit(gc.get_threshold).result()[0] == OBJECTS  # type: ignore[attr-defined]
        assert pool.submit(gc.get_freeze_count).result() > 0  # type: ignore[attr-defined]


def _said(each: Recorded | Unreadable) -> object:
    return each.version if isinstance(each, Recorded) else (each.nct_id, each.reason)


def test_a_pool_that_was_killed_is_done_without() -> None:
    pool = ProcessPoolExecutor(1, get_context("spawn"))
    os.kill(pool.submit(os.getpid).result(), signal.SIGKILL)
    found = Preparing(pool)(RECORDS, READING, lambda: None)
    assert len(found) == len(RECORDS)
    pool.shutdown()


@pytest.mark.parametrize(("workers", "processes"), [(0, 0), (1, 0), (2, 2), (None, 7)])
def test_one_worker_or_none_is_our_own_process(
    monkeypatch: pytest.MonkeyPatch, workers: int | None, processes: int
) -> None:
    monkeypatch.setattr("sync.config.usable_cores", lambda: 8)
    assert PerformanceSettings(workers=workers).processes == processes


def test_what_is_prepared_holds_no_tree_of_values() -> None:
    (found,) = prepare.prepared(RECORDS[:1], READING)
    assert isinstance(found, Recorded)
    assert found.version is not None
    assert found.version.summary.title == "Invented"
