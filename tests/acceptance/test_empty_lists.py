"""What an empty list says: nothing was read yet, nothing is as its filters want it, or what there would have to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from sync.cli import app
from sync.cli.empty import NO_STUDY


@pytest.fixture(autouse=True)
def _logging_ends_with_the_test() -> Iterator[None]:
    yield
    structlog.reset_defaults()  # a command set logging up for a standard error that is gone


def configured(path: Path, database: Path) -> Path:
    path.write_text(f'[database]\nurl = "sqlite:///{database}"\n', "utf-8")
    return path


@pytest.fixture
def unread(tmp_path: Path) -> Path:
    """The configuration of a database into which nothing was read."""
    config = configured(tmp_path / "config.toml", tmp_path / "unread.db")
    said(config, "db", "upgrade")
    return config


@pytest.fixture
def read(tmp_path: Path, story_database: Path) -> Path:
    """The configuration of the demo's database."""
    return configured(tmp_path / "config.toml", story_database)


def said(config: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--config", str(config)])
    assert done.exit_code == 0, (arguments, done.output)
    return done.stdout


@pytest.mark.parametrize(
    "command",
    [
        "alerts",
        "alerts --all --severity high",
        "events",
        "events --kind status",
        "find lupus",
        "worklist",
        "worklist --never",
        "storm list",
        "quarantine",
    ],
)
def test_before_anything_was_read_a_list_says_so_and_how_to_begin(unread: Path, command: str) -> None:
    assert said(unread, *command.split()) == f"{NO_STUDY}\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("events --kind status --until 2020-01-01", "No event matches --kind status and --until 2020-01-01."),
        ("events --antigen CD7", "No event matches --antigen CD7. Leave it out"),
        ("events NCT90000004 --kind withheld", "No event matches NCT90000004 and --kind withheld."),
        ("alerts --area infection", "No open alert matches --area infection."),
        ("alerts --all --area infection", "No alert matches --area infection."),
        ("find hippogriff", "stored studies matches."),
        (
            "worklist --kind documents --status WITHHELD",
            "No study matches --kind documents and --status WITHHELD.",
        ),
        ("deliveries list --state dead", "No delivery matches --state dead."),
        ("page list", "No page is registered: `trialdelta page add NCT URL --text FILE` adds one."),
        (
            "page list NCT90000004",
            "No page of NCT90000004 is registered: `trialdelta page add NCT90000004 URL",
        ),
        ("page list --outdated", "No page is registered"),
        ("tokens list", "There is no token yet: `trialdelta tokens add`"),
        ("alerts --muted", "Nothing is muted: `trialdelta mute NCT"),
    ],
)
def test_an_empty_list_names_what_nothing_was_like_or_what_there_would_have_to_be(
    read: Path, command: str, expected: str
) -> None:
    assert expected in said(read, *command.split())


def test_no_rate_is_counted_of_no_watch(unread: Path) -> None:
    done = CliRunner().invoke(app, ["rates", "--config", str(unread)])
    assert "no watch is there whose rates" in str(done.exception)
