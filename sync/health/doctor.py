"""What does the service need, and what does it lack? Everything that `doctor` looks at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from storage import cohorts, kept_watches, ledger, outbox, owed, restored
from storage.engine import Database, open_database
from storage.errors import DatabaseMissing, DatabaseUnwritable, TrialdeltaError
from storage.misdated import is_behind
from storage.schema import SchemaState
from storage.unread import unread
from sync import kept
from sync.alerts.failing import answers_where_some_fail, failures
from sync.alerts.heartbeat import last_ping
from sync.alerts.release_order import TO_DO, served_older
from sync.backup.backups import newest
from sync.config import Settings, doubts
from sync.errors import ConfigError
from sync.health.liveness import check_health, lacking, span, unreadable
from sync.health.never_registered import NEVER_REGISTERED, never_registered
from sync.health.pause import Pause, end_pause, pause_of
from sync.registry.doctor import try_identities
from sync.timing.clock import utc_now
from sync.words import agreeing, apart, counted, outcome

LITTLE_SPACE = 200 * 2**20


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that `doctor` looked at."""

    subject: str
    sentence: str
    exit_code: int = 0
    is_note: bool = False
    """Whether it is neither right nor wrong by itself: an identity that is not in force and would not pass either."""

    def as_json(self) -> dict[str, Any]:
        """The check as one object."""
        return asdict(self)


def examine(
    settings: Settings, *, ask_registry: bool, now: Callable[[], datetime] = utc_now
) -> Iterator[Check]:
    """Look at the configuration, the database, the disk, the daemon and, unless told not to, the registry."""
    watches = ", ".join(watch.name for watch in settings.watch) or "none in the file"
    yield Check("config", f"watches: {watches}; poll: {settings.schedule.poll} (UTC)")
    database = None
    try:
        database = open_database(settings.database.url.get_secret_value(), create=False)
        state = database.schema_state()
        yield _schema(database, state)
    except DatabaseMissing as missing:
        state = SchemaState.EMPTY
        yield Check("database", f"{missing}; the first `sync` or `run` makes it")
    except TrialdeltaError as error:
        state = SchemaState.AHEAD
        yield Check("database", f"{error.sentence} {error.hint}", error.exit_code)
    if database is not None:
        yield from _disk(database)
        if state is SchemaState.CURRENT:
            with database.read() as session:
                of_file, settings = settings, kept.in_force(settings, session)
            yield from _kept(database, of_file)
            yield from _daemon(database, settings, now())
            yield from _last_cycle(database)
            yield from _quarantine(database)
            yield from _watches(database, settings)
            yield _outbox(database, settings)
            yield from _heartbeat(database, settings)
            yield _backup(database, settings, now())
            yield from _held(database)
            if pause := _pause(database, settings, now()):
                until = f"{pause.until:%Y-%m-%d %H:%M} UTC"
                yield Check("pause", f"{pause.words}; it is not asked before {until}", 4)
                ask_registry &= pause.why != "asked"  # who asks for rest is not asked by us either
    if ask_registry:
        try:
            for number, check in enumerate(_registry(settings)):
                # The first is the identity in force; that another one passes helps nobody yet.
                if (
                    number == 0
                    and check.exit_code == 0
                    and database is not None
                    and state is SchemaState.CURRENT
                ):
                    _end_pause(database, settings, now())
                yield check
        except ConfigError as error:  # a proxy that only the environment names is not checked with the file
            yield Check("registry", f"{error.sentence} {error.hint}", error.exit_code)


def _end_pause(database: Database, settings: Settings, now: datetime) -> None:
    """The identity in force passes: a daemon that was blocked need not wait any longer."""
    # where nothing can be written no pause was either: the database's own check says what is wrong there
    with suppress(DatabaseUnwritable), database.write() as session:
        end_pause(session, settings.registry, now)


def _pause(database: Database, settings: Settings, now: datetime) -> Pause | None:
    with database.read() as session:
        return pause_of(session, settings.registry, now)


def _schema(database: Database, state: SchemaState) -> Check:
    words = {
        SchemaState.EMPTY: "is empty; the first `sync` or `run` makes its tables",
        SchemaState.BEHIND: "has older tables: run `trialdelta db upgrade`; the next `sync` or `run` would do so too",
        SchemaState.CURRENT: "is up to date",
        SchemaState.AHEAD: "was written by a newer program; run that one",
        SchemaState.UNFINISHED: "is a copy that is not finished: run the same `trialdelta db copy` again",
    }
    exit_code = {SchemaState.BEHIND: 2, SchemaState.AHEAD: 1, SchemaState.UNFINISHED: 2}.get(state, 0)
    return Check("database", f"{database} {words[state]}", exit_code)


