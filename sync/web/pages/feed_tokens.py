"""The feeds: `/feeds` says how to read them, and makes and revokes addresses with a token for feed readers."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from storage import accounts
from storage.accounts import Token
from sync.changes.model import Kind, Severity
from sync.errors import UsageError
from sync.service import Service
from sync.versions.known import known_watch
from sync.web import tokens
from sync.web.dependencies import CurrentService, CurrentUser, ReadSession, service_of
from sync.web.render import page
from sync.web.target import origin_of
from sync.web.views.feed import FeedQuery

router = APIRouter(prefix="/feeds", include_in_schema=False)

SPANS = {"90d": "90 days", "365d": "a year", "never": "until it is revoked"}


class NewFeed(FeedQuery):
    """Which feed is to have an address of its own, for whom, and for how long."""

    name: str
    account: str = ""
    expires: str = "365d"


@router.get("", response_class=HTMLResponse)
def show(request: Request, session: ReadSession) -> HTMLResponse:
    """How feeds are read, and which addresses there are."""
    return _page(request, session)


@router.post("", response_class=HTMLResponse)
def add(
    request: Request, service: CurrentService, user: CurrentUser, wanted: Annotated[NewFeed, Form()]
) -> HTMLResponse:
    """Make an address; it is on the answer's page, and nowhere else ever."""
    query = FeedQuery(**wanted.model_dump(include=set(FeedQuery.model_fields)))
    with service.database.write() as session:
        if wanted.watch:
            known_watch(session, (watch.name for watch in service.settings.watch), wanted.watch)
        account = wanted.account or user.name
        if accounts.account(session, account) is None:
            raise UsageError("A feed's address belongs to an account, and ends with it: choose one.")
        _, secret = tokens.add_feed(
            session, wanted.name, account, query, expires=wanted.expires, by=user.name, at=service.now()
        )
    with service.database.read() as session:
        return _page(request, session, made=secret, made_for=wanted.name.strip())


@router.post("/{number}/revoke")
def revoke(
    service: CurrentService,
    user: CurrentUser,
    number: Annotated[int, Path(ge=1, le=999_999_999)],
) -> Response:
    """End an address, for good and at once."""
    with service.database.write() as session:
        found = {token.id: token for token in accounts.tokens(session)}.get(number)
        if found is None or found.feed is None:
            raise UsageError("No feed has this number: it may be the number of a token of the API.")
        accounts.revoke(session, number, by=user.name, at=service.now())
    return RedirectResponse("/feeds", HTTPStatus.SEE_OTHER)


def _page(request: Request, session: Session, *, made: str = "", made_for: str = "") -> HTMLResponse:
    service = service_of(request)
    now = service.now()
    console = service.settings.alerts.console_url or origin_of(request.scope)
    there = [account for account in accounts.accounts(session) if account.disabled_at is None]
    return page(
        request,
        "feeds.html.j2",
        made={form: f"{console}{tokens.feed_path(made, form)}" for form in ("atom", "json")} if made else {},
        made_for=made_for,
        feeds=[_row(token, now) for token in accounts.tokens(session) if token.feed is not None],
        console=console,
        accounts=[account.name for account in there],
        **_choices(service),
    )


def _choices(service: Service) -> dict[str, Any]:
    return {
        "watches": [watch.name for watch in service.settings.watch],
        "all_kinds": list(Kind),
        "all_severities": list(Severity),
        "spans": SPANS,
    }


def _row(token: Token, now: datetime) -> dict[str, Any]:
    return {
        "token": token,
        "of": tokens.filters_in_words(token.feed or {}),
        "state": tokens.state(token, now),
        "works": tokens.works(token, now),
    }
