"""The database's manners: snapshots for readers, one writer at a time, errors that say what to do."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.engine import Database, open_database
from storage.errors import (
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseUnavailable,
    DatabaseUnwritable,
    DatabaseUrlError,
    StorageError,
)
from storage.ledger import beat, last_beat
from storage.new_versions import NewVersion, add_versions
from storage.versions import versions

pytestmark = pytest.mark.usefixtures("real_migrations")

Make = Callable[..., NewVersion]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A SQLite file with the tables in it."""
    file = tmp_path / "trialdelta.db"
    database = open_database(f"sqlite:///{file}")
    database.ensure_schema()
    database.close()
    return file


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are not kept there")
def test_a_new_file_is_for_its_owner_only_and_one_that_is_there_keeps_its_mode(
    path: Path, now: datetime
) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    database = open_database(f"sqlite:///{path}")
    count_up(database, now)
    beside = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    database.close()
    assert beside.pop(path.name) == 0o640
    assert set(beside.values()) == {0o640}  # the write-ahead log and its index


def count_up(database: Database, now: datetime) -> None:
    with database.write() as session:
        last = last_beat(session, "count")
        beat(session, "count", now, {"n": last.detail["n"] + 1 if last else 1})


def test_concurrent_read_modify_writes_lose_nothing(database: Database, now: datetime) -> None:
    with ThreadPoolExecutor(6) as threads:
        for done in [threads.submit(count_up, database, now) for _ in range(60)]:
            done.result()
    with database.read() as session:
        last = last_beat(session, "count")
    assert last is not None
    assert last.detail == {"n": 60}


def test_a_writer_waits_for_the_one_before_it_begins_to_read(url: str, now: datetime) -> None:
    first, second = open_database(url), open_database(url)
    first.ensure_schema()
    begun = threading.Event()

    def write_second() -> None:
        begun.set()
        count_up(second, now)

    with first.write() as session:
        thread = threading.Thread(target=write_second)
        thread.start()
        begun.wait()
        beat(session, "count", now, {"n": 10})
    thread.join()
    with first.read() as session:
        last = last_beat(session, "count")
    assert last is not None
    assert last.detail == {"n": 11}
    first.close()
    second.close()


def test_a_writer_that_waits_too_long_says_that_the_database_is_busy(url: str) -> None:
    first, impatient = open_database(url), open_database(url, lock_wait_s=0.05)
    first.ensure_schema()
    with first.write(), pytest.raises(DatabaseBusy) as caught, impatient.write():
        pass
    assert caught.value.passing
    first.close()
    impatient.close()


def test_a_reader_is_not_held_up_by_a_writer_and_sees_what_was_committed(
    database: Database, make_version: Make
) -> None:
    with database.write() as session:
        add_versions(session, [make_version("A")])
        session.flush()
        with database.read() as reader:
            assert versions(reader, "NCT00000001") == []
    with database.read() as reader:
        assert len(versions(reader, "NCT00000001")) == 1


def test_a_reader_sees_one_snapshot_throughout(database: Database, now: datetime) -> None:
    count_up(database, now)
    with database.read() as reader:
        before = last_beat(reader, "count")
        count_up(database, now)
        assert last_beat(reader, "count") == before


def test_a_reader_may_not_write(database: Database, now: datetime) -> None:
    with database.read() as session, pytest.raises(Exception, match=r"read.?only"):
        beat(session, "count", now)
    count_up(database, now)