def _disk(database: Database) -> Iterator[Check]:
    file = database.engine.url.database
    if database.engine.dialect.name != "sqlite" or not file:
        return
    folder = Path(file).resolve().parent
    free = shutil.disk_usage(folder).free
    # The folder, not the file alone: SQLite writes its log beside it.
    enough = free > LITTLE_SPACE and os.access(folder, os.W_OK)
    yield Check("disk", f"{folder}: {free / 2**30:,.1f} GiB free", 0 if enough else 1)


def _daemon(database: Database, settings: Settings, now: datetime) -> Iterator[Check]:
    health = check_health(database, settings.schedule, now)
    resting = health.state in ("never_run", "stopped")  # somebody's decision, no illness
    yield Check("daemon", health.sentence, 0 if resting else health.exit_code)
    with database.read() as session:
        behind = is_behind(ledger.watermark(session), now)
        older = served_older(session)
    if older:
        yield Check("release", f"{older.sentence}. {TO_DO}", 3)
    if behind:
        sentence = f"it shows {now:%Y-%m-%d}, which is before the last release that was read: set it right"
        yield Check("clock", sentence, 1)


def _quarantine(database: Database) -> Iterator[Check]:
    with database.read() as session:
        lacks = unread(session)
    if lacks is not None:
        said = "; ".join([lacking(lacks), *unreadable(lacks)])
        bytes_too = ". `trialdelta quarantine` has the bytes and the reasons" if lacks.records else ""
        yield Check("quarantine" if lacks.records else "unread", said + bytes_too, 3)


def _kept(database: Database, of_file: Settings) -> Iterator[Check]:
    """The watches that the database keeps beside the file's, and whatever keeps one from being asked for."""
    with database.read() as session:
        watches = kept_watches.kept_watches(session)
        paused = kept_watches.paused_watches(session)
        hidden = [each.name for each in kept.hidden_by_file(of_file, session)]
        lost = kept.unreadable(session)
    yield from _beside(database, of_file)
    if watches:
        yield Check("watch", f"kept in the database: {', '.join(each.name for each in watches)}")
    if paused:
        yield Check("watch", f"paused, and not asked for: {', '.join(paused)}")
    if hidden:
        sentence = f"the file has watches that the database keeps too, and the file's are in force: {', '.join(hidden)}"
        yield Check("watch", f"{sentence}. `trialdelta watch remove NAME` removes the other", 3)
    if lost:
        yield Check("watch", f"kept in the database and not readable: {', '.join(lost)}; add them again", 3)
    if not watches and not of_file.watch:
        yield Check("watch", "none: nothing is watched. `trialdelta watch add NCT…` follows a study", 2)


def _beside(database: Database, of_file: Settings) -> Iterator[Check]:
    """The ids that people put into watches, and what of all watches and routes is likely not meant so."""
    with database.read() as session:
        beside, orphaned = kept.ids_beside(session), kept.orphaned_ids(of_file, session)
        watches = kept.in_force(of_file, session).watch
    put = ", ".join(
        f"{name} ({counted(len(ids), 'id')})" for name, ids in beside.items() if name not in orphaned
    )
    if put:
        yield Check("watch", f"ids that the database keeps beside a watch's own: {put}")
    for name, ids in orphaned.items():
        lost = f"{counted(len(ids), 'id')} that were put into it are not asked for"
        sentence = f"the file has no watch {name} any more, and {lost}"
        yield Check("watch", f"{sentence}. `trialdelta watch remove NCT… --watch {name}` takes them out", 3)
    for doubt in doubts(watches, of_file.route):
        yield Check("watch", doubt, is_note=True)


def _watches(database: Database, settings: Settings) -> Iterator[Check]:
    with database.read() as session:
        troubled = cohorts.in_trouble(session)
    configured = {watch.name for watch in settings.watch}
    for watch in (each for each in troubled if each.name in configured):
        yield Check("watch", f"{watch.name}, since release {watch.trouble_since}: {watch.trouble}", 3)
    with database.read() as session:
        awaited = never_registered(session, settings.watch)
    for name, ids in awaited.items():
        sentence = f"{name} names {', '.join(ids)}, which the registry has never had. {NEVER_REGISTERED}"
        # Nothing is broken: it may well be awaited.
        yield Check("watch", sentence, is_note=True)


