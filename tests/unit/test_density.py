"""What the code is to look like where no linter looks: one condition in an expression, tests apart from their helpers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def nested_conditionals(source: str) -> Iterator[int]:
    """The lines on which a conditional expression has another one in it, however deep."""
    for node in ast.walk(ast.parse(source)):
        inside = list(ast.walk(node)) if isinstance(node, ast.IfExp) else []
        if sum(isinstance(each, ast.IfExp) for each in inside) > 1:
            yield node.lineno


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("a if b else c", []),
        ("a if b else c if d else e", [1]),
        ("x = 1\ny = (a if b else c) if d else e", [2]),
        ("a if b else f'{c if d else e}'", [1]),
        ("a if b else [c if d else e for d in f]", [1]),
        ("(a if b else c) + (d if e else f)", []),
    ],
)
def test_a_conditional_within_a_conditional_is_found(source: str, lines: list[int]):
    assert list(nested_conditionals(source)) == lines


@pytest.mark.parametrize("package", ["sync", "storage", "tests"])
def test_no_conditional_expression_holds_another_one(package: str):
    files = sorted((ROOT / package).rglob("*.py"))
    assert len(files) > 50
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        for line in nested_conditionals(path.read_text("utf-8"))
    ]
    assert found == []


def imported_tests(source: str) -> Iterator[str]:
    """The modules of tests that a module imports from, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module or ''}.{each.name}" for each in node.names]
        yield from (name for name in names if ".test_" in f".{name}")


@pytest.mark.parametrize(
    "source",
    [
        "from tests.unit.test_this import that",
        "import tests.test_this",
        "from .test_this import that",
        "from tests import test_this",
    ],
)
def test_an_import_of_a_test_is_found(source: str):
    assert list(imported_tests(source))


def test_no_module_imports_from_a_module_of_tests():
    files = sorted((ROOT / "tests").rglob("*.py"))
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for name in imported_tests(path.read_text("utf-8"))
    ]
    assert found == [], "what tests share is a fixture, or belongs into tests/support"
