"""The command `doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from sync.cli.common import emit
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.health.doctor import Check, examine
from sync.terminal.text import safe


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(doctor)


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the registry.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Examine everything that the service needs, and say what to do about what is wrong.

    Tries each identity (TLS profile) once at the registry, with pauses, and says which pass.

    [bold]Examples[/]
      trialdelta doctor
      trialdelta doctor --offline --json
    """
    settings = settings_logged(config)
    worst = 0
    for check in examine(settings, ask_registry=not offline):
        worst = max(worst, check.exit_code)
        emit([check], as_json, _lines)  # one by one: asking the registry takes its time
    raise typer.Exit(worst)


def _lines(found: Sequence[Check]) -> Iterator[str]:
    for each in found:
        mark = "[green]ok  [/]" if each.exit_code == 0 else "[red]fail[/]"
        if each.is_note:
            mark = "[dim]note[/]"
        yield f"{mark} [bold]{each.subject:<10}[/] {safe(each.sentence)}"
