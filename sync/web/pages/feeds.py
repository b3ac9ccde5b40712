"""Feeds of the last events: `/feed.atom` and `/feed.json`, answered without a body to whoever has them already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from sync.web.dependencies import ReadSession
from sync.web.target import origin_of, path_and_query
from sync.web.views import feed as view
from sync.web.views.feed import Feed, FeedQuery

router = APIRouter(include_in_schema=False)

ATOM = "application/atom+xml; charset=utf-8"
JSON = "application/feed+json"


@router.get("/feed.atom")
def atom(request: Request, session: ReadSession, query: Annotated[FeedQuery, Query()]) -> Response:
    """As Atom."""
    return _answer(request, view.load(session, query), ATOM, view.atom)


@router.get("/feed.json")
def json_feed(request: Request, session: ReadSession, query: Annotated[FeedQuery, Query()]) -> Response:
    """As JSON Feed 1.1."""
    return _answer(request, view.load(session, query), JSON, _as_json)


def _as_json(feed: Feed, console: str, address: str) -> bytes:
    return msgspec.json.encode(view.json_feed(feed, console, address))


def _answer(
    request: Request, feed: Feed, content_type: str, made: Callable[[Feed, str, str], bytes]
) -> Response:
    """The feed, made only for whoever does not have it."""
    console = origin_of(request.scope)
    address, changed_at = (
        f"{console}{path_and_query(request.scope)}",
        feed.changed_at.astimezone(UTC).replace(microsecond=0),
    )
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
