"""Backups on a schedule: when one is due, which are kept, what is said of the newest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from storage import ledger
from storage.engine import Database, open_database
from storage.ledger import Watermark
from storage.restored import Restore
from sync.backup.backups import AFTER_A_FAILURE, PATIENCE, Backups, Newest, newest, next_backup, surplus, thin
from sync.backup.settings import BackupSettings
from sync.web.views.watcher.copies import copy_troubles

NOW = datetime(2026, 9, 2, 13, 5, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(f"sqlite:///{tmp_path}/trialdelta.db")) as made:
        made.ensure_schema()
        yield made


def read_a_release(database: Database, at: datetime = NOW) -> None:
    with database.write() as session:
        stamp = "2026-09-02T09:00:05"
        cycle = ledger.begin_cycle(session, release="2026-09-02", stamp=stamp, owner="me", fence=1, now=at)
        ledger.finish_cycle(session, cycle, state="complete", counts={}, now=at)
        ledger.move_watermark(session, Watermark("2026-09-02", stamp, None, at))


def made(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("backups/*"))


def test_the_newest_are_kept_and_one_of_each_week_before() -> None:
    days = [NOW - n * DAY for n in range(60)]
    kept = set(days) - surplus(days, keep=7, keep_weekly=4)
    assert kept.issuperset(days[:7])
    assert len(kept) == 11
    assert len({at.isocalendar()[:2] for at in kept - set(days[:7])}) == 4
    assert surplus(days, keep=60, keep_weekly=0) == set()
    assert surplus([], keep=1, keep_weekly=1) == set()


def test_no_other_file_is_removed(tmp_path: Path) -> None:
    names = [
        "trialdelta-20260901T000000Z.db",
        "trialdelta-20260902T000000Z.db",
        "trialdelta-20260903T000000Z.dump",
    ]
    others = [
        "trialdelta-schema-0003-20260801T000000Z.db",
        "trialdelta.db",
        "trialdelta-20260901T000000Z.db.old",
    ]
    for name in (*names, *others):
        (tmp_path / name).touch()
    gone = thin(tmp_path, BackupSettings(keep=1, keep_weekly=0))
    assert {path.name for path in gone} == set(names[:2])
    assert {path.name for path in tmp_path.iterdir()} == {names[2], *others}


@pytest.mark.parametrize(
    "schedule, due",
    [
        ("24h", NOW + DAY),
        (3600, NOW + timedelta(hours=1)),
        ("30 2 * * *", datetime(2026, 9, 3, 2, 30, tzinfo=UTC)),
        ("off", None),
    ],
)
def test_a_schedule_is_a_span_or_a_cron_line_or_off(schedule: str | float, due: datetime | None) -> None:
    assert next_backup(BackupSettings(schedule=schedule), NOW) == due


@pytest.mark.parametrize("schedule", ["5s", "daily", "61 2 * * *"])
def test_a_schedule_that_is_none_is_refused(schedule: str) -> None:
    with pytest.raises(ValidationError):
        BackupSettings(schedule=schedule)


def test_a_backup_is_made_when_it_is_due_and_not_before_there_is_something_to_keep(
    database: Database, tmp_path: Path
) -> None:
    clock = [NOW]
    backups = Backups(database, BackupSettings(), lambda: clock[0])
    assert backups.check() is None
    read_a_release(database)
    assert backups.check() is not None
    clock[0] += timedelta(hours=23)
    assert backups.check() is None
    clock[0] += timedelta(hours=30)  # asleep meanwhile: one is made, not two
    assert backups.check() is not None
    assert backups.check() is None
    assert made(tmp_path) == ["trialdelta-20260902T130500Z.db", "trialdelta-20260904T180500Z.db"]


def test_one_that_fails_is_noted_tried_again_after_an_hour_and_overdue_in_the_end(
    database: Database, tmp_path: Path
) -> None:
    clock = [NOW]
    settings = BackupSettings()
    backups = Backups(database, settings, lambda: clock[0])
    read_a_release(database)
    (tmp_path / "backups").write_text("no folder")
    assert backups.check() is None
    with database.read() as session:
        assert "backups" in (newest(session, database, settings).problem or "")
        assert not newest(session, database, settings).is_overdue(NOW + PATIENCE)
        assert newest(session, database, settings).is_overdue(NOW + PATIENCE + timedelta(minutes=1))
    (tmp_path / "backups").unlink()
    assert backups.check() is None
    clock[0] += AFTER_A_FAILURE
    assert backups.check() is not None
    with database.read() as session:
        assert newest(session, database, settings).problem is None
        assert not newest(session, database, settings).is_overdue(clock[0] + DAY)


def test_one_whose_file_is_gone_is_made_again(database: Database, tmp_path: Path) -> None:
    clock = [NOW]
    backups = Backups(database, BackupSettings(), lambda: clock[0])
    read_a_release(database)
    first = backups.check()
    assert first is not None
    Path(first.file).unlink()
    clock[0] += timedelta(minutes=5)
    with database.read() as session:
        assert newest(session, database, BackupSettings()).is_lost
    assert backups.check() is not None


def test_troubles_of_copies_say_what_to_do() -> None:
    overdue = Newest(NOW - 3 * DAY, "x.db", 7, NOW - 2 * DAY, "The disk is full", is_lost=False)
    restore = Restore(NOW, NOW - DAY, None, frozenset())
    late, held = copy_troubles(overdue, restore, 5, NOW)
    assert late.level == "warn"
    assert "The disk is full" in late.sentence
    assert held.level == "bad"
    assert held.command == "trialdelta deliveries held"
    fine = Newest(NOW - DAY, "x.db", 7, NOW, None, is_lost=False)
    assert list(copy_troubles(fine, restore, 0, NOW)) == []


@pytest.mark.parametrize(
    "posted, told",
    [(None, True), ("2026-09-01", True), ("2026-09-02", True), ("2026-09", True), ("2026-09-03", False)],
)
def test_what_was_posted_after_the_day_of_the_restore_cannot_have_been_told(
    posted: str | None, told: bool
) -> None:
    catching_up = Restore(NOW, NOW - DAY, None, frozenset())
    assert catching_up.may_have_announced("NCT00000001", posted, of_versions=True) is told


def test_once_caught_up_only_a_study_that_could_not_be_read_may_have_been_told_of() -> None:
    known = Restore(NOW, NOW - DAY, NOW, frozenset({"NCT00000001"}))
    assert known.may_have_announced("NCT00000001", None, of_versions=True)
    assert not known.may_have_announced("NCT00000001", None, of_versions=False)
    assert not known.may_have_announced("NCT00000002", None, of_versions=True)


def test_without_a_schedule_none_is_made_and_none_is_overdue(database: Database, tmp_path: Path) -> None:
    read_a_release(database)
    settings = BackupSettings(schedule="off")
    assert Backups(database, settings, lambda: NOW).check() is None
    with database.read() as session:
        assert not newest(session, database, settings).is_overdue(NOW + 99 * DAY)
    assert made(tmp_path) == []
