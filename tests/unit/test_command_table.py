"""The table that `trialdelta --help` is made of says what the modules of the commands say."""

import json
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest
import typer

import sync.cli
from sync.cli.commands import COMMANDS, Command, load

NAMES = [command.name for command in COMMANDS]


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_a_commands_line_is_the_first_of_its_own_help(command: Command) -> None:
    found = load(command.name)
    assert found.name == command.name
    assert found.help.partition("\n\n")[0].strip() == command.summary


def test_every_command_of_a_module_is_in_the_table() -> None:
    modules = [import_module(f"sync.cli.{module.name}") for module in iter_modules(sync.cli.__path__)]
    registered = typer.Typer()
    for module in modules:
        if module.__name__ in {f"sync.cli.{command.module}" for command in COMMANDS}:
            module.register(registered)
    assert sorted(typer.main.get_group(registered).commands) == sorted(NAMES)


def test_no_name_is_in_the_table_twice() -> None:
    assert len(set(NAMES)) == len(NAMES)


MODULES = sorted({command.module for command in COMMANDS} - {"demo"})
LISTING = """
import importlib, json, os, sys
for name in ("httpx", "pydantic_settings", "rich.console", "sqlalchemy.orm", "sqlmodel", "typer"):
    importlib.import_module(name)
assert not {"structlog", "storage", "sync"} & set(sys.modules)
for module in sys.argv[1:]:
    if os.fork() == 0:
        importlib.import_module(f"sync.cli.{module}")
        print(json.dumps([module, [*sys.modules]]), flush=True)
        os._exit(0)
    os.wait()
"""
"""Each module is imported into a process of its own, in which nothing of the program is; what all need is there."""


@pytest.fixture(scope="module")
def imported_by() -> dict[str, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", LISTING, *MODULES], capture_output=True, check=True, text=True
    )
    return {module: set(names) for module, names in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("module", MODULES)
def test_a_command_sets_logging_up_exactly_when_what_it_imports_can_log(
    module: str, imported_by: dict[str, set[str]]
) -> None:
    """Unconfigured, structlog would print its lines between the records on standard output."""
    imported = imported_by[module]
    assert ("structlog" in imported) == ("sync.cli.logged" in imported)
    assert not ("structlog" in imported and hasattr(import_module(f"sync.cli.{module}"), "settings_of"))
