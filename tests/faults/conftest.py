"""Fixtures of the fault tests: one local registry server for a module, its faults and release set anew for each test."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sync.config import WatchSettings
from sync.demo.registry import RunningRegistry, serve
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.support.daemons import Clock

IDS = tuple(f"NCT9000000{number}" for number in range(1, 9))
FIRST, SECOND, THIRD, FOURTH = "2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04"
CHANGED = (IDS[1], IDS[5])
"""Those that another status on the second release."""

WATCH = WatchSettings(name="w", ids=IDS[:2], searches=({"intr": "CAR-T"},))


@dataclass
class Good:
    """What a run without any fault comes to on the second release."""

    events: list[str]
    payloads: dict[str, list[bytes]]

    @classmethod
    def of(cls, instance: Instance) -> "Good":
        """Everything that must be the same, whatever went wrong on the way."""
        ids = [event["id"] for event in instance.events()]
        return cls(ids, {nct_id: instance.payloads(nct_id) for nct_id in IDS})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry with eight studies, all in the search, two of which change on the second release."""
    folder = tmp_path_factory.mktemp("corpus")
    studies = []
    for nct_id in IDS:
        versions = {FIRST: study(nct_id)}
        if nct_id in CHANGED:
            versions[SECOND] = study(nct_id, "COMPLETED", posted=SECOND)
        studies.append(told(nct_id, versions, listed=[[FIRST, "2026-12-31"]]))
    with serve([write_corpus(folder / "corpus.jsonl", studies)], release=FIRST) as running:
        yield running


@pytest.fixture(scope="module")
def baseline(server: RunningRegistry, tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """An instance that has read the first release."""
    instance = Instance(tmp_path_factory.mktemp("baseline"), server.api_url, (WATCH,))
    server.set_faults()
    server.move_to(FIRST)
    assert instance.sync().state == "complete"
    return instance


@pytest.fixture(scope="module")
def good(baseline: Instance, server: RunningRegistry, tmp_path_factory: pytest.TempPathFactory) -> Good:
    """What is stored and told after a second release on which nothing went wrong."""
    instance = copy(baseline, tmp_path_factory.mktemp("good"))
    server.set_faults()
    server.move_to(SECOND)
    assert instance.sync().state == "complete"
    return Good.of(instance)


def copy(instance: Instance, folder: Path) -> Instance:
    """The instance with a copy of its database, as a backup is restored."""
    there = instance.beside(folder)
    shutil.copy(instance.file, there.file)
    return there


Fresh = Callable[..., Instance]


@pytest.fixture
def fresh(baseline: Instance, server: RunningRegistry, good: Good, tmp_path: Path) -> Fresh:
    """Makes an instance that has read the first release, on a registry that now serves the second one, without faults."""

    def make(**options: Any) -> Instance:
        instance = copy(baseline, tmp_path)
        for name, value in options.items():
            setattr(instance, name, value)
        return instance

    server.set_faults()
    server.move_to(SECOND)
    server.clear_log()
    return make


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def on_the_clock(fresh: Fresh, clock: Clock) -> Instance:
    """A fresh instance whose time is the clock's, and that asks each question once."""
    return fresh(now=clock, registry={"retries": 0})
