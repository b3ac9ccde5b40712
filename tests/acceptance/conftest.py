"""Fixtures of the acceptance tests: local registry servers, each a process of its own on a free port."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sync.demo.registry import RunningRegistry, serve
from tests.acceptance.instance import Instance, Watching
from tests.acceptance.registry_server import StartRegistry


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
