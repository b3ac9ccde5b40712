"""Commands about the configuration."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import typer

from storage.errors import DatabaseMissing, SchemaBehind, StorageError
from sync.alerts.channels import KINDS, channel_settings, check_channels
from sync.cli.common import console, print_json, settings_of
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.toml import document
from sync.config import Settings
from sync.errors import ConfigError
from sync.redaction import HIDDEN
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
    number = len(settings.watch)
    watches = counted(number, "watch") if number else "no watch in the file (`trialdelta watch add NCT…`)"
    console().print(f"The configuration is right: {watches}, poll {settings.schedule.poll}, routes {routes}.")


@config_app.command()
def show(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Print the configuration in force, defaults and environment included, as TOML that can be read back.

    The watches that are kept in the database are among it, after those of the file.

    Secrets are hidden: their lines are comments that say so.

    [bold]Examples[/]
      trialdelta config show > whole.toml
      trialdelta config show --json
    """
    settings = _with_kept(settings_of(config))
    # In JSON mode, since it is the fields' serializers that hide the secrets.
    values = settings.model_dump(mode="json")
    if as_json:
        print_json([values])
    else:
        values["channels"] = {name: _shown(name, table) for name, table in settings.channels.items()}
        sys.stdout.write(document(values))


def _with_kept(settings: Settings) -> Settings:
    """With what the database keeps, where there is one that fits; else the file's alone, and why that is all."""
    # The storage comes with these, which `config check` needs not.
    from sync.cli.database import open_storage
    from sync.kept import in_force

    try:
        with open_storage(settings).read() as session:
            return in_force(settings, session)
    except (DatabaseMissing, SchemaBehind):  # nothing can be kept there yet
        return settings
    except StorageError as error:
        sys.stderr.write(f"# what the database keeps beside the file could not be read: {error.sentence}\n")
        return settings


def _shown(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """A channel's table as it was given, its secrets hidden; of one that is wrong nothing is shown but its kind."""
    try:
        dumped = channel_settings(name, table).model_dump(mode="json")
    except ConfigError:
        kind = table["kind"]
        return {"kind": kind if kind in KINDS else HIDDEN}
    return {key: HIDDEN if HIDDEN in str(dumped.get(key)) else given for key, given in table.items()}
