"""Notices for whoever looks after the service: each told once, through channels that work."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Notice:
    """What the operator is to hear of, once for a `key` that names the incident."""

    key: str
    subject: str
    lead: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "high"
    exclude: Collection[str] = ()
    """Channels that it is about, and that cannot tell of it."""
    held: bool = False
    """It may have been told before a restore, and waits for a person."""


def notify(
    session: Session,
    notice: Notice,
    *,
    routes: Sequence[RouteSettings],
    settings: AlertSettings,
    now: datetime,
) -> bool:
    """Have the operator told; whether that is news.

    The channels are those of alerts.notices or, where none of them is of use (disabled, or excluded), all that routes name.
    """
    unusable = {*outbox.disabled(session), *notice.exclude}
    # Rather told by a channel meant for something else than by none at all.
    of_routes = [channel for route in routes for channel in route.channels]
    usable = [channel for channel in settings.notices or of_routes if channel not in unusable]
    usable = usable or [channel for channel in of_routes if channel not in unusable]
    body = {name: getattr(notice, name) for name in ("subject", "lead", "facts", "severity")}
    new = [
        NewDelivery(
            id=delivery_id("notice", notice.key, channel),
            kind="notice",
            route=ROUTE,
            channel=channel,
            state="held" if notice.held else "due",
            created_at=now,
            due_at=now,
            body=body,
        )
        for channel in dict.fromkeys(usable)
    ]
    is_news = outbox.add(session, new) > 0
    # Into the log too, and there above all where no channel is left to tell it.
    if is_news or not new:
        told = [each.channel for each in new]
        log.warning(logs.OPERATOR_NOTICE, subject=notice.subject, lead=notice.lead, channels=told)
    return is_news


def was_notified(session: Session, key: str, channels: Collection[str]) -> bool:
    """Whether a notice of this key was written for one of these channels."""
    ids = [delivery_id("notice", key, channel) for channel in channels]
    return bool(outbox.deliveries(session, ids=ids)) if ids else False
