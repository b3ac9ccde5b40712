"""What people do about alerts. All of a request is done, or nothing; `did` names it for whoever takes it back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body

from storage.errors import UnknownEntry
from sync.web.actions import Actions, actions_by
from sync.web.api.models import (
    Acknowledgement,
    AlertDone,
    AlertsDone,
    Assignment,
    ManyAcknowledged,
    ManyAssigned,
    ManySnoozed,
    Nothing,
    Snooze,
    Undoing,
)
from sync.web.api.routes import api_router
from sync.web.dependencies import CurrentService, CurrentUser, EventId
from sync.web.views.activity import MOST, span_of
from sync.web.views.alerts import alert, alerts

router = api_router("deeds")


@router.post("/alerts/{event_id}/acknowledge")
def acknowledge_alert(
    service: CurrentService, user: CurrentUser, event_id: EventId, body: Acknowledgement
) -> AlertDone:
    """Somebody has seen it: with a verdict and a note, and done with it if `close`."""
    with actions_by(service, user) as actions:
        _acknowledge(actions, event_id, body)
        return _done(actions, event_id)


@router.post("/alerts/{event_id}/snooze")
def snooze_alert(service: CurrentService, user: CurrentUser, event_id: EventId, body: Snooze) -> AlertDone:
    """Out of the inbox until a day, for a span, or until its study changes."""
    with actions_by(service, user) as actions:
        actions.snooze(event_id, body.until or "change")
        return _done(actions, event_id)


@router.post("/alerts/{event_id}/reopen")
def reopen_alert(service: CurrentService, user: CurrentUser, event_id: EventId, _body: Nothing) -> AlertDone:
    """Have an alert that is acknowledged or closed ask for attention again. 409 where it is open."""
    with actions_by(service, user) as actions:
        actions.reopen(event_id)
        return _done(actions, event_id)


@router.post("/alerts/{event_id}/wake")
def wake_alert(service: CurrentService, user: CurrentUser, event_id: EventId, _body: Nothing) -> AlertDone:
    """Have an alert that is snoozed back in the inbox. 409 where it is not snoozed."""
    with actions_by(service, user) as actions:
        actions.wake(event_id)
        return _done(actions, event_id)


@router.post("/alerts/{event_id}/take")
def take_alert(service: CurrentService, user: CurrentUser, event_id: EventId, _body: Nothing) -> AlertDone:
    """Assign it to yourself."""
    with actions_by(service, user) as actions:
        actions.take(event_id)
        return _done(actions, event_id)


@router.post("/alerts/{event_id}/assign")
def assign_alert(
    service: CurrentService, user: CurrentUser, event_id: EventId, body: Assignment
) -> AlertDone:
    """Give it to a person, or to nobody."""
    with actions_by(service, user) as actions:
        actions.assign(event_id, body.to or "")
        return _done(actions, event_id)


@router.post("/bulk/acknowledge")
def acknowledge_alerts(service: CurrentService, user: CurrentUser, body: ManyAcknowledged) -> AlertsDone:
    """The same for many alerts at once."""
    with actions_by(service, user) as actions:
        for event_id in _each(body.events):
            _acknowledge(actions, event_id, body)
        return _all_done(actions, body.events)


@router.post("/bulk/snooze")
def snooze_alerts(service: CurrentService, user: CurrentUser, body: ManySnoozed) -> AlertsDone:
    """The same for many alerts at once."""
    with actions_by(service, user) as actions:
        for event_id in _each(body.events):
            actions.snooze(event_id, body.until or "change")
        return _all_done(actions, body.events)


@router.post("/bulk/assign")
def assign_alerts(service: CurrentService, user: CurrentUser, body: ManyAssigned) -> AlertsDone:
    """The same for many alerts at once."""
    with actions_by(service, user) as actions:
        for event_id in _each(body.events):
            actions.assign(event_id, body.to or "")
        return _all_done(actions, body.events)


@router.post("/undo")
def undo(service: CurrentService, user: CurrentUser, body: Annotated[Undoing, Body()]) -> AlertsDone:
    """Take back what was done to alerts, or a mute: all that `did` names, or nothing.

    409 where something else was done to one of them since.
    """
    span = span_of(body.did)
    if span is None:
        raise UnknownEntry(f"{body.did} names nothing to take back, or more than {MOST} entries.")
    with actions_by(service, user) as actions:
        subjects = _each(actions.undo(span))
        # A mute's subject is a study or a kind, and no alert to show.
        return _all_done(actions, [subject for subject in subjects if subject.startswith("evt_")])


def _acknowledge(actions: Actions, event_id: str, body: Acknowledgement) -> None:
    actions.acknowledge(event_id, verdict=body.verdict or "", note=body.note or "", close=body.close)


def _each(event_ids: list[str]) -> list[str]:
    return list(dict.fromkeys(event_ids))


def _done(actions: Actions, event_id: str) -> AlertDone:
    return AlertDone(alert=alert(actions.session, event_id), did=actions.did)


def _all_done(actions: Actions, event_ids: list[str]) -> AlertsDone:
    return AlertsDone(alerts=alerts(actions.session, _each(event_ids)), did=actions.did)
