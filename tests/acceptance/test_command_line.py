"""What the commands print for people, pipes and files: whole lines, ids, numbers, and a configuration to read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sync.cli import app
from sync.cli.toml import document
from sync.config import Settings, load
from tests.support.desk import NCT, Desk

SECRET = "https://hooks.example.org/s3cr3t-p4th"
CONFIGURATIONS = (
    '[[watch]]\nname = "w"\nids = ["NCT90000001"]\n',
    f"""
[registry]
proxy = "http://me:s3cr3t-p4th@proxy.example.org:8080"
[database]
url = "postgresql://me:s3cr3t-p4th@db.example.org/trials"
[alerts]
heartbeat_url = "{SECRET}"
quiet_hours = "22:00-07:00"
[rules]
severity = {{ "status.unknown" = "high" }}
[[watch]]
name = "a.b"
searches = [{{ intr = "CAR-T \\"quoted\\"", cond = "a\\\\b\\nü\\u007F" }}]
rules = {{ off = ["status.unknown"] }}
[[watch]]
name = "w"
ids = ["NCT90000001"]
[[route]]
name = "r"
channels = ["hook", "chat"]
escalate_to = ["chat"]
escalate_after = "1h"
[channels.hook]
kind = "webhook"
url = "{SECRET}"
secret = "whsec_czNjcjN0LXA0dGhzM2NyM3QtcDR0aHMzY3IzdA=="
[channels.chat]
kind = "slack"
url = "https://hooks.slack.com/services/s3cr3t-p4th"
[web]
hosts = ["trials.example.org"]
""",
)


def shown(path: Path) -> str:
    done = CliRunner().invoke(app, ["config", "show", "--config", str(path)])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def without_secrets(settings: Settings) -> dict[str, object]:
    """The settings but for what is hidden when they are shown."""
    values = settings.model_dump(mode="json", exclude={"channels": True, "database": {"url"}})
    values["registry"].pop("proxy")
    values["alerts"].pop("heartbeat_url")
    secrets = {"url", "secret"}
    channels = {
        name: {k: v for k, v in table.items() if k not in secrets}
        for name, table in settings.channels.items()
    }
    return values | {"channels": channels}


@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_the_configuration_that_is_shown_can_be_read_back(tmp_path: Path, text: str) -> None:
    given, again = tmp_path / "given.toml", tmp_path / "again.toml"
    given.write_text(text, "utf-8")
    printed = shown(given)
    again.write_text(printed, "utf-8")
    assert without_secrets(load(again, {})) == without_secrets(load(given, {}))
    assert "s3cr3t-p4th" not in printed
    assert "czNjcjN0" not in printed
    for line in printed.splitlines():
        assert line.startswith("# ") == line.endswith("# a secret, hidden") == ("***" in line)


def test_a_secret_is_named_where_it_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(CONFIGURATIONS[1], "utf-8")
    assert '# heartbeat_url = "**********"  # a secret, hidden' in shown(tmp_path / "c.toml")


def test_what_is_none_has_no_line_and_what_is_empty_has_one() -> None:
    assert document({"a": {"b": None, "c": [], "d.e": {}}}) == '[a]\nc = []\n\n[a."d.e"]\n'


def test_an_alert_is_answered_by_many_ids_or_by_none(desk: Desk) -> None:
    for day in ("2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04"):
        desk.release(day)
    events = [each["event_id"] for each in desk.lines("alerts")]
    assert len(events) > 1
    desk.run("ack", *events, "evt_aaaaaaaaaaaaaaaaaaaaaaaaaa", expect=2)
    assert [each["event_id"] for each in desk.lines("alerts")] == events
    given = desk.lines("assign", *events, "ana")
    assert {each["assignee"] for each in given} == {"ana"}
    done = desk.lines("ack", *events, "--verdict", "acted")
    assert [each["state"] for each in done] == ["acknowledged"] * len(events)
    assert desk.lines("alerts") == []


def test_a_pipe_gets_whole_lines_with_ids(desk: Desk) -> None:
    for day in ("2026-09-01", "2026-09-02"):
        desk.release(day)
    heading, line = desk.run("events").splitlines()
    (event,) = desk.lines("events")
    assert heading.split()[0] == "event"
    assert line.startswith(event["id"])
    assert line.endswith(event["headline"])
    assert [row.split()[:2] for row in desk.run("history", NCT).splitlines()[2:]] == [
        ["1", "2026-09-01"],
        ["2", "2026-09-02"],
    ]


def test_criteria_have_the_numbers_of_the_whole_list(
    story_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIALDELTA_DATABASE__URL", f"sqlite:///{story_database}")
    done = CliRunner().invoke(app, ["show", "NCT90000001"])
    _, _, said = done.stdout.partition("\n\n")
    heading, *lines = said.splitlines()
    numbers = [int(line.split()[0]) for line in lines if line[:4].strip().isdigit()]
    assert heading == f"{len(numbers)} criteria"
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 5
    assert "Exclusion Criteria:" in lines
