"""A restored database catches up and tells nothing twice; what is new after it is told as ever."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from storage import audit, ledger, outbox, restored
from storage.engine import Database, open_database
from storage.lease import acquire
from storage.verify import verify
from sync.cli import app
from sync.demo.registry import RunningRegistry
from sync.leases import TTL
from sync.service import utc_now
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.support.postgresql import tools

CONFIG = """
[registry]
base_url = "{api_url}"
min_interval_s = 0
retries = 0
[database]
url = "{url}"
[backup]
postgres_tools = "{tools}"
[[watch]]
name = "w"
ids = ["NCT90000001", "NCT90000002"]
[alerts]
notices = ["operator"]
[[route]]
name = "now"
channels = ["heard"]
min_severity = "info"
[[route]]
name = "morning"
channels = ["digest"]
mode = "daily"
min_severity = "info"
[channels.heard]
kind = "file"
path = "{folder}/heard.jsonl"
[channels.digest]
kind = "file"
path = "{folder}/digest.jsonl"
[channels.operator]
kind = "file"
path = "{folder}/operator.jsonl"
"""
FIRST, SECOND, THIRD, FOURTH = "2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04"


@dataclass
class Team:
    """Who runs an instance, and what its channels were told."""

    folder: Path
    url: str
    registry: RunningRegistry

    @property
    def copy(self) -> str:
        return str(self.folder / "copy")

    def run(self, *words: str, expect: int = 0) -> str:
        """A command in this process; what it leaves open is closed as at the end of a process."""
        with pytest.MonkeyPatch.context() as environment, ExitStack() as left_open:
            environment.setenv("TRIALDELTA_CONFIG", str(self.folder / "config.toml"))
            environment.setenv("TRIALDELTA_USER", "keeper")

            def opened(database: Database, engine: Any) -> None:
                left_open.callback(engine.dispose)
                make(database, engine)

            make = Database.__init__
            environment.setattr(Database, "__init__", opened)
            done = CliRunner().invoke(app, words)
        code = getattr(done.exception, "exit_code", done.exit_code)
        assert code == expect, (done.output, done.exception)
        return done.stdout + (str(done.exception) if expect and done.exception else "")

    def sync(self, release: str, expect: int = 0) -> None:
        self.registry.move_to(release)
        self.run("sync", expect=expect)
        self.run("deliver")

    def heard(self, channel: str = "heard") -> list[dict[str, Any]]:
        file = self.folder / f"{channel}.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def events(self) -> list[str]:
        return [line["data"]["event"]["id"] for line in self.heard() if line["data"].get("event")]

    def read(self, look: Callable[[Any], Any]) -> Any:
        with closing(open_database(self.url)) as database, database.read() as session:
            return look(session)

    def held(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run("deliveries", "held", "--json").splitlines()]


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Commands set logging up for their own standard error, which is closed after them."""
    yield
    structlog.reset_defaults()


@pytest.fixture(params=["sqlite", "postgresql"])
def team(request: pytest.FixtureRequest, start_registry: StartRegistry, tmp_path: Path) -> Iterator[Team]:
    histories = [
        told(
            "NCT90000001",
            {
                FIRST: study("NCT90000001"),
                SECOND: study("NCT90000001", "SUSPENDED", posted=SECOND),
                THIRD: study("NCT90000001", "TERMINATED", posted=THIRD),
                FOURTH: study("NCT90000001", "WITHDRAWN", posted=FOURTH),
            },
        ),
        told(
            "NCT90000002",
            {FIRST: study("NCT90000002"), THIRD: study("NCT90000002", "COMPLETED", posted=THIRD)},
        ),
    ]
    registry = start_registry([write_corpus(tmp_path / "c.jsonl", histories)], release=FIRST)
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path}/trialdelta.db"
        if request.param == "postgresql":
            url = stack.enter_context(request.getfixturevalue("postgresql").database())
        config = CONFIG.format(api_url=registry.api_url, url=url, tools=tools(), folder=tmp_path)
        (tmp_path / "config.toml").write_text(config)
        yield Team(tmp_path, url, registry)


