"""A program on tables that are not its own says so and leaves them, migrates only when asked to, passes no newer one."""

from __future__ import annotations

import hashlib
import json
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import structlog
from alembic import command
from typer.testing import CliRunner

from storage import ledger, schema
from storage.engine import Database, open_database
from storage.errors import BackupFailed
from storage.migrations import configuration
from storage.schema import SchemaState
from sync.backup import backups
from sync.cli import app
from sync.demo.registry import RunningRegistry, serve
from tests.acceptance.instance import Instance, watch
from tests.acceptance.registry_server import study, told, write_corpus
from tests.support import forked
from tests.support.postgresql import tools

pytestmark = pytest.mark.usefixtures("real_migrations")
OLDER = "0003"
NCT = "NCT90000001"
READING = (
    ("events",),
    ("show", NCT),
    ("history", NCT),
    ("diff", f"{NCT}@1", f"{NCT}@2"),
    ("alerts",),
    ("verify",),
    ("digest",),
    ("routes", "test", NCT),
    ("routes", "backtest"),
    ("channels", "list"),
    ("storm", "list"),
    ("quarantine",),
    ("users", "list"),
    ("tokens", "list"),
    ("deliveries", "held"),
    ("healthcheck",),
    ("doctor", "--offline"),
    ("replay",),
)
ACTING = (
    ("ack", "evt_x", "--verdict", "acted"),
    ("snooze", "evt_x", "--until", "3d"),
    ("mute", NCT, "--until", "3d", "--reason", "x"),
    ("deliver",),
    ("deliveries", "drop", "--held"),
    ("channels", "enable", "console"),
    ("storm", "release", "evt_x"),
    ("users", "add", "ana", "--role", "reader", "--password-stdin"),
    ("users", "disable", "ana"),
    ("tokens", "revoke", "7"),
)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Commands set logging up for their own standard error, which is closed after them."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/trialdelta.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/trialdelta.db"
        return
    with request.getfixturevalue("postgresql").database() as url:
        yield url


def make_older(url: str) -> None:
    """A database as an older program left it."""
    with closing(open_database(url)) as database, database.rebuild() as connection:
        command.upgrade(configuration(connection), OLDER)


def state_of(url: str) -> SchemaState:
    with closing(open_database(url)) as database:
        return database.schema_state()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """Runs a command in this process on a database."""
    (tmp_path / "config.toml").write_text('[[watch]]\nname = "w"\nids = ["NCT90000001"]\n')

    def run(url: str, *words: str) -> tuple[int, str]:
        with pytest.MonkeyPatch.context() as environment, ExitStack() as left_open:
            environment.setenv("TRIALDELTA_CONFIG", str(tmp_path / "config.toml"))
            environment.setenv("TRIALDELTA_DATABASE__URL", url)
            environment.setenv("TRIALDELTA_BACKUP__POSTGRES_TOOLS", str(tools()))
            environment.setenv("TRIALDELTA_BACKUP__FOLDER", str(tmp_path / "dumps"))
            make = Database.__init__

            def opened(database: Database, engine: Any) -> None:
                left_open.callback(engine.dispose)
                make(database, engine)

            environment.setattr(Database, "__init__", opened)
            done = CliRunner().invoke(app, words, input="horse-battery-staple-17\n")
        error = done.exception
        code = getattr(error, "exit_code", done.exit_code)
        return code, f"{done.output} {error or ''} {getattr(error, 'hint', '')}"

    return run


@pytest.mark.parametrize("words", [*READING, *ACTING], ids=" ".join)
def test_on_older_tables_a_command_says_what_to_type_and_changes_not_a_byte(
    url: str, run: Callable[..., tuple[int, str]], tmp_path: Path, words: tuple[str, ...]
) -> None:
    make_older(url)
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    code, said = run(url, *words)
    assert code == 2
    assert "trialdelta db upgrade" in said
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "words", [("events",), ("doctor", "--offline"), ("deliver",), ("ack", "evt_x")], ids=" ".join
)
def test_older_tables_of_either_database_stay_as_they_are(
    either: str, run: Callable[..., tuple[int, str]], words: tuple[str, ...]
) -> None:
    make_older(either)
    assert run(either, *words)[0] == 2
    assert state_of(either) is SchemaState.BEHIND


