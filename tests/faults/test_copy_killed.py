"""`db copy` as a command: killed at any moment it completes when it is run again, and no password is ever shown."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.copying.rows import raw_tables
from storage.engine import open_database
from tests.support import forked
from tests.support.postgresql import Server

SECRET = "p/a:ss%40word"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sync", "db", "copy", *arguments]


def content(url: str) -> dict[str, str]:
    with closing(open_database(url, create=False)) as database, database.read() as session:
        return {each.table.name: each.tally(session).sha256 for each in raw_tables()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_that_is_killed_again_and_again_completes(
    kind: str, request: pytest.FixtureRequest, story_database: Path, tmp_path: Path
) -> None:
    server: Server = request.getfixturevalue("postgresql")
    with server.database() as made:
        source = f"sqlite:///{story_database}"
        target = made if kind == "postgresql" else f"sqlite:///{tmp_path / 'copy.db'}"
        patience, killed = 0.3, 0
        while True:
            process = forked.Popen(
                command(source, target, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            try:
                out, complaint = process.communicate(timeout=patience)
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                patience, killed = patience * 1.5, killed + 1
        assert (process.returncode, killed > 0) == (0, True), complaint
        (copied,) = [json.loads(line) for line in out.splitlines()]
        assert copied["checked"] == "verified"
        assert content(target) == content(source)
        assert {each["name"]: each["sha256"] for each in copied["tables"]} == content(source)


def test_no_password_is_shown_whatever_goes_wrong(story_database: Path, tmp_path: Path) -> None:
    source = f"sqlite:///{story_database}"
    for url in (
        f"postgresql://ana:{SECRET.replace('/', '%2F').replace(':', '%3A')}@127.0.0.1:9/trials",
        f"postgresql://ana:{SECRET}@127.0.0.1:9/trials",
        f"nonsense://ana:{SECRET}@127.0.0.1/trials",
    ):
        for arguments in ((source, url), (url, f"sqlite:///{tmp_path / 'copy.db'}")):
            done = forked.run(command(*arguments))
            shown = done.stdout + done.stderr
            assert done.returncode in (1, 2)
            assert "error:" in shown
            assert "Traceback" not in shown
            for secret in (SECRET, "p%2Fa", "ss%40word", "ss@word", "p/a"):
                assert secret not in shown
    assert not (tmp_path / "copy.db").exists()
