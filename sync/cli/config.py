"""Commands about the configuration."""

from __future__ import annotations

import json

import typer

from sync.alerts.channels import check_channels
from sync.cli.common import console, print_json, settings_of
from sync.cli.options import ConfigOption, JsonOption
from sync.terminal.text import safe
from sync.words import counted

config_app = typer.Typer(no_args_is_help=True, help="Check and show the configuration.")


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(config_app, name="config")


@config_app.command()
def check(config: ConfigOption = None) -> None:
    """Say whether the configuration is right; if not, every wrong key with what is allowed, and the nearest known key.

    What was given is never repeated: it may be a secret on the wrong line.

    [bold]Example[/]
      trialdelta config check --config /etc/trialdelta/config.toml
    """
    settings = settings_of(config)
    # Reading the settings leaves a channel's own keys unread, as only its adapter knows them; here they must be right
    # too.
    check_channels(settings.channels)
    routes = ", ".join(f"{route.name} → {'/'.join(route.channels)}" for route in settings.route)
    watches = counted(len(settings.watch), "watch")
    console().print(f"The configuration is right: {watches}, poll {settings.schedule.poll}, routes {routes}.")


@config_app.command()
def show(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Print the configuration in force, defaults and environment included, secrets hidden.

    [bold]Example[/]
      trialdelta config show --json
    """
    # In JSON mode, since it is the fields' serializers that hide the secrets.
    values = settings_of(config).model_dump(mode="json")
    if as_json:
        print_json([values])
        return
    for section, value in values.items():
        console().print(f"[bold]{section}[/] = {safe(json.dumps(value, ensure_ascii=False, indent=2))}")
