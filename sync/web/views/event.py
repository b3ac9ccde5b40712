"""One event: what every channel says of it, what people did about it, who was told, and what was left out as noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from storage import alerts, audit, outbox, versions
from storage import events as stored
from storage.errors import StorageError, UnknownEntry
from sync.alerts.differences import difference
from sync.alerts.message import compose
from sync.alerts.wording import note_of
from sync.changes.criteria.changes import PATH as CRITERIA
from sync.study.record import Study, read_record
from sync.web.views.comparison import Comparison, compare
from sync.web.views.deeds import Entries, trail
from sync.web.views.inbox import Alert
from sync.web.views.mutes import Mute, of_event

COMPANIONS = 20


class Told(BaseModel):
    """A delivery of the event."""

    model_config = ConfigDict(frozen=True)

    id: str
    route: str
    channel: str
    state: str
    due_at: datetime
    finished_at: datetime | None
    attempts: int
    said: str | None
    within: str | None = Field(description="The delivery that it was told within: a digest, or a group.")


class Noise(BaseModel):
    """What was seen and is not told by itself, in numbers."""

    model_config = ConfigDict(frozen=True)

    suppressed: int = Field(description="Changes explained by another one.")
    bookkeeping: int = Field(
        description="Changes of dates of submission and the like, and what the registry computes."
    )
    criteria_unchanged: int = Field(
        description="Criteria that stand as before, however their text was laid out."
    )


class Line(BaseModel):
    """Another event in one line."""

    model_config = ConfigDict(frozen=True)

    id: str
    release: str
    severity: str
    kind: str
    origin: str
    headline: str


class EventView(BaseModel):
    """All that is known of an event."""

    model_config = ConfigDict(frozen=True)

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
    told: list[Told]
    noise: Noise
    others: list[Line] = Field(description="Other events of the same study, newest first.")
    earlier: list[dict[str, Any]] = Field(description="How it was told under older rules.")


def gather(session: Session, event_id: str, now: datetime) -> EventView:
    """An event by its id. Raises UnknownEntry."""
    event = stored.event(session, event_id)
    if event is None:
        raise UnknownEntry(f"There is no event {event_id}.")
    alert = alerts.alert(session, event_id)
    comparison = _comparison(session, event)
    return EventView(
        event=event,
        message=compose(event, note_of(session, event)).as_json(),
        differences=list(_differences(event, comparison)),
        alert=Alert.of(alert) if alert else None,
        comparison=comparison,
        mutes=of_event(session, now, event["nct_id"], event["kind"]),
        trail=trail(session, audit.entries(session, event_id)),
        told=[_told(each) for each in outbox.deliveries(session, event_id=event_id)],
        noise=_noise(event, comparison),
        others=_others(session, event),
        earlier=stored.earlier_tellings(session, event_id),
    )


def _comparison(session: Session, event: dict[str, Any]) -> Comparison | None:
    """Needs both versions; one that cannot be read any more takes nothing but the comparison away."""
    before, after = event["from"], event["to"]
    if not any(change["kind"] == "eligibility" for change in event["changes"]) or not (before and after):
        return None
    try:
        texts = [_eligibility(session, event["nct_id"], each["version"]) for each in (before, after)]
    except StorageError:
        return None
    return compare(*texts)


def _eligibility(session: Session, nct_id: str, number: int) -> str:
    return Study(read_record(versions.payload(session, nct_id, number))).eligibility_text


def _differences(event: dict[str, Any], comparison: Comparison | None) -> Iterator[dict[str, Any]]:
    """The event's own kind first, bookkeeping last."""
    changes = [each for each in event["changes"] if comparison is None or each["path"] != CRITERIA]
    told = [(each["kind"] != event["kind"], difference(each)) for each in changes]
    yield from (asdict(each) for _, each in sorted(told, key=lambda pair: (pair[1].minor, pair[0])))


def _told(delivery: outbox.Delivery) -> Told:
    return Told(
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


def _noise(event: dict[str, Any], comparison: Comparison | None) -> Noise:
    kinds = [change["kind"] for change in event["changes"]]
    return Noise(
        suppressed=len(event["suppressed"]),
        bookkeeping=sum(kind in ("administrative", "derived") for kind in kinds),
        criteria_unchanged=comparison.unchanged if comparison else 0,
    )


def _others(session: Session, event: dict[str, Any]) -> list[Line]:
    if not event["nct_id"]:
        return []
    found = stored.events(session, nct_id=event["nct_id"], limit=COMPANIONS + 1)
    return [line_of(each) for each in found if each["id"] != event["id"]][:COMPANIONS]


def line_of(event: dict[str, Any]) -> Line:
    """An event in one line."""
    names = ("id", "severity", "kind", "origin", "headline")
    return Line(release=event["release"] or event["seen_at"][:10], **{name: event[name] for name in names})
