"""Stored events as the values that they are: the edge between the JSON of the storage and `Event`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec

from sqlalchemy.orm import Session

from storage import events as stored
from storage.events import EventJson
from sync.changes.event import Event

P = ParamSpec("P")


# The storage knows no type of ours; whoever is above it should not know its JSON.
def _as_events(read: Callable[P, Iterable[EventJson]]) -> Callable[P, list[Event]]:
    """The same way of reading, asked for in the same words, with events for their JSON."""

    @wraps(read)
    def events(*args: P.args, **named: P.kwargs) -> list[Event]:
        return [Event.from_json(each) for each in read(*args, **named)]

    return events


events = _as_events(stored.events)
earlier = _as_events(stored.superseded_events)


def event(session: Session, event_id: str) -> Event | None:
    """One event by its id."""
    found = stored.event(session, event_id)
    return Event.from_json(found) if found else None
