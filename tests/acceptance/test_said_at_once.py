"""What commands say of a name that few know, a study that nobody has, words that are none, and a time that is past."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from sync.cli import app
from sync.errors import Interrupted
from tests.support.desk import NCT, Desk

UNKNOWN = "NCT99999999"


def refusal(desk: Desk, *words: str) -> str:
    """What is said of a command that exits with 2."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TRIALDELTA_CONFIG", str(desk.configuration))
        error = CliRunner().invoke(app, words).exception
    assert getattr(error, "exit_code", None) == 2, error
    return str(error)


def test_lists_are_narrowed_by_an_antigen_that_only_a_person_decided(desk: Desk) -> None:
    desk.release("2026-09-02")
    assert (desk.lines("events", "--antigen", "CD91"), desk.lines("alerts", "--antigen", "CD91")) == ([], [])
    desk.run("classify", NCT, "--set", "antigens=CD91", "--reason", "the protocol says so")
    for command in ("events", "alerts"):
        assert {each["nct_id"] for each in desk.lines(command, "--antigen", "cd91")} == {NCT}
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("TRIALDELTA_CONFIG", str(desk.configuration))
            done = CliRunner().invoke(app, [command, "--antigen", "CD91"])
        assert "CD91 is not among the known antigens" in done.stderr
        assert "known antigens" not in done.stdout
        assert "is not the name of an antigen" in refusal(desk, command, "--antigen", "CD19;x")


def test_a_study_that_is_not_stored_is_called_so_and_counted_nowhere(desk: Desk) -> None:
    for words in (
        ("related", UNKNOWN),
        ("events", UNKNOWN),
        ("mute", UNKNOWN, "--until", "3d", "--reason", "x"),
    ):
        assert (
            refusal(desk, *words)
            == f"the study {UNKNOWN} is not stored: follow it, and the next poll reads it"
        )
    said = desk.run("watch", "add", UNKNOWN, "--watch", "mine")
    assert "1 id: 0 studies" in said
    assert "It would bring 0 studies." in said


def test_a_removed_watch_says_whether_anything_was_read_for_it(desk: Desk) -> None:
    for name in ("unread", "read"):
        desk.run("watch", "add", NCT, "--watch", name)
        if name == "read":
            desk.run("sync")
        said = desk.run("watch", "remove", name)
        assert ("What was read for it stays stored." in said, "Nothing was read for it." in said) == (
            name == "read",
            name == "unread",
        )


def test_what_asks_for_nothing_is_not_told_as_something_that_was_not_found(desk: Desk) -> None:
    for words in (("find",), ("find", ""), ("find", "  ", "--json")):
        assert refusal(desk, *words).startswith("no word was given")
    assert [each["nct_id"] for each in desk.lines("find", "", "--status", "RECRUITING")]


@pytest.mark.parametrize("command", [("mute", NCT, "--reason", "x"), ("snooze", "EVENT")])
def test_silence_cannot_end_before_it_begins(desk: Desk, command: tuple[str, ...]) -> None:
    desk.release("2026-09-02")
    (event,) = (each["event_id"] for each in desk.lines("alerts"))
    words = [event if each == "EVENT" else each for each in command]
    assert "2020-01-01 is past" in refusal(desk, *words, "--until", "2020-01-01")
    assert desk.lines("alerts", "--muted") == []


def test_an_interrupted_command_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sync.cli.sync.run_cycle", interrupted)
    monkeypatch.setenv("TRIALDELTA_CONFIG", str(desk.configuration))
    error = CliRunner().invoke(app, ["sync"]).exception
    assert isinstance(error, Interrupted)
    assert (error.exit_code, str(error)) == (130, "`trialdelta sync` was interrupted")
    assert "Nothing is lost" in error.hint
