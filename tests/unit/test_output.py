"""Where a command writes: full, closed, a link, or something that is no file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sync.alerts.channels.base import ChannelError
from sync.alerts.channels.console import Settings
from sync.alerts.channels.console.transport import Sender
from sync.cli.export_files import written
from sync.errors import UsageError, as_sentence
from sync.output import json_text, stream
from tests.unit.channels.outgoing import an_outgoing

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
BYTES = "sys.stdout.buffer.write(b'x' * 100)"
COMMAND = "import sys; from sync.cli import main; sys.argv = ['trialdelta', *'ARGUMENTS'.split()]; main()"


def run(words: str, into: str, code: int = 0) -> tuple[int, str]:
    """Print much, and end with a code; the exit code, and what was said of it."""
    return shell(PRINTING.replace("WORDS", words).replace("CODE", str(code)), into)


def shell(script: str, into: str) -> tuple[int, str]:
    """Run a script with its streams as a shell puts them; the exit code, and what was said on standard error."""
    line = f'"$0" -c "$1" {into}'
    done = subprocess.run(
        ["/bin/bash", "-c", line, sys.executable, script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", [RICH, JSON, TEXT, BYTES])
def test_a_full_output_ends_with_a_sentence(words: str) -> None:
    code, said = run(words, "> /dev/full")
    assert (code, "Traceback" in said, said.count("\n")) == (1, False, 2)
    assert "Standard output cannot be written: No space left on device." in said


@pytest.mark.parametrize(("words", "code"), [(RICH, 0), (RICH, 1), (JSON, 1), (TEXT, 1), (BYTES, 0)])
def test_a_reader_that_is_gone_leaves_the_exit_code_as_it_is(words: str, code: int) -> None:
    assert run(words, "| head -1 > /dev/null; exit ${PIPESTATUS[0]}", code) == (code, "")


def test_the_help_into_a_full_output_ends_with_a_sentence() -> None:
    code, said = shell(COMMAND.replace("ARGUMENTS", "--help"), "> /dev/full")
    assert (code, "Traceback" in said, said.count("\n")) == (1, False, 2)
    assert "No space left on device." in said


def test_a_closed_output_is_said_to_be_closed() -> None:
    code, said = shell(COMMAND.replace("ARGUMENTS", "--version"), ">&-")
    assert (code, said.splitlines()[0]) == (1, "error: Standard output cannot be written: it is closed.")


def test_a_closed_output_is_never_a_file_that_is_opened_later(tmp_path: Path) -> None:
    opened = f"open({str(tmp_path / 'database')!r}, 'w').fileno() > 2 or print('written into it')"
    assert run(opened, ">&-", 7)[0] == 7
    assert (tmp_path / "database").read_text() == ""


@pytest.mark.parametrize("into", ["2> /dev/full", "2>&-"])
def test_an_error_that_nobody_hears_keeps_its_exit_code(into: str) -> None:
    assert shell(COMMAND.replace("ARGUMENTS", "nosuch"), into)[0] == 2


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_message_that_cannot_be_printed_is_not_delivered(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(sys, name, stream(full, must_arrive=name == "stdout"))
    sender = Sender("screen", Settings.model_validate({"kind": "console", "stream": name}))
    with pytest.raises(ChannelError, match=f"{name} cannot be written"):
        sender.send(an_outgoing())
    os.dup2(os.open(os.devnull, os.O_WRONLY), full)
    assert sender.send(an_outgoing()) == "printed"


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


def test_json_shows_no_control_character_and_turns_no_writing_round() -> None:
    hostile = "".join(
        map(chr, [*range(32), *range(0x7F, 0xA0), 0x61C, *range(0x200B, 0x2030), *range(0x2066, 0x206A)])
    )
    value = {f"x{hostile}": [f"\U000e0041 lupus \ud800 {hostile}", "Würzburg “五”"]}
    assert json_text(value).isprintable()
    assert "Würzburg “五”" in json_text(value)
    assert json.loads(json_text(value)) == value
