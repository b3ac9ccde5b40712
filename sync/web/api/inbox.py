"""Reading what needs somebody: the pulse, the inbox as its page shows it, alerts one by one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict, Field

from storage.inbox import By
from sync.web.api.routes import FOUND, api_router
from sync.web.dependencies import CurrentService, EventId, ReadSession
from sync.web.views import alerts as view
from sync.web.views import inbox
from sync.web.views.alerts import Alerts, AlertsQuery
from sync.web.views.inbox import Alert, Inbox, InboxQuery
from sync.web.views.status_bar import StatusBar
from sync.web.views.status_bar import status_bar as pulse_of

router = api_router("inbox")


class InboxPage(InboxQuery):
    """Which alerts, in which groups, and which page of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: By = Field("study", description="The alerts of a study together, or those of a release.")
    page: int = Field(1, ge=1, le=100_000)


@router.get("/pulse")
def get_pulse(session: ReadSession, service: CurrentService) -> StatusBar:
    """Is the watcher alive, and does anything need me?"""
    return pulse_of(session, service.settings, service.now())


@router.get("/inbox")
def get_inbox(session: ReadSession, service: CurrentService, query: Annotated[InboxPage, Query()]) -> Inbox:
    """A page of the inbox: alerts in groups, the weightiest first; the last page where there are fewer."""
    watches = [watch.name for watch in service.settings.watch]
    return inbox.load(session, query, service.now(), watches, by=query.by, page=query.page)


@router.get("/alerts")
def list_alerts(
    session: ReadSession, service: CurrentService, query: Annotated[AlertsQuery, Query()]
) -> Alerts:
    """Alerts one by one, last told first."""
    return view.load(session, query, service.now())


@router.get("/alerts/{event_id}", responses=FOUND)
def get_alert(session: ReadSession, event_id: EventId) -> Alert:
    """The alert of an event, whatever its state."""
    return view.alert(session, event_id)
