"""The command `run`: the daemon."""

from __future__ import annotations

from functools import partial

import typer

from sync.alerts.channels import check_channels
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, chosen_config
from sync.config import load
from sync.daemon.daemon import Daemon
from sync.service import open_service


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(run)


def run(config: ConfigOption = None) -> None:
    """Run the daemon: poll for releases on the schedule until SIGTERM or Ctrl-C.

    SIGHUP, or `config reload`, reloads the configuration (all but the sections registry, database and web, which wait for
    the next start); a file that is wrong changes nothing. Where the terminal that it was started from has been closed,
    SIGHUP ends it in order.

    Logs go to standard error: readable on a terminal, one JSON object a line elsewhere.

    [bold]Examples[/]
      trialdelta run
      TRIALDELTA_LOG__FORMAT=json trialdelta run --config /etc/trialdelta/config.toml
      trialdelta config reload
    """
    settings = settings_logged(config, daemon=True)
    check_channels(settings.channels)  # before a database is made or migrated
    with open_service(settings) as service:
        Daemon(service, partial(load, chosen_config(config))).run()
