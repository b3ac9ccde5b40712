"""A restore that is killed anywhere leaves the old database or the restored one, whole and under its name."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import ledger, restored
from storage.backup import back_up
from storage.engine import Database, open_database
from storage.restore import Request, restore
from storage.verify import verify
from tests.support import forked
from tests.support.postgresql import tools

BACKUP_AT = datetime(2026, 9, 2, 13, tzinfo=UTC)
PROGRAM = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from storage import placing, postgres_tools, restore, restored
from storage.engine import open_database
from storage.restore import Request

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def then_die(module, name):
    original = getattr(module, name)
    setattr(module, name, lambda *a, **k: (original(*a, **k), die()))

point, url, file, tools = sys.argv[1:]
if point == "checked":
    restore._mark = die
elif point == "marked":
    then_die(restored, "mark")
elif point == "kept aside":
    then_die(restore, "_keep_aside")
elif point == "replayed":
    then_die(postgres_tools, "replay")
elif point == "named":
    then_die(placing, "_name")
database = open_database(url)
restore.restore(database, Request(Path(file), lambda: datetime.now(UTC), "me", force=True, tools=Path(tools)))
die()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/trialdelta.db"
        return
    with request.getfixturevalue("postgresql").database() as url:
        yield url


def release_of(database: Database) -> str | None:
    with database.read() as session:
        beat = ledger.last_beat(session, "release")
    return str(beat.detail["release"]) if beat else None


def note(database: Database, release: str) -> None:
    with database.write() as session:
        ledger.beat(session, "release", BACKUP_AT, {"release": release})


@pytest.mark.parametrize("point", ["checked", "replayed", "marked", "kept aside", "named", "done"])
def test_killed_at_a_point_and_then_done_again(url: str, tmp_path: Path, point: str) -> None:
    file = tmp_path / "copy"
    with closing(open_database(url)) as database:
        database.ensure_schema()
        note(database, "backup")
        back_up(database, file, now=lambda: BACKUP_AT, tools=tools())
        note(database, "present")
    killed = forked.run([sys.executable, "-c", PROGRAM, point, url, str(file), str(tools())])
    assert killed.returncode == -signal.SIGKILL
    with closing(open_database(url, create=False)) as database:
        found = release_of(database)
        with database.read() as session:
            assert [str(each) for each in verify(session)] == []
            is_marked = restored.last_restore(session) is not None
        assert (found, is_marked) in (("present", False), ("backup", True))
    with closing(open_database(url)) as database:
        done = restore(database, Request(file, lambda: datetime.now(UTC), "me", force=True, tools=tools()))
    with closing(open_database(url)) as database:
        assert release_of(database) == "backup"
    assert done.aside is not None
