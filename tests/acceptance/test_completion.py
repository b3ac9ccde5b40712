"""Shells complete commands and options, and the manual page says what --help says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sync.cli import app
from sync.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A shell's, in which the command is found by its name."""
    command = tmp_path / "trialdelta"
    command.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\nsys.argv[0] = 'trialdelta'\n"
        "from sync.cli import main\nmain()\n",
        "utf-8",
    )
    command.chmod(0o755)
    return os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}


def completed(environment: dict[str, str], line: str) -> list[str]:
    """What bash offers at the end of a line."""
    words = line.split(" ")
    script = (
        'eval "$(trialdelta --show-completion bash)"; '
        f"COMP_WORDS=({' '.join(word or repr('') for word in words)}); COMP_CWORD={len(words) - 1}; "
        "eval \"$(complete -p trialdelta | sed -E 's/.*-F ([^ ]+) .*/\\1/') trialdelta\"; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    "line, offered",
    [
        ("trialdelta eve", ["events"]),
        ("trialdelta channels te", ["test"]),
        ("trialdelta events --si", ["--since"]),
        ("trialdelta config ", ["check", "show", "reload"]),
    ],
)
def test_bash_completes_commands_and_options(
    environment: dict[str, str], line: str, offered: list[str]
) -> None:
    assert completed(environment, line) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_installed_for_each_shell(environment: dict[str, str], shell: str) -> None:
    done = subprocess.run(
        ["trialdelta", "--install-completion", shell],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    place = Path(re.sub(r"\s", "", done.stdout).partition("installedin")[2].partition("Completion")[0])
    assert Path(environment["HOME"]) in place.parents
    assert "_TRIALDELTA_COMPLETE" in place.read_text("utf-8")


def test_the_manual_page_has_every_command_and_what_its_help_says() -> None:
    done = CliRunner().invoke(app, ["man"])
    assert done.exit_code == 0, done.output
    page = done.stdout.replace("\\-", "-")
    for command in COMMANDS:
        assert f".SS {command.name}" in page
        assert command.summary.split(":")[0].split(".")[0] in page
    for words in (
        "trialdelta events --since 2026-09-01",
        "--severity",
        ".SS channels test",
        "Exit codes: 0 done",
    ):
        assert words in page
    assert "[bold]" not in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff")
def test_the_manual_page_is_one(tmp_path: Path) -> None:
    page = CliRunner().invoke(app, ["man"]).stdout
    done = subprocess.run(
        ["groff", "-man", "-ww", "-z", "-K", "utf8"], input=page, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
