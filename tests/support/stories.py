"""Services over the demo's story, told once for a worker and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sync.config import Settings, WebSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import serve
from sync.demo.show import settings, write_story
from sync.demo.story import RELEASES
from sync.service import Service, open_service, utc_now

NOWHERE = "http://127.0.0.1:9/api/v2"
"""A registry that nobody asks: the story is told already."""


@pytest.fixture(scope="session")
def story_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database file after the last release of the story."""
    place = tmp_path_factory.mktemp("story")
    with (
        serve([write_story(place)], release=RELEASES[0]) as registry,
        open_service(settings(registry.api_url, place)) as service,
    ):
        for release in RELEASES:
            registry.move_to(release)
            run_cycle(service)
    return place / "demo.db"


@contextmanager
def story_services(told: Path, folder: Path) -> Iterator[Callable[..., Service]]:
    """Makes services over a copy of the story's database in a folder; `web` as in the table of the configuration."""
    shutil.copy(told, folder / "demo.db")
    with ExitStack() as open_ones:

        def make(*, now: Callable[[], datetime] = utc_now, **web: Any) -> Service:
            told = settings(NOWHERE, folder)
            changed = Settings.model_construct(**{**dict(told), "web": WebSettings(**web)})
            return open_ones.enter_context(open_service(changed, now))

        yield make


@pytest.fixture
def story_service(story_database: Path, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Makes services over the story as it is for this test alone."""
    with story_services(story_database, tmp_path) as make:
        yield make
