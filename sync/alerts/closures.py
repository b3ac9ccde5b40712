"""What a route is told when an alert that it announced closes itself, where the route asks for that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from storage import outbox
from storage.alerts import AlertInfo
from storage.outbox import NewDelivery
from sync.alerts.ids import delivery_id
from sync.alerts.routing import quiet_until
from sync.alerts.settings import AlertSettings, RouteSettings

ANNOUNCED = ("sent", "bundled")


def announce_closure(
    session: Session,
    alert: AlertInfo,
    reason: str,
    routes: Sequence[RouteSettings],
    settings: AlertSettings,
    now: datetime,
) -> None:
    """Tell the channels to which the routes that ask for it announced an alert that it is closed, and why."""
    with_closures = {route.name: route for route in routes if route.closures}
    announced = outbox.deliveries(session, event_id=alert.event_id, states=ANNOUNCED) if with_closures else []
    subject = f"Closed: {alert.headline}"
    body = {
        "subject": subject,
        "lead": f"{reason}. The alert of {alert.nct_id} closed itself: nothing is to be done.",
        "facts": {"study": alert.nct_id, "event": alert.event_id},
        "severity": "info",
    }
    new = [
        NewDelivery(
            id=delivery_id(f"closed:{alert.event_id}", each.channel, each.route),
            kind="notice",
            route=each.route,
            channel=each.channel,
            state="due",
            created_at=now,
            due_at=quiet_until(with_closures[each.route], settings, now),
            nct_id=alert.nct_id,
            body=body,
        )
        for each in announced
        if each.route in with_closures
    ]
    outbox.add(session, new)
