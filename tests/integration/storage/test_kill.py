"""A process that is killed in the middle of a transaction leaves nothing half done, and nothing locked."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from storage.engine import Database
from storage.new_versions import NewVersion, add_versions
from storage.verify import verify
from storage.versions import versions
from tests.support import forked

Make = Callable[..., NewVersion]
STUDY = "NCT00000001"

PROGRAM = """
import sys
from datetime import UTC, datetime
from storage.engine import open_database
from storage.new_versions import NewVersion, add_versions

database, hash, now = open_database(sys.argv[1]), "ab" * 32, datetime.now(UTC)
with database.write() as session:
    for number in range(60):
        new = NewVersion("NCT00000001", b"x" * number, "2026-09-02", "stamp", now, hash, hash, hash, 1)
        add_versions(session, [new])
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def midway(database: Database) -> Iterator[subprocess.Popen[str]]:
    """Another process that has written sixty versions and not committed them."""
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", PROGRAM, url]
    with forked.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_what_a_killed_process_wrote_is_gone_and_the_next_writer_goes_on(
    database: Database, make_version: Make, midway: subprocess.Popen[str]
) -> None:
    midway.send_signal(signal.SIGKILL)
    midway.wait()
    with database.write() as session:
        assert add_versions(session, [make_version("A")]) == {STUDY: 1}
    with database.read() as session:
        assert len(versions(session, STUDY)) == 1
        assert list(verify(session)) == []


def test_what_a_process_has_not_committed_nobody_sees(
    database: Database, midway: subprocess.Popen[str]
) -> None:
    with database.read() as session:
        assert versions(session, STUDY) == []
    midway.communicate("")
    with database.read() as session:
        assert len(versions(session, STUDY)) == 60
