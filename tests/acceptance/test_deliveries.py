"""`trialdelta deliveries`: what channels owe is listed, moved to another one, dropped; and `doctor` shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from storage import audit, outbox
from storage.engine import Database, open_database
from storage.outbox import NewDelivery
from sync.cli import app
from sync.config import load

CHANNELS = '[channels.mail]\nkind = "file"\npath = "mail.jsonl"\n'
CONFIG = (
    '[[watch]]\nname = "w"\nids = ["NCT90000001"]\n[[route]]\nname = "r"\nchannels = ["mail"]\n' + CHANNELS
)
HOSTILE = "[red]\x1b[2J"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command run in this process sets logging up for its own standard error, which is closed afterwards."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIALDELTA_USER", "mira")
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "data").mkdir()
    database = open_database(load(tmp_path / "config.toml", {}).database.url.get_secret_value())
    database.ensure_schema()
    owe(database, "pager", 1, 2, 3)
    return database


def owe(database: Database, channel: str, *numbers: int, subject: str = "The registry blocks us") -> None:
    body = {"subject": subject, "lead": "x", "facts": {}, "severity": "high"}
    with database.write() as session:
        for number in numbers:
            at = datetime.now(UTC) - timedelta(days=number)
            new = NewDelivery(
                f"dlv_{channel}{number}", "notice", "notices", channel, "due", at, at, body=body
            )
            outbox.add(session, [new])


def said(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, ["deliveries", *arguments], input=given)


def states(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {each.id: f"{each.channel} {each.state}" for each in outbox.deliveries(session)}


def test_what_a_channel_that_is_gone_owes_is_listed(database: Database) -> None:
    owe(database, "old", 9, subject=HOSTILE)
    done = said("list")
    assert "pager: 3 due  not configured any more" in done.output
    assert "The registry blocks us" in done.output
    assert "\x1b[2J" not in done.output
    rows = [json.loads(line) for line in said("list", "--channel", "pager", "--json").output.splitlines()]
    assert [row["id"] for row in rows] == ["dlv_pager1", "dlv_pager2", "dlv_pager3"]
    assert {row["state"] for row in rows} == {"due"}
    assert said("list", "--state", "lost").exit_code != 0


def test_a_dry_run_moves_and_drops_nothing_and_says_how_many(database: Database) -> None:
    before = states(database)
    moved = json.loads(said("move", "--from", "pager", "--to", "mail", "--dry-run", "--json").output)
    assert moved == {"from": "pager", "to": "mail", "moved": 3, "doubles": 0, "under_way": 0, "dry_run": True}
    assert "3 deliveries to pager would be dropped" in said("drop", "--channel", "pager", "--dry-run").output
    assert states(database) == before
    with database.read() as session:
        assert audit.entries(session) == []


def test_without_a_terminal_nothing_is_done_unless_yes_is_said(database: Database) -> None:
    before = states(database)
    assert said("move", "--from", "pager", "--to", "mail", given="y\n").exit_code != 0
    assert states(database) == before
    assert said("move", "--from", "pager", "--to", "mail", "--yes").exit_code == 0
    assert set(states(database).values()) == {"mail due"}
    with database.read() as session:
        (entry,) = audit.entries(session)
    assert (entry.who, entry.action, entry.detail) == (
        "mira",
        "deliveries moved",
        {"to": "mail", "moved": 3, "doubles": 0},
    )


def test_only_what_is_old_is_dropped_where_a_day_is_named(database: Database) -> None:
    day = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    done = json.loads(said("drop", "--channel", "pager", "--before", day, "--yes", "--json").output)
    assert (done["dropped"], done["dry_run"]) == (2, False)
    assert states(database) == {
        "dlv_pager1": "pager due",
        "dlv_pager2": "pager dropped",
        "dlv_pager3": "pager dropped",
    }


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("move", "--from", "pager", "--to", "nobody"), "there is no channel 'nobody'"),
        (("move", "--from", "nobody", "--to", "mail"), "those that owe: pager"),
        (("move", "--from", "mail", "--to", "mail"), "name another one"),
        (("drop", "--channel", "nobody"), "those that owe: pager"),
        (("drop", "--channel", "pager", "--before", "soon"), "2026-08-01"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    database: Database, arguments: tuple[str, ...], words: str
) -> None:
    done = said(*arguments, "--yes")
    assert words in str(done.exception)
    assert getattr(done.exception, "exit_code", 0) == 2


def test_a_channel_that_is_not_used_gets_nothing(database: Database) -> None:
    with database.write() as session:
        outbox.disable(session, "mail", "410 gone", datetime.now(UTC))
    assert "enable it first" in str(said("move", "--from", "pager", "--to", "mail", "--yes").exception)


def test_doctor_names_the_channel_and_where_to_look(database: Database) -> None:
    done = CliRunner().invoke(app, ["doctor", "--offline", "--json"])
    found = [json.loads(line) for line in done.output.splitlines()]
    (finding,) = [each for each in found if each["subject"] == "outbox"]
    assert "pager is not configured any more and owes 3 due" in finding["sentence"]
    assert "trialdelta deliveries list --channel pager" in finding["sentence"]
    assert finding["exit_code"] == 3
