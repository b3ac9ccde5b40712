"""The words of the code: each one of the glossary is there, alphabetical, and the retired ones do not come back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("sync", "storage")
FILES = sorted(path for package in OURS for path in (ROOT / package).rglob("*.py"))
RETIRED = (
    *("Parcel", "parcel", "Watchman", "watchman", "let_go", "put_into", "give_up", "forgiven", "retold"),
    *("Roster", "call_the_roll", "Past", "past_of", "Finding", "judge"),
    *("Reception", "Doorkeeper", "doorkeeper", "open_house", "Visit", "Desk", "desk", "Asking"),
    *("Deeds", "Deed", "doing", "Gist", "Pulse", "Figures", "News"),
)
"""Names that were used once: a standard term of the field stands for each of them now (see the glossary)."""


def names(path: Path) -> Iterator[str]:
    """Whatever a module names: itself, classes, functions, arguments, variables, attributes, what it imports."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.keyword(arg=str(name)) | ast.alias(asname=str(name)):
                yield name
            case ast.alias(name=name):
                yield from name.split(".")


@pytest.fixture(scope="module")
def everywhere() -> dict[str, set[str]]:
    """The names of the code, each with the modules that use it."""
    found: dict[str, set[str]] = {}
    for path in FILES:
        for name in names(path):
            found.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    return found


def glossary() -> list[str]:
    """The lines of the glossary, each from its word on."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    _, _, rest = text.partition("\n## Glossary\n")
    return [
        line.removeprefix("- ") for line in rest.partition("\n## ")[0].splitlines() if line.startswith("- ")
    ]


def test_each_word_of_the_glossary_has_one_line_in_alphabetical_order():
    words = [line.partition(":")[0].strip("*").casefold() for line in glossary()]
    assert len(words) > 40
    assert words == sorted(set(words))


def test_each_name_that_the_glossary_gives_is_a_name_of_the_code(everywhere):
    given = {name for line in glossary() for name in re.findall(r"`(\w+)`", line)}
    assert len(given) > 40
    assert given - everywhere.keys() == set()


@pytest.mark.parametrize("name", RETIRED)
def test_a_retired_name_does_not_come_back(everywhere, name):
    assert everywhere.get(name, set()) == set()
