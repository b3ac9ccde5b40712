"""Storms: those that wait for a decision, with the events that they hold, and those that were decided."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy.orm import Session

from storage import service_status, storms
from storage.audit import Entry
from sync.view import View

SHOWN = 20
DECIDED = 10


class HeldEvent(View):
    """An event that waits."""

    id: str
    nct_id: str | None
    severity: str
    kind: str
    headline: str


class Storm(View):
    """The same change in many studies at once."""

    event_id: str
    headline: str
    release: str
    state: str
    events: int = Field(description="How many events it holds, or held.")
    first: list[HeldEvent] = Field(description="The first of them.")
    decided_at: datetime | None
    decided_by: str | None


def load(session: Session) -> list[Storm]:
    """The storms that are held, then the last ones that were decided; newest first."""
    known = storms.storms(session)
    held = [each for each in known if each.state == "held"]
    shown = [*held, *[each for each in known if each.state != "held"][:DECIDED]]
    events = service_status.held_events(session, [each.event_id for each in held], limit=SHOWN)
    decided = service_status.decisions(session, [each.event_id for each in shown])
    return [_storm(each, events[each.event_id], decided.get(each.event_id)) for each in shown]


def _storm(storm: storms.StormInfo, first: list[service_status.Held], decided: Entry | None) -> Storm:
    return Storm(
        event_id=storm.event_id,
        headline=storm.headline,
        release=storm.release,
        state=storm.state,
        # what is released is held no more: then only the audit log knows the number
        events=decided.detail.get("events", storm.events) if decided else storm.events,
        first=[HeldEvent.model_validate(each) for each in first],
        decided_at=storm.decided_at,
        decided_by=decided.who if decided else None,
    )
