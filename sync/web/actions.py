"""What people do, on a page or through the API: all of it in one transaction, under their name, in the audit log."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from storage import alerts, audit, operator_actions
from storage.errors import UnknownEntry
from storage.owed import Moved
from storage.own_pages import set_own_page
from storage.published_pages import remove_page
from storage.reviews import Review
from sync.alerts import absent
from sync.alerts.channel_test import Outcome, send_channel_test
from sync.alerts.outbox import Outbox
from sync.alerts.published.address import own_page_url
from sync.alerts.published.registered import register
from sync.config import Settings, WatchSettings
from sync.errors import UsageError
from sync.health.pause import ask_now
from sync.service import Service
from sync.timing.days import time_ahead
from sync.versions import events
from sync.versions.class_decisions import decide_class
from sync.versions.known import assignable, known_study, one_of
from sync.versions.review import reviewed
from sync.watches.edits import Edits
from sync.web.authentication import Visitor, clean_name

MOST_AT_ONCE = 500
"""Alerts that one action may be done to."""

Scope = Literal["study-kind", "study", "kind"]
"""What a mute of an event covers: its kind of its study, its study, or its kind wherever it comes."""


class Actions:
    """Does things to alerts, each with its entry in the audit log; made by `actions_by`."""

    def __init__(self, session: Session, by: str, at: datetime, of_file: Settings) -> None:
        self.session, self.by, self.at, self.of_file = session, by, at, of_file
        self._before = audit.last(session)

    @property
    def did(self) -> str:
        """The entries of the audit log that were written, as `undo` takes them: "12-14". Empty where nothing was done."""
        last = audit.last(self.session)
        return f"{self._before + 1}-{last}" if last > self._before else ""

    def acknowledge(self, event_id: str, *, verdict: str = "", note: str = "", close: bool = False) -> None:
        """With a verdict and a note, where they are given."""
        said = {"verdict": verdict or None, "note": note or None}
        alerts.acknowledge(self.session, event_id, by=self.by, at=self.at, close=close, **said)

    def snooze(self, event_id: str, until: str) -> None:
        """Until a day, for a span, or until its study changes (`change`)."""
        later = None if until == "change" else time_ahead(until, self.at)
        alerts.snooze(self.session, event_id, by=self.by, at=self.at, until=later)

    def reopen(self, event_id: str) -> None:
        """Have an alert that is done with ask for attention again."""
        alerts.reopen(self.session, event_id, by=self.by, at=self.at)

    def wake(self, event_id: str) -> None:
        """Have an alert that is snoozed back in the inbox now."""
        alerts.wake(self.session, event_id, by=self.by, at=self.at)

    def assign(self, event_id: str, to: str) -> None:
        """To a person, who has an account where there are accounts; to nobody where the name is empty."""
        name = clean_name(to)
        there = assignable(self.session)
        # Whoever asks is somebody, whatever accounts were made for other machines.
        if name and there and name != self.by:
            one_of("account", "accounts", name, there)
        alerts.assign(self.session, event_id, by=self.by, at=self.at, to=name or None)

    def take(self, event_id: str) -> None:
        """Assign it to whoever asks."""
        alerts.assign(self.session, event_id, by=self.by, at=self.at, to=self.by)

    def mute(self, *, nct_id: str | None, kind: str | None, until: str, reason: str) -> int:
        """Keep quiet about a study, a kind, or a kind of a study; the number of the mute."""
        if not reason.strip():
            raise UsageError("A mute needs a reason: it is shown to whoever wonders why nothing is told.")
        if nct_id:
            known_study(self.session, nct_id)
        covers, ends = {"nct_id": nct_id, "kind": kind}, time_ahead(until, self.at)
        return alerts.mute(self.session, **covers, by=self.by, at=self.at, until=ends, reason=reason.strip())

    def mute_like(self, event_ids: Sequence[str], *, scope: Scope, until: str, reason: str) -> None:
        """Keep quiet about what events are about, each thing once: their studies, their kinds, or both."""
        for nct_id, kind in dict.fromkeys(self._covered(each, scope) for each in event_ids):
            self.mute(nct_id=nct_id, kind=kind, until=until, reason=reason)

    def _covered(self, event_id: str, scope: Scope) -> tuple[str | None, str | None]:
        event = events.event(self.session, event_id)
        if event is None:
            raise UnknownEntry(f"there is no event {event_id}")
        if scope != "kind" and not event.nct_id:
            raise UsageError("This event is of no one study: only its kind can be muted, everywhere.")
        return None if scope == "kind" else event.nct_id, None if scope == "study" else event.kind

    def lift(self, number: int) -> None:
        """End a mute before its time."""
        alerts.lift(self.session, number, by=self.by, at=self.at)

    def decide(self, event_id: str, decision: Literal["released", "dismissed"]) -> int:
        """Release or dismiss a storm; how many events it held."""
        return operator_actions.decide_storm(self.session, event_id, decision, by=self.by, at=self.at)

    def enable(self, channel: str) -> int:
        """Use a channel again, with what it is owed; how many deliveries that is."""
        return operator_actions.enable_channel(self.session, channel, by=self.by, at=self.at)

    def disable(self, channel: str, reason: str = "") -> bool:
        """Use a channel no more until it is enabled; whether it was in use."""
        return operator_actions.disable_channel(
            self.session, channel, by=self.by, at=self.at, reason=reason.strip()[:500]
        )

    def retry_delivery(self, delivery_id: str) -> str:
        """Have one delivery that failed tried again at once; its channel."""
        return operator_actions.retry_delivery(self.session, delivery_id, by=self.by, at=self.at)

    def note_test(self, outcome: Outcome) -> None:
        """Write down that a channel was tested, and what came of it."""
        said = {"taken": outcome.taken, "seconds": outcome.seconds, "delivery": outcome.delivery}
        audit.append(self.session, self.at, self.by, "channel tested", outcome.channel, **said)

    @property
    def watches(self) -> Edits:
        """What is done to watches."""
        return Edits(self.session, self.of_file, self.by, self.at)

    def send_again(self, channels: Iterable[str]) -> int:
        """Have what failed tried again at once, as `trialdelta deliver --retry` does; how many deliveries that is."""
        return operator_actions.send_again(self.session, channels, by=self.by, at=self.at)

    def poll_now(self) -> None:
        """Have the daemon ask the registry at once."""
        ask_now(self.session, self.at, self.by)

    def move(self, channel: str, to: str, configured: Collection[str]) -> Moved:
        """Let another channel have what a channel owes."""
        return absent.move(self.session, channel, to, configured, by=self.by, at=self.at)

    def drop(self, channel: str, configured: Collection[str], before: datetime | None = None) -> int:
        """Have what a channel owes never told; how many deliveries that is."""
        return absent.drop(self.session, channel, configured, by=self.by, at=self.at, before=before)

    def review(self, nct_id: str, *, version: int, note: str = "") -> Review:
        """Note that the study was looked at as a version has it."""
        return reviewed(self.session, nct_id, self.by, self.at, version=version, note=note.strip() or None)

    def own_page(self, nct_id: str, url: str) -> bool:
        """Note where one's own page on a study is, or that there is none; whether that is new."""
        return set_own_page(self.session, nct_id, own_page_url(url), by=self.by, at=self.at)

    def decide_class(
        self, nct_id: str, decided: Mapping[str, Any] | None, reason: str, watches: Iterable[WatchSettings]
    ) -> None:
        """Keep what a study is, or with none take back what was decided of it."""
        looking = [watch.name for watch in watches if watch.asks_for_a_class]
        decide_class(self.session, nct_id, decided, reason=reason, by=self.by, at=self.at, watches=looking)

    def register_page(self, nct_id: str, url: str, text: str, reviewed: str | None) -> bool:
        """Look after a page that was published about the study, or take its new text; whether anything is new."""
        return register(self.session, nct_id, url, text, reviewed, by=self.by, at=self.at)

    def remove_page(self, nct_id: str, url: str) -> None:
        """Look after a published page no longer."""
        remove_page(self.session, nct_id, url, by=self.by, at=self.at)

    def undo(self, span: Iterable[int]) -> list[str]:
        """Take back what entries of the audit log say was done, the last one first; what they were about."""
        # The last one first: of two deeds to one alert only the later one may be taken back as things stand.
        backwards = sorted(span, reverse=True)
        return [alerts.undo(self.session, seq, by=self.by, at=self.at) for seq in backwards]


class BusyTesting(UsageError):
    """Two tests of channels are under way."""


_TESTS = threading.BoundedSemaphore(2)
"""A receiver may take half a minute to say nothing: tests must not hold all of the console's workers."""


def test_channel(service: Service, visitor: Visitor, name: str) -> Outcome:
    """Send a marked test to a channel and wait for what its receiver says, with its entry in the audit log."""
    settings = service.settings
    one_of("channel", "channels", name, settings.channels)
    if not _TESTS.acquire(blocking=False):
        raise BusyTesting("Two tests are under way. Wait for their answers, then try again.")
    try:
        outbox = Outbox(service.database, settings.route, settings.alerts, settings.channels, service.now)
        outcome = send_channel_test(outbox, name)
    finally:
        _TESTS.release()
    with actions_by(service, visitor) as actions:
        actions.note_test(outcome)
    return outcome


@contextmanager
def actions_by(service: Service, visitor: Visitor) -> Iterator[Actions]:
    """What a visitor does now: all of it, or nothing where some of it cannot be done."""
    with service.database.write() as session:
        yield Actions(session, visitor.name, service.now(), service.of_file or service.settings)
