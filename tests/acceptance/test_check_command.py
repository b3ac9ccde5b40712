"""The command `check`: a page on standard input or in a file, what is said of it, and the exit code for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from storage.engine import open_database
from storage.versions import payload
from sync.cli import app
from sync.study.record import Study, read_record
from tests.support.published_pages import STYLES

NCT = "NCT90000004"
"""Seven versions; its platelet threshold was lowered in the second, an exclusion taken out in the last."""


@pytest.fixture
def config(story_database: Path, tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        f'[database]\nurl = "sqlite:///{story_database}"\n[[watch]]\nname = "w"\nids = ["{NCT}"]\n', "utf-8"
    )
    return path


def study(story_database: Path, number: int) -> Study:
    with open_database(f"sqlite:///{story_database}", create=False).read() as session:
        return Study(read_record(payload(session, NCT, number)))


def check(config: Path, *arguments: str, piped: str | None = None) -> Result:
    return CliRunner().invoke(app, ["check", NCT, "--config", str(config), *arguments], input=piped)


@pytest.mark.parametrize("style", STYLES)
def test_a_page_that_holds_exits_with_zero_and_an_old_one_with_one(
    config: Path, story_database: Path, style: str
) -> None:
    now = check(config, "--text", "-", piped=STYLES[style](study(story_database, 7)))
    assert (now.exit_code, "as in version 7, the newest" in now.stdout) == (0, True), now.output
    old = check(config, "--text", "-", piped=STYLES[style](study(story_database, 1)))
    assert (old.exit_code, "2 criteria differ; nearest to version 2" in old.stdout) == (1, True), old.output


def test_json_has_what_the_api_has(config: Path, story_database: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(STYLES["source"](study(story_database, 7)), "utf-8")
    (found,) = map(json.loads, check(config, "--text", str(page), "--json").stdout.splitlines())
    assert (found["state"], found["verdict"], found["nct_id"]) == ("holds", "current", NCT)
    assert {fact["state"] for fact in found["facts"]} == {"right", "not_found"}


def test_what_cannot_be_told_exits_with_three_and_another_study_with_one(config: Path) -> None:
    unsure = check(config, "--text", "-", piped="Welcome to our hospital")
    assert (unsure.exit_code, "none found in the text" in unsure.stdout) == (3, True)
    other = check(config, "--text", "-", piped="NCT01234567\nStatus: Recruiting")
    assert (other.exit_code, f"names NCT01234567 and not {NCT}" in other.stdout) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "piped", "said"),
    [
        (("--text", "/nowhere/page.html"), None, "/nowhere/page.html cannot be read"),
        (("--text", "-"), "  \n", "there is no text in what was piped in"),
        (("--text", "-"), "x" * 1_000_001, "longer than 1,000,000 characters"),
    ],
)
def test_a_text_that_cannot_be_checked_is_a_wrong_use(
    config: Path, arguments: tuple[str, ...], piped: str | None, said: str
) -> None:
    refused = check(config, *arguments, piped=piped)
    assert said in f"{refused.exception}{refused.output}"
    assert refused.exit_code != 0