def test_what_was_told_between_backup_and_restore_is_held_told_once_as_a_number_and_never_sent_again(
    team: Team,
) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    team.sync(SECOND)
    before = team.events()
    assert len(before) == 1
    team.run("restore", team.copy, "--force")
    team.sync(SECOND)
    team.run("deliver")
    assert team.events() == before
    assert [line["data"]["message"]["subject"] for line in team.heard("operator")] == [
        "[HIGH] Restored; 2 deliveries held, release or drop"
    ]
    assert {each["channel"] for each in team.held()} == {"heard", "digest"}


def test_a_release_that_comes_after_the_catch_up_is_told_as_ever(team: Team) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    team.sync(SECOND)
    team.run("restore", team.copy, "--force")
    team.sync(SECOND)
    team.sync(THIRD)
    assert len(team.events()) == len(set(team.events())) == 3
    assert len(team.heard("operator")) == 1


def test_a_release_after_a_restore_that_had_nothing_to_catch_up_with_is_told_as_ever(team: Team) -> None:
    team.sync(FIRST)
    team.sync(SECOND)
    team.run("backup", team.copy)
    team.run("restore", team.copy, "--force")
    team.sync(SECOND)
    team.sync(THIRD)
    assert len(team.events()) == len(set(team.events())) == 3


def test_what_was_due_when_the_backup_was_made_may_have_gone_out_since_and_is_held(team: Team) -> None:
    team.sync(FIRST)
    team.registry.move_to(SECOND)
    team.run("sync")
    team.run("backup", team.copy)
    team.run("deliver")
    before = team.events()
    said = team.run("restore", team.copy, "--force")
    assert "2 due deliveries are held" in said
    team.run("deliver")
    team.sync(SECOND)
    assert team.events() == before


def test_what_is_held_is_told_when_it_is_released_and_never_when_it_is_dropped(team: Team) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    team.run("restore", team.copy, "--force")
    team.sync(THIRD)
    assert team.events() == []
    mine = [each["id"] for each in team.held() if each["channel"] == "heard"]
    team.run("deliveries", "release", mine[0])
    team.run("deliveries", "drop", mine[1])
    assert "2 deliveries released" in team.run("deliveries", "release", "--held", "--channel", "digest")
    team.run("deliver")
    assert len(team.events()) == 1
    assert team.held() == []
    states = team.read(lambda session: [each.state for each in outbox.deliveries(session, channel="digest")])
    assert states == ["collecting", "collecting"]
    actions = [each.action for each in team.read(audit.entries)]
    assert actions == [
        "database restored",
        "held deliveries released",
        "held deliveries dropped",
        "held deliveries released",
    ]


def test_the_decision_is_about_what_is_held_and_nothing_else(team: Team) -> None:
    team.sync(FIRST)
    for words in ((), ("dlv_none",), ("dlv_none", "--held")):
        team.run("deliveries", "release", *words, expect=2)
        team.run("deliveries", "drop", *words, expect=2)
    assert team.run("deliveries", "drop", "--held") == "0 deliveries dropped.\n"