@pytest.mark.parametrize("words", [*READING, *ACTING], ids=" ".join)
def test_where_there_is_no_database_a_command_makes_none(
    run: Callable[..., tuple[int, str]], tmp_path: Path, words: tuple[str, ...]
) -> None:
    code, said = run(f"sqlite:///{tmp_path}/sub/trialdelta.db", *words)
    if words[:2] == ("users", "add"):
        assert code == 0  # the first account may be needed before the first `run`
        return
    assert code == {"healthcheck": 1, "doctor": 0}.get(words[0], 2)
    assert "no database" in said
    assert not (tmp_path / "sub").exists()


def test_an_upgrade_makes_a_backup_first_that_is_kept_and_named_by_schema_and_time(
    either: str, run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    make_older(either)
    assert run(either, "db", "upgrade")[0] == 0
    assert state_of(either) is SchemaState.CURRENT
    folder = tmp_path if either.startswith("sqlite") else tmp_path / "dumps"
    (made,) = folder.glob(f"*-schema-{OLDER}-*Z.d*")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    if made.suffix == ".db":
        assert revision_of(f"sqlite:///{made}") == OLDER
    assert run(either, "db", "upgrade")[0] == 0
    assert len(list(folder.glob("*-schema-*"))) == 1


def revision_of(url: str) -> str | None:
    with closing(open_database(url)) as database, database.engine.connect() as connection:
        return schema.revision(connection)


def test_without_its_backup_there_is_no_upgrade_unless_it_is_asked_for(
    url: str, run: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_older(url)

    def full(*_: Any, **__: Any) -> None:
        raise BackupFailed("The disk is full")

    monkeypatch.setattr(backups, "back_up", full)
    assert run(url, "db", "upgrade")[0] == 1
    assert state_of(url) is SchemaState.BEHIND
    assert run(url, "db", "upgrade", "--no-backup")[0] == 0
    assert state_of(url) is SchemaState.CURRENT


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RunningRegistry]:
    corpus = write_corpus(tmp_path / "c.jsonl", [told(NCT, {"2026-09-01": study(NCT)})])
    with serve([corpus], release="2026-09-01") as running:
        yield running


def test_a_cycle_migrates_after_a_backup_and_says_so(registry: RunningRegistry, tmp_path: Path) -> None:
    instance = Instance(tmp_path, registry.api_url, (watch(NCT),))
    make_older(instance.url)
    done = instance.command("sync")
    assert done.returncode == 0, done.stderr
    assert "backup_before_migration" in done.stderr
    assert len(list(tmp_path.glob(f"trialdelta-schema-{OLDER}-*Z.db"))) == 1


def test_a_daemon_on_whose_database_a_newer_program_migrated_stops_and_writes_nothing_more(
    registry: RunningRegistry, either: str, tmp_path: Path
) -> None:
    instance = Instance(tmp_path, registry.api_url, (watch(NCT),))
    environment = instance.environment(
        TRIALDELTA_DATABASE__URL=either,
        TRIALDELTA_SCHEDULE__POLL="1",
        TRIALDELTA_SCHEDULE__JITTER_S="0",
        TRIALDELTA_LOG__FORMAT="json",
    )
    with (tmp_path / "log").open("wb") as log:
        daemon = forked.Popen(instance.command_line("run"), env=environment, stderr=log, stdout=log)
    try:
        wait_for(lambda: "release_unchanged" in (tmp_path / "log").read_text())
        with closing(open_database(either)) as database:
            with database.rebuild() as connection:
                connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
            with database.read() as session:
                left = {name: ledger.last_beat(session, name) for name in ("daemon", "poll", "good_poll")}
            assert daemon.wait(60) == 1
            with database.read() as session:
                assert {name: ledger.last_beat(session, name) for name in left} == left
    finally:
        daemon.kill()
        daemon.wait()
    said = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines].count("daemon_outdated") == 1
    assert not [line for line in lines if line["event"] in ("job_crashed", "daemon_stopped")]
    assert "newer trialdelta" in said.splitlines()[-2] + said.splitlines()[-1]


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_every_write_of_an_older_program_is_refused_once_a_newer_one_has_migrated(either: str) -> None:
    with closing(open_database(either)) as old, closing(open_database(either)) as newer:
        old.ensure_schema()
        with newer.rebuild() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        for _ in range(2):
            with pytest.raises(schema.SchemaAhead, match="9999"), old.write() as session:
                ledger.beat(session, "daemon", backups.datetime.now(backups.UTC))
        with old.read() as session:
            assert ledger.last_beat(session, "daemon") is None
