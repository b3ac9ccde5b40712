"""Who watches the watcher: notices when the source fails and is back, and when the outbox is stuck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from storage import ledger, outbox, owed
from storage.engine import Database
from storage.ledger import Beat
from sync.alerts.clock import mend_times, notice_of
from sync.alerts.notices import Notice, notify, was_notified
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.alerts.unread import report_unread
from sync.settings_base import duration
from sync.timing.progress import moves
from sync.timing.schedule import SOONEST, ScheduleSettings, success_due
from sync.words import apart

FAILURES_UNTIL_NOTICE = 3
"""A poll that fails once is tried again in a minute, then in two: most faults are over by then."""
FROZEN_AFTER = timedelta(days=5)
"""The registry publishes on weekdays; a holiday before or after a weekend makes four days."""


@dataclass
class Watchdog:
    """Tells the operator, once an incident, what keeps the service from doing its work."""

    database: Database
    routes: Sequence[RouteSettings]
    settings: AlertSettings
    now: Callable[[], datetime]
    schedule: ScheduleSettings = field(default_factory=ScheduleSettings)
    _step: timedelta = timedelta(0)
    _was_away: bool = False

    def clock_stepped(self, step: timedelta) -> None:
        """The clock was put ahead or back: the next look tells of it, and mends what that made of stored times."""
        self._step += step
        self._was_away = True

    def woke(self) -> None:
        """The machine slept: what seems to have stood still since is seen to by the polls and deliveries that come now."""
        self._was_away = True

    def poll_failed(self, kind: str, problem: str, hint: str, *, failures: int, blocked: bool) -> None:
        """One notice when the registry is down (or whatever else makes every poll fail) or blocks us."""
        if not blocked and failures < FAILURES_UNTIL_NOTICE:
            return
        with self.database.write() as session:
            since, good = _last_answer(session), _last_good_poll(session)
            facts = {
                "error": apart(kind),
                "what it said": problem,
                "last good poll": good,
                "what to do": hint,
            }
            subject = "The registry blocks us" if blocked else "No poll of the registry succeeds"
            lead = f"{subject}: {problem}. Nothing is concluded from it; you hear again when it is over."
            self._notify(session, Notice(f"down:{since}", subject, lead, facts))

    def poll_succeeded(self, release: str, *, whole: bool = True) -> None:
        """One notice when polls are answered again, or a release read whole, if it was told that none is.

        Call it before the poll is noted. `whole`: not where the release stays partial.
        """
        with self.database.read() as session:
            answer, good = _last_answer(session), _last_good_poll(session)
            # Whether it was told is asked of the outbox itself: a restart forgets nothing, and no end is told without a
            # beginning.
            is_up = was_notified(session, f"down:{answer}", self._channels())
            is_heard = whole and was_notified(session, f"silent:{good}", self._channels())
        if is_up:
            self._report_end(f"up:{answer}", "The registry answers again", release, answer)
        elif is_heard:
            self._report_end(f"heard:{good}", "Polls succeed again", release, good)

    def _report_end(self, key: str, subject: str, release: str, since: str) -> None:
        lead = f"{subject}, with release {release}. No poll had succeeded since {since}."
        facts = {"no good poll since": since, "release": release}
        with self.database.write() as session:
            self._notify(session, Notice(key, subject, lead, facts, severity="info"))

    def api_changed(self, before: str | None, after: str | None) -> None:
        """A notice when the registry's API has another version: its data may have another shape."""
        if before is None or after is None or before == after:
            return
        subject = f"The registry's API went from version {before} to {after}"
        lead = f"{subject}. Look whether records still read well: trialdelta doctor."
        with self.database.write() as session:
            facts = {"before": before, "after": after}
            self._notify(session, Notice(f"api:{before}:{after}", subject, lead, facts, severity="medium"))

    def check(self) -> None:
        """Notices of a wrong clock, of what cannot be read, of polls, a registry or a channel that do not move."""
        now, was_away, self._was_away = self.now(), self._was_away, False
        self.check_the_clock()
        with self.database.write() as session:
            report_unread(
                session, routes=self.routes, settings=self.settings, schedule=self.schedule, now=now
            )
            # What stood still while the machine slept or its clock jumped is not an incident: it has had no time to move.
            if not was_away:
                self._check_channels(session, now)
                self._check_polls(session, now)
                self._check_releases(session, now)

    def check_the_clock(self) -> None:
        """Bring back what a wrong clock left in the future; one notice a day, however often the clock moves."""
        now, step = self.now(), self._step
        with self.database.write() as session:
            found = mend_times(session, self.routes, self.settings, now)
            if step or found:
                subject, lead, facts = notice_of(step, found, now)
                self._notify(session, Notice(f"clock:{now.date()}", subject, lead, facts, severity="medium"))
        # Not set to zero: the clock may have moved once more, in another thread, since this look began.
        self._step -= step

    def _check_polls(self, session: Session, now: datetime) -> None:
        """A poll that hangs, another process that keeps the lease, a release that stays partial: none is a success."""
        good = ledger.last_beat(session, "good_poll") or ledger.last_beat(session, "first_start")
        last, polling = ledger.last_beat(session, "poll"), _polling_since(session)
        is_new = (
            polling is not None and now - polling < SOONEST
        )  # the first one after a stop of days may yet succeed
        fails = (
            last is not None and last.detail["state"] == "failed" and polling is None
        )  # told by `poll_failed`
        daemon = ledger.last_beat(session, "daemon")
        # A first load of the whole registry takes an hour: it is the one that hangs that is told of.
        gets_on = moves(daemon.detail if daemon else None, now)
        if good and now > self._silent_from(good.at) and not (is_new or fails or gets_on):
            facts = {"the last poll": last.detail["state"] if last else "none has come to an end"}
            since = _last_good_poll(session)
            lead = f"No poll has succeeded since {since}. Nothing is concluded meanwhile; look at trialdelta doctor."
            self._notify(session, Notice(f"silent:{since}", "Nothing was polled for long", lead, facts))

    def _check_channels(self, session: Session, now: datetime) -> None:
        for channel, since in self._stuck(session, now).items():
            subject = f"Deliveries to {channel} do not move"
            lead = f"{subject}: the oldest has been owed since {_text(since)}"
            facts = {"channel": channel, "owed since": _text(since)}
            self._notify(
                session, Notice(f"stuck:{channel}:{_text(since)}", subject, lead, facts, exclude=(channel,))
            )

    def _check_releases(self, session: Session, now: datetime) -> None:
        mark = ledger.watermark(session)
        if mark and now - mark.moved_at > FROZEN_AFTER:
            lead = f"The registry has published no release since {mark.release}, or none that could be read"
            self._notify(session, Notice(f"frozen:{mark.release}", "No new release for days", lead))

    def _silent_from(self, since: datetime) -> datetime:
        """When a poll must have succeeded, and no sooner than `alerts.silent_after` has it."""
        due, patience = success_due(self.schedule, since), self.settings.silent_after
        return due if patience is None else max(due, since + duration(patience))

    def outbox_moves(self) -> bool:
        """Whether no channel has been owed something for long."""
        with self.database.read() as session:
            return not self._stuck(session, self.now())

    def _stuck(self, session: Session, now: datetime) -> dict[str, datetime]:
        limit = duration(self.settings.stuck_after)
        # Nobody sends to a channel that is not configured any more either: that is told by itself, and the ping goes on.
        unused = {*outbox.disabled(session), *owed.away(session)}
        since = outbox.due_since(session, now)
        return {name: at for name, at in since.items() if name not in unused and now - at > limit}

    def _channels(self) -> tuple[str, ...]:
        of_routes = (channel for route in self.routes for channel in route.channels)
        return tuple(dict.fromkeys((*self.settings.notices, *of_routes)))

    def _notify(self, session: Session, notice: Notice) -> None:
        notify(session, notice, routes=self.routes, settings=self.settings, now=self.now())


def _polling_since(session: Session) -> datetime | None:
    daemon = ledger.last_beat(session, "daemon")
    began = daemon.detail.get("polling_since") if daemon else None
    return datetime.fromisoformat(began) if began else None


def _last_good_poll(session: Session) -> str:
    return _dated(ledger.last_beat(session, "good_poll"))


def _last_answer(session: Session) -> str:
    """A poll of which a release stays partial is an answer too."""
    return _dated(ledger.last_beat(session, "answered_poll") or ledger.last_beat(session, "good_poll"))


def _dated(beat: Beat | None) -> str:
    return _text(beat.at) if beat else "the first start"


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
