"""Commands for who may use the console: users."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from storage import accounts
from storage.accounts import Account
from storage.engine import Database
from storage.tables import ROLES
from sync.cli.arguments import ByOption, who
from sync.cli.common import emit, settings_of
from sync.cli.database import open_or_make_storage, open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.passwords import PasswordFileOption, PasswordStdinOption, password_for
from sync.terminal.text import safe
from sync.timing.clock import utc_now
from sync.versions.known import one_of
from sync.web.secrets import check_name, hash_password

users_app = typer.Typer(
    no_args_is_help=True, help="The accounts of the console: who may look, who may also act."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(users_app, name="users")


@users_app.command("add")
def add_user(
    name: Name,
    role: Annotated[
        str,
        typer.Option(metavar="reader|operator", help="A reader looks, an operator also acts."),
    ],
    password_file: PasswordFileOption = None,
    password_stdin: PasswordStdinOption = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Add an account. Its password is asked for twice on a terminal; it is never an argument.

    [bold]Examples[/]
      trialdelta users add ana --role operator
      trialdelta users add wall --role reader --password-file /run/secrets/wall
      pass show trialdelta/ana | trialdelta users add ana --role operator --password-stdin
    """
    check_name(name)
    _check_role(role)
    database = open_or_make_storage(settings_of(config))  # an account may be needed for the first `run`
    with database.read() as session:
        accounts.check_free(session, name)  # before anybody types a password in vain
    password = hash_password(password_for(name, password_file, password_stdin))
    _change(database, accounts.add_account, name, by, as_json, role=role, password_hash=password)


@users_app.command("list")
def list_users(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """The accounts by name, the disabled ones among them.

    [bold]Example[/]
      trialdelta users list --json
    """
    with open_storage(settings_of(config)).read() as session:
        found = accounts.accounts(session)
    emit(found, as_json, _lines)


@users_app.command()
def passwd(
    name: Name,
    password_file: PasswordFileOption = None,
    password_stdin: PasswordStdinOption = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Give an account another password. Its visits end everywhere; its tokens go on working.

    [bold]Examples[/]
      trialdelta users passwd ana
      trialdelta users passwd wall --password-file /run/secrets/wall
    """
    database = open_storage(settings_of(config))
    with database.read() as session:
        # An account that is not there is told before anybody types a password in vain.
        accounts.known(session, name)
    password = hash_password(password_for(name, password_file, password_stdin))
    _change(database, accounts.set_password, name, by, as_json, password_hash=password)


@users_app.command()
def role(
    name: Name,
    role: Annotated[
        str, typer.Argument(metavar="reader|operator", help="What it may do now.", show_default=False)
    ],
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Give an account another role; it holds at once, for its tokens too.

    [bold]Example[/]
      trialdelta users role ana reader
    """
    _check_role(role)
    _change(open_storage(settings_of(config)), accounts.set_role, name, by, as_json, role=role)


@users_app.command()
def disable(
    name: Name, by: ByOption = None, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Shut an account out: its visits end, neither its password nor its tokens work.

    It is kept, for the audit log speaks of it.

    [bold]Example[/]
      trialdelta users disable ana
    """
    _change(open_storage(settings_of(config)), accounts.disable, name, by, as_json)


@users_app.command()
def enable(name: Name, by: ByOption = None, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Let an account in again, with the password it had; its tokens work again, unless they were revoked.

    [bold]Example[/]
      trialdelta users enable ana
    """
    _change(open_storage(settings_of(config)), accounts.enable, name, by, as_json)


def _change(database: Database, act: Any, name: str, by: str | None, as_json: bool, **how: Any) -> None:
    """Do something to an account, and show it as it is then."""
    # Read back in the same transaction: what is shown is what was written, whoever else is at work.
    with database.write() as session:
        act(session, name, by=who(by), at=utc_now(), **how)
        changed = accounts.known(session, name)
    emit([changed], as_json, _lines)


def _check_role(role: str) -> None:
    one_of("role", "roles", role, ROLES)


def _lines(found: Sequence[Account]) -> Iterator[str]:
    for account in found:
        since = f"disabled since {account.disabled_at:%Y-%m-%d}" if account.disabled_at else "enabled"
        yield f"[bold]{safe(account.name):<20}[/] {account.role:<8} [dim]{since}[/]"
    if not found:
        yield "No accounts: trialdelta users add NAME --role operator adds one."
