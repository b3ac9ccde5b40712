"""Backups on a schedule and before a migration: where they go, which are kept, how old the newest is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from storage import ledger
from storage.backup import Backup, back_up
from storage.engine import Database
from storage.errors import StorageError
from sync import logs
from sync.backup.settings import OFF, BackupSettings
from sync.settings_base import duration
from sync.timing.schedule import cron, is_cron

CHECK_EVERY = timedelta(minutes=5)
AFTER_A_FAILURE = timedelta(hours=1)
PATIENCE = timedelta(hours=2)
"""A backup that was due so long ago, and was not made, is overdue."""
_STAMP = "%Y%m%dT%H%M%SZ"
_SCHEDULED = re.compile(r"trialdelta-(\d{8}T\d{6}Z)\.(?:db|dump)", re.ASCII)

log = structlog.get_logger("backup")


@dataclass(frozen=True, slots=True)
class Newest:
    """How the last backup stands. `at`: None where none was made; `due_at`: when the next is, None without a schedule."""

    at: datetime | None
    file: str | None
    bytes: int
    due_at: datetime | None
    problem: str | None
    is_lost: bool
    """Whether its file is no longer where it was written."""

    def is_overdue(self, now: datetime) -> bool:
        """Whether a backup should have been made long ago."""
        return self.due_at is not None and now > self.due_at + PATIENCE


@dataclass(frozen=True)
class Backups:
    """The daemon's backups of one database."""

    database: Database
    settings: BackupSettings
    now: Callable[[], datetime]

    def check(self) -> Backup | None:
        """Make a backup if one is due, and remove those that are no longer to be kept; a failure is noted and told."""
        folder, now = folder_of(self.database, self.settings), self.now()
        with self.database.read() as session:
            due_at = newest(session, self.database, self.settings).due_at
            last = ledger.last_beat(session, "backup")
        if folder is None or due_at is None or now < due_at:
            return None
        # A full disk is not emptied by trying every five minutes, and each try writes as much as a backup.
        if last and last.detail.get("state") == "failed" and last.at <= now < last.at + AFTER_A_FAILURE:
            return None
        try:
            made = self._make(folder, now)
        except (StorageError, OSError) as error:
            self._failed(error, now)
            return None
        log.info(
            logs.BACKUP_MADE, file=made.file, bytes=made.bytes, seconds=made.seconds, checked=made.checked
        )
        thin(folder, self.settings)
        return made

    def _make(self, folder: Path, now: datetime) -> Backup:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = folder / f"trialdelta-{now.strftime(_STAMP)}{suffix_of(self.database)}"
        return back_up(self.database, target, now=self.now, tools=self.settings.tools)

    def _failed(self, error: StorageError | OSError, now: datetime) -> None:
        hint = getattr(error, "hint", "Look at the folder's owner and mode.")
        log.error(logs.BACKUP_FAILED, problem=str(error), hint=hint)
        with self.database.write() as session:
            ledger.beat(session, "backup", now, {"state": "failed", "problem": f"{error}. {hint}"})


def newest(session: Session, database: Database, settings: BackupSettings) -> Newest:
    """How the last backup of a database stands."""
    good, last = ledger.last_beat(session, "good_backup"), ledger.last_beat(session, "backup")
    mark = ledger.watermark(session)
    known = good.detail if good else {}
    is_on = settings.schedule != OFF and folder_of(database, settings) is not None
    # before the first release has been read there is nothing to keep
    since = good.at if good else None
    first = mark.moved_at if mark and not good else None
    is_lost = "file" in known and not Path(known["file"]).exists()
    # A backup whose file is gone does not count: the next one is due at once.
    due_at = next_backup(settings, since) if since and not is_lost else since or first
    problem = last.detail.get("problem") if last and last.detail.get("state") == "failed" else None
    return Newest(
        since, known.get("file"), known.get("bytes", 0), due_at if is_on else None, problem, is_lost
    )


def next_backup(settings: BackupSettings, last: datetime) -> datetime | None:
    """When the next backup is due after the last one; one that was missed, as by a machine that slept, still is."""
    if settings.schedule == OFF:
        return None
    if is_cron(settings.schedule):
        upcoming: datetime | None = cron(str(settings.schedule)).get_next_fire_time(
            last, last + timedelta(seconds=1)
        )
        return upcoming
    return last + duration(settings.schedule)


def folder_of(database: Database, settings: BackupSettings) -> Path | None:
    """Where scheduled backups go; None where they go nowhere."""
    if settings.folder:
        return Path(settings.folder)
    beside = _beside(database)
    return beside / "backups" if beside else None


def thin(folder: Path, settings: BackupSettings) -> list[Path]:
    """Remove the scheduled backups that are no longer to be kept, and no other file; which."""
    files = {_time_of(path): path for path in folder.iterdir() if _SCHEDULED.fullmatch(path.name)}
    gone = [files[at] for at in sorted(surplus(files, settings.keep, settings.keep_weekly))]
    for path in gone:
        path.unlink(missing_ok=True)
        log.info(logs.BACKUP_REMOVED, file=str(path))
    return gone


def surplus(made: Iterable[datetime], keep: int, keep_weekly: int) -> set[datetime]:
    """The backups that go: all but the newest `keep`, and the newest of each of `keep_weekly` weeks before them."""
    ordered = sorted(made, reverse=True)
    older = ordered[keep:]
    weekly: dict[tuple[int, int], datetime] = {}
    for at in older:
        year, week, _ = at.isocalendar()
        # Newest first, so that the first of a week is its last.
        weekly.setdefault((year, week), at)
    return {*older}.difference([*weekly.values()][:keep_weekly])


def before_migration(
    database: Database, settings: BackupSettings, now: Callable[[], datetime]
) -> Callable[[str], None]:
    """Makes a backup beside the database of a schema that is about to be migrated; it is never removed by itself."""

    def make(revision: str) -> None:
        # Beside the database, where whoever goes back to the older program looks first, whatever [backup] says.
        folder = _beside(database) or folder_of(database, settings)
        if folder is None and database.engine.dialect.name == "sqlite":
            return  # one in memory
        folder = folder or Path()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = Path(database.engine.url.database or "trialdelta").stem
        name = f"{stem}-schema-{revision}-{now().strftime(_STAMP)}{suffix_of(database)}"
        made = back_up(database, folder / name, now=now, tools=settings.tools)
        log.warning(logs.BACKUP_BEFORE_MIGRATION, file=made.file, schema=revision, bytes=made.bytes)

    return make


def suffix_of(database: Database) -> str:
    """What the names of a database's backups end with."""
    return ".db" if database.engine.dialect.name == "sqlite" else ".dump"


def _beside(database: Database) -> Path | None:
    """The folder of a database that is a file."""
    file = database.engine.url.database
    is_file = database.engine.dialect.name == "sqlite" and file and file != ":memory:"
    return Path(str(file)).absolute().parent if is_file else None


def _time_of(path: Path) -> datetime:
    found = _SCHEDULED.fullmatch(path.name)
    assert found
    return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)
