"""The command `run`: the daemon."""

from __future__ import annotations

import typer

from sync.alerts.channels import check_channels
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption
from sync.daemon.daemon import Daemon
from sync.service import open_service


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(run)


def run(config: ConfigOption = None) -> None:
    """Run the daemon: poll for releases on the schedule until SIGTERM or Ctrl-C.

    Logs go to standard error: readable on a terminal, one JSON object a line elsewhere.

    [bold]Examples[/]
      trialdelta run
      TRIALDELTA_LOG__FORMAT=json trialdelta run --config /etc/trialdelta/config.toml
    """
    settings = settings_logged(config, daemon=True)
    check_channels(settings.channels)  # before a database is made or migrated
    with open_service(settings) as service:
        Daemon(service).run()
