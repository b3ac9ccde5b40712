"""Fixtures of the acceptance tests: local registry servers, each a process of its own on a free port."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog

from sync.config import WatchSettings
from sync.demo.registry import RunningRegistry, serve
from tests.acceptance.instance import Instance, Watching
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.support.desk import NCT, QUIET, STATUSES, Desk


@pytest.fixture
def start_registry() -> Iterator[StartRegistry]:
    """Starts local registry servers (`start_registry([corpus_file], release=…)`); they end with the test."""
    with ExitStack() as running:

        def start(corpora: list[Path], **options: Any) -> RunningRegistry:
            return running.enter_context(serve(corpora, **options))

        yield start


@pytest.fixture
def watching(tmp_path: Path) -> Watching:
    """Makes an instance with a database of its own (`watching(registry, watch("NCT90000001"))`)."""

    def make(running: RunningRegistry, /, *watches: Any, **options: Any) -> Instance:
        return Instance(tmp_path, running.api_url, watches, **options)

    return make


@pytest.fixture
def desk(start_registry: StartRegistry, tmp_path: Path) -> Iterator[Desk]:
    """A desk over two studies, one of which stops, resumes and stops again."""
    versions = {day: study(NCT, status, posted=day) for day, status in STATUSES.items()}
    corpus = write_corpus(
        tmp_path / "c.jsonl", [told(NCT, versions), told(QUIET, {"2026-09-01": study(QUIET)})]
    )
    registry = start_registry([corpus], release="2026-09-01")
    watch = WatchSettings(name="w", ids=(NCT, QUIET))
    desk = Desk(Instance(tmp_path, registry.api_url, (watch,)), registry)
    desk.release("2026-09-01")
    yield desk
    structlog.reset_defaults()  # a command set logging up for a standard error that is gone
