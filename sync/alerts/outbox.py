"""Sending what is due: at least once, each delivery always under the same id, one channel not minding another.

A channel that takes nothing is tried again on a schedule of three days; then its delivery is a dead letter, the channel is
disabled, and the operator hears of it through another one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from storage import lease, outbox, owed
from storage.engine import Database
from storage.errors import StorageError
from storage.outbox import Delivery
from storage.process_identity import has_ended, this_process
from sync import logs
from sync.alerts import absent, batching
from sync.alerts.after_restore import report_held_escalations
from sync.alerts.at_work import AT_WORK
from sync.alerts.channels import Channel, ChannelError, Outgoing, open_channel
from sync.alerts.delivery_message import message_of
from sync.alerts.notices import Notice, notify
from sync.alerts.routing import zone_named
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.leases import NAME as CYCLE_LEASE
from sync.net.deadline import Stopped, ended_by
from sync.versions import events
from sync.words import apart

LEASE = timedelta(minutes=6)
"""Longer than any channel takes. Then another process may take a delivery over; at once where the first is known dead."""
CYCLE_PATIENCE = timedelta(minutes=30)
"""What waits for the end of a cycle that never ends (it failed, it was killed) is due after so long."""
WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Between attempts, as Standard Webhooks has it: the tenth and last is made after three days."""
JITTER = 0.1
AFTER_A_CRASH = timedelta(hours=1)

log = structlog.get_logger("alerts")


@dataclass(slots=True)
class Tally:
    """What a round of sending came to."""

    sent: int = 0
    failed: int = 0

    def __iadd__(self, other: Tally) -> Tally:
        self.sent, self.failed = self.sent + other.sent, self.failed + other.failed
        return self


