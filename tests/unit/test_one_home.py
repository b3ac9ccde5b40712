"""What is imported is declared, and packages stand above or below each other, not around."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
OURS = ("sync", "storage")


def imported() -> Iterator[str]:
    """The first name of every module that the code imports from elsewhere, wherever in a file."""
    for path in (path for package in OURS for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (each.name.partition(".")[0] for each in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    """The distributions that whoever installs the service gets, or can ask for as an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    listed = [*project["dependencies"], *extras["parquet"], *extras["postgres"]]
    return {normal(found[0]) for each in listed if (found := re.match(r"[A-Za-z0-9._-]+", each))}


def test_every_package_that_is_imported_is_declared():
    stubs = {"_typeshed"}  # the type checkers' own: no package, and never imported at run time
    elsewhere = set(imported()) - set(sys.stdlib_module_names) - set(OURS) - stubs
    assert len(elsewhere) > 30
    known = packages_distributions()
    missing = {
        name for name in elsewhere if not declared() & {normal(each) for each in known.get(name, [name])}
    }
    assert missing == set()


def test_no_two_packages_import_each_other_on_any_level():
    graph = grimp.build_graph(*OURS, cache_dir=None)
    packages = [each for each in graph.modules if graph.find_children(each)]
    assert len(packages) > 30
    assert {each: found for each in packages if (found := graph.nominate_cycle_breakers(each))} == {}
