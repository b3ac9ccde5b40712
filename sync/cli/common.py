"""What every command shares: finding the configuration, opening the database, printing for people or for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync.errors import TrialdeltaError
from sync.terminal.text import safe

if TYPE_CHECKING:
    from rich.console import Console

    from storage.engine import Database
    from sync.config import Settings

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Configuration file (else TRIALDELTA_CONFIG, ./config.toml).",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]

# Of the process: a command is a plain function, which gets no context of click's to find it in.
_chosen: dict[str, Path] = {}


def choose_config(path: Path | None) -> None:
    """Remember a --config given before the command's name; one given after it wins."""
    if path is not None:
        _chosen["config"] = path


def settings_of(config: Path | None, *, daemon: bool = False) -> Settings:
    """The settings in force, with logging set up by them; a command at a terminal logs only what went wrong."""
    from sync import logs
    from sync.config import load

    settings = load(config or _chosen.get("config"))
    # At a terminal the command's own sentences say what happened; the log beside them would say it twice.
    quiet = sys.stderr.isatty() and not daemon and settings.log.level == "info"
    logs.configure(settings.log.format, "warning" if quiet else settings.log.level)
    return settings


def open_storage(settings: Settings) -> Database:
    """The database of the settings as it is: nothing is made or migrated, and one that may only be read can be read.

    Raises DatabaseMissing, SchemaBehind or SchemaAhead, each with what to do.
    """
    from storage.engine import open_database

    database = open_database(settings.database.url.get_secret_value(), create=False)
    database.require_schema()
    return database


def open_or_make_storage(settings: Settings) -> Database:
    """The same, but an empty database is made where there is none."""
    from storage.engine import open_database
    from storage.errors import DatabaseMissing

    try:
        return open_storage(settings)
    except DatabaseMissing:
        database = open_database(settings.database.url.get_secret_value())
        database.ensure_schema()
        return database


def console() -> Console:
    """Where tables and sentences for people go."""
    from rich.console import Console

    # Into a pipe nothing is wrapped: `grep` and `cut` need one line to be one line. Numbers and names keep their plain
    # look.
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


@contextmanager
def working(on: str) -> Iterator[Callable[[str], None]]:
    """A sign on the terminal that work goes on, and a way to say how far it is; nothing where there is no terminal."""
    from rich.console import Console

    # On standard error, so that a spinner never ends up in what `--json` writes.
    with Console(stderr=True).status(on) as status:
        yield status.update


def print_json(values: Iterable[Any]) -> None:
    """One JSON value a line on standard output."""
    for value in values:
        # Not through Rich, which would wrap it and read square brackets as styles. One a line: `jq` and `while read` take
        # it as it is.
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_records(records: Iterable[Any]) -> None:
    """Dataclasses and the like as JSON, one a line; times in ISO 8601, in UTC with a Z."""
    from pydantic_core import to_jsonable_python

    print_json(to_jsonable_python(record) for record in records)


def complain(error: TrialdeltaError) -> None:
    """Say on standard error what went wrong and what to do."""
    from rich.console import Console

    err = Console(stderr=True, highlight=False, soft_wrap=True)
    err.print(f"[bold red]error:[/] {safe(error)}")
    if error.hint:
        err.print(f"[dim]hint:[/]  {safe(error.hint)}")
