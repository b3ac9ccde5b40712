"""A marked test through a channel's real path: outbox, attempt, sending, mark."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from storage import outbox as stored
from storage.outbox import NewDelivery
from sync.alerts.ids import delivery_id
from sync.alerts.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a test."""

    channel: str
    delivery: str
    taken: bool
    said: str
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The outcome as one object."""
        return asdict(self)


def send_channel_test(outbox: Outbox, channel: str) -> Outcome:
    """Write a test down for a channel and send it, before whatever else the channel is owed and even if it is disabled."""
    now = outbox.now()
    test_id = delivery_id("test", channel, now.isoformat())
    facts = {"channel": channel, "at": now.isoformat(timespec="seconds"), "delivery": test_id}
    lead = "This is a test of the channel, sent on request. Nothing has happened to any study."
    body = {"subject": f"Test of {channel}", "lead": lead, "facts": facts, "severity": "info"}
    new = NewDelivery(test_id, "test", "test", channel, "due", now, now, body=body)
    with outbox.database.write() as session:
        stored.add(session, [new])
    # Through the outbox, not by the sender directly: what is tried is the way that an alert takes.
    began = time.monotonic()
    outbox.deliver_one(channel, test_id)
    seconds = time.monotonic() - began
    with outbox.database.write() as session:
        (done,) = stored.deliveries(session, ids=[test_id])
        # A test that failed is not tried again for three days, when nobody waits for it any more.
        stored.abandon(session, test_id, outbox.now())
    return Outcome(channel, test_id, done.state == "sent", done.said or "no answer", round(seconds, 3))
