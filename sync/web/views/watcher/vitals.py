"""The daemon's signs of life: who it is, when it polled and polls next, and how far the registry is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from storage import ledger, service_status
from storage.ledger import Beat
from sync.alerts.heartbeat import last_ping
from sync.alerts.release_order import OLDER, older_of
from sync.health.pause import BREAKER, Pause, upcoming_poll
from sync.health.reloads import last_reload
from sync.view import View


class Vitals(View):
    """What the daemon last said of itself."""

    pid: int | None
    version: str | None
    last_beat: datetime | None
    last_poll: datetime | None
    last_good_poll: datetime | None
    next_poll: datetime | None
    failures: int = Field(description="Polls that failed one after the other, up to now.")
    problem: str | None = Field(description="What the last poll failed of.")
    paused_until: datetime | None = Field(
        description="The registry has blocked us, or asked us to wait: until then it is left alone."
    )
    paused_why: str | None = Field(description="Which of the two, in words.")
    heartbeat_problem: str | None = Field(
        description="Why the last ping to heartbeat_url was not taken, or not sent."
    )
    reload_problem: str | None = Field(
        description="What was wrong with the configuration when the daemon was asked to reload it."
    )
    needs_new_start: tuple[str, ...] = Field(
        description="Keys of a reloaded configuration that are in force only when the daemon has started again."
    )
    release: str | None = Field(description="The last one that was read to its end.")
    release_stamp: str | None
    release_moved_at: datetime | None = Field(description="When its last study was read.")
    api_version: str | None = Field(description="The registry's, on that release.")
    passed_at: datetime | None = Field(
        description="When a look at the registry last found all read after a cycle had failed."
    )
    older_release: str | None = Field(
        description="The registry serves a release that is older than the last one read: how it is told."
    )
    working: str | None = Field(description="The process that runs a cycle now.")


def load(session: Session, now: datetime, *, pings: bool = False) -> Vitals:
    """The signs of life, as they stand in the database; `pings`: there is an address to ping."""
    beats, mark = service_status.beats(session), ledger.watermark(session)
    about, poll = _detail(beats, "daemon"), _detail(beats, "poll")
    failed = poll.get("state") == "failed"
    ping = last_ping(session) if pings else None
    pause = Pause.from_detail(_detail(beats, BREAKER))
    pause = pause if pause and pause.until > now else None
    reloaded = last_reload(beats)
    # There is one kind of lease, that of cycles.
    holder = next(iter(service_status.leases(session, now)), None)
    older = older_of(beats.get(OLDER))
    return Vitals(
        pid=about.get("pid"),
        version=about.get("version"),
        last_beat=_at(beats, "daemon"),
        last_poll=_at(beats, "poll"),
        last_good_poll=_at(beats, "good_poll"),
        next_poll=upcoming_poll(beats.get("daemon"), beats.get(BREAKER), now),
        failures=poll.get("failures", 1) if failed else 0,
        problem=poll.get("message") if failed else None,
        heartbeat_problem=ping.problem or None if ping else None,
        paused_until=pause.until if pause else None,
        paused_why=pause.words if pause else None,
        reload_problem=reloaded.problem or None if reloaded else None,
        needs_new_start=reloaded.waiting if reloaded else (),
        release=mark.release if mark else None,
        release_stamp=mark.stamp if mark else None,
        release_moved_at=mark.moved_at if mark else None,
        api_version=mark.api_version if mark else None,
        passed_at=_at(beats, ledger.PASSED),
        older_release=older.sentence if older else None,
        working=_process(holder.holder) if holder else None,
    )


def _detail(beats: Mapping[str, Beat], name: str) -> dict[str, Any]:
    return beats[name].detail if name in beats else {}


def _at(beats: Mapping[str, Beat], name: str) -> datetime | None:
    return beats[name].at if name in beats else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _process(holder: str) -> str:
    """HOST/PLACE/PID/START as one says it."""
    parts = holder.split("/")
    return f"process {parts[2]} on {parts[0]}" if len(parts) == 4 else holder
