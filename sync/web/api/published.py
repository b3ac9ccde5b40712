"""Pages that were published about studies: which there are, how each stands, and looking after them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from sync.alerts.published.registered import LONGEST
from sync.web.actions import actions_by
from sync.web.api.fields import Day
from sync.web.api.models import Body
from sync.web.api.routes import api_router
from sync.web.dependencies import CurrentService, CurrentUser, NctId, ReadSession
from sync.web.views import published as view
from sync.web.views.published import RegisteredPages

router = api_router("published pages")

_URL = "https://www.example.org/trials/nct06056921"


class NewPage(Body):
    """A page on a study; the text takes the place of the one before where the address is known."""

    url: str = Field(max_length=2000, examples=[_URL])
    text: str = Field(
        max_length=LONGEST,
        pattern=r"\S",
        description="What it prints, or its HTML source.",
        examples=["Status: Recruiting"],
    )
    reviewed: Day | None = Field(None, description="When its publisher last reviewed it.")


class RemovedPage(Body):
    """The address of a page that is to be looked after no longer."""

    url: str = Field(max_length=2000, examples=[_URL])


@router.get("/pages")
def get_pages(
    session: ReadSession,
    nct_id: Annotated[str, Query(pattern=r"^(NCT\d{8})?$", description="Only of this study.")] = "",
) -> RegisteredPages:
    """The registered pages, those first that no longer hold, each with the sentences that are untrue."""
    return view.load(session, nct_id or None)


@router.post("/studies/{nct_id}/pages")
def register_page(
    service: CurrentService, user: CurrentUser, nct_id: NctId, body: NewPage
) -> RegisteredPages:
    """Register a page on the study, or give its new text: its events then say which sentences no longer hold."""
    with actions_by(service, user) as actions:
        actions.register_page(nct_id, body.url, body.text, body.reviewed)
        return view.load(actions.session, nct_id)


@router.post("/studies/{nct_id}/pages/remove")
def remove_page(
    service: CurrentService, user: CurrentUser, nct_id: NctId, body: RemovedPage
) -> RegisteredPages:
    """Look after a page no longer; those that are left."""
    with actions_by(service, user) as actions:
        actions.remove_page(nct_id, body.url)
        return view.load(actions.session, nct_id)