def _last_cycle(database: Database) -> Iterator[Check]:
    with database.read() as session:
        last, failure = next(iter(ledger.cycles(session, limit=1)), None), ledger.failure_in_force(session)
    if last is None:
        yield Check("cycle", "none has run yet")
    elif last.state == "failed" and failure is None:
        at, kind = f"{last.started_at:%Y-%m-%d %H:%M} UTC", apart(last.error_kind or "")
        yield Check("cycle", f"one failed at {at} ({kind}); since then all is read")
    elif last.state == "failed":
        problem = f"{apart(last.error_kind or '')}: {last.error_message}"
        yield Check("cycle", f"the last one failed at stage {last.stage}: {problem}", 3)
    else:
        counts = {name: number for name, number in last.counts.items() if number and name != "answers"}
        said = ", ".join(f"{name} {number}" for name, number in counts.items()) or "nothing to read"
        lacks = [each["sentence"] for each in last.counts.get("answers", ()) if not each["whole"]]
        sentence = "; ".join(
            [f"the last one, on release {last.release}, is {outcome(last.state)}: {said}", *lacks]
        )
        yield Check("cycle", sentence, 3 if last.state == "partial" else 0)


def _outbox(database: Database, settings: Settings) -> Check:
    with database.read() as session:
        counts, unused, owing = outbox.counts(session), outbox.disabled(session), owed.owed(session)
        fail = failures(answers_where_some_fail(session), settings.channels)
    due = sum(number for (_, state), number in counts.items() if state == "due")
    # Of channels that are configured: what any other owes is told in a sentence of its own.
    dead = sum(counts.get((name, "dead"), 0) for name in settings.channels)
    faults = [f"{name} is not used: {reason}" for name, reason in unused.items() if name in settings.channels]
    faults += [
        f"{name} is not configured any more and owes {each.words}: `trialdelta deliveries list --channel {name}`"
        for name, each in owing.items()
        if name not in settings.channels
    ]
    faults += [
        f"{name} does not take what it is sent: {cause}" for name, cause in fail.items() if name not in unused
    ]
    if dead:
        them = agreeing(dead, "it", "them")
        faults.append(f"{counted(dead, 'dead letter')}: `trialdelta deliver --retry` sends {them} again")
    routes = ", ".join(route.name for route in settings.route)
    return Check(
        "outbox",
        "; ".join([f"routes: {routes}; {counted(due, 'delivery')} due", *faults]),
        3 if faults else 0,
    )


def _heartbeat(database: Database, settings: Settings) -> Iterator[Check]:
    if settings.alerts.heartbeat_url is None:
        return
    with database.read() as session:
        last = last_ping(session)
    if last is None:
        yield Check("heartbeat", "no ping was owed yet; the first good poll of the daemon sends one")
    elif last.state == "sent":
        yield Check("heartbeat", f"the last ping was taken {last.at:%Y-%m-%d %H:%M} UTC")
    else:
        yield Check("heartbeat", f"{last.problem}; the next good poll sends another", 3)


def _backup(database: Database, settings: Settings, now: datetime) -> Check:
    with database.read() as session:
        known = newest(session, database, settings.backup)
    if known.at is None:
        said = "none was made yet"
    else:
        said = f"the newest is {span(now - known.at)} old: {known.file}, {known.bytes:,} bytes"
    next_one = f"the next is due at {known.due_at:%Y-%m-%d %H:%M} UTC" if known.due_at else ""
    faults = [
        "it is no longer there" if known.is_lost else "",
        f"the last try failed: {known.problem}" if known.problem else "",
        "a scheduled one is overdue" if known.is_overdue(now) else "",
    ]
    words = [said, next_one or "the daemon makes none by itself: see [backup]", *faults]
    return Check("backup", "; ".join(filter(None, words)), 3 if any(faults) else 0)


def _held(database: Database) -> Iterator[Check]:
    with database.read() as session:
        number, restore = restored.count_held(session), restored.last_restore(session)
    if number and restore:
        are_held = f"{counted(number, 'delivery')} {agreeing(number, 'is', 'are')} held"
        sentence = f"{are_held} since the database was restored at {restore.at:%Y-%m-%d %H:%M} UTC"
        decide = f"then release or drop {agreeing(number, 'it', 'them')}"
        yield Check("restore", f"{sentence}: `trialdelta deliveries held`, {decide}", 3)


def _registry(settings: Settings) -> Iterator[Check]:
    """The identity in force must pass; the others are tried to tell which one would."""
    # An alternative that fails is not a fault: the exit code is that of the identity in force alone.
    for number, tried in enumerate(try_identities(settings.registry)):
        who = f"TLS profile {tried.identity.tls_profile}, User-Agent {tried.identity.user_agent}"
        outcome = "passes" if tried.passed else "fails"
        in_force = "in force" if number == 0 else "alternative"
        exit_code = 0 if tried.passed or number else 4
        yield Check("registry", f"{in_force}: {outcome} ({tried.said}) with {who}", exit_code)
