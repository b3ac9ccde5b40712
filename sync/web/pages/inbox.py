"""The inbox: `/`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from storage.inbox import By
from storage.tables import VERDICTS
from sync.changes.model import Kind, Severity
from sync.versions.known import assignable
from sync.web.dependencies import CurrentService, ReadSession
from sync.web.pages.watches import first_page
from sync.web.render import page
from sync.web.views import inbox
from sync.web.views.inbox import InboxQuery
from sync.web.views.watches import WatchForm, is_new

router = APIRouter(include_in_schema=False)

SNOOZES = {"change": "until it changes", "1d": "1 day", "3d": "3 days", "7d": "1 week", "30d": "30 days"}
STATES = {
    "open": "Open",
    "snoozed": "Snoozed",
    "acknowledged": "Acknowledged",
    "closed": "Closed",
    "all": "All",
}


@router.get("/", response_class=HTMLResponse)
def show(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    query: Annotated[InboxQuery, Query()],
    by: By = "study",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """What needs somebody; the first steps where nothing is watched, nor ever was."""
    if is_new(session, service):
        return first_page(request, session, service, WatchForm(next="/setup"))
    watches = [watch.name for watch in service.settings.watch]
    narrowed = query.model_dump(exclude={"state"}, exclude_defaults=True)
    return page(
        request,
        "inbox.html.j2",
        inbox=inbox.load(session, query, service.now(), watches, by=by, page=number),
        asked={**query.model_dump(mode="json"), "by": by if by != "study" else ""},
        # An empty inbox is good news, an empty search is not: the page says which it is.
        filtered=bool(narrowed),
        number_of_filters=len(narrowed),
        states=STATES,
        all_kinds=list(Kind),
        all_severities=list(Severity),
        verdicts=VERDICTS,
        snoozes=SNOOZES,
        assignable=assignable(session),
    )
