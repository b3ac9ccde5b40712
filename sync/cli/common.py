"""What every command shares: the settings, and printing for people or for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import to_jsonable_python
from rich.console import Console, RenderableType

from sync.cli.options import chosen_config
from sync.config import Settings, load
from sync.errors import TrialdeltaError

Record = TypeVar("Record")


def settings_of(config: Path | None) -> Settings:
    """The settings in force. For commands that log nothing; the others have `settings_logged`."""
    return load(chosen_config(config))


class OutputFailed(TrialdeltaError):
    """Standard output cannot be written."""

    hint = "Look at the free space of where it goes; part of it may have been written."


@contextmanager
def standard_output() -> Iterator[None]:
    """Within it standard output is written, and nothing else done. Raises OutputFailed.

    A reader that is gone (`head`, `less`) is no error: the command goes on to its end, and to the exit code of what it did.
    """
    try:
        yield
    except BrokenPipeError:
        let_go_of_output()
    except OSError as error:
        let_go_of_output()
        raise OutputFailed(f"standard output cannot be written: {error.strerror}") from error


def let_go_of_output() -> None:
    """Write what is left nowhere: at its end Python would try once more, complain, and exit with 120."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class _Output(Console):
    """Rich's console, which by itself ends a command with 1 when its reader is gone."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError

    def print(self, *objects: Any, **options: Any) -> None:
        with standard_output():
            super().print(*objects, **options)


def console() -> Console:
    """Where tables and sentences for people go."""
    # Into a pipe nothing is wrapped: `grep` and `cut` need one line to be one line. Numbers and names keep their plain
    # look.
    return _Output(highlight=False, soft_wrap=not sys.stdout.isatty())


def print_lines(lines: Iterable[RenderableType]) -> None:
    """Lines in rich's markup, and tables, for people."""
    out = console()
    for line in lines:
        out.print(line)


@contextmanager
def working(on: str) -> Iterator[Callable[[str], None]]:
    """A sign on the terminal that work goes on, and a way to say how far it is; nothing where there is no terminal."""
    # On standard error, so that a spinner never ends up in what `--json` writes.
    with Console(stderr=True).status(on) as status:
        yield status.update


def emit(
    records: Iterable[Record],
    as_json: bool,
    show: Callable[[Sequence[Record]], Iterable[RenderableType]],
) -> None:
    """Records: for programs one JSON object a line, for people as `show` puts them, which also says when there are none."""
    found = list(records)
    if as_json:
        print_json(found)
    else:
        print_lines(show(found))


def print_text(text: str) -> None:
    """A text as it is."""
    with standard_output():
        sys.stdout.write(text)
        sys.stdout.flush()


def print_json(records: Iterable[Any]) -> None:
    """One JSON value a line on standard output: as a record's `as_json` has it, else its fields; times in UTC with a Z."""
    for record in records:
        value = record.as_json() if hasattr(record, "as_json") else to_jsonable_python(record)
        # Not through Rich, which would wrap it and read square brackets as styles. One a line: `jq` and `while read` take
        # it as it is.
        with standard_output():
            sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    with standard_output():
        sys.stdout.flush()
