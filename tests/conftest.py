"""Fixtures that every kind of test shares."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
import structlog

from storage import schema
from storage.engine import open_database
from sync.demo.registry import process
from tests.support import forked, made_tables
from tests.support.postgresql import Server
from tests.support.stories import story_database, story_service  # noqa: F401 - fixtures for all

# daemons of tests that run side by side: each console takes a port that is free
os.environ.setdefault("TRIALDELTA_WEB__PORT", "0")

# where PYTHONDONTWRITEBYTECODE is set, each worker would compile all tests anew, with what pytest makes of their assertions
sys.dont_write_bytecode = False

REGISTRY_MATERIAL = Path(__file__).resolve().parents[1] / ".." / "shared" / "registry"


@pytest.fixture(scope="session", autouse=True)
def tables_made_once() -> Iterator[None]:
    """A new SQLite file has its tables in a moment; `real_migrations` is for tests of the way there."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(schema, "migrate", made_tables.give_tables)
        yield


@pytest.fixture(scope="session", autouse=True)
def registries_forked_off() -> Iterator[None]:
    """The local registries, one for nearly each test of a cycle, begin without their imports."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(process, "subprocess", SimpleNamespace(Popen=forked.Popen, PIPE=subprocess.PIPE))
        yield


@pytest.fixture(scope="session", autouse=True)
def tracebacks_without_locals() -> Iterator[None]:
    """As the program logs them; what structlog does by itself draws all that every frame holds, for seconds."""
    drawing = structlog.get_config()["processors"][-1]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(drawing, "_exception_formatter", structlog.dev.plain_traceback)
        yield


@pytest.fixture
def real_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this test each database goes through all migrations, as for its user."""
    monkeypatch.setattr(schema, "migrate", made_tables.migrate)


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


@pytest.fixture(scope="session")
def with_tables(postgresql: Server) -> Iterator[str]:
    """The name of a PostgreSQL database with the tables, to be copied: that is faster than migrating."""
    with postgresql.database() as url:
        database = open_database(url)
        database.ensure_schema()
        database.close()
        yield str(database.engine.url.database)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The walks through all pages come first: a minute each, made anew by each worker that takes over a part of the file."""
    # Workers take over from the ends of each other's lists, and browsers come last in the folders' order.
    items.sort(key=lambda item: item.path.name != "test_accessibility.py")
