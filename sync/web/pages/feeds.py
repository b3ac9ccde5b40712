"""Feeds of the last events: `/feed.atom` and `/feed.json`, answered without a body to whoever has them already.

Below `/feeds/` is a feed whose address has a token: it opens this feed, with its filters, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from storage import accounts
from storage.accounts import Token
from sync.service import Service
from sync.web.authentication import TOKEN_SEEN_EVERY_S
from sync.web.dependencies import CurrentService, ReadSession
from sync.web.secrets import fingerprint
from sync.web.target import origin_of, path_and_query
from sync.web.views import feed as view
from sync.web.views.feed import Feed, FeedQuery

router = APIRouter(include_in_schema=False)

ATOM = "application/atom+xml; charset=utf-8"
JSON = "application/feed+json"
PER_TOKEN = RateLimitItemPerMinute(60)
"""Readings of one feed by its token: readers ask every few minutes."""


@router.get("/feed.atom")
def atom(
    request: Request, session: ReadSession, service: CurrentService, query: Annotated[FeedQuery, Query()]
) -> Response:
    """As Atom."""
    return _answer(request, service, view.load(session, query), ATOM, view.atom)


@router.get("/feed.json")
def json_feed(
    request: Request, session: ReadSession, service: CurrentService, query: Annotated[FeedQuery, Query()]
) -> Response:
    """As JSON Feed 1.1."""
    return _answer(request, service, view.load(session, query), JSON, _as_json)


@router.get("/feeds/{name}")
def by_token(request: Request, service: CurrentService, name: str) -> Response:
    """The feed that the token in its address opens: TOKEN.atom or TOKEN.json."""
    secret, _, form = name.rpartition(".")
    token = _feed_token(service, secret)
    # one answer for whatever is wrong with it: who guesses learns nothing
    if token is None or token.feed is None or form not in ("atom", "json") or request.query_params:
        return _no_feed(request)
    if not request.app.state.feed_limiter.lets_read(token.id):
        detail = f"This feed is asked for more than {PER_TOKEN.amount} times a minute. Ask less often."
        return JSONResponse({"detail": detail}, HTTPStatus.TOO_MANY_REQUESTS, {"retry-after": "60"})
    with service.database.read() as session:
        feed = view.load(session, FeedQuery(**token.feed))
    # Without the token: what a reader keeps, and passes on, must not open anything.
    address = f"/feed.{form}{_query_of(feed.query)}"
    if form == "atom":
        return _answer(request, service, feed, ATOM, view.atom, address)
    return _answer(request, service, feed, JSON, _as_json, address)


def _no_feed(request: Request) -> Response:
    """To a stranger like any other address that is not there; who is signed in may know that it is not."""
    detail = "No feed has this address: it was revoked, has ended, or was not copied whole."
    if request.state.visitor is not None:
        return JSONResponse({"detail": detail}, HTTPStatus.NOT_FOUND)
    return JSONResponse({"detail": detail}, HTTPStatus.UNAUTHORIZED, {"www-authenticate": "Bearer"})


def _feed_token(service: Service, secret: str) -> Token | None:
    """The token that is in force, its use noted; not at each reading, which would queue readers behind the one writer."""
    now = service.now()
    with service.database.read() as session:
        token = accounts.feed_token(session, fingerprint(secret), now)
    if token and (
        token.last_used_at is None or (now - token.last_used_at).total_seconds() > TOKEN_SEEN_EVERY_S
    ):
        with service.database.write() as session:
            accounts.note_use(session, token.id, now)
    return token


def _query_of(query: FeedQuery) -> str:
    asked = {name: value for name, value in query.model_dump(mode="json").items() if value}
    return f"?{urlencode(asked)}" if asked else ""


class FeedLimiter:
    """Counts how often each feed is read by its token; made once for an application."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def lets_read(self, token: int) -> bool:
        """Whether another reading is let through; counts it."""
        return self._limiter.hit(PER_TOKEN, "feed", str(token))


def _as_json(feed: Feed, console: str, address: str) -> bytes:
    return msgspec.json.encode(view.json_feed(feed, console, address))


def _answer(
    request: Request,
    service: Service,
    feed: Feed,
    content_type: str,
    made: Callable[[Feed, str, str], bytes],
    path: str = "",
) -> Response:
    """The feed, made only for whoever does not have it."""
    # Where people reach the console, if that is known: a reader may have come by another name of it.
    console = service.settings.alerts.console_url or origin_of(request.scope)
    address = f"{console}{path or path_and_query(request.scope)}"
    changed_at = feed.changed_at.astimezone(UTC).replace(microsecond=0)
    headers = {
        "etag": feed.etag(address),
        "last-modified": format_datetime(changed_at, usegmt=True),
        # Kept by the reader, never by a proxy between: what is watched is nobody else's affair.
        "cache-control": "private, no-cache",
    }
    # Asked before the feed is made: readers ask every few minutes, and nearly always have it.
    if _has_it(request, headers["etag"], changed_at):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(made(feed, f"{console}/", address), headers=headers | {"content-type": content_type})


def _has_it(request: Request, etag: str, changed_at: datetime) -> bool:
    """By its ETag or, only where none is sent, by its date."""
    known = request.headers.get("if-none-match")
    if known is not None:
        plain = [each.strip().removeprefix("W/") for each in known.split(",")]
        return "*" in plain or etag.removeprefix("W/") in plain
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return changed_at <= (since if since.tzinfo else since.replace(tzinfo=UTC))
