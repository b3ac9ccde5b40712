"""The database goes away in the middle of a cycle and comes back: the next cycle does not wait for its own old lease."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storage.errors import StorageError
from storage.lease import acquire
from sync.cycle.cycle import run_cycle
from sync.demo.registry import RunningRegistry, serve
from sync.leases import NAME, TTL, HeldElsewhere, leased
from sync.service import Service, utc_now
from tests.acceptance.instance import Instance, watch
from tests.acceptance.registry_server import study, told, write_corpus
from tests.support.postgresql import Server

NCT = "NCT90000001"


@dataclass
class Elsewhere(Instance):
    """An instance whose database is not a file."""

    address: str = ""

    @property
    def url(self) -> str:
        return self.address


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RunningRegistry]:
    corpus = write_corpus(tmp_path / "c.jsonl", [told(NCT, {"2026-09-01": study(NCT)})])
    with serve([corpus], release="2026-09-01") as running:
        yield running


def when_fetched(service: Service, meanwhile: Callable[[], object]) -> None:
    """Lets something happen once the first batch is fetched."""
    records = service.registry.records

    def delayed(ids: Sequence[str], known: Mapping[str, str]) -> Iterator[Any]:
        for batch in records(ids, known):
            meanwhile()
            yield batch

    service.registry.records = delayed  # type: ignore[method-assign]


def test_a_postgresql_server_that_was_away_is_worked_on_again_at_once(
    registry: RunningRegistry, postgresql: Server, tmp_path: Path
) -> None:
    with postgresql.database() as url:
        instance = Elsewhere(tmp_path, registry.api_url, (watch(NCT),), address=url)
        with instance.service() as service:
            usual = service.registry.records
            name = str(service.database.engine.url.database)
            when_fetched(service, lambda: postgresql.take_away(name))
            with pytest.raises(StorageError) as caught:
                run_cycle(service)
            assert caught.value.passing
            postgresql.give_back(name)
            service.registry.records = usual  # type: ignore[method-assign]
            assert run_cycle(service).state == "complete"


def test_a_sqlite_file_that_was_locked_for_long_is_worked_on_again_at_once(
    registry: RunningRegistry, tmp_path: Path
) -> None:
    instance = Instance(tmp_path, registry.api_url, (watch(NCT),), lock_wait_s=0.1)
    with (
        instance.service() as service,
        closing(sqlite3.connect(instance.file, isolation_level=None)) as another,
    ):
        usual = service.registry.records
        when_fetched(service, lambda: another.execute("BEGIN IMMEDIATE"))
        with pytest.raises(StorageError) as caught:
            run_cycle(service)
        assert caught.value.passing
        another.execute("ROLLBACK")
        service.registry.records = usual  # type: ignore[method-assign]
        assert run_cycle(service).state == "complete"


def test_a_cycle_under_way_in_this_very_process_is_not_taken_over_from(tmp_path: Path) -> None:
    instance = Instance(tmp_path, "http://127.0.0.1:9/api/v2", (watch(NCT),))
    with instance.database() as one, instance.database() as other, leased(one, utc_now):
        for database in (one, other):
            with pytest.raises(HeldElsewhere), leased(database, utc_now):
                pass


def test_the_lease_of_another_process_is_waited_for(tmp_path: Path) -> None:
    instance = Instance(tmp_path, "http://127.0.0.1:9/api/v2", (watch(NCT),))
    with instance.database() as database:
        with database.write() as session:
            assert acquire(session, NAME, "elsewhere/x/7/1", TTL, utc_now())
        with pytest.raises(HeldElsewhere), leased(database, utc_now):
            pass
