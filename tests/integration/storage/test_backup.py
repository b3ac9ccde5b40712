"""A backup holds one moment of the database, whole, whatever happens beside it; or there is none."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import backup as backups
from storage import ledger, postgres_tools
from storage.backup import Backup, back_up
from storage.engine import Database, open_database
from storage.errors import BackupExists, BackupFailed, BackupUnsound, ToolMissing
from storage.new_versions import NewVersion, add_versions
from storage.placing import put_in_place
from storage.restore import Request, restore
from storage.verify import verify
from storage.versions import versions
from tests.support import forked
from tests.support.postgresql import tools

Make = Callable[..., NewVersion]
ROOT = Path(__file__).resolve().parents[3]
TOOLS = tools()
STUDY = "NCT00000001"

WRITER = """
import sys, time
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from storage.engine import open_database
from storage.new_versions import NewVersion, add_versions

database, now = open_database(sys.argv[1]), datetime.now(UTC)
for number in count():
    content = f"version {number} ".encode() * 400
    digest = sha256(content).hexdigest()
    new = NewVersion("NCT00000001", content, "2026-09-02", "stamp", now, digest, digest, digest, 1)
    with database.write() as session:
        add_versions(session, [new])
    if number == 20:
        print("ready", flush=True)
    time.sleep(0.002)
"""


def address(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


@contextmanager
def python(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs a program; its first line is awaited."""
    command = [sys.executable, "-c", program, *arguments]
    with forked.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


@pytest.fixture
def file(tmp_path: Path, backend: str) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder / ("copy.db" if backend == "sqlite" else "copy.dump")


@pytest.fixture
def make_backup(database: Database, file: Path, now: datetime) -> Callable[..., Backup]:
    def make(**options: bool) -> Backup:
        return back_up(database, file, now=lambda: now, tools=TOOLS, **options)

    return make


@pytest.fixture
def elsewhere(backend: str, url: str, tmp_path: Path) -> str:
    """The URL of another database, an empty one."""
    return f"sqlite:///{tmp_path}/elsewhere.db" if backend == "sqlite" else url


@contextmanager
def opened(file: Path, url: str) -> Iterator[Database]:
    """A backup restored into another, empty database."""
    database = open_database(url)
    restore(database, Request(file, datetime.now().astimezone, "me", tools=TOOLS))
    yield database
    database.close()


def test_a_backup_holds_all_is_readable_to_its_owner_alone_and_leaves_nothing_beside_it(
    database: Database, make_version: Make, make_backup: Callable[..., Backup], file: Path, elsewhere: str
) -> None:
    with database.write() as session:
        add_versions(session, [make_version(f"content {n}", f"NCT{n:08}") for n in range(40)])
    made = make_backup()
    assert made.checked == "verified"
    assert made.bytes == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    with opened(file, elsewhere) as copy, copy.read() as session:
        assert len(versions(session, "NCT00000039")) == 1
        assert list(verify(session)) == []


def test_twenty_backups_beside_a_process_that_writes_are_whole(
    database: Database, make_backup: Callable[..., Backup], file: Path, backend: str
) -> None:
    whole, numbers = 0, []
    with python(WRITER, address(database)):
        for _ in range(20):
            whole += make_backup(overwrite=True).checked == "verified"
            numbers.append(len_of(file) if backend == "sqlite" else 0)
    assert whole == 20
    assert numbers == sorted(numbers)
    assert backend == "postgresql" or numbers[0] < numbers[-1]


def len_of(file: Path) -> int:
    connection = sqlite3.connect(file)
    number, head = connection.execute(
        "SELECT (SELECT count(*) FROM version), (SELECT head FROM study)"
    ).fetchone()
    connection.close()
    assert number == head
    return int(number)


def test_a_file_that_is_there_is_overwritten_only_on_demand(
    make_backup: Callable[..., Backup], file: Path
) -> None:
    file.write_text("kept")
    with pytest.raises(BackupExists) as caught:
        make_backup()
    assert "--force" in caught.value.hint
    assert file.read_text() == "kept"
    make_backup(overwrite=True)
    assert file.stat().st_size > 1000