def test_an_exception_rolls_the_whole_transaction_back(database: Database, make_version: Make) -> None:
    def fail() -> None:
        with database.write() as session:
            add_versions(session, [make_version("A")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as session:
        assert versions(session, "NCT00000001") == []


def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/a/b/trialdelta.db")
    database.ensure_schema()
    database.close()
    assert (tmp_path / "a/b/trialdelta.db").exists()


def test_sqlite_writes_ahead_checks_foreign_keys_and_waits(path: Path) -> None:
    database = open_database(f"sqlite:///{path}")
    with database.read() as session:
        settings = [
            session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        ]
    database.close()
    assert settings == ["wal", 1, 30_000, 1]


def test_a_restored_backup_writes_ahead_again(path: Path) -> None:
    backup = sqlite3.connect(path)
    backup.execute("PRAGMA journal_mode = DELETE")
    backup.close()
    database = open_database(f"sqlite:///{path}")
    database.ensure_schema()
    with database.read() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()


def test_many_may_switch_to_writing_ahead_at_once(tmp_path: Path) -> None:
    databases = [open_database(f"sqlite:///{tmp_path}/trialdelta.db") for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(database.ensure_schema) for database in databases]:
            done.result()
    for database in databases:
        database.close()


def test_a_database_in_memory_works_from_several_threads(now: datetime) -> None:
    database = open_database("sqlite://")
    database.ensure_schema()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(count_up, database, now).result()
    with database.read() as session:
        assert last_beat(session, "count")
    database.close()


def test_postgres_urls_lead_to_psycopg_and_a_password_is_not_shown() -> None:
    for scheme in ("postgres", "postgresql"):
        database = open_database(f"{scheme}://me:secret@db.example/trials")
        assert str(database) == "postgresql+psycopg://me:***@db.example/trials"


@pytest.mark.parametrize("url", ["", "trials.db", "mysql://me:secret@db.example/trials", "sqlite+nothing://"])
def test_a_url_of_another_kind_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        open_database(url)
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_missing_driver_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseUrlError, match="extra `postgres`"):
        open_database("postgresql://me:secret@db.example/trials")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    database = open_database("postgresql://me:secret@127.0.0.1:9/trials")
    with pytest.raises(DatabaseUnavailable) as caught:
        database.ensure_schema()
    assert caught.value.passing


def test_a_file_that_is_no_database_is_refused_with_a_hint_how_to_restore(tmp_path: Path) -> None:
    file = tmp_path / "trialdelta.db"
    file.write_bytes(b"this is no database at all, but long enough to look like one" * 100)
    database = open_database(f"sqlite:///{file}")
    with pytest.raises(DatabaseCorrupt) as caught:
        database.ensure_schema()
    assert "backup" in caught.value.hint
    database.close()
    assert file.read_bytes().startswith(b"this is no database")


def test_a_damaged_page_is_refused_with_a_hint_how_to_restore(path: Path, make_version: Make) -> None:
    database = open_database(f"sqlite:///{path}")
    with database.write() as session:
        add_versions(session, [make_version(f"content {n}", f"NCT{n:08}") for n in range(500)])
    database.close()
    file = bytearray(path.read_bytes())
    file[8192:-4096] = b"\xa5" * (len(file) - 12_288)
    path.write_bytes(file)
    with pytest.raises(DatabaseCorrupt), database.read() as session:
        versions(session, "NCT00000001")
    database.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnwritable, match="file"):
        open_database(f"sqlite:///{tmp_path}/file/trialdelta.db")


def test_a_path_that_cannot_be_opened_is_unwritable(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}")
    with pytest.raises(DatabaseUnwritable):
        database.ensure_schema()


def test_a_full_disk_is_told_and_nothing_is_half_written(path: Path, make_version: Make) -> None:
    database = open_database(f"sqlite:///{path}")

    def write_too_much() -> None:
        with database.write() as session:
            # the limit on pages stands in for a disk that is full: SQLite answers the same
            session.execute(text("PRAGMA max_page_count = 10"))
            add_versions(session, [make_version(bytes(range(256)) * 99, f"NCT{n:08}") for n in range(900)])

    with pytest.raises(DatabaseUnwritable, match="full"):
        write_too_much()
    with database.read() as session:
        assert versions(session, "NCT00000001") == []
    database.close()


def test_every_error_of_the_storage_has_a_message() -> None:
    def all_below(kind: type[StorageError]) -> list[type[StorageError]]:
        return [kind, *(below for child in kind.__subclasses__() for below in all_below(child))]

    assert all(str(kind()) for kind in all_below(StorageError))


def test_what_was_committed_survives_a_log_that_is_cut(path: Path, now: datetime) -> None:
    keeper = sqlite3.connect(path)
    keeper.execute("SELECT * FROM beat").fetchall()
    database = open_database(f"sqlite:///{path}")
    count_up(database, now)
    log = path.with_name(path.name + "-wal")
    committed = log.stat().st_size
    count_up(database, now)
    copy = path.with_name("copy.db")
    copy.write_bytes(path.read_bytes())
    copy.with_name("copy.db-wal").write_bytes(log.read_bytes()[: committed + 100])
    database.close()
    keeper.close()
    restored = open_database(f"sqlite:///{copy}")
    with restored.read() as session:
        last = last_beat(session, "count")
    restored.close()
    assert last is not None
    assert last.detail == {"n": 1}
