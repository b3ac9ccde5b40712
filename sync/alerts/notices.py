"""Notices for whoever looks after the service: each told once, through channels that work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from storage import outbox
from storage.outbox import NewDelivery
from sync import logs
from sync.alerts.ids import delivery_id
from sync.alerts.settings import AlertSettings, RouteSettings

log = structlog.get_logger("alerts")

ROUTE = "notices"


def notify(
    session: Session,
    key: str,
    subject: str,
    lead: str,
    facts: dict[str, Any],
    *,
    routes: Sequence[RouteSettings],
    settings: AlertSettings,
    now: datetime,
    severity: str = "high",
    exclude: Collection[str] = (),
    held: bool = False,
) -> bool:
    """Have the operator told, once for a `key` that names the incident; whether that is news.

    `held`: it may have been told before a restore, and waits for a person. The channels are those of alerts.notices or,
    where none of them is of use (disabled, or in `but`), all that routes name.
    """
    unusable = {*outbox.disabled(session), *exclude}
    # Rather told by a channel meant for something else than by none at all.
    of_routes = [channel for route in routes for channel in route.channels]
    usable = [channel for channel in settings.notices or of_routes if channel not in unusable]
    usable = usable or [channel for channel in of_routes if channel not in unusable]
    body = {"subject": subject, "lead": lead, "facts": facts, "severity": severity}
    new = [
        NewDelivery(
            id=delivery_id("notice", key, channel),
            kind="notice",
            route=ROUTE,
            channel=channel,
            state="held" if held else "due",
            created_at=now,
            due_at=now,
            body=body,
        )
        for channel in dict.fromkeys(usable)
    ]
    is_news = outbox.add(session, new) > 0
    # Into the log too, and there above all where no channel is left to tell it.
    if is_news or not new:
        log.warning(logs.OPERATOR_NOTICE, subject=subject, lead=lead, channels=[each.channel for each in new])
    return is_news


def was_notified(session: Session, key: str, channels: Collection[str]) -> bool:
    """Whether a notice of this key was written for one of these channels."""
    ids = [delivery_id("notice", key, channel) for channel in channels]
    return bool(outbox.deliveries(session, ids=ids)) if ids else False
