"""Events: in lists, as their page shows them, and in the format that they have everywhere."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from storage.errors import UnknownEntry
from sync.versions import events
from sync.web.api.routes import FOUND, api_router
from sync.web.api.schema import EVENT
from sync.web.dependencies import CurrentService, EventId, ReadSession
from sync.web.views import event as view
from sync.web.views import events as events_view
from sync.web.views.event import EventView
from sync.web.views.events import Events, EventsQuery

router = api_router("events")


class EventsPage(EventsQuery):
    """Which events, and how they are told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    full: bool = Field(
        False, description="The events themselves, with all their changes, instead of a line of each."
    )


EventJson = Annotated[dict[str, Any], WithJsonSchema({"$ref": EVENT})]
"""An event in its own format: its description is made of `Event` itself."""


class FullEvents(BaseModel):
    """A page of whole events. `next`: the cursor of the following ones; null where these are the last."""

    events: list[EventJson]
    next: str | None


@router.get("/events", response_model=Events | FullEvents)
def list_events(session: ReadSession, query: Annotated[EventsPage, Query()]) -> Events | JSONResponse:
    """What changed, last told first: a line an event or, with `full`, the events as they are told everywhere."""
    if not query.full:
        return events_view.load(session, query)
    found, following = events_view.page_of(session, query)
    # Not through the response model: an event has its own JSON, to the key, and validating it anew would cost most of the
    # time.
    return JSONResponse({"events": [each.as_json() for each in found], "next": following})


@router.get("/events/{event_id}", responses=FOUND)
def get_event(session: ReadSession, service: CurrentService, event_id: EventId) -> EventView:
    """All that is known of an event: itself, what is said of it, what people did about it, who was told."""
    return view.load(session, event_id, service.now())


@router.get("/events/{event_id}/event", response_model=EventJson, responses=FOUND)
def get_event_alone(session: ReadSession, event_id: EventId) -> JSONResponse:
    """The event alone, as `trialdelta events --json`, webhooks and exports have it."""
    event = events.event(session, event_id)
    if event is None:
        raise UnknownEntry(f"There is no event {event_id}.")
    return JSONResponse(event.as_json())
