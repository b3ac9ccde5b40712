"""Does the service do its work? The one truth behind `healthcheck`, `doctor`, `/readyz`, the figures and the console.

Green only with proof: the last successful poll decides, not that something beats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy.orm import Session

from storage import ledger, service_status
from storage.engine import Database
from storage.errors import DatabaseMissing
from storage.ledger import Beat, Watermark
from storage.misdated import AHEAD, FROM_THE_FUTURE, is_behind
from storage.process_identity import has_ended
from storage.unread import Unread, unread
from sync.timing.progress import moves
from sync.timing.schedule import ScheduleSettings, success_due
from sync.words import counted

DEAD_AFTER = timedelta(minutes=2)
"""The daemon gives a sign of life every half minute."""

State = Literal[
    "healthy", "incomplete", "stalled", "registry_failing", "idle", "dead", "stopped", "never_run"
]
STATES: tuple[State, ...] = get_args(State)
ALIVE: tuple[State, ...] = ("healthy", "incomplete", "stalled", "registry_failing", "idle")
"""States in which the daemon gives signs of life."""
_EXIT_CODES: dict[State, int] = {"healthy": 0, "incomplete": 3, "registry_failing": 4, "idle": 2}


@dataclass(frozen=True, slots=True)
class Health:
    """`state`, a sentence, and the exit code that says the same.

    `stalled`: the daemon lives, and no poll has succeeded for too long, nor does one get on. `incomplete`: polls are made,
    and a watched study cannot be read, or the release stays partial for too long. `idle`: nothing is watched.
    """

    state: State
    sentence: str
    exit_code: int
    detail: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The health as one object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the ledger says of the service: signs of life by name, how far the registry is read, what that lacks."""

    daemon: Beat | None
    poll: Beat | None
    good_poll: Beat | None
    first_start: Beat | None
    mark: Watermark | None
    lacks: Unread | None
    has_ended: bool = False
    """The daemon's process is known to be there no more, whenever it gave its last sign of life."""


def check_health(database: Database, schedule: ScheduleSettings, now: datetime) -> Health:
    """Whether the service does its work."""
    with database.read() as session:
        return health_of(session, schedule, now)


def without_database(missing: DatabaseMissing) -> Health:
    """Where there is no database no daemon has run either."""
    return Health("never_run", f"no daemon has run: {missing}; start one with `trialdelta run`", 1, {})


def health_of(session: Session, schedule: ScheduleSettings, now: datetime) -> Health:
    """The same, in a session."""
    return health_by(signs_of(session), schedule, now)


def signs_of(session: Session) -> Signs:
    """The signs as they stand."""
    beats, mark = service_status.beats(session), ledger.watermark(session)
    daemon = beats.get("daemon")
    return Signs(
        daemon=daemon,
        poll=beats.get("poll"),
        good_poll=beats.get("good_poll"),
        first_start=beats.get("first_start"),
        mark=mark,
        lacks=unread(session),
        has_ended=daemon is not None and has_ended(daemon.detail.get("holder", "")),
    )


def health_by(signs: Signs, schedule: ScheduleSettings, now: datetime) -> Health:
    """What the signs prove (pure)."""
    state, sentence = _assess(signs, schedule, now)
    return Health(state, sentence, _EXIT_CODES.get(state, 1), _detail(signs))


def _assess(signs: Signs, schedule: ScheduleSettings, now: datetime) -> tuple[State, str]:
    if signs.daemon is None:
        return "never_run", "no daemon has run on this database; start one with `trialdelta run`"
    if signs.daemon.detail.get("stopped"):
        return "stopped", f"the daemon was stopped {span(now - signs.daemon.at)} ago"
    if is_misdated(signs.daemon, now):
        return "dead", f"the daemon's last sign of life is {_from_the_future(signs.daemon)}"
    if signs.has_ended:
        process = f"process {signs.daemon.detail.get('pid')}"
        return (
            "dead",
            f"the daemon ({process}) has ended without a word, after a sign of life {span(now - signs.daemon.at)} ago",
        )
    if now - signs.daemon.at > DEAD_AFTER:
        return "dead", f"the daemon has given no sign of life for {span(now - signs.daemon.at)}"
    if signs.poll and signs.poll.detail["state"] == "failed":
        since = "since it was first started"
        if signs.good_poll and not is_misdated(signs.good_poll, now):
            since = f"for {span(now - signs.good_poll.at)}"
        return (
            "registry_failing",
            f"the daemon is up, but no poll has succeeded {since}: {signs.poll.detail['message']}",
        )
    if signs.poll and signs.poll.detail["state"] == "idle":
        return (
            "idle",
            "the daemon is up and asks the registry for nothing: no watch is there, or every one is paused",
        )
    return _while_polling(signs, schedule, now)


