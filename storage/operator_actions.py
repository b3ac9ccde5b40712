"""What an operator decides about the service itself, by command or on a page: done, and written into the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from storage import audit, outbox, storms


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
