"""The console is as closed on the oldest versions that the project allows: its gate's tests, run against just these."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ROOT = Path(__file__).parents[2]
STACK = (
    *(
        "fastapi",
        "starlette",
        "h11",
        "uvicorn",
        "python-multipart",
        "jinja2",
        "pydantic",
        "pydantic-settings",
    ),
    *("limits", "argon2-cffi", "prometheus-client", "msgspec"),
)
"""What stands between a request and the console's answer."""
TESTS = ("tests/faults/test_hosts.py", "tests/acceptance/web/test_gate.py")
UNREACHABLE = (
    "from versions: none",
    "Connection",
    "Max retries",
    "Temporary failure",
    "Network is unreachable",
)


def oldest() -> dict[str, str]:
    """The lowest version of each dependency that pyproject.toml allows."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    bounds = (re.match(r"([a-z0-9-]+)>=([0-9.]+)", each) for each in listed)
    return {bound[1]: bound[2] for bound in bounds if bound}


def python_with_pip() -> str:
    """This interpreter, or the one that its environment was made of."""
    for python in dict.fromkeys((sys.executable, getattr(sys, "_base_executable", sys.executable))):
        asked = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return python
    pytest.skip("there is no pip to get the oldest versions with")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the oldest versions, to be found before what is installed."""
    if sys.version_info >= (3, 14):
        pytest.skip("some of the oldest versions were never built for so new a Python")
    folder = tmp_path_factory.mktemp("oldest")
    pins = [f"{name}=={oldest()[name]}" for name in STACK]
    options = ("--quiet", "--no-input", "--disable-pip-version-check", "--only-binary", ":all:", "--target")
    install = [python_with_pip(), "-m", "pip", "install", *options, str(folder), *pins]
    try:
        done = subprocess.run(install, capture_output=True, text=True, timeout=100, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("the package index is too slow to get the oldest versions from")
    if done.returncode and any(sign in done.stderr for sign in UNREACHABLE):
        pytest.skip(f"the package index cannot be reached: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return folder


def test_the_gate_is_as_closed_on_the_oldest_versions_that_are_allowed(stack: Path) -> None:
    run = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "-m",
        "not slow",
        *TESTS,
    ]
    environment = {**os.environ, "PYTHONPATH": str(stack)}
    done = subprocess.run(
        run, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout


def test_the_oldest_versions_are_what_is_run(stack: Path) -> None:
    for name in ("starlette", "fastapi", "uvicorn", "h11"):
        say = f"import {name}; print({name}.__version__)"
        done = subprocess.run(
            [sys.executable, "-c", say],
            env={**os.environ, "PYTHONPATH": str(stack)},
            capture_output=True,
            text=True,
        )
        assert done.stdout.strip().startswith(oldest()[name])
