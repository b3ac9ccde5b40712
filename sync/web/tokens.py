"""Tokens in words and in numbers: what may be asked for, until when they work; and the tokens that open a feed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from storage import accounts
from storage.accounts import Token
from storage.tables.accounts import FEED
from sync.errors import UsageError
from sync.settings_base import duration
from sync.web.secrets import fingerprint, new_feed_token
from sync.web.views.feed import FeedQuery


def check_name(name: str) -> None:
    """Raise UsageError where a name does not say what a token is for."""
    if not (name.strip() and name.isprintable() and len(name) <= 64):
        raise UsageError("say in at most 64 letters, on one line, what the token is for")


def expiry(text: str, now: datetime) -> datetime | None:
    """When a token ends that lasts for a span; None for never. Raises UsageError."""
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


def state(token: Token, now: datetime) -> str:
    """Whether a token works, until when, and when it last did."""
    if token.revoked_at:
        return f"revoked on {token.revoked_at:%Y-%m-%d}"
    if token.expires_at and token.expires_at <= now:
        return f"expired on {token.expires_at:%Y-%m-%d}"
    until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "until it is revoked"
    used = f"last used on {token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never used"
    return f"works {until}, {used}"


def works(token: Token, now: datetime) -> bool:
    """Whether a token is neither revoked nor at its end."""
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > now)


def add_feed(
    session: Session, name: str, account: str, query: FeedQuery, *, expires: str, by: str, at: datetime
) -> tuple[int, str]:
    """Make a token that opens this feed alone: its number, and the secret, which nobody is told again. Raises UsageError."""
    check_name(name)
    secret, ends = new_feed_token(), expiry(expires, at)
    number = accounts.add_token(
        session,
        fingerprint(secret),
        account,
        name.strip(),
        FEED,
        expires_at=ends,
        by=by,
        at=at,
        feed=query.stored(),
    )
    return number, secret


def feed_path(secret: str, form: str) -> str:
    """Where the feed of a token is; `form`: atom or json."""
    return f"/feeds/{secret}.{form}"


def filters_in_words(feed: Mapping[str, str]) -> str:
    """What a feed tells, as its title says it."""
    return FeedQuery(**feed).title.removeprefix("trialdelta: ")
