"""Commands for the programs that use the API: tokens."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Annotated

import typer

from storage import accounts
from storage.accounts import Account, Token
from storage.tables import SCOPES
from sync.changes.model import Kind, Severity
from sync.cli.arguments import ByOption, who
from sync.cli.class_options import class_filter
from sync.cli.common import console, emit, print_json, print_text, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.terminal.text import safe
from sync.timing.clock import utc_now
from sync.versions.known import known_watch, one_of
from sync.web import tokens
from sync.web.secrets import fingerprint, new_token
from sync.web.views.feed import FeedQuery

tokens_app = typer.Typer(
    no_args_is_help=True,
    help="Tokens of the API, and of feeds: for programs, each of an account, with a scope.",
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
    expires_at, secret = tokens.expiry(expires, at), new_token()
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
    print_text(f"{secret}\n")


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
    emit(found, as_json, partial(_lines, disabled) if found else partial(_none, account))


def _lines(disabled: Collection[str], found: Sequence[Token]) -> Iterator[str]:
    for token in found:
        # A token of a disabled account is not revoked, and works again with the account: the list must not call it
        # active.
        state = "account disabled" if token.account in disabled else tokens.state(token, utc_now())
        scope = f"feed of {tokens.filters_in_words(token.feed)}" if token.feed is not None else token.scope
        yield f"{token.id:>4} [bold]{safe(token.name)}[/] of {safe(token.account)}, {scope} [dim]{state}[/]"


def _none(account: str | None, _: Sequence[Token]) -> Iterator[str]:
    whose = f"{safe(account)} has no token" if account else "There is no token yet"
    yield f"{whose}: `trialdelta tokens add` makes one for the API, `trialdelta tokens feed` an address for a feed reader."


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


@tokens_app.command("feed")
def add_feed(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose reader it is for.", show_default=False)],
    account: Annotated[str, typer.Option("--account", metavar="WHO", help="The account that it acts for.")],
    watch: Annotated[str, typer.Option(help="Only studies of this watch.")] = "",
    severity: Annotated[str, typer.Option(help="Only of this severity or a heavier one.")] = "",
    kind: Annotated[str, typer.Option(help="Only of this kind.")] = "",
    study_class: Annotated[
        str, typer.Option("--class", metavar="CLASS", help="Only of studies of this class.")
    ] = "",
    antigen: Annotated[str, typer.Option(help="Only of studies whose CAR aims at it.")] = "",
    area: Annotated[str, typer.Option(help="Only of studies in this area.")] = "",
    expires: Annotated[
        str, typer.Option(metavar="SPAN", help="When it ends, from now (90d, 12h); or `never`.")
    ] = "365d",
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Make an address for a feed reader: a token in it opens this one feed, and nothing else. It is printed this once.

    The same address with .json at its end gives a JSON Feed. `tokens revoke` ends it.

    [bold]Examples[/]
      trialdelta tokens feed "Ana's reader" --account ana --watch lupus --severity high
      trialdelta tokens feed wall --account ben --expires never
    """
    settings, at = settings_of(config), utc_now()
    if severity:
        one_of("severity", "severities", severity, list(Severity))
    if kind:
        one_of("kind", "kinds", kind, list(Kind))
    named = class_filter(*([each] if each else [] for each in (study_class, antigen, area)))
    with open_storage(settings).write() as session:
        if watch:
            known_watch(session, (each.name for each in settings.watch), watch)
        query = FeedQuery.model_validate(
            {
                "watch": watch,
                "severity": severity,
                "kind": kind,
                "study_class": study_class,
                "antigen": "".join(named.antigens),
                "area": area,
            }
        )
        accounts.known(session, account)
        number, secret = tokens.add_feed(session, name, account, query, expires=expires, by=who(by), at=at)
    console_url = settings.alerts.console_url or f"http://{settings.web.host}:{settings.web.port}"
    address = f"{console_url}{tokens.feed_path(secret, 'atom')}"
    if as_json:
        print_json([{"id": number, "address": address, "expires_at": tokens.expiry(expires, at)}])
        return
    typer.echo(f"Token {number} opens one feed: {query.title}. Its address is shown this once:", err=True)
    print_text(f"{address}\n")


def _check_token(name: str, scope: str) -> None:
    one_of("scope", "scopes", scope, SCOPES)
    tokens.check_name(name)


def _check_reach(account: Account, scope: str) -> None:
    if scope == "operate" and account.role != "operator":
        raise UsageError(f"{account.name} is a reader: a token of this account can do no more than read")
