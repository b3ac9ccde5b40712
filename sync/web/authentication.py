"""Who asks: a person of this machine, an account's visit in a browser, or the bearer of an API token."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Literal
from urllib.parse import quote, unquote

from starlette.datastructures import Headers

from storage import accounts
from storage.engine import Database
from sync.actor import person
from sync.service import Service
from sync.web.secrets import fingerprint

SESSION_COOKIE = "trialdelta_visit"
"""Holds the secret of a visit, of an account's or, where none is needed, of a browser alone."""
NAME_COOKIE = "trialdelta_name"
"""On loopback, without accounts: what the person wants to be called in the audit log."""
TOKEN_SEEN_EVERY_S = 3600


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever asks, and by what right."""

    name: str
    role: Literal["reader", "operator"]
    via: Literal["loopback", "visit", "token"]

    @property
    def may_act(self) -> bool:
        """Whether acknowledging, muting, reviewing and deciding is for this visitor."""
        return self.role == "operator"


class Authenticator:
    """Tells who asks, by what a request brings along."""

    def __init__(self, service: Service) -> None:
        self.database: Database = service.database
        self.now = service.now
        self.loopback_only = not service.settings.web.needs_accounts

    def visitor(self, headers: Headers) -> Visitor | None:
        """Whoever asks; None where that is nobody known."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme:
            # A token that is wrong is not made good by a cookie beside it: whoever sends one means to be known by it.
            return self._bearer(secret.strip()) if scheme.lower() == "bearer" else None
        cookies = cookies_of(headers)
        if self.loopback_only:
            chosen = clean_name(unquote(cookies.get(NAME_COOKIE, "")))
            return Visitor(chosen or person(), "operator", "loopback")
        return self._account_of(cookies[SESSION_COOKIE]) if SESSION_COOKIE in cookies else None

    def _account_of(self, secret: str) -> Visitor | None:
        with self.database.read() as session:
            account = accounts.visitor(session, fingerprint(secret), self.now())
        return Visitor(account.name, _role(account.role), "visit") if account else None

    def _bearer(self, token: str) -> Visitor | None:
        now = self.now()
        with self.database.read() as session:
            found = accounts.bearer(session, fingerprint(token), now)
        if found is None:
            return None
        account, known = found
        # A write for each request would queue readers behind the one writer.
        if known.last_used_at is None or (now - known.last_used_at).total_seconds() > TOKEN_SEEN_EVERY_S:
            with self.database.write() as session:
                accounts.note_use(session, known.id, now)
        # Both must allow it: an operator may hand out a token that only reads, and one whose role was taken away acts no
        # more.
        may_act = account.role == "operator" and known.scope == "operate"
        return Visitor(account.name, "operator" if may_act else "reader", "token")


def _role(text: str) -> Literal["reader", "operator"]:
    return "operator" if text == "operator" else "reader"


def cookies_of(headers: Headers) -> dict[str, str]:
    """The cookies of a request; none where they are not cookies."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def clean_name(text: str) -> str:
    """A person's name as the audit log takes it: printable, at most 64 letters; empty where nothing is left."""
    return " ".join("".join(letter for letter in text if letter.isprintable()).split())[:64]


def name_cookie(name: str) -> str:
    """The value of the cookie that keeps a name."""
    return quote(clean_name(name))
