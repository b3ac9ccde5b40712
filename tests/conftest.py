"""Fixtures that every kind of test shares."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.postgresql import Server
from tests.support.stories import story_database, story_service  # noqa: F401 - fixtures for all

# daemons of tests that run side by side: each console takes a port that is free
os.environ.setdefault("TRIALDELTA_WEB__PORT", "0")

REGISTRY_MATERIAL = Path(__file__).resolve().parents[1] / ".." / "shared" / "registry"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder with the registry's real records; the test is skipped where it is missing."""
    if not REGISTRY_MATERIAL.is_dir():
        pytest.skip("the registry material (../shared/registry) is not here")
    return REGISTRY_MATERIAL


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The server, started once for a worker when the first test asks for it.

    Its folder is not pytest's: that one may be cleared by another run, and its path too long for a socket.
    """
    with TemporaryDirectory(prefix="trialdelta-") as folder, pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_RUNTIME_DIR", folder)
        (Path(folder) / "data").mkdir()
        server = Server(Path(folder) / "data")
        yield server
        server.stop()
