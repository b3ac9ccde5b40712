"""Stored events as the values that they are: the edge between the JSON of the storage and `Event`."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from storage import events as stored
from sync.changes.event import Event


def event(session: Session, event_id: str) -> Event | None:
    """One event by its id."""
    found = stored.event(session, event_id)
    return Event.from_json(found) if found else None


def events(session: Session, **asked: Any) -> list[Event]:
    """Events, last told first; asked for as `storage.events.events` has it."""
    return [Event.from_json(each) for each in stored.events(session, **asked)]


def earlier(session: Session, event_id: str) -> list[Event]:
    """How an event was told under older sets of rules, oldest first."""
    return [Event.from_json(each) for each in stored.earlier_tellings(session, event_id)]
