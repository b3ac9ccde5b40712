"""Is the watcher alive, and what does it lack? The truth for `healthcheck` and `doctor`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.orm import Session

from storage import ledger, outbox
from storage.engine import Database, open_database
from storage.errors import TrialdeltaError
from storage.ledger import Beat
from storage.schema import SchemaState
from sync.config import Settings
from sync.registry.doctor import try_identities

DEAD_AFTER = timedelta(minutes=2)
"""The daemon gives a sign of life every half minute."""

LITTLE_SPACE = 200 * 2**20


@dataclass(frozen=True, slots=True)
class Health:
    """`state`: healthy, registry_failing, dead, stopped or never_run; a sentence, and the exit code that says the same."""

    state: Literal["healthy", "registry_failing", "dead", "stopped", "never_run"]
    sentence: str
    exit_code: int
    detail: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The health as one object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `doctor` looked at."""

    subject: str
    sentence: str
    exit_code: int = 0

    def as_json(self) -> dict[str, Any]:
        """The finding as one object."""
        return asdict(self)


def check_health(database: Database, now: datetime | None = None) -> Health:
    """Whether the daemon gives signs of life and its polls succeed."""
    with database.read() as session:
        return health_of(session, now or datetime.now(UTC))


def health_of(session: Session, now: datetime) -> Health:
    """The same, in a session."""
    alive, poll, good = (ledger.last_beat(session, name) for name in ("daemon", "poll", "good_poll"))
    mark = ledger.watermark(session)
    detail = {
        "last_beat": _when(alive),
        "last_poll": _when(poll),
        "last_good_poll": _when(good),
        "release": mark.release if mark else None,
    }
    if alive is None:
        sentence = "no daemon has run on this database; start one with `trialdelta run`"
        return Health("never_run", sentence, 1, detail)
    silent = now - alive.at
    if alive.detail.get("stopped"):
        return Health("stopped", f"the daemon was stopped {_span(silent)} ago", 1, detail)
    if silent > DEAD_AFTER:
        return Health("dead", f"the daemon has given no sign of life for {_span(silent)}", 1, detail)
    return _while_alive(now, poll, good, detail)


def _while_alive(now: datetime, poll: Beat | None, good: Beat | None, detail: dict[str, Any]) -> Health:
    if poll is None:
        return Health("healthy", "the daemon is up; its first poll is under way", 0, detail)
    if poll.detail["state"] != "failed":
        known = (
            f"release {detail['release']} is read"
            if detail["release"]
            else "no release is read to its end yet"
        )
        return Health("healthy", f"the daemon is up, polled {_span(now - poll.at)} ago; {known}", 0, detail)
    since = f"for {_span(now - good.at)}" if good else "since it was first started"
    return Health(
        "registry_failing",
        f"the daemon is up, but no poll has succeeded {since}: {poll.detail['message']}",
        4,
        {**detail, "error": poll.detail["error"]},
    )


def examine(settings: Settings, *, ask_registry: bool) -> Iterator[Finding]:
    """Look at the configuration, the database, the disk, the daemon and, unless told not to, the registry."""
    watches = ", ".join(watch.name for watch in settings.watch)
    yield Finding("config", f"watches: {watches}; poll: {settings.schedule.poll} (UTC)")
    database = None
    try:
        database = open_database(settings.database.url.get_secret_value())
        state = database.schema_state()
        yield _schema(database, state)
    except TrialdeltaError as error:
        state = SchemaState.AHEAD
        yield Finding("database", f"{error}. {error.hint}", error.exit_code)
    if database is not None:
        yield from _disk(database)
        if state is SchemaState.CURRENT:
            health = check_health(database)
            resting = health.state in ("never_run", "stopped")  # somebody's decision, no illness
            yield Finding("daemon", health.sentence, 0 if resting else health.exit_code)
            yield from _last_cycle(database)
            yield _outbox(database, settings)
    if ask_registry:
        yield from _registry(settings)


def _schema(database: Database, state: SchemaState) -> Finding:
    words = {
        SchemaState.EMPTY: "is empty; the first `sync` or `run` makes its tables",
        SchemaState.BEHIND: "has older tables; `trialdelta db upgrade`, or the next `sync` or `run`, brings them up to date",
        SchemaState.CURRENT: "is up to date",
        SchemaState.AHEAD: "was written by a newer program; run that one",
    }
    return Finding("database", f"{database} {words[state]}", int(state is SchemaState.AHEAD))


def _disk(database: Database) -> Iterator[Finding]:
    file = database.engine.url.database
    if database.engine.dialect.name != "sqlite" or not file:
        return
    folder = Path(file).resolve().parent
    free = shutil.disk_usage(folder).free
    enough = free > LITTLE_SPACE and os.access(folder, os.W_OK)
    yield Finding("disk", f"{folder}: {free / 2**30:,.1f} GiB free", 0 if enough else 1)


def _last_cycle(database: Database) -> Iterator[Finding]:
    with database.read() as session:
        last = next(iter(ledger.cycles(session, limit=1)), None)
    if last is None:
        yield Finding("cycle", "none has run yet")
    elif last.state == "failed":
        problem = f"{last.error_kind}: {last.error_message}"
        yield Finding("cycle", f"the last one failed at stage {last.stage}: {problem}", 3)
    else:
        yield Finding("cycle", f"the last one, on release {last.release}, is {last.state}: {last.counts}")


def _outbox(database: Database, settings: Settings) -> Finding:
    with database.read() as session:
        counts, unused = outbox.counts(session), outbox.disabled(session)
    due = sum(number for (_, state), number in counts.items() if state == "due")
    dead = sum(number for (_, state), number in counts.items() if state == "dead")
    faults = [f"{name} is not used: {reason}" for name, reason in unused.items()]
    faults += [f"{dead} dead letters: `trialdelta deliver --retry` sends them again"] if dead else []
    routes = ", ".join(route.name for route in settings.route)
    return Finding(
        "outbox", "; ".join([f"routes: {routes}; {due} deliveries due", *faults]), 3 if faults else 0
    )


def _registry(settings: Settings) -> Iterator[Finding]:
    """The identity in force must pass; the others are tried to tell which one would."""
    for number, tried in enumerate(try_identities(settings.registry)):
        who = f"TLS profile {tried.identity.tls_profile}, User-Agent {tried.identity.user_agent}"
        verdict = "passes" if tried.passed else "fails"
        in_force = "in force" if number == 0 else "alternative"
        exit_code = 0 if tried.passed or number else 4
        yield Finding("registry", f"{in_force}: {verdict} ({tried.said}) with {who}", exit_code)


def _when(beat: Beat | None) -> str | None:
    return beat.at.isoformat(timespec="seconds") if beat else None


def _span(time: timedelta) -> str:
    seconds = max(0, int(time.total_seconds()))
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"