def is_misdated(beat: Beat, now: datetime) -> bool:
    """Whether a sign of life has a time that proves nothing: one that is still to come, or was when it was found."""
    return beat.at > now + AHEAD or FROM_THE_FUTURE in beat.detail


def lacking(lacks: Unread) -> str:
    """What cannot be read, in numbers: it names no study."""
    number = len(lacks.records)
    if not number:
        return f"release {lacks.release} has been read in part only (PARTIAL)"
    return f"{counted(number, 'watched record')} of release {lacks.release} cannot be read"


def _while_polling(signs: Signs, schedule: ScheduleSettings, now: datetime) -> tuple[State, str]:
    good, lacks = signs.good_poll, signs.lacks
    overdue = _overdue(signs, schedule, now)
    # A release that stays partial is not success, yet its polls are made: then the records are at fault, not the service.
    polls = signs.poll is not None and now <= success_due(schedule, signs.poll.at)
    if lacks and (lacks.records or lacks.said or overdue) and (polls or not overdue):
        known = "it is asked for again at each poll"
        return "incomplete", f"the daemon is up and polls, but {lacking(lacks)}; {known}"
    if overdue:
        return "stalled", f"the daemon is up, but {overdue}"
    if good is None:
        return "healthy", "the daemon is up; its first poll is under way"
    if _is_late(signs, schedule, now):
        return "healthy", f"the daemon is up; a poll {_under_way(signs, now)}, and gets on"
    release = f"release {signs.mark.release} is read" if signs.mark else "no release is read to its end yet"
    clock = "; the machine's clock is behind the registry's release" if is_behind(signs.mark, now) else ""
    return "healthy", f"the daemon is up, polled {span(now - good.at)} ago; {release}{clock}"


def _overdue(signs: Signs, schedule: ScheduleSettings, now: datetime) -> str | None:
    """Why the last successful poll proves nothing any more; None while it does, or while the first may still come."""
    good = signs.good_poll
    if good and is_misdated(good, now):
        return f"its last successful poll is {_from_the_future(good)}; {_meanwhile(signs, now)}"
    since = _last_proof(signs)
    # A first load of the whole registry takes an hour, and is no standstill; one that hangs makes no step.
    if since is None or not _is_late(signs, schedule, now) or moves(_daemon_detail(signs), now):
        return None
    how_long = (
        f"for {span(now - since.at)}" if good else f"since it was first started {span(now - since.at)} ago"
    )
    return f"no poll has succeeded {how_long}; {_meanwhile(signs, now)}"


def _last_proof(signs: Signs) -> Beat | None:
    # From the first start ever, or a daemon that is restarted every few minutes would never be late.
    return signs.good_poll or signs.first_start or signs.daemon


def _is_late(signs: Signs, schedule: ScheduleSettings, now: datetime) -> bool:
    since = _last_proof(signs)
    return since is not None and now > success_due(schedule, since.at)


def _daemon_detail(signs: Signs) -> dict[str, Any]:
    return signs.daemon.detail if signs.daemon else {}


def _under_way(signs: Signs, now: datetime) -> str:
    since = datetime.fromisoformat(_daemon_detail(signs)["polling_since"])
    return f"has been under way for {span(now - since)}"


def _meanwhile(signs: Signs, now: datetime) -> str:
    if _daemon_detail(signs).get("polling_since"):
        return f"one {_under_way(signs, now)}"
    if signs.poll is None:
        return "none has come to an end"
    if signs.poll.detail["state"] == "elsewhere":
        return "another process holds the right to run a cycle; `trialdelta doctor` says who it is"
    return f"the last one, {span(now - signs.poll.at)} ago, was {signs.poll.detail['state']}"


def _from_the_future(beat: Beat) -> str:
    at = beat.detail.get(FROM_THE_FUTURE) or beat.at.isoformat(timespec="seconds")
    return f"from the future ({at[:19]}): the clock was wrong, and it proves nothing"


def _detail(signs: Signs) -> dict[str, Any]:
    detail = {
        "last_beat": _when(signs.daemon),
        "last_poll": _when(signs.poll),
        "last_good_poll": _when(signs.good_poll),
        "release": signs.mark.release if signs.mark else None,
    }
    if signs.poll and signs.poll.detail["state"] == "failed":
        detail["error"] = signs.poll.detail["error"]
    return detail


def unreadable(lacks: Unread, most: int = 5) -> Iterator[str]:
    """What cannot be read: records by name and with the reason, the first where they are many; watches in trouble."""
    for record in lacks.records[:most]:
        yield f"{record.name}: {record.reason}"
    if len(lacks.records) > most:
        yield f"and {len(lacks.records) - most} more"
    if lacks.said:
        yield lacks.said


def _when(beat: Beat | None) -> str | None:
    return beat.at.isoformat(timespec="seconds") if beat else None


def span(time: timedelta) -> str:
    """A span of time in its largest fitting unit."""
    seconds = max(0, int(time.total_seconds()))
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"
