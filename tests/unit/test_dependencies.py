"""What it takes to run is installed to run it, and the tools of the tests are not."""

import ast
import os
import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def names(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w-]+", each)[0].replace("-", "_") for each in requirements}  # type: ignore[index]


def imported() -> set[str]:
    """The packages that some module of ours imports, wherever in it."""
    found: set[str] = set()
    for path in (*(ROOT / "sync").rglob("*.py"), *(ROOT / "storage").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(str(node.module).partition(".")[0])
    return found


def test_nothing_that_only_the_tests_have_is_imported_to_run() -> None:
    extras = PROJECT["optional-dependencies"]
    optional = names([*extras["parquet"], *extras["postgres"]])
    tools = names(extras["dev"]) - names(PROJECT["dependencies"]) - optional
    assert {"scipy", "hypothesis", "pytest"} <= tools
    assert not imported() & tools


def planned(venv: Path, target: str = "run") -> str:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")
    }
    command = ["make", "-n", target, f"VENV={venv}"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_make_run_installs_the_project_without_the_tools(tmp_path: Path) -> None:
    said = planned(tmp_path / "venv")
    assert "--editable '.'" in said
    assert "[dev]" not in said


def test_make_run_keeps_an_environment_that_has_the_tools(tmp_path: Path) -> None:
    (tmp_path / ".ready").touch()
    assert "pip install" not in planned(tmp_path)
    os.utime(tmp_path / ".ready", (0, 0))
    assert "--editable '.[dev]'" in planned(tmp_path)


def test_make_lint_installs_the_tools_where_only_the_service_was(tmp_path: Path) -> None:
    (tmp_path / ".runs").touch()
    assert "pip install" not in planned(tmp_path)
    assert "--editable '.[dev]'" in planned(tmp_path, "lint")