def test_a_study_that_could_not_be_read_in_the_catch_up_is_caught_up_with_when_it_can(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    team.sync(SECOND)
    before = team.events()
    team.run("restore", team.copy, "--force")
    from sync.cycle import recorder

    classify = recorder.classify

    def refusing(record: Any, *rest: Any) -> Any:
        if record.nct_id == "NCT90000001":
            raise ValueError("not today")
        return classify(record, *rest)

    monkeypatch.setattr(recorder, "classify", refusing)
    team.sync(SECOND, expect=3)
    mark = team.read(restored.last_restore)
    assert mark.until is not None
    assert mark.pending == {"NCT90000001"}
    monkeypatch.undo()
    team.sync(SECOND)
    assert team.events() == before
    assert team.read(restored.last_restore).pending == set()
    team.sync(THIRD)
    assert len(team.events()) == 3


def test_a_restored_database_is_whole_and_knows_when_and_from_what_it_was_restored(team: Team) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    team.run("restore", team.copy, "--force")
    assert team.read(lambda session: [str(each) for each in verify(session)]) == []
    mark = team.read(restored.last_restore)
    assert mark.backup_at is not None
    assert mark.backup_at <= mark.at
    assert mark.until is None
    assert team.run("deliveries", "held").startswith("Nothing is held")


@pytest.mark.parametrize(
    "team", ["sqlite"], indirect=True
)  # PostgreSQL's is an archive, not a file to put in place
def test_a_backup_put_in_place_by_hand_is_noticed_and_holds_the_same(team: Team) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    team.sync(SECOND)
    before = team.events()
    for suffix in ("", "-wal", "-shm"):
        (team.folder / f"trialdelta.db{suffix}").unlink(missing_ok=True)
    shutil.copy(team.copy, team.folder / "trialdelta.db")
    team.sync(SECOND)
    assert team.events() == before
    assert len(team.held()) == 2


def test_there_is_no_restore_over_a_database_without_force(team: Team) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    team.sync(SECOND)
    assert "already" in team.run("restore", team.copy, expect=2)
    assert team.read(ledger.watermark).release == SECOND


def test_what_was_there_is_kept_aside(team: Team) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    team.sync(SECOND)
    aside = json.loads(team.run("restore", team.copy, "--force", "--json"))["aside"]
    assert team.read(ledger.watermark).release == FIRST
    if team.url.startswith("sqlite"):
        with closing(open_database(f"sqlite:///{aside}")) as kept, kept.read() as session:
            assert ledger.watermark(session).release == SECOND  # type: ignore[union-attr]
    else:
        schema = aside.removeprefix("schema ")
        release = team.read(
            lambda session: (
                session.connection().exec_driver_sql(f"SELECT release FROM {schema}.watermark").scalar()
            )
        )
        assert release == SECOND


def test_there_is_no_restore_while_another_process_works_on_the_database(team: Team) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    with closing(open_database(team.url)) as another, another.read() as session:
        ledger.watermark(session)
        assert "Another process" in team.run("restore", team.copy, "--force", expect=1)


def test_there_is_no_restore_while_a_daemon_elsewhere_gives_signs_of_life(team: Team) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    with closing(open_database(team.url)) as database, database.write() as session:
        ledger.beat(session, "daemon", utc_now(), {"pid": 7, "holder": "elsewhere/x/7/1"})
    assert "daemon" in team.run("restore", team.copy, "--force", expect=1)


@pytest.mark.parametrize(
    ("team", "damage"),
    [
        *itertools.product(["sqlite", "postgresql"], ["cut", "not a database", "missing"]),
        ("sqlite", "newer"),  # an archive of PostgreSQL is always of the schema of the program that made it
    ],
    indirect=["team"],
)
def test_a_file_that_cannot_be_restored_changes_nothing(team: Team, damage: str) -> None:
    team.sync(FIRST)
    if damage == "newer":
        revise(team, "9999")
    if damage != "missing":
        if damage == "newer":
            shutil.copy(team.folder / "trialdelta.db", team.copy)
        else:
            team.run("backup", team.copy)
        revise(team, None)
    file = Path(team.copy)
    if damage == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    if damage == "not a database":
        file.write_bytes(b"hello " * 1000)
    team.run("restore", team.copy, "--force", expect=1 if damage == "newer" else 2)
    assert team.read(ledger.watermark).release == FIRST
    assert team.read(restored.last_restore) is None
    assert not list(team.folder.glob(".*partial*"))
    assert not list(team.folder.glob("*replaced*"))


@pytest.mark.parametrize(
    "team", ["sqlite"], indirect=True
)  # a damaged archive of PostgreSQL cannot be replayed at all
def test_a_damaged_backup_is_restored_only_when_that_is_asked_for(team: Team) -> None:
    team.sync(FIRST)
    team.run("backup", team.copy)
    with closing(open_database(f"sqlite:///{team.copy}")) as copy, copy.rebuild() as connection:
        connection.exec_driver_sql("UPDATE version SET sha256 = zeroblob(32)")
    team.run("restore", team.copy, "--force", expect=2)
    team.run("restore", team.copy, "--force", "--even-if-damaged")
    assert team.read(restored.last_restore) is not None


def revise(team: Team, revision: str | None) -> None:
    """Say that the tables are of another program."""
    from storage.schema import REVISION

    with closing(open_database(team.url)) as database, database.rebuild() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision or REVISION}'")


def test_a_lease_that_the_backup_brought_along_holds_nobody_up(team: Team) -> None:
    team.sync(FIRST)
    with closing(open_database(team.url)) as database:
        with database.write() as session:
            assert acquire(session, "cycle", "elsewhere/x/7/1", TTL, utc_now())
        team.run("backup", team.copy)
    team.run("restore", team.copy, "--force")
    team.sync(SECOND)
