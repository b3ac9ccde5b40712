"""A day that is still to come, before all that is known, or none at all: told so, and never the newest instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sync.cli import app
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.api import Api

NCT = "NCT90000004"
FUTURE, BEFORE, NONE = "2999-01-01", "2020-01-01", "2026-02-30"
SAID = {
    FUTURE: "2999-01-01 is still to come: today is",
    BEFORE: f"{NCT} is known from 2026-09-07 on, not yet on 2020-01-01: that is its version 1",
    NONE: "2026-02-30",
}
PAGES = ("/studies/{nct}?as_of={day}", "/studies/{nct}/compare?from={day}", "/studies/{nct}/compare?to={day}")
ENDPOINTS = ("/studies/{nct}?as_of={day}", "/studies/{nct}/compare?from={day}")


@pytest.mark.parametrize("day", SAID)
@pytest.mark.parametrize("page", PAGES)
def test_pages_say_what_is_wrong_with_the_day(browser: Browser, page: str, day: str) -> None:
    answer = browser.get(page.format(nct=NCT, day=day))
    assert 400 <= answer.status_code < 500
    assert SAID[day] in text_of(answer)
    assert "Platelet count" not in answer.text, "not the newest version instead"


@pytest.mark.parametrize("day", SAID)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_the_api_says_it_too(browser: Browser, path: str, day: str) -> None:
    answer = Api(browser.app.state.service).request("GET", "/api/v1" + path.format(nct=NCT, day=day))
    assert 400 <= answer.status_code < 500
    assert (SAID[day] if day != NONE else "day such as") in str(answer.json()["detail"])


@pytest.mark.parametrize(("day", "said"), [(FUTURE, "still to come"), (NONE, "is not a day")])
def test_the_inbox_of_a_release_that_cannot_be_is_not_empty_but_refused(
    browser: Browser, day: str, said: str
) -> None:
    answer = browser.get(f"/?release={day}")
    assert (answer.status_code, said in text_of(answer)) == (400, True)


@pytest.mark.parametrize("path", ["/events", "/api/v1/events"])
def test_what_happened_since_a_day_to_come_is_refused(browser: Browser, path: str) -> None:
    answer = browser.get(f"{path}?since={FUTURE}")
    assert answer.status_code in (400, 422)
    assert "still to come" in answer.text


@pytest.mark.parametrize("day", SAID)
@pytest.mark.parametrize(
    "arguments",
    [("show", NCT, "--as-of", "{day}"), ("show", f"{NCT}@{{day}}"), ("diff", f"{NCT}@{{day}}", f"{NCT}@2")],
)
def test_commands_refuse_such_a_day(
    story_database: Path, tmp_path: Path, arguments: tuple[str, ...], day: str
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[database]\nurl = "sqlite:///{story_database}"\n[[watch]]\nname = "w"\nids = ["{NCT}"]\n', "utf-8"
    )
    words = [each.format(day=day) for each in arguments]
    done = CliRunner().invoke(app, [*words, "--config", str(config)])
    assert done.exit_code != 0
    assert SAID[day] in f"{done.exception}{done.output}"


def test_events_since_a_day_to_come_are_refused(story_database: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{story_database}"\n', "utf-8")
    done = CliRunner().invoke(app, ["events", "--since", FUTURE, "--config", str(config)])
    assert done.exit_code != 0
    assert "still to come" in f"{done.exception}{done.output}"
