"""A command imports what it uses and nothing else: that is what most of its start costs."""

from collections.abc import Iterator

import pytest

from sync.cli.commands import COMMANDS
from tests.acceptance.starting import Started, started

pytestmark = pytest.mark.slow

HEAVY = {
    *("alembic", "apprise", "apscheduler", "deepdiff", "fastapi", "feedgen", "jinja2", "numpy", "pint"),
    *("prometheus_client", "pyarrow", "scipy", "starlette", "uvicorn"),
}
"""Each takes 50 to 500 ms: the comparing of criteria, planning, migrating, the console, services that are not configured."""
STUDY = "NCT90000001"


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """An instance that has been through the demo's story."""
    with started(tmp_path_factory.mktemp("started")) as running:
        yield running


@pytest.mark.parametrize(
    "words",
    [
        "sync",
        "events",
        "alerts",
        f"show {STUDY}",
        f"history {STUDY}",
        "storm list",
        "quarantine",
        "channels list",
        f"routes test {STUDY}",
        "deliveries list",
        "users list",
        "db status",
        "config check",
        "verify",
        "--help",
    ],
)
def test_a_command_imports_nothing_heavy_that_it_does_not_use(instance: Started, words: str) -> None:
    imported = instance.imports(*words.split())
    assert "sync" in imported
    assert not imported & HEAVY


@pytest.mark.parametrize(
    "words", ["events", "alerts", f"show {STUDY}", "db status", "config show", "config check"]
)
def test_a_command_that_asks_nobody_imports_no_http_client(instance: Started, words: str) -> None:
    assert "httpx" not in instance.imports(*words.split())


@pytest.mark.parametrize("words", ["events", "events --json", "alerts", f"show {STUDY}", f"history {STUDY}"])
def test_a_command_that_looks_imports_no_logging_no_comparing_and_no_database_but_its_own(
    instance: Started, words: str
) -> None:
    unneeded = {"structlog", "rapidfuzz", "sync.changes.kinds"}
    assert not instance.imports(*words.split()) & {*unneeded, "sqlalchemy.dialects.postgresql"}


def test_a_cycle_in_which_no_study_changed_imports_nothing_that_compares_and_no_command_line_of_a_library(
    instance: Started,
) -> None:
    compares = {"sync.changes.kinds.table", "sync.changes.criteria", "sync.study.criteria", "rapidfuzz"}
    of_libraries = {"attr", "click", "httpx._main", "pygments", "rich.pretty", "rich.traceback"}
    assert not instance.imports("sync", "--force") & (compares | of_libraries)


def test_checking_the_configuration_imports_no_database(instance: Started) -> None:
    assert not instance.imports("config", "check") & {"sqlalchemy", "storage.tables", "structlog"}


def test_a_command_imports_no_other_commands(instance: Started) -> None:
    imported = instance.imports("events")
    assert {command.module for command in COMMANDS if f"sync.cli.{command.module}" in imported} == {"events"}


def test_the_help_of_all_commands_imports_none_of_them(instance: Started) -> None:
    assert not instance.imports("--help") & {f"sync.cli.{command.module}" for command in COMMANDS}


@pytest.mark.parametrize("words", ["--version", "sync"])
def test_what_a_command_holds_at_its_end_is_not_looked_through_once_more(
    instance: Started, words: str
) -> None:
    assert instance.collected_at_the_end(*words.split()) < 1_000
