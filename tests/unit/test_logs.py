"""Logs: one JSON object a line, no secrets, no locals in tracebacks."""

import json

import pytest
import structlog

from sync import logs


@pytest.fixture(autouse=True)
def _as_before():
    yield
    structlog.reset_defaults()


def lines(capsys) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_each_line_is_an_object_with_time_level_and_event(capsys):
    logs.configure("json", "info")
    structlog.get_logger().info(logs.CYCLE_FINISHED, checked=3, note="24 → 30")
    (line,) = lines(capsys)
    assert line["event"] == "cycle_finished"
    assert line["level"] == "info"
    assert line["checked"] == 3
    assert line["note"] == "24 → 30"
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize(
    "key", ["proxy", "password", "api_key", "Authorization", "webhook_secret", "page_token"]
)
def test_the_value_of_a_secret_sounding_key_is_never_printed(capsys, key):
    logs.configure("json", "info")
    structlog.get_logger().info("x", **{key: "hunter2"})
    assert "hunter2" not in capsys.readouterr().err


def test_credentials_within_an_address_are_never_printed(capsys):
    logs.configure("json", "info")
    structlog.get_logger().info("x", database="postgresql://me:hunter2@db/x")
    text = capsys.readouterr().err
    assert "hunter2" not in text
    assert "@db/x" in text


def test_a_traceback_holds_no_locals(capsys):
    logs.configure("json", "info")
    kept = "hunter2"
    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger().exception("x")
    text = capsys.readouterr().err
    assert "ValueError" in text
    assert kept not in text


def test_what_is_below_the_level_is_not_printed(capsys):
    logs.configure("json", "warning")
    structlog.get_logger().info("x")
    assert lines(capsys) == []


def test_the_names_of_events_are_a_closed_vocabulary_in_snake_case():
    names = [value for name, value in vars(logs).items() if name.isupper() and not name.startswith("_")]
    assert len(names) == len(set(names)) > 10
    assert all(name == name.lower() and name.replace("_", "").isalpha() for name in names)
