"""All that was told, last told first, with a cursor to read on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema
from sqlalchemy.orm import Session

from storage import events as stored
from sync.changes.event import Event
from sync.changes.model import Kind, Severity
from sync.study.record import is_nct_id
from sync.timing.clock import utc_now
from sync.timing.days import period
from sync.versions import events
from sync.view import View
from sync.web.views.class_filter import ClassQuery
from sync.web.views.event import Line, line_of
from sync.web.views.paging import no_such_cursor

Day = Annotated[
    str,
    Field(max_length=20),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date"},
                {"type": "string", "pattern": "^[0-9]{1,3}d$"},
                {"enum": ["", "today", "yesterday"]},
            ],
            "examples": ["2026-08-01", "7d", "yesterday"],
        }
    ),
]
"""A day as `day_named` reads it; empty for none."""


class EventsQuery(ClassQuery):
    """Which events; what is left out narrows nothing."""

    nct_id: str = Field("", pattern=r"^(NCT[0-9]{8})?$", description="Of this study.")
    watch: str = Field("", max_length=100, description="Of studies that are or were in this watch.")
    kind: Kind | Literal[""] = ""
    severity: Severity | Literal[""] = Field("", description="Of this severity or a heavier one.")
    since: Day = Field("", description="From this release on: a day, so many days ago, yesterday, today.")
    until: Day = Field("", description="Up to this release.")
    held: bool = Field(False, description="Also those that a storm holds back.")
    historical: bool = Field(False, description="Also those of the past, which nobody was told of.")
    cursor: str = Field("", max_length=40, description="Where the page before ended: its `next`.")
    limit: int = Field(50, ge=1, le=200)


class EventLine(Line):
    """An event in a list."""

    nct_id: str | None
    title: str
    seen_at: str


class Events(View):
    """A page of events. `next`: the cursor of the following ones; null where these are the last."""

    events: list[EventLine]
    next: str | None


def load(session: Session, query: EventsQuery) -> Events:
    """A page of the events that are asked for."""
    found, following = page_of(session, query)
    return Events(events=[_line(each) for each in found], next=following)


def page_of(session: Session, query: EventsQuery) -> tuple[list[Event], str | None]:
    """The events themselves, and the cursor of the following ones."""
    weight = Severity(query.severity).weight if query.severity else 0
    first, last = period(query.since, query.until, utc_now().date())
    found = events.events(
        session,
        nct_id=query.nct_id or None,
        kinds=(query.kind,) if query.kind else (),
        severities=tuple(each for each in Severity if each.weight >= weight) if query.severity else (),
        since=first,
        until=last,
        watch=query.watch or None,
        held=query.held,
        historical=query.historical,
        of_class=query.class_filter(),
        cursor=place_of(session, query.cursor),
        # One more than is shown says whether there is a next page.
        limit=query.limit + 1,
    )
    # Counted by fetching one more, not by a count: that would read the whole table for a page of fifty.
    shown = found[: query.limit]
    return shown, shown[-1].id if len(found) > query.limit else None


def place_of(session: Session, cursor: str) -> int | None:
    """Where a page begins; None for the first. Raises UsageError where the cursor is not an event's id.

    A cursor is the id of the last event of the page before: it stays true when others are told meanwhile.
    """
    if not cursor:
        return None
    place = stored.cursor_of(session, cursor)
    if place is None:
        raise no_such_cursor()
    return place


def _line(event: Event) -> EventLine:
    # A storm has no study, and its empty id must not become a link.
    nct_id = event.nct_id if is_nct_id(event.nct_id) else None
    return EventLine(**line_of(event).model_dump(), nct_id=nct_id, title=event.title, seen_at=event.seen_at)
