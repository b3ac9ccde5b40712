"""What came of a test that was sent to a channel: whether it was taken, how long that took, and the cause in words."""

from __future__ import annotations

from pydantic import Field
from sqlalchemy.orm import Session

from storage import outbox
from sync.alerts.failing import cause_of
from sync.view import View


class ChannelTest(View):
    """A test and its outcome."""

    channel: str
    delivery: str
    taken: bool
    said: str = Field(description="What the receiver answered, or what the attempt failed of.")
    sentence: str = Field(description="The same in words.")
    seconds: float | None = Field(description="How long the attempt took.")


def load(session: Session, delivery_id: str) -> ChannelTest | None:
    """The test of this delivery; None where there is no such test."""
    found = outbox.deliveries(session, ids=[delivery_id]) if delivery_id else []
    if not found or found[0].kind != "test":
        return None
    delivery, tried = found[0], outbox.attempts(session, delivery_id)
    last = tried[-1] if tried else None
    taken = delivery.state == "sent"
    said = delivery.said or (last.said if last else None) or ""
    took = (last.ended_at - last.began_at).total_seconds() if last and last.ended_at else None
    return ChannelTest(
        channel=delivery.channel,
        delivery=delivery.id,
        taken=taken,
        said=said,
        sentence=_sentence(delivery.channel, taken, said, took),
        seconds=took,
    )


def _sentence(channel: str, taken: bool, said: str, took: float | None) -> str:
    within = f" in {took:.1f} s" if took is not None else ""
    if taken:
        return f"{channel} took the test{within}: {said or 'without a word'}"
    return f"{channel} did not take the test{within}: {cause_of(said)}"
