"""The watcher itself: how it stands, what it did, what it owes, what it was told to do, and what people did."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from storage import audit, quarantine
from storage.errors import UnknownEntry
from storage.outbox import disabled
from sync.web.actions import actions_by, test_channel
from sync.web.api.models import (
    ChannelDisabled,
    DeliveriesDropped,
    DeliveriesMoved,
    Disabling,
    DropBefore,
    MoveTo,
    Nothing,
    Retried,
    StormDone,
)
from sync.web.api.routes import FOUND, Responses, api_router
from sync.web.dependencies import CurrentService, CurrentUser, EventId, ReadSession
from sync.web.views import paging
from sync.web.views.activity import Entries, trail
from sync.web.views.base import Parameters
from sync.web.views.watcher import channels, cycles, storms, tests, vitals
from sync.web.views.watcher import view as watcher
from sync.web.views.watcher.channels import Channel, DeadLetter, Route
from sync.web.views.watcher.configuration import Rules, Table, configuration
from sync.web.views.watcher.configuration import rules as rules_of
from sync.web.views.watcher.cycles import CycleLine, StageFailures
from sync.web.views.watcher.storms import Storm
from sync.web.views.watcher.tests import ChannelTest
from sync.web.views.watcher.view import Refused, WatcherView

router = api_router("watcher")

LARGEST = 2**53 - 1
Number = Annotated[int, Path(ge=1, le=LARGEST)]
# PostgreSQL refuses NUL in a text, even in one that is only looked for; a slash would make another path of it.
Name = Annotated[str, Path(max_length=100, pattern=r"^[^\u0000/]+$", description="The channel's name.")]
DeliveryId = Annotated[str, Path(pattern=r"^dlv_[a-z2-7]{26}$", description="Id of a delivery.")]
_BYTES: Responses = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
    **FOUND,
}


class ListQuery(Parameters):
    """Which part of a list that is read from its newer end."""

    cursor: str = Field("", max_length=40, description="Where the page before ended: its `next`.")
    limit: int = Field(50, ge=1, le=200)


Paging = Annotated[ListQuery, Query()]


class Cycles(BaseModel):
    """A page of cycles, newest first, and what those of the last month failed of."""

    cycles: list[CycleLine]
    failures: list[StageFailures]
    next: str | None


class Outbox(BaseModel):
    """Who is told by what route, how each channel stands, and what was given up."""

    channels: list[Channel]
    routes: list[Route]
    dead_letters: list[DeadLetter]


class Quarantine(BaseModel):
    """A page of what stands in quarantine, newest first."""

    quarantine: list[Refused]
    next: str | None


class Storms(BaseModel):
    """The storms that are held, then the last ones that were decided."""

    storms: list[Storm]


class RuleSets(BaseModel):
    """The sets of rules in force, with the watches that go by each."""

    rules: list[Rules]


class Configuration(BaseModel):
    """The configuration as loaded, table by table, its secrets blanked."""

    configuration: list[Table]


class AuditLog(BaseModel):
    """A page of what people did, newest first. The hash of an entry covers all before it."""

    entries: list[Entries]
    next: str | None


@router.get("/watcher")
def get_watcher(session: ReadSession, service: CurrentService) -> WatcherView:
    """Is the watcher alive, what is wrong, what to do; and all else that its page shows."""
    return watcher.load(session, service)


@router.get("/cycles")
def list_cycles(session: ReadSession, service: CurrentService, query: Paging) -> Cycles:
    """The passes over releases."""
    now = service.now()
    # A cycle that stands as running while nobody works was interrupted: only the lease can tell.
    working = vitals.load(session, now).working is not None
    shown, following = paging.page(
        lambda before, limit: cycles.load(session, working=working, limit=limit, before=before),
        lambda each: each.id,
        query.cursor,
        query.limit,
    )
    return Cycles(cycles=shown, failures=cycles.failures(session, now), next=following)


@router.get("/outbox")
def get_outbox(session: ReadSession, service: CurrentService) -> Outbox:
    """What each channel owes, what it said last, what was given up."""
    return Outbox(
        channels=channels.load(session, service.settings, service.now()),
        routes=channels.routes(service.settings),
        dead_letters=channels.dead_letters(session),
    )


@router.post("/outbox/retry")
def retry_deliveries(service: CurrentService, user: CurrentUser, _body: Nothing) -> Retried:
    """Have dead letters, and what waits for its next attempt, tried again."""
    with actions_by(service, user) as actions:
        again = actions.send_again(service.settings.channels)
        return Retried(deliveries=again, did=actions.did)


@router.post("/channels/{name}/enable")
def enable_channel(service: CurrentService, user: CurrentUser, name: Name, _body: Nothing) -> Retried:
    """Use a channel again, with what it is owed."""
    with actions_by(service, user) as actions:
        # One that was disabled and then taken out of the file can still be let go.
        if name not in service.settings.channels and name not in disabled(actions.session):
            raise UnknownEntry(f"There is no channel {name}.")
        again = actions.enable(name)
        return Retried(deliveries=again, did=actions.did)


@router.post("/channels/{name}/disable")
def disable_channel(
    service: CurrentService, user: CurrentUser, name: Name, body: Disabling
) -> ChannelDisabled:
    """Use a channel no more until it is enabled; what it is owed waits."""
    _must_be_configured(service, name)
    with actions_by(service, user) as actions:
        actions.disable(name, body.reason or "")
        return ChannelDisabled(channel=name, did=actions.did)


@router.post("/channels/{name}/test")
def send_channel_test(service: CurrentService, user: CurrentUser, name: Name, _body: Nothing) -> ChannelTest:
    """Send a marked test the way that an alert takes, and say what the receiver answered."""
    _must_be_configured(service, name)
    outcome = test_channel(service, user, name)
    with service.database.read() as session:
        found = tests.load(session, outcome.delivery)
    assert found is not None  # it was written a moment ago
    return found


@router.post("/channels/{name}/retry")
def retry_channel(service: CurrentService, user: CurrentUser, name: Name, _body: Nothing) -> Retried:
    """Have what failed of one channel tried again at once."""
    _must_be_configured(service, name)
    with actions_by(service, user) as actions:
        return Retried(deliveries=actions.send_again([name]), did=actions.did)


@router.post("/deliveries/{delivery_id}/retry")
def retry_delivery(
    service: CurrentService, user: CurrentUser, delivery_id: DeliveryId, _body: Nothing
) -> Retried:
    """Have one delivery that failed tried again at once. 409 where there is nothing to try again."""
    with actions_by(service, user) as actions:
        actions.retry_delivery(delivery_id)
        return Retried(deliveries=1, did=actions.did)


@router.post("/channels/{name}/move")
def move_deliveries(service: CurrentService, user: CurrentUser, name: Name, body: MoveTo) -> DeliveriesMoved:
    """Let another channel have what a channel owes; what that one has already is dropped."""
    with actions_by(service, user) as actions:
        if body.to not in service.settings.channels:
            raise UnknownEntry(f"There is no channel {body.to}: name one that is configured.")
        done = actions.move(name, body.to, service.settings.channels)
        return DeliveriesMoved(**asdict(done), did=actions.did)


@router.post("/channels/{name}/drop")
def drop_deliveries(
    service: CurrentService, user: CurrentUser, name: Name, body: DropBefore
) -> DeliveriesDropped:
    """Have what a channel owes never told, or what was written before a time; the events stay stored."""
    with actions_by(service, user) as actions:
        return DeliveriesDropped(
            dropped=actions.drop(name, service.settings.channels, body.before), did=actions.did
        )


@router.get("/quarantine")
def list_quarantine(session: ReadSession, query: Paging) -> Quarantine:
    """Records that could not be read, and why."""
    shown, following = paging.page(
        lambda before, limit: watcher.refused(session, limit=limit, before=before),
        lambda each: each.id,
        query.cursor,
        query.limit,
    )
    return Quarantine(quarantine=shown, next=following)


@router.get("/quarantine/{number}/bytes", response_class=Response, responses=_BYTES)
def get_refused_bytes(session: ReadSession, number: Number) -> Response:
    """The bytes of a record that could not be read, as they came: they may be anything."""
    # Never shown by a browser: whatever broke our reading may be meant to break its own.
    headers = {"content-disposition": f'attachment; filename="quarantine-{number}.bin"'}
    return Response(quarantine.raw(session, number), media_type="application/octet-stream", headers=headers)


@router.get("/storms")
def list_storms(session: ReadSession) -> Storms:
    """The same change in many studies at once: what waits for a word, and what was decided."""
    return Storms(storms=storms.load(session))


@router.post("/storms/{event_id}/release")
def release_storm(service: CurrentService, user: CurrentUser, event_id: EventId, _body: Nothing) -> StormDone:
    """Let the events that the storm holds be told, each by itself. 409 where it was decided before."""
    return _decide(service, user, event_id, "released")


@router.post("/storms/{event_id}/dismiss")
def dismiss_storm(service: CurrentService, user: CurrentUser, event_id: EventId, _body: Nothing) -> StormDone:
    """Leave the events that the storm holds untold; they stay stored. 409 where it was decided before."""
    return _decide(service, user, event_id, "dismissed")


@router.get("/rules")
def list_rules(service: CurrentService) -> RuleSets:
    """What gives an event its severity, with thresholds and the hash of each set."""
    return RuleSets(rules=rules_of(service.rules))


@router.get("/config")
def get_config(service: CurrentService) -> Configuration:
    """What the service was told to do."""
    return Configuration(configuration=configuration(service.settings))


@router.get("/audit")
def list_audit(session: ReadSession, query: Paging) -> AuditLog:
    """What people did, and when."""
    shown, following = paging.page(
        lambda before, limit: trail(session, audit.latest(session, limit=limit, before=before)),
        lambda each: each.seq,
        query.cursor,
        query.limit,
    )
    return AuditLog(entries=shown, next=following)


def _decide(
    service: CurrentService, user: CurrentUser, event_id: str, decision: Literal["released", "dismissed"]
) -> StormDone:
    with actions_by(service, user) as actions:
        events = actions.decide(event_id, decision)
        return StormDone(event_id=event_id, decision=decision, events=events, did=actions.did)


def _must_be_configured(service: CurrentService, name: str) -> None:
    if name not in service.settings.channels:
        raise UnknownEntry(f"There is no channel {name}.")
