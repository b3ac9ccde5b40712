"""Commands for the programs that use the API: tokens."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated

import typer

from storage import accounts
from storage.accounts import Account, Token
from storage.tables import SCOPES
from sync.cli.arguments import ByOption, who
from sync.cli.common import console, emit, print_json, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.settings_base import duration
from sync.terminal.text import safe
from sync.timing.clock import utc_now
from sync.versions.known import one_of
from sync.web.secrets import fingerprint, new_token

tokens_app = typer.Typer(
    no_args_is_help=True, help="The API's tokens: for programs, each of an account, with a scope."
)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(tokens_app, name="tokens")


@tokens_app.command("add")
def add_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.", show_default=False)],
    account: Annotated[str, typer.Option("--account", metavar="WHO", help="The account that it acts for.")],
    scope: Annotated[str, typer.Option(metavar="read|operate", help="operate needs an operator's account.")],
    expires: Annotated[
        str, typer.Option(metavar="SPAN", help="When it ends, from now (90d, 12h); or `never`.")
    ] = "90d",
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Make a token for the API. It is printed this once: only its hash is stored.

    [bold]Examples[/]
      trialdelta tokens add status-page --account ana --scope read
      trialdelta tokens add bot --account bot --scope operate --expires never > token.txt
    """
    _check_token(name, scope)
    at = utc_now()
    expires_at, secret = _expiry(expires, at), new_token()
    with open_storage(settings_of(config)).write() as session:
        # Refused when it is made; a role that is taken away later counts at each use all the same.
        _check_reach(accounts.known(session, account), scope)
        number = accounts.add_token(
            session, fingerprint(secret), account, name, scope, expires_at=expires_at, by=who(by), at=at
        )
    if as_json:
        print_json([{"id": number, "token": secret, "expires_at": expires_at}])
        return
    # the sentence apart from the token, so that this alone goes into a file or a variable
    until = f"until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "until it is revoked"
    typer.echo(f"Token {number} of {account} may {scope} {until}. It is shown this once:", err=True)
    sys.stdout.write(f"{secret}\n")


@tokens_app.command("list")
def list_tokens(
    account: Annotated[
        str | None, typer.Option("--account", metavar="WHO", help="Only those of this account.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """The tokens, also those that no longer work; what they are for, not what they are.

    [bold]Example[/]
      trialdelta tokens list --account ana
    """
    with open_storage(settings_of(config)).read() as session:
        disabled = {each.name for each in accounts.accounts(session) if each.disabled_at}
        if account is not None:
            accounts.known(session, account)
        found = accounts.tokens(session, account)
    emit(found, as_json, partial(_lines, disabled))


def _lines(disabled: Collection[str], found: Sequence[Token]) -> Iterator[str]:
    for token in found:
        # A token of a disabled account is not revoked, and works again with the account: the list must not call it
        # active.
        state = "account disabled" if token.account in disabled else _state(token, utc_now())
        yield f"{token.id:>4} [bold]{safe(token.name)}[/] of {safe(token.account)}, {token.scope} [dim]{state}[/]"
    if not found:
        yield "No tokens."


@tokens_app.command()
def revoke(
    number: Annotated[
        int, typer.Argument(metavar="ID", help="Its number (tokens list).", show_default=False)
    ],
    by: ByOption = None,
    config: ConfigOption = None,
) -> None:
    """End a token, for good and at once.

    [bold]Example[/]
      trialdelta tokens revoke 3
    """
    with open_storage(settings_of(config)).write() as session:
        accounts.revoke(session, number, by=who(by), at=utc_now())
    console().print(f"Token {number} is revoked.")


def _check_token(name: str, scope: str) -> None:
    one_of("scope", "scopes", scope, SCOPES)
    if not (name.strip() and name.isprintable() and len(name) <= 64):
        raise UsageError("say in at most 64 letters, on one line, what the token is for")


def _check_reach(account: Account, scope: str) -> None:
    if scope == "operate" and account.role != "operator":
        raise UsageError(f"{account.name} is a reader: a token of this account can do no more than read")


def _expiry(text: str, now: datetime) -> datetime | None:
    """When a token ends that lasts for a span; None for never."""
    if text == "never":
        return None
    try:
        at = now + duration(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is not a span such as 90d or 12h, nor `never`") from error
    # `0d` is a span too.
    if at <= now:
        raise UsageError("a token that ends at once is of no use: give a span such as 90d")
    return at


def _state(token: Token, now: datetime) -> str:
    """Whether a token works, until when, and when it last did."""
    if token.revoked_at:
        return f"revoked on {token.revoked_at:%Y-%m-%d}"
    if token.expires_at and token.expires_at <= now:
        return f"expired on {token.expires_at:%Y-%m-%d}"
    until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "until it is revoked"
    used = f"last used on {token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never used"
    return f"works {until}, {used}"
