"""Delivering without a daemon."""

from __future__ import annotations

from sync.alerts.outbox import Outbox, Tally


def deliver_all(outbox: Outbox) -> Tally:
    """Prepare, then send to every channel what it is due, slow channels last: one round of the daemon's jobs."""
    outbox.prepare()
    tally = Tally()
    for name in outbox.names():
        tally += outbox.deliver(name)
    return tally
