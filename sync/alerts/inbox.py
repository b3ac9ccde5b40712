"""From an event to alerts and deliveries due, in the transaction that stores the event."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from storage import alerts as inbox
from storage import outbox
from storage.alerts import Mute
from storage.classes import Answer
from storage.outbox import NewDelivery
from storage.restored import last_restore
from sync.alerts.after_restore import may_have_been_announced
from sync.alerts.ids import delivery_id
from sync.alerts.notices import Notice, notify
from sync.alerts.routing import due_at, match_route
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.changes.event import Event
from sync.changes.kinds import unknown_fields


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A new event, the watches that its study is in, and what the study is (see `match_route`)."""

    event: Event
    watches: Collection[str]
    answers: tuple[Answer, ...] = ()

    def is_for(self, route: RouteSettings) -> bool:
        """Whether a route takes it."""
        return match_route(self.event, self.watches, route, self.answers).takes


def dispatch(
    session: Session,
    new_events: Sequence[NewEvent],
    routes: Sequence[RouteSettings],
    settings: AlertSettings,
    now: datetime,
) -> None:
    """Open alerts for the new events that ask for attention, and write down who is to be told of them.

    What is told at once waits for the end of the cycle, which may find that the events are a storm. What may have been
    told before a restore is held.
    """
    if not new_events:
        return
    # Once for the batch: a backfill or a first storm can bring thousands of events.
    muted, restore = inbox.mutes(session, now), last_restore(session)
    held = {event.event.id for event in new_events if may_have_been_announced(restore, event.event)}
    inbox.open_alerts(
        session, [_key(event) for event in new_events if _asks(event, routes, settings, muted)], now
    )
    new = [new for event in new_events for new in _deliveries(event, routes, settings, muted, now)]
    outbox.add(session, [_after_restore(each, held) for each in new])
    _report_new_fields(session, new_events, routes, settings, now, held=len(held) == len(new_events))


def _after_restore(new: NewDelivery, held: Collection[str]) -> NewDelivery:
    may_be_twice = new.event_id in held and new.state != "muted"
    return replace(new, state="held") if may_be_twice else new


def _report_new_fields(
    session: Session,
    new_events: Sequence[NewEvent],
    routes: Sequence[RouteSettings],
    settings: AlertSettings,
    now: datetime,
    *,
    held: bool,
) -> None:
    """A notice, once for each set of them, when records have fields that trialdelta does not know."""
    unknown = {path for event in new_events for path in unknown_fields(event.event.changes)}
    # Down to the module's own field: a new list with a thousand elements is one news, and one key.
    fields = sorted({".".join(path.split(".")[:3]) for path in unknown})
    if fields:
        subject = "The registry's records have another shape"
        lead = (
            f"{subject}: trialdelta does not know {', '.join(fields)}. It is told as bookkeeping meanwhile."
        )
        facts = {"fields": ", ".join(fields), "events": len(new_events)}
        key = f"schema:{','.join(fields)}"
        notice = Notice(key, subject, lead, facts, severity="medium", held=held)
        notify(session, notice, routes=routes, settings=settings, now=now)


def _key(new_event: NewEvent) -> tuple[str, str | None]:
    return new_event.event.id, new_event.event.nct_id or None


def is_muted(event: Event, muted: Sequence[Mute]) -> Mute | None:
    """The mute that keeps an event quiet."""
    return next((mute for mute in muted if mute.covers(event.nct_id or None, event.kinds)), None)


def _asks(
    new_event: NewEvent, routes: Sequence[RouteSettings], settings: AlertSettings, muted: Sequence[Mute]
) -> bool:
    heavy = new_event.event.severity.weight >= settings.min_severity.weight
    heard = any(map(new_event.is_for, routes))
    return heavy and heard and not is_muted(new_event.event, muted)


def _state(route: RouteSettings, *, quiet: bool) -> str:
    """What a new delivery is: kept quiet by a mute, collected for a digest, or waiting for the end of the cycle."""
    if quiet:
        return "muted"
    return "collecting" if route.is_digest else "waiting"


def _deliveries(
    new_event: NewEvent,
    routes: Sequence[RouteSettings],
    settings: AlertSettings,
    muted: Sequence[Mute],
    now: datetime,
) -> Iterator[NewDelivery]:
    event_id, nct_id = _key(new_event)
    quiet = is_muted(new_event.event, muted) is not None
    for route in routes:
        if not new_event.is_for(route):
            continue
        for channel in route.channels:
            yield NewDelivery(
                # By route as well: two routes to one channel may tell of it at different times, and each once.
                id=delivery_id(event_id, channel, route.name),
                kind="alert",
                route=route.name,
                channel=channel,
                state=_state(route, quiet=quiet),
                created_at=now,
                due_at=due_at(new_event.event, route, settings, now),
                event_id=event_id,
                nct_id=nct_id,
                collects=route.is_digest,
            )
