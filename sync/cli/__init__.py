"""The command `trialdelta`. Commands are thin: they read arguments, call the service, print."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import typer

from sync import __version__
from sync.cli.commands import LazyGroup
from sync.cli.options import ConfigOption, choose_config
from sync.errors import TrialdeltaError, UsageError
from sync.output import OutputFailed, let_go_of_output, prepare_output

app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    # Typer's own tracebacks print local variables, and those hold settings with secrets.
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 error of ours, 2 usage or configuration, 3 done but partial or held, "
    "4 registry unreachable or blocked, 130 interrupted (Ctrl-C).",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"trialdelta {__version__}")
        raise typer.Exit


@app.callback()
def trialdelta(
    config: ConfigOption = None,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Watch clinical trials on ClinicalTrials.gov and tell what changed."""
    choose_config(config)


def main() -> None:
    """The entry point: errors become a sentence, a hint and an exit code."""
    prepare_output()
    # The system takes back at once what a process holds at its end: the interpreter would look through all of it for
    # cycles first, three times, which took 0.27 s of the 0.95 that `sync` cost.
    atexit.register(gc.freeze)
    try:
        # Only errors of ours become a sentence: a traceback of anything else is what whoever reports the bug needs.
        try:
            _check_watch(sys.argv[1:])
            app()
        finally:
            sys.stdout.flush()  # what a command left unwritten fails here, in words
    except TrialdeltaError as error:
        if isinstance(error, OutputFailed):
            let_go_of_output()
        _complain(error)
        sys.exit(error.exit_code)


def _check_watch(arguments: Sequence[str]) -> None:
    """Raises UsageError for an empty --watch: of an unset variable, it would mean another watch, or all of them."""
    empty = any(each == "--watch" and not value.strip() for each, value in pairwise(arguments))
    if empty or any(not each.partition("=")[2].strip() for each in arguments if each.startswith("--watch=")):
        raise UsageError(
            "--watch is empty: name a watch, or leave the option out (is a variable of the shell unset?)"
        )


def _complain(error: TrialdeltaError) -> None:
    """Say on standard error what went wrong and what to do."""
    from rich.console import Console  # a command that goes well may do without

    from sync.terminal.text import safe

    err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)
    err.print(f"[bold red]error:[/] {safe(error.sentence)}")
    if error.hint:
        err.print(f"[dim]hint:[/]  {safe(error.hint)}")
