"""Commands for whoever keeps the service: config, db, quarantine, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from storage.times import exactly
from sync.cli.common import ConfigOption, JsonOption, console, open_storage, print_json, settings_of
from sync.terminal.text import safe
from sync.words import counted

config_app = typer.Typer(no_args_is_help=True, help="Check and show the configuration.")
db_app = typer.Typer(no_args_is_help=True, help="Look after the database.")


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(config_app, name="config")
    app.add_typer(db_app, name="db")
    app.command()(quarantine)
    app.command()(demo)


@config_app.command()
def check(config: ConfigOption = None) -> None:
    """Say whether the configuration is right; if not, every wrong key with what is allowed, and the nearest known key.

    What was given is never repeated: it may be a secret on the wrong line.

    [bold]Example[/]
      trialdelta config check --config /etc/trialdelta/config.toml
    """
    from sync.alerts.channels import check_channels

    settings = settings_of(config)
    # Reading the settings leaves a channel's own keys unread, as only its adapter knows them; here they must be right
    # too.
    check_channels(settings.channels)
    routes = ", ".join(f"{route.name} → {'/'.join(route.channels)}" for route in settings.route)
    console().print(
        f"The configuration is right: {counted(len(settings.watch), 'watch')}, poll {settings.schedule.poll}, routes {routes}."
    )


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
    import json

    for section, value in values.items():
        console().print(f"[bold]{section}[/] = {safe(json.dumps(value, ensure_ascii=False, indent=2))}")


@db_app.command()
def upgrade(
    no_backup: Annotated[
        bool, typer.Option("--no-backup", help="Migrate without the backup: you have one of your own.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Bring the database's tables up to date, after a backup; `run` and `sync` do so by themselves.

    [bold]Example[/]
      trialdelta db upgrade
    """
    from storage.engine import open_database
    from sync.backup.backups import before_migration
    from sync.timing.clock import utc_now

    settings = settings_of(config)
    database = open_database(settings.database.url.get_secret_value())
    # A migration cannot be undone; a failed one on the only copy of the history could not either.
    database.ensure_schema(None if no_backup else before_migration(database, settings.backup, utc_now))
    console().print(f"{safe(database)} is up to date.")


@db_app.command()
def status(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Say how the database's tables stand to this program's, and how much it holds.

    [bold]Example[/]
      trialdelta db status --json
    """
    from storage.engine import open_database
    from storage.schema import REVISION, SchemaState
    from storage.studies import totals

    # Not `open_storage`, which refuses an old or a newer schema: this command is what one asks then.
    database = open_database(settings_of(config).database.url.get_secret_value(), create=False)
    state = database.schema_state()
    facts: dict[str, object] = {"database": str(database), "schema": str(state), "program": REVISION}
    if state is SchemaState.CURRENT:
        with database.read() as session:
            facts.update(totals(session))
    if as_json:
        print_json([facts])
    else:
        for name, value in facts.items():
            console().print(f"[dim]{name:>12}[/]  {safe(value)}")


def quarantine(
    entry: Annotated[
        int | None,
        typer.Argument(metavar="[NUMBER]", help="One entry: its bytes as they came.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the records that could not be read and why, newest first; or write out the bytes of one.

    [bold]Examples[/]
      trialdelta quarantine
      trialdelta quarantine 3 > record.bin
    """
    from dataclasses import asdict

    from storage.quarantine import entries, raw

    with open_storage(settings_of(config)).read() as session:
        if entry is not None:
            # As bytes, not as text: what is in quarantine may be no UTF-8, and that may be why it is there.
            sys.stdout.buffer.write(raw(session, entry))
            return
        found = entries(session)
    if as_json:
        print_json({**asdict(each), "seen_at": exactly(each.seen_at)} for each in found)
        return
    for each in found:
        about = f"{each.id:>5}  {each.release}  {each.nct_id or 'no id':<11}  {each.size:,} bytes"
        console().print(f"{about}  {safe(each.reason)}")
    if not found:
        console().print("Nothing is in quarantine.")


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
    from sync.demo.show import show as run_demo

    run_demo(folder, port=port if console else None)