@dataclass
class Outbox:
    """Sends what is due; all that it knows is in the database, so that any number of them may work side by side."""

    database: Database
    routes: Sequence[RouteSettings]
    settings: AlertSettings
    channels: Mapping[str, Mapping[str, Any]]
    now: Callable[[], datetime]
    open: Callable[[str, Mapping[str, Any]], Channel] = open_channel
    chance: Callable[[], float] = random.random
    stopping: Callable[[], bool] = lambda: False
    holder: str = field(default_factory=this_process)
    _opened: dict[str, Channel] = field(default_factory=dict)

    def names(self) -> list[str]:
        """The channels, slow ones last."""
        # Only `deliver` by hand takes them in turn; the daemon has a job for each.
        return sorted(self.channels, key=lambda name: self.channel(name).slow)

    def channel(self, name: str) -> Channel:
        """The channel of this name, opened once. Raises ConfigError."""
        if name not in self._opened:
            self._opened[name] = self.open(name, self.channels[name])
        return self._opened[name]

    def prepare(self) -> None:
        """Let become due what waits for a cycle that never ended, make the digests whose time has come, escalate.

        And look after what is owed by channels and routes that the configuration has no more.
        """
        now = self.now()
        with self.database.write() as session:
            absent.check_for_absent(session, self.channels, self.routes, self.settings, now)
            # While it runs, a storm may yet be found among what waits, however long that takes.
            if not self._cycle_runs(session):
                outbox.end_waiting(session, written_before=now - CYCLE_PATIENCE)
            absent.collect_strays(session, self.channels, self.routes, self.settings, now)
            for route in self.routes:
                if route.is_digest:
                    batching.make_digest(session, route, self.settings, now)
                elif route.patience:
                    batching.escalate(session, route, now)
            report_held_escalations(session, self.routes, self.settings, now)

    def _cycle_runs(self, session: Session) -> bool:
        """Whether a cycle may be under way, however long it takes, whatever the clock says: it may yet find a storm."""
        holder = lease.holder(session, CYCLE_LEASE)
        return holder is not None and not has_ended(holder)

    def deliver(self, name: str) -> Tally:
        """Send what a channel is due, in order; after a failure that may pass, the channel rests until the next call."""
        tally = Tally()
        if not self._arrange(name):
            return tally
        with AT_WORK.on(self.holder, name):
            while not self.stopping() and (delivery := self._claim(name)):
                try:
                    error = self._attempt(delivery)
                except Stopped:  # an attempt without an outcome: whoever runs next repeats it
                    break
                tally += Tally(sent=error is None, failed=error is not None)
                # Its receiver is down, and every further attempt would cost its time-out; a permanent one concerns this
                # delivery alone.
                if error is not None and not error.permanent:
                    break
        return tally

    def deliver_one(self, name: str, delivery_id: str) -> None:
        """Make one attempt at one delivery, if it is due, even to a channel that is disabled."""
        with AT_WORK.on(self.holder, name):
            with self.database.claim() as session:
                delivery = outbox.claim(session, name, self.now(), LEASE, self.holder, only=delivery_id)
            if delivery is not None:
                self._attempt(delivery)

    def _arrange(self, name: str) -> bool:
        """Put together what belongs together; whether there is anything to send."""
        now = self.now()
        with self.database.read() as session:
            is_back = name in owed.away(session)
            if name in outbox.disabled(session) or (
                name not in outbox.due_since(session, now) and not is_back
            ):
                return False
        with self.database.write() as session:
            if is_back:
                absent.welcome_back(session, name, self.routes, self.settings, now)
            outbox.free(session, name, lambda holder: self._is_orphaned(holder, name))
            for route in self.routes:
                if name in route.channels and not route.is_digest:
                    batching.group(session, route, name, self.settings, now)
        return True

    def _is_orphaned(self, holder: str, name: str) -> bool:
        """Whether nobody works on a holder's claims: it has ended, or is this process, which lost them on the way.

        It does where the database cuts it off between a claim and its end, as PostgreSQL does while it is frozen.
        """
        return has_ended(holder) or (holder == self.holder and not AT_WORK.anybody(holder, name))

    def _claim(self, name: str) -> Delivery | None:
        with self.database.claim() as session:
            # Asked again before each: another process may have disabled it since.
            if name in outbox.disabled(session):
                return None
            return outbox.claim(session, name, self.now(), LEASE, self.holder)

    def _attempt(self, delivery: Delivery) -> ChannelError | None:
        """One attempt, and what became of it written down; the error that it ended in."""
        try:
            self._send(delivery)
        except ChannelError as error:
            self._failed(delivery, error)
            return error
        return None

    def _send(self, delivery: Delivery) -> None:
        """One attempt. Raises ChannelError, also for what is a fault of ours: that row must not hold up the others.

        Raises StorageError where the database is out of reach: then the attempt has no outcome, and is soon repeated.
        """
        try:
            with ended_by(self.stopping):
                response = self.channel(delivery.channel).send(self._outgoing(delivery))
        except (ChannelError, Stopped):
            raise
        except Exception as error:
            # Says nothing of this delivery, as PostgreSQL's cutting off of a process that was frozen.
            if isinstance(error, StorageError) and error.passing:
                raise
            log.exception(logs.DELIVERY_CRASHED, delivery=delivery.id, channel=delivery.channel)
            wait = AFTER_A_CRASH.total_seconds()
            raise ChannelError(
                f"a fault of trialdelta ({apart(type(error).__name__)}): {error}", retry_after=wait
            ) from error
        with self.database.write() as session:
            outbox.mark_sent(session, delivery, response, self.now())
        log.info(
            logs.DELIVERY_SENT, delivery=delivery.id, channel=delivery.channel, attempt=delivery.attempts
        )

    def _outgoing(self, delivery: Delivery) -> Outgoing:
        with self.database.read() as session:
            event = events.event(session, delivery.event_id) if delivery.event_id else None
            zone = zone_named(delivery.route, self.routes, self.settings)
            message = message_of(session, delivery, event, self.settings.console_url, zone)
        kind: Any = delivery.kind
        return Outgoing(delivery.id, delivery.attempts, message, event, kind, delivery.created_at)

    def _failed(self, delivery: Delivery, error: ChannelError) -> None:
        """Write a failure down, and what comes of it."""
        now, exhausted = self.now(), delivery.tries > len(WAITS)
        # Disabled too once the schedule is exhausted: three days of silence say more of the channel than of this
        # delivery.
        dead = error.permanent or exhausted
        again_at = None if dead else now + wait_after(delivery.tries, error.retry_after, self.chance())
        log.warning(
            logs.DELIVERY_FAILED,
            delivery=delivery.id,
            channel=delivery.channel,
            attempt=delivery.attempts,
            problem=str(error),
            again_at=again_at.isoformat(timespec="seconds") if again_at else None,
        )
        with self.database.write() as session:
            outbox.mark_failed(
                session, delivery, str(error), now, permanent=error.permanent, again_at=again_at
            )
            if error.disable or exhausted:
                self._disable(session, delivery, error, now)
            elif dead:
                self._bury(session, delivery, error, now)

    def _disable(self, session: Session, delivery: Delivery, error: ChannelError, now: datetime) -> None:
        name = delivery.channel
        if outbox.disable(session, name, str(error), now):
            owed = outbox.counts(session)
            facts = {
                "channel": name,
                "what it said": str(error),
                "attempts": delivery.attempts,
                "dead letters": owed.get((name, "dead"), 0),
                "still due": owed.get((name, "due"), 0),
                "to use it again": f"trialdelta deliver --retry --channel {name}",
            }
            lead = f"Nothing is sent to {name} any more, until you have it tried again: {error}"
            self._notify(session, f"disabled:{delivery.id}:{delivery.attempts}", name, lead, facts, now)

    def _bury(self, session: Session, delivery: Delivery, error: ChannelError, now: datetime) -> None:
        """Of one channel's dead letters the operator hears once a day: the rest is in the digest."""
        lead = f"{delivery.channel} refused a delivery for good: {error}"
        facts = {"delivery": delivery.id, "to send it again": "trialdelta deliver --retry"}
        key = f"dead:{delivery.channel}:{now.date()}"
        self._notify(session, key, delivery.channel, lead, facts, now)

    def _notify(
        self, session: Session, key: str, name: str, lead: str, facts: dict[str, Any], now: datetime
    ) -> None:
        subject = f"The channel {name} does not take what it is sent"
        notice = Notice(key, subject, lead, facts, exclude=(name,))
        notify(session, notice, routes=self.routes, settings=self.settings, now=now)


def wait_after(tries: int, retry_after: float | None, chance: float) -> timedelta:
    """How long to wait after so many attempts (1, 2, …); `chance` in 0…1 spreads those that failed together."""
    wait = WAITS[tries - 1] * (1 + JITTER * chance)
    # A receiver may ask for more patience, never for less, and for a day at most.
    return max(wait, timedelta(seconds=min(retry_after or 0, WAITS[-1].total_seconds())))
