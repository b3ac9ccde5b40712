"""What an operator decides about the service itself, by command or on a page: done, and written into the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from storage import audit, outbox, storms
from storage.errors import ChangedSince, UnknownEntry

BY_HAND = "Disabled by"
"""How the reason begins of a channel that a person has disabled."""


def decide_storm(
    session: Session, event_id: str, decision: Literal["released", "dismissed"], *, by: str, at: datetime
) -> int:
    """Release or dismiss a storm; how many events it held. Raises UnknownEntry where no storm of this id is held."""
    events = storms.decide(session, event_id, decision, at)
    audit.append(session, at, by, f"storm {decision}", event_id, events=events)
    return events


def enable_channel(session: Session, name: str, *, by: str, at: datetime, retry: bool = True) -> int:
    """Use a channel again; `retry`: with what failed tried again at once, dead letters too. How many deliveries that is."""
    outbox.enable(session, name)
    again = outbox.retry(session, at, name) if retry else 0
    audit.append(session, at, by, "channel enabled", name, **({"deliveries": again} if retry else {}))
    return again


def disable_channel(session: Session, name: str, *, by: str, at: datetime, reason: str = "") -> bool:
    """Use a channel no more until it is enabled; what it is owed waits. Whether it was in use."""
    why = f"{BY_HAND} {by}: {reason}" if reason else f"{BY_HAND} {by}"
    was_used = outbox.disable(session, name, why, at)
    if was_used:
        audit.append(session, at, by, "channel disabled", name, **({"reason": reason} if reason else {}))
    return was_used


def retry_delivery(session: Session, delivery_id: str, *, by: str, at: datetime) -> str:
    """Have one delivery that failed tried again at once; its channel. Raises UnknownEntry or ChangedSince."""
    found = outbox.deliveries(session, ids=[delivery_id])
    if not found:
        raise UnknownEntry(f"there is no delivery {delivery_id}")
    if not outbox.retry(session, at, only=delivery_id):
        raise ChangedSince(
            f"the delivery {delivery_id} is {found[0].state} now: there is nothing to try again"
        )
    audit.append(session, at, by, "delivery retried", found[0].channel, delivery=delivery_id)
    return found[0].channel


def send_again(session: Session, channels: Iterable[str], *, by: str, at: datetime) -> int:
    """Have what failed tried again at once, dead letters too; channels that are disabled are used again. How many in all."""
    unused, total = outbox.disabled(session), 0
    for name in channels:
        if name in unused:
            total += enable_channel(session, name, by=by, at=at)
        elif again := outbox.retry(session, at, name):
            audit.append(session, at, by, "deliveries retried", name, deliveries=again)
            total += again
    return total
