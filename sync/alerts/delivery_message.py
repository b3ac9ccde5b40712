"""The message of a delivery: composed of its event and what is known besides, or of what was kept for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from storage import alerts, cohorts, outbox
from storage.errors import VersionCorrupt
from storage.outbox import Delivery
from storage.own_pages import own_pages
from storage.studies import status_module
from sync.alerts.content import Message
from sync.alerts.digest import Digest
from sync.alerts.message import AlertNote, compose, compose_digest, compose_notice
from sync.alerts.published.outdated import outdated_by
from sync.changes.event import Event
from sync.study.record import Study
from sync.versions import events
from sync.versions.base_rates import base_rate
from sync.versions.prior_state import prior_state_of

COMPANIONS = 20


def message_of(
    session: Session,
    delivery: Delivery,
    event: Event | None,
    console_url: str | None = None,
    zone: tzinfo = UTC,
) -> Message:
    """What a delivery says, in the zone of its reader; of an alert, as things stand now."""
    if event is not None:
        # Composed when it is sent: hours may lie between, and its state and its companions are those of now.
        note = note_of(session, event, delivery)
        return compose(event, replace(note, console_url=console_url or "", zone=zone))
    body = delivery.body or {}
    if delivery.kind == "digest":
        return compose_digest(Digest.from_json(body), console_url, zone)
    return compose_notice(
        body["subject"],
        body["lead"],
        body["facts"],
        body["severity"],
        console_url=console_url,
        zone=zone,
    )


def note_of(session: Session, event: Event, delivery: Delivery | None = None) -> AlertNote:
    """What is known of an event's alert besides the event."""
    alert = alerts.alert(session, event.id)
    watches = cohorts.watches_of(session, [event.nct_id]).get(event.nct_id, []) if event.nct_id else []
    return AlertNote(
        state=alert.state if alert else "no alert",
        watch=", ".join(watches) or None,
        companions=tuple(_companions(session, delivery)) if delivery else (),
        history=_history(session, event.nct_id),
        commands=(
            f"trialdelta ack {event.id} --by YOU",
            f"trialdelta snooze {event.id} --by YOU --until DAY",
        )
        if alert
        else (),
        own_page=own_pages(session, [event.nct_id]).get(event.nct_id, "") if event.nct_id else "",
        outdated=outdated_by(session, event),
        usual=usual_of(session, event),
    )


def usual_of(session: Session, event: Event) -> str:
    """How usual the like of an event is, in a sentence; nothing where too few were observed to say."""
    rate = base_rate(session, event.id, event.release)
    # That nothing can be said is for the event's page: in each message to a small watch it would be noise.
    return rate.sentence if rate and rate.is_enough else ""


def _companions(session: Session, delivery: Delivery) -> list[Event]:
    told_with = outbox.deliveries(session, bundle=delivery.id, limit=COMPANIONS)
    found = (events.event(session, each.event_id) for each in told_with if each.event_id)
    return [event for event in found if event]


def _history(session: Session, nct_id: str) -> dict[str, Any]:
    """What happened to the study before: returns to an earlier status, and how far its completion has slipped."""
    module = status_module(session, nct_id)
    if not module:
        return {}
    verified = module.get("statusVerifiedDate")
    try:
        prior = prior_state_of(session, nct_id)
    except VersionCorrupt:  # takes away what was before, never the message; `verify` tells of it
        return {"verified": verified}
    statuses = [status for _, status in prior.statuses]
    first = prior.first_dates.get("completion")
    now = Study.of_status(module).completion
    return {
        "flip_flops": sum(status in statuses[:place] for place, status in enumerate(statuses)),
        "cumulative_slip_days": first.days_to(now.date) if first and now else None,
        "verified": verified,
    }
