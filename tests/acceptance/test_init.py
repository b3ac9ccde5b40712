"""`init` writes a first configuration file: commented, right, without a secret, and never in the place of another."""

import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sync.cli import app
from sync.cli.init import write
from sync.config import load
from sync.errors import UsageError
from tests.support import forked

GIVEN = ("--contact", "ops@example.org", "--id", "NCT06056921")


def run(file: Path, *words: str, expect: int = 0) -> str:
    done = CliRunner().invoke(app, ["init", "--config", str(file), *words])
    code = getattr(done.exception, "exit_code", done.exit_code)
    assert code == expect, (done.output, done.exception)
    return done.output + str(done.exception or "")


def test_what_was_told_stands_in_a_commented_file_that_is_right(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "trialdelta.toml"
    said = run(
        file, *GIVEN, "--watch", "lupus", "--search", 'cond=lupus; intr="CAR-T" OR x', "--port", "8471"
    )
    settings = load(file, {})
    (watch,) = settings.watch
    assert (watch.name, watch.ids) == ("lupus", ("NCT06056921",))
    assert watch.searches == ({"cond": "lupus", "intr": '"CAR-T" OR x'},)
    assert settings.registry.contact == "ops@example.org"
    assert "port = 8471" in file.read_text()
    assert "The configuration is right." in said
    assert f"Next: trialdelta run --config {file}" in said
    assert file.read_text().count("#") >= 8
    assert [each.name for each in file.parent.iterdir()] == [file.name]  # nothing half is left behind


def test_a_file_that_is_there_is_kept_unless_it_is_forced(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("mine")
    assert "--force" in run(file, *GIVEN, expect=2)
    assert file.read_text() == "mine"
    run(file, *GIVEN, "--force")
    assert load(file, {}).watch[0].ids == ("NCT06056921",)


def test_one_that_is_made_while_questions_are_answered_is_kept_too(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("mine")
    with pytest.raises(UsageError, match="which is kept"):
        write(tmp_path / "config.toml", "ours", force=False)
    assert [each.read_text() for each in tmp_path.iterdir()] == ["mine"]


def test_where_nobody_can_be_asked_it_says_which_options_are_needed(tmp_path: Path) -> None:
    said = run(tmp_path / "c.toml", expect=2)
    assert "--contact" in said
    assert "--id, --search or --no-watch" in said
    assert not (tmp_path / "c.toml").exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--contact", "nobody", "--no-watch"), "a mail address"),
        (("--contact", "ops@exämple.org", "--no-watch"), "ASCII"),
        (("--contact", "a@b.org", "--id", "NCT1"), "not an NCT ID"),
        (("--contact", "a@b.org", "--search", "cnd=lupus"), "did you mean 'cond'"),
        (("--contact", "a@b.org", "--id", "NCT06056921", "--watch", "a b"), "name"),
        ((*GIVEN, "--channel", "slak"), "did you mean 'slack'"),
        ((*GIVEN, "--channel", "email"), "needs host, sender, to"),
        (
            (*GIVEN, "--channel", "webhook", "--channel-key", "secret=whsec_canary"),
            "set TRIALDELTA_CHANNELS__WEBHOOK__SECRET",
        ),
        ((*GIVEN, "--channel", "slack", "--channel-key", "nosuch=1"), "no such key"),
        ((*GIVEN, "--channel", "slack", "--channel-name", "x]\n[web"), "small letters"),
        ((*GIVEN, "--database", "postgresql://me:canary@host/x"), "TRIALDELTA_DATABASE__URL"),
        ((*GIVEN, "--database", "mysql://x"), "sqlite:///"),
        ((*GIVEN, "--port", "70000"), "65535"),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason_and_nothing_is_written(
    tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    said = run(tmp_path / "c.toml", *words, expect=2)
    assert reason in said
    assert "canary" not in said
    assert list(tmp_path.iterdir()) == []


def test_secrets_come_from_files_or_from_variables_that_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRIALDELTA_CHANNELS__TEAM__URL", raising=False)
    file = tmp_path / "c.toml"
    said = run(file, *GIVEN, "--channel", "slack", "--channel-name", "team", expect=3)
    assert "Set TRIALDELTA_CHANNELS__TEAM__URL" in said
    assert "Not right yet" in said
    monkeypatch.setenv("TRIALDELTA_CHANNELS__TEAM__URL", "https://hooks.example.org/canary")
    said = run(file, *GIVEN, "--channel", "slack", "--channel-name", "team", "--force")
    assert "canary" not in said + file.read_text()
    hook = tmp_path / "hook"
    hook.write_text("https://hooks.example.org/canary")
    monkeypatch.delenv("TRIALDELTA_CHANNELS__TEAM__URL")
    run(file, *GIVEN, "--channel", "slack", "--channel-key", f"url_file={hook}", "--force")
    assert "canary" not in file.read_text()


def test_at_a_terminal_a_bad_answer_is_asked_for_again_with_the_reason(tmp_path: Path) -> None:
    pid, master = pty.fork()
    if pid == 0:  # the child, in the terminal
        os.chdir(tmp_path)
        os.environ.pop("TRIALDELTA_CONFIG", None)
        os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
        os.execv(sys.executable, [sys.executable, "-m", "sync", "init"])
    text = ""

    def until(words: str) -> None:
        nonlocal text
        deadline = time.monotonic() + 60
        while words not in text:
            assert time.monotonic() < deadline, text
            if select.select([master], [], [], 1.0)[0]:
                text += os.read(master, 65536).decode("utf-8", "replace")

    answers = [
        ("Contact for the registry", "nobody"),
        ("A contact is a mail address", "ops@example.org"),
        ("Studies to follow", "NCT06056921 NCT1"),
        ("'NCT1': not an NCT ID", "NCT06056921"),
        ("A search to follow", ""),
        ("Name of the watch", "a b"),
        ("must begin with a letter", "mine"),
        ("How to be told", ""),
    ]
    for question, answer in answers:
        until(question)
        os.write(master, f"{answer}\n".encode())
    until("trialdelta run")
    _, status = os.waitpid(pid, 0)
    os.close(master)
    assert os.waitstatus_to_exitcode(status) == 0
    assert load(tmp_path / "config.toml", {}).watch[0].name == "mine"


def test_a_named_file_that_is_not_there_is_an_error_that_says_how_to_make_it(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    done = forked.run([sys.executable, "-m", "sync", "run", "--config", str(file)])
    assert done.returncode == 2
    assert f"`trialdelta init --config {file}` writes one" in done.stderr
