"""Every fault that the local registry server can have: the client tells the truth or an error, never anything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from sync.demo.registry import RunningRegistry, serve
from sync.demo.registry.faults import KINDS
from sync.demo.registry.faults.poison import POISONS
from sync.registry.client import Registry
from sync.registry.errors import NotFound, RegistryError
from sync.registry.settings import RegistrySettings
from tests.unit.registry.invented import NO_RETRY, ids

T = TypeVar("T")

RELEASES = ("2026-09-01", "2026-09-02")
HELD = ids(120)
QUICK = {"slow": "slow:0.01", "stall": "stall:0.5", "gzip-bomb": "gzip-bomb:40"}
TRUTHS = {"hide", "vanish", "alias", "stale-replica", "claims", "leads"}
"""No faults of an answer: then the registry does hold something else."""

FAULTS = [
    *(QUICK.get(name, name) for name in KINDS if name not in TRUTHS | {"poison"}),
    *(f"poison:{name}" for name in POISONS),
    *("429:day", "429:date", "429:none", "429:negative", "html-maintenance:json", "short-page:7"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    corpus = tmp_path_factory.mktemp("registry") / "corpus.jsonl"
    studies = [
        {"protocolSection": {"identificationModule": {"nctId": nct_id, "briefTitle": "Lupus"}}}
        for nct_id in HELD
    ]
    lines = [
        {"nctId": nct_id, "versions": [{"release": RELEASES[0], "study": study}]}
        for nct_id, study in zip(HELD, studies, strict=True)
    ]
    corpus.write_text("\n".join(map(json.dumps, lines)))
    releases = corpus.with_name("releases.txt")
    releases.write_text("\n".join(RELEASES))
    with serve([corpus], releases=[releases], release=RELEASES[0]) as running:
        yield running


@pytest.fixture
def registry(server: RunningRegistry) -> Iterator[Registry]:
    settings = RegistrySettings(base_url=server.api_url, min_interval_s=0, timeout_s=0.3, ids_per_request=60)
    with Registry(settings, patience=NO_RETRY, max_bytes=30_000_000) as client:
        yield client


def switch_on(server: RunningRegistry, *faults: str) -> None:
    server.set_faults()
    server.move_to(RELEASES[0])
    server.set_faults(*faults)


def answer_of(ask: Callable[[], T]) -> T | None:
    """The answer, or None for an error; that there is no such study would be a lie, whatever the fault."""
    try:
        return ask()
    except NotFound:
        raise
    except RegistryError:
        return None


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if not fault.startswith("poison")])
def test_a_release_is_the_true_one_or_an_error(
    server: RunningRegistry, registry: Registry, fault: str
) -> None:
    switch_on(server, fault)
    release = answer_of(registry.release)
    assert release is None or release.date == RELEASES[0]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_search_finds_every_study_or_is_an_error(
    server: RunningRegistry, registry: Registry, fault: str
) -> None:
    switch_on(server, "clamp:30", fault)
    found = answer_of(lambda: registry.search({"term": "lupus"}))
    if found is not None:
        renamed = (
            4 if fault == "wrong-id" else 0
        )  # one on each of the four pages: a list of ids cannot show it
        assert len(set(found.ids)) == len(found.ids)
        assert len(set(found.ids) & set(HELD)) + found.nameless >= len(HELD) - renamed
        assert found.nameless <= 4


@pytest.mark.parametrize("fault", FAULTS)
def test_records_are_whole_or_named_as_spoilt_or_there_is_an_error(
    server: RunningRegistry, registry: Registry, fault: str
) -> None:
    switch_on(server, "clamp:30", fault)
    batches = answer_of(lambda: list(registry.records(HELD)))
    if batches is not None:
        records = [record for batch in batches for record in batch.records]
        good = [record.nct_id for record in records if record.problem is None and record.nct_id]
        assert len(records) == len(HELD)
        assert len(set(good) & set(HELD)) == len(good) >= len(HELD) - 4


@pytest.mark.parametrize("fault", FAULTS)
def test_a_study_is_the_one_asked_for_or_an_error_and_never_called_removed(
    server: RunningRegistry, registry: Registry, fault: str
) -> None:
    switch_on(server, fault)
    record = answer_of(lambda: registry.study(HELD[7]))
    assert record is None or record.is_for(HELD[7])


def test_a_study_that_lists_hide_is_still_there_by_its_id(
    server: RunningRegistry, registry: Registry
) -> None:
    switch_on(server, f"hide:{HELD[7]}")
    assert HELD[7] not in registry.search({"term": "lupus"}).ids
    assert [record.nct_id for batch in registry.records([HELD[7]]) for record in batch.records] == []
    assert registry.study(HELD[7]).nct_id == HELD[7]


def test_a_study_that_vanished_is_absent_from_lists_and_not_found_by_its_id(
    server: RunningRegistry, registry: Registry
) -> None:
    switch_on(server, f"vanish:{HELD[7]}")
    assert HELD[7] not in registry.search({"term": "lupus"}).ids
    with pytest.raises(NotFound):
        registry.study(HELD[7])


def test_a_study_under_a_new_id_is_found_by_its_former_one(
    server: RunningRegistry, registry: Registry
) -> None:
    switch_on(server, f"alias:{HELD[7]}")
    [batch] = registry.records(HELD[5:10])
    assert all(any(record.is_for(nct_id) for record in batch.records) for nct_id in batch.asked_ids)
    assert registry.study(HELD[7]).aliases == (HELD[7],)


def test_a_good_registry_gives_everything(server: RunningRegistry, registry: Registry) -> None:
    switch_on(server)
    assert sorted(registry.search({"term": "lupus"}).ids) == HELD
    assert [
        record.nct_id for batch in registry.records(HELD) for record in batch.records if not record.problem
    ]
    assert registry.history(HELD[0])[0].version == 0
    assert registry.history_version(HELD[0], 0).nct_id == HELD[0]
