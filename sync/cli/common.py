"""What every command shares: the settings, and printing for people or for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import to_jsonable_python
from rich.console import Console, RenderableType

from sync.cli.options import chosen_config
from sync.config import Settings, load
from sync.output import json_text

Record = TypeVar("Record")


def settings_of(config: Path | None) -> Settings:
    """The settings in force. For commands that log nothing; the others have `settings_logged`."""
    return load(chosen_config(config))


def console() -> Console:
    """Where tables and sentences for people go."""
    # Into a pipe nothing is wrapped: `grep` and `cut` need one line to be one line. Numbers and names keep their plain
    # look, and what a record says its letters: `1:o:2` is no emoji.
    return Console(highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())


def print_lines(lines: Iterable[RenderableType]) -> None:
    """Lines in rich's markup, and tables, for people."""
    out = console()
    for line in lines:
        out.print(line)


@contextmanager
def working(on: str) -> Iterator[Callable[[str], None]]:
    """A sign on the terminal that work goes on, and a way to say how far it is; nothing where there is no terminal."""
    # On standard error, so that a spinner never ends up in what `--json` writes.
    with Console(stderr=True, emoji=False).status(on) as status:
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
    sys.stdout.write(text)
    sys.stdout.flush()


def print_json(records: Iterable[Any]) -> None:
    """One JSON value a line on standard output: as a record's `as_json` has it, else its fields; times in UTC with a Z."""
    for record in records:
        value = record.as_json() if hasattr(record, "as_json") else to_jsonable_python(record)
        # Not through Rich, which would wrap it and read square brackets as styles. One a line: `jq` and `while read` take
        # it as it is.
        sys.stdout.write(json_text(value) + "\n")
    sys.stdout.flush()
