"""Does the state of each delivery follow from the attempts at it?"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from storage import tables
from storage.problems import Problem
from storage.tables import table_of

DELIVERY = table_of(tables.Delivery).c
ATTEMPT = table_of(tables.Attempt).c


def delivery_problems(session: Session) -> Iterator[Problem]:
    """Deliveries whose state their attempts contradict."""
    went = exists().where(ATTEMPT.delivery_id == DELIVERY.id, ATTEMPT.outcome == "sent")
    # The attempt is written in the transaction that counts it, so the two can never differ by a crash.
    number = select(func.count()).where(ATTEMPT.delivery_id == DELIVERY.id).scalar_subquery()
    within = table_of(tables.Delivery).alias()
    bundle = exists().where(within.c.id == DELIVERY.bundle)
    # one that was given up while an attempt was under way stays dropped, whatever came of it
    unsent = DELIVERY.state.not_in(("sent", "dropped"))
    checks: dict[str, ColumnElement[bool]] = {
        "stands as sent, but no attempt at it succeeded": (DELIVERY.state == "sent") & ~went,
        "was sent, but does not stand as sent": unsent & went,
        "does not have as many attempts as it counts": number != DELIVERY.attempts,
        "was told within another delivery, which is not there": (DELIVERY.state == "bundled") & ~bundle,
    }
    for text, wrong in checks.items():
        statement = (
            select(DELIVERY.id, DELIVERY.event_id, DELIVERY.channel).where(wrong).order_by(DELIVERY.seq)
        )
        for row in session.execute(statement):
            about = f" ({row.event_id})" if row.event_id else ""
            yield Problem("delivery", row.id, f"The delivery {row.id}{about} to {row.channel} {text}")
