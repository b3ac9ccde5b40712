"""Where a command writes: full, closed, a link, or something that is no file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sync.cli.export_files import written
from sync.errors import UsageError, as_sentence

PRINTING = """
from sync.cli import common, main
import sync.cli, sys
def app():
    for _ in range(3000):
        WORDS
    sys.exit(CODE)
sync.cli.app = app
main()
"""
RICH, JSON = "common.console().print('x' * 100)", "common.print_json(['x' * 100])"
TEXT = "common.print_text('x' * 100)"


def run(words: str, into: str, code: int = 0) -> tuple[int, str]:
    """Print much, and end with a code; the exit code, and what was said of it."""
    script = PRINTING.replace("WORDS", words).replace("CODE", str(code))
    shell = f'"$0" -c "$1" {into}'
    done = subprocess.run(
        ["/bin/bash", "-c", shell, sys.executable, script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", [RICH, JSON, TEXT])
def test_a_full_output_ends_with_a_sentence(words: str) -> None:
    code, said = run(words, "> /dev/full")
    assert (code, "Traceback" in said, said.count("\n")) == (1, False, 2)
    assert "Standard output cannot be written: No space left on device." in said


@pytest.mark.parametrize("words", [RICH, JSON, TEXT])
@pytest.mark.parametrize("code", [0, 1])
def test_a_reader_that_is_gone_leaves_the_exit_code_as_it_is(words: str, code: int) -> None:
    assert run(words, "| head -1 > /dev/null; exit ${PIPESTATUS[0]}", code) == (code, "")


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    link, target = tmp_path / "link", tmp_path / "target"
    target.write_text("old")
    link.symlink_to(target)
    with written(link, force=True) as file:
        file.write(b"new")
    assert (link.is_symlink(), target.read_text()) == (True, "new")


def test_nothing_but_a_file_is_overwritten(tmp_path: Path) -> None:
    pipe, loop = tmp_path / "pipe", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path, problem in ((pipe, "a device or a pipe"), (tmp_path, "a folder"), (loop, "cannot be written")):
        with pytest.raises(UsageError, match=problem), written(path, force=True):
            pytest.fail("it was opened")
    assert pipe.is_fifo()


def test_the_name_of_a_file_keeps_its_first_letter() -> None:
    with pytest.raises(UsageError) as refused, written(Path("/"), force=True):
        pytest.fail("it was opened")
    assert as_sentence(str(refused.value)) == "The file / is a folder: name a file in it."
