"""The command `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync.demo.show import show as run_demo


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(demo)


def demo(
    folder: Annotated[
        Path | None, typer.Option(help="Keep the demo's database here (else it goes with the demo).")
    ] = None,
    console: Annotated[
        bool, typer.Option("--console", help="Then stay, and show it in the console, until Ctrl-C.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the console; 0 for any free one.")] = 8470,
) -> None:
    """Show the whole thing working, without the network: an invented cohort on a local registry, release by release.

    [bold]Examples[/]
      trialdelta demo
      trialdelta demo --console
    """
    run_demo(folder, port=port if console else None)
