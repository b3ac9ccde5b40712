"""The editor's worklist, and the addresses of one's own pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from storage.own_pages import own_pages
from sync.web.actions import actions_by
from sync.web.api.models import Body
from sync.web.api.routes import api_router
from sync.web.dependencies import CurrentService, CurrentUser, NctId, ReadSession
from sync.web.views import worklist as view
from sync.web.views.worklist import Worklist, WorklistQuery

router = api_router("worklist")


class WorklistPage(WorklistQuery):
    """Which studies, in which order, and which page of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: int = Field(1, ge=1, le=100_000)


class OwnPage(Body):
    """Where your own page on the study is; an empty text for none."""

    url: str = Field(max_length=2000, examples=["https://www.example.org/trials/nct06056921"])


class OwnPageDone(BaseModel):
    """Where your own page on the study is now; null for nowhere."""

    nct_id: str
    url: str | None


@router.get("/worklist")
def get_worklist(
    session: ReadSession, service: CurrentService, query: Annotated[WorklistPage, Query()]
) -> Worklist:
    """Studies that changed since they were last reviewed, or that nobody has reviewed, page by page."""
    return view.load(session, query, service.now(), query.page)


@router.post("/studies/{nct_id}/own-page")
def set_own_page(service: CurrentService, user: CurrentUser, nct_id: NctId, body: OwnPage) -> OwnPageDone:
    """Note where your own page on the study is: shown with the study, in the worklist and in alerts."""
    with actions_by(service, user) as actions:
        actions.own_page(nct_id, body.url)
        return OwnPageDone(nct_id=nct_id, url=own_pages(actions.session, [nct_id]).get(nct_id))
