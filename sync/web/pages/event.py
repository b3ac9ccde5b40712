"""Events: `/events/EVENT`, and all of them at `/events`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from storage.tables import VERDICTS
from sync.changes.model import Kind, Severity
from sync.versions.known import assignable, people
from sync.web.dependencies import CurrentService, EventId, ReadSession
from sync.web.pages.inbox import SNOOZES
from sync.web.render import page
from sync.web.views import event as view
from sync.web.views import events as events_view
from sync.web.views.events import EventsQuery
from sync.web.views.inbox import Alert

router = APIRouter(include_in_schema=False)


@router.get("/events", response_class=HTMLResponse)
def show_all(
    request: Request, session: ReadSession, service: CurrentService, query: Annotated[EventsQuery, Query()]
) -> HTMLResponse:
    """All that was told, also what asks for nothing."""
    return page(
        request,
        "events.html.j2",
        found=events_view.load(session, query),
        asked=query.model_dump(mode="json"),
        all_kinds=list(Kind),
        all_severities=list(Severity),
        watches=[watch.name for watch in service.settings.watch],
    )


@router.get("/events/{event_id}", response_class=HTMLResponse)
def show(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    event_id: EventId,
    view_as: Annotated[Literal["side", "merged"], Query(alias="view")] = "side",
) -> HTMLResponse:
    """One event, for ever at this address."""
    found = view.load(session, event_id, service.now())
    return page(
        request,
        "event.html.j2",
        view=found,
        view_as=view_as,
        verdicts=VERDICTS,
        snoozes=SNOOZES,
        people=people(session),
        assignable=assignable(session),
        is_snoozed=_is_snoozed(found.alert, service.now()),
    )


def _is_snoozed(alert: Alert | None, now: datetime) -> bool:
    until = alert.snoozed_until if alert else None
    return alert is not None and (alert.snoozed_until_change or (until is not None and until > now))
