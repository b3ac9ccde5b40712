"""One event: what every channel says of it, what people did about it, who was told, and what was left out as noise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from storage import alerts, audit, outbox, versions
from storage.errors import StorageError, UnknownEntry
from sync.alerts.delivery_message import note_of
from sync.alerts.message import compose
from sync.alerts.published.comparison import Comparison, compare
from sync.alerts.weight import weighed
from sync.changes.criteria.changes import PATH as CRITERIA
from sync.changes.event import Event
from sync.changes.kinds import is_minor
from sync.changes.model import Kind
from sync.study.record import Study, read_record
from sync.versions import events
from sync.versions.base_rates import base_rate
from sync.view import View
from sync.web.views.activity import Entries, trail
from sync.web.views.inbox import Alert
from sync.web.views.mutes import Mute, of_event

COMPANIONS = 20


class EventDelivery(View):
    """A delivery of the event."""

    id: str
    route: str
    channel: str
    state: str
    due_at: datetime
    finished_at: datetime | None
    attempts: int
    said: str | None
    within: str | None = Field(description="The delivery that it was told within: a digest, or a group.")


class Noise(View):
    """What was seen and is not told by itself, in numbers."""

    suppressed: int = Field(description="Changes explained by another one.")
    bookkeeping: int = Field(
        description="Changes of dates of submission and the like, and what the registry computes."
    )
    criteria_unchanged: int = Field(
        description="Criteria that stand as before, however their text was laid out."
    )


class BaseRate(View):
    """How many studies of a cohort had the like in the days before an event; the event itself is not among them."""

    watch: str
    kind: str
    status: str | None = Field(description="For a step to a status: to which.")
    days: int = Field(
        description="The days before the event that were observed: 90, or fewer in a young cohort."
    )
    studies: int = Field(description="Studies that were observed in them.")
    before: int = Field(description="Those of them that had the like.")
    again: bool = Field(description="Whether the event's own study is one of these.")
    low: float = Field(description="The lower limit of the share, by Wilson's interval of 95 %.")
    high: float
    enough: bool = Field(description="Whether enough was observed to say anything.")
    sentence: str


class Line(View):
    """Another event in one line."""

    id: str
    release: str
    severity: str
    kind: str
    origin: str
    headline: str


class EventView(View):
    """All that is known of an event."""

    event: dict[str, Any] = Field(
        description="The event as the design has it: the same from command, API and webhook."
    )
    message: dict[str, Any] = Field(description="What is said of it, in sections.")
    differences: list[dict[str, Any]] = Field(
        description="The changes in words, but for criteria that `comparison` has."
    )
    alert: Alert | None
    comparison: Comparison | None = Field(
        description="The eligibility criteria side by side, where they changed."
    )
    mutes: list[Mute] = Field(description="In force, and about what is like it.")
    trail: list[Entries] = Field(description="What people did about it, newest first.")
    told: list[EventDelivery]
    noise: Noise
    usual: BaseRate | None = Field(
        description="How usual the like of it is in its cohort; null where no share says anything."
    )
    others: list[Line] = Field(description="Other events of the same study, newest first.")
    earlier: list[dict[str, Any]] = Field(description="How it was told under older rules.")


def load(session: Session, event_id: str, now: datetime) -> EventView:
    """An event by its id. Raises UnknownEntry."""
    event = events.event(session, event_id)
    if event is None:
        raise UnknownEntry(f"There is no event {event_id}.")
    alert = alerts.alert(session, event_id)
    comparison = _comparison(session, event)
    return EventView(
        event=event.as_json(),
        # Composed anew, as the channels do: what the page says is what was sent, in the words of this program.
        message=compose(event, note_of(session, event)).as_json(),
        differences=described(event, comparison),
        alert=Alert.of(alert) if alert else None,
        comparison=comparison,
        mutes=of_event(session, now, event.nct_id, event.kind),
        trail=trail(session, audit.entries(session, event_id)),
        told=[_event_delivery(delivery) for delivery in outbox.deliveries(session, event_id=event_id)],
        noise=_noise(event, comparison),
        usual=BaseRate(**rate.as_json()) if (rate := base_rate(session, event.id, event.release)) else None,
        others=_others(session, event),
        earlier=[each.as_json() for each in events.earlier(session, event_id)],
    )


def _comparison(session: Session, event: Event) -> Comparison | None:
    """Needs both versions; one that cannot be read any more takes nothing but the comparison away."""
    numbers = [each.version for each in (event.before, event.after) if each and each.version is not None]
    if len(numbers) < 2 or not any(change.kind is Kind.ELIGIBILITY for change in event.changes):
        return None
    try:
        payloads = [versions.payload(session, event.nct_id, number) for number in numbers]
        texts = [Study(read_record(payload)).eligibility_text for payload in payloads]
    # The event itself has all its words: a damaged version must not take the page away.
    except StorageError:
        return None
    return compare(*texts)


def described(event: Event, comparison: Comparison | None) -> list[dict[str, Any]]:
    """The changes in words, but for criteria where they are compared side by side."""
    # Where the texts cannot be compared any more, the changes as they were told then are shown instead.
    compared = () if comparison is None else (CRITERIA,)
    return [each.as_json() for each in weighed(event, without=compared)]


def _event_delivery(delivery: outbox.Delivery) -> EventDelivery:
    return EventDelivery(
        id=delivery.id,
        route=delivery.route,
        channel=delivery.channel,
        state=delivery.state,
        due_at=delivery.due_at,
        finished_at=delivery.finished_at,
        attempts=delivery.attempts,
        said=delivery.said,
        within=delivery.bundle,
    )


def _noise(event: Event, comparison: Comparison | None) -> Noise:
    return Noise(
        suppressed=len(event.suppressed),
        bookkeeping=sum(is_minor(change.kind) for change in event.changes),
        criteria_unchanged=comparison.unchanged if comparison else 0,
    )


def _others(session: Session, event: Event) -> list[Line]:
    if not event.nct_id:
        return []
    # One more, as the event itself is among them.
    found = events.events(session, nct_id=event.nct_id, limit=COMPANIONS + 1, historical=True)
    return [line_of(each) for each in found if each.id != event.id][:COMPANIONS]


def line_of(event: Event) -> Line:
    """An event in one line."""
    names = ("id", "severity", "kind", "origin", "headline")
    return Line(release=event.day, **{name: getattr(event, name) for name in names})