def test_a_file_that_comes_to_be_meanwhile_is_not_overwritten(
    make_backup: Callable[..., Backup], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def crowded(target: Path, *, overwrite: bool) -> Iterator[Path]:
        with put_in_place(target, overwrite=overwrite) as partial:
            yield partial
            target.write_text("a stranger's")

    monkeypatch.setattr(backups, "put_in_place", crowded)
    with pytest.raises(BackupExists):
        make_backup()
    assert file.read_text() == "a stranger's"
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_database_that_is_damaged_gives_no_backup(
    database: Database, make_version: Make, make_backup: Callable[..., Backup], file: Path
) -> None:
    with database.write() as session:
        add_versions(session, [make_version("A")])
        session.execute(text("UPDATE version SET sha256 = :other"), {"other": b"x" * 32})
    with pytest.raises(BackupUnsound, match=STUDY) as caught:
        make_backup()
    assert "verify" in caught.value.hint
    assert list(file.parent.iterdir()) == []


def test_a_disk_that_is_full_is_told_and_leaves_no_half_file(
    database: Database, make_version: Make, file: Path, backend: str
) -> None:
    noise = [make_version(bytes((n * k) % 251 for k in range(9000)), f"NCT{n:08}") for n in range(1, 90)]
    with database.write() as session:
        add_versions(session, noise)
    program = (
        "import sys, resource, signal; from datetime import UTC, datetime; from pathlib import Path;"
        "from storage.backup import back_up; from storage.engine import open_database;"
        # a limit on the size of files stands in for a disk that is full
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000));"
        "back_up(open_database(sys.argv[1]), Path(sys.argv[2]), now=lambda: datetime.now(UTC), tools=Path(sys.argv[3]))"
    )
    command = [sys.executable, "-c", program, address(database), str(file), str(TOOLS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "BackupFailed" in done.stderr or "DatabaseUnwritable" in done.stderr
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.15, 0.3])
def test_a_backup_that_is_killed_leaves_no_file_of_its_name_and_the_next_one_is_whole(
    database: Database, make_version: Make, make_backup: Callable[..., Backup], file: Path, after_s: float
) -> None:
    with database.write() as session:
        add_versions(session, [make_version(f"{n} " * 3000, f"NCT{n:08}") for n in range(300)])
    program = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path;"
        "from storage.backup import back_up; from storage.engine import open_database;"
        "database = open_database(sys.argv[1]); print('ready', flush=True);"
        "back_up(database, Path(sys.argv[2]), now=lambda: datetime.now(UTC), tools=Path(sys.argv[3]))"
    )
    with python(program, address(database), str(file), str(TOOLS)) as process:
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
    if file.exists():
        assert file.stat().st_size > 1000  # it was done before
    assert make_backup(overwrite=True).checked == "verified"


def test_a_backup_says_when_it_was_made_and_the_database_which_was_the_last(
    database: Database, make_backup: Callable[..., Backup], file: Path, now: datetime, backend: str
) -> None:
    make_backup()
    with database.read() as session:
        last = ledger.last_beat(session, "good_backup")
    assert last is not None
    assert last.at == now
    assert last.detail["file"] == str(file)
    if backend == "sqlite":
        connection = sqlite3.connect(file)
        (detail,) = connection.execute("SELECT detail FROM beat WHERE name = 'backup'").fetchone()
        connection.close()
        assert '"copy"' in detail


def test_a_backup_in_a_folder_that_is_not_there_is_told(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    with pytest.raises(BackupFailed, match="No such file"):
        back_up(database, tmp_path / "nowhere" / "copy.db", now=lambda: now, tools=TOOLS)


class TestPostgresql:
    """What only PostgreSQL's own programs can go wrong in."""

    @pytest.fixture
    def backend(self) -> str:
        return "postgresql"

    def test_missing_programs_are_named_with_what_to_install(
        self, database: Database, file: Path, now: datetime, tmp_path: Path
    ) -> None:
        with pytest.raises(ToolMissing, match="pg_dump") as caught:
            back_up(database, file, now=lambda: now, tools=tmp_path)
        assert "postgresql-client" in caught.value.hint
        assert list(file.parent.iterdir()) == []

    def test_where_no_database_may_be_made_the_archive_is_read_to_its_end(
        self, make_backup: Callable[..., Backup], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        @contextmanager
        def not_allowed(_database: Database) -> Iterator[Database]:
            raise postgres_tools._NotAllowed
            yield

        monkeypatch.setattr(postgres_tools, "_scratch", not_allowed)
        assert make_backup().checked == "read through"

    def test_the_password_is_in_no_argument(
        self, database: Database, file: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = database.engine.url.set(password="canary")
        assert postgres_tools._environment(url)["PGPASSWORD"] == "canary"
        seen: list[list[str]] = []
        run = subprocess.run
        monkeypatch.setattr(
            subprocess, "run", lambda command, **how: (seen.append(command), run(command, **how))[1]
        )
        back_up(database, file, now=lambda: now, tools=TOOLS)
        assert seen
        assert not [word for command in seen for word in command if "postgres:" in word]
