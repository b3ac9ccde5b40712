"""The options that all commands take, and which configuration file they name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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


def chosen_config(path: Path | None) -> Path | None:
    """The file to read: the one given after the command's name, else the one given before it, else none named."""
    return path or _chosen.get("config")
