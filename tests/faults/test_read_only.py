"""A database on a disk that can only be read can be read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storage.engine import open_database
from storage.errors import DatabaseUnwritable
from storage.studies import studies
from sync.cycle.cycle import run_cycle
from sync.demo.registry import serve
from tests.acceptance.instance import Instance, watch
from tests.acceptance.registry_server import study, told, write_corpus
from tests.support import forked

NCT = "NCT90000001"


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing in the folder may be written: by its mode or, for root, whom modes do not bind, by a mount."""
    if os.geteuid():
        modes = {path: path.stat().st_mode for path in (folder, *folder.iterdir())}
        for path in modes:
            path.chmod(0o500)
        yield
        for path, mode in modes.items():
            path.chmod(mode)
        return
    for words in (["--bind", str(folder), str(folder)], ["-o", "remount,bind,ro", str(folder)]):
        if subprocess.run(["mount", *words], check=False, capture_output=True).returncode:
            pytest.skip("this root may not mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An instance that has read a release and told of another, and no longer runs."""
    versions = {"2026-09-01": study(NCT), "2026-09-02": study(NCT, "SUSPENDED", posted="2026-09-02")}
    corpus = write_corpus(tmp_path / "c.jsonl", [told(NCT, versions)])
    folder = tmp_path / "data"
    folder.mkdir()
    with serve([corpus], release="2026-09-01") as registry:
        made = Instance(folder, registry.api_url, (watch(NCT),))
        with made.service() as service:
            run_cycle(service)
            registry.move_to("2026-09-02")
            run_cycle(service)
        made.configuration()
        yield made


def command(instance: Instance, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PYTHONPATH": os.getcwd(),
        "TRIALDELTA_CONFIG": str(instance.folder / "trialdelta.toml"),
    }
    return forked.run(instance.command_line(*words), env=environment)


def test_reading_commands_read_it_and_acting_ones_say_that_it_cannot_be_written(
    instance: Instance, tmp_path: Path
) -> None:
    with read_only(instance.folder):
        events = command(instance, "events", "--json")
        assert events.returncode == 0, events.stderr
        (event,) = map(json.loads, events.stdout.splitlines())
        assert event["nct_id"] == NCT
        for words in (("history", NCT), ("verify",), ("db", "status"), ("alerts",)):
            done = command(instance, *words)
            assert done.returncode == 0, done.stderr
        backup = command(instance, "backup", str(tmp_path / "copy.db"))
        assert backup.returncode == 0, backup.stderr
        acting = command(instance, "mute", NCT, "--until", "3d", "--reason", "a test")
        assert acting.returncode == 1
        assert "cannot be" in acting.stderr
    assert [path.name for path in instance.folder.iterdir() if "-" in path.name] == []


def test_a_log_without_its_index_is_not_passed_over_in_silence(instance: Instance, tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    folder.mkdir()
    with closing(open_database(instance.url)) as database, database.read() as session:
        studies(session)
        with closing(open_database(instance.url)) as writer, writer.rebuild() as connection:
            connection.exec_driver_sql("DELETE FROM alembic_version")
        for suffix in ("", "-wal"):
            shutil.copy(f"{instance.file}{suffix}", folder)
    with read_only(folder), pytest.raises(DatabaseUnwritable, match="-wal"):
        open_database(f"sqlite:///{folder}/trialdelta.db", create=False)
