"""Pages that were published about studies: `/pages`, and the forms on a study's page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sync.alerts.published.registered import LONGEST
from sync.web.actions import actions_by
from sync.web.dependencies import CurrentService, CurrentUser, NctId, ReadSession
from sync.web.render import page
from sync.web.views import published as view

router = APIRouter(include_in_schema=False)

Url = Annotated[str, Form(max_length=2000)]


@router.get("/pages", response_class=HTMLResponse)
def show(request: Request, session: ReadSession) -> HTMLResponse:
    """All registered pages, those first that no longer hold."""
    return page(request, "pages.html.j2", found=view.load(session))


@router.post("/studies/{nct_id}/pages")
def register(
    service: CurrentService,
    user: CurrentUser,
    nct_id: NctId,
    url: Url,
    text: Annotated[str, Form(max_length=LONGEST)],
    reviewed: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Register a page, or take its new text."""
    with actions_by(service, user) as actions:
        actions.register_page(nct_id, url, text, reviewed or None)
    return RedirectResponse(f"/studies/{nct_id}#pages", HTTPStatus.SEE_OTHER)


@router.post("/studies/{nct_id}/pages/remove")
def remove(service: CurrentService, user: CurrentUser, nct_id: NctId, url: Url) -> Response:
    """Look after a page no longer."""
    with actions_by(service, user) as actions:
        actions.remove_page(nct_id, url)
    return RedirectResponse(f"/studies/{nct_id}#pages", HTTPStatus.SEE_OTHER)
