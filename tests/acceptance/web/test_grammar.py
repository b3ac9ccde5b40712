"""What pages say of none, one and two: numbers agree with their nouns, and what a person did is a sentence."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

import sync
from tests.acceptance.console import Browser, text_of
from tests.support.story_pages import PAGES
from tests.support.wrong_plurals import NOUNS, wrong_plurals

ROOT = Path(sync.__file__).parent
NEVER_ONE = {
    "changes/storm.py": "a storm is of many studies",
    "cycle/end_of_release.py": "a storm is of many studies",
    "changes/kinds/status.py": "a matter of limits, of which the least is two",
    "alerts/collect_digest.py": "one day is said in other words",
    "cli/prove.py": "one version is said in other words",
    "web/api/actions.py": "a limit",
    "cycle/absence.py": "gone is said after two releases or more",
    "cycle/stamps.py": "of more records than a handful",
    "web/views/watcher/troubles.py": "one storm is said in other words",
    "demo/registry/__main__.py": "a table, not a sentence",
    "cli/rates.py": "a limit",
    "versions/base_rates.py": "nothing is said of fewer than twenty studies or seven days",
    "versions/class_decisions.py": "a limit",
    "watches/trial_run.py": "more than a limit",
    "web/views/cohort/large.py": "more than a limit",
    "alerts/absent.py": "a limit",
    "demo/show.py": "the story is what it is",
}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_numbers_on_pages_agree_with_what_they_count(browser: Browser, number: int) -> None:
    alerts = re.findall(r'name="event" value="(evt_\w+)"', browser.get("/").text)[:number]
    if alerts:
        browser.post("/act", {"action": "acknowledge", "event": alerts, "next": "/"})
    for path in PAGES:
        page = browser.get(path)
        assert page.status_code == 200, path
        assert wrong_plurals(text_of(page).partition("Database url")[0]) == [], (
            path
        )  # then a table of numbers
        assert (
            wrong_plurals(unescape(" ".join(re.findall(r'(?:title|aria-label)="(.*?)"', page.text)))) == []
        ), path


def test_what_a_person_did_is_a_sentence_with_their_name(browser: Browser) -> None:
    browser.post("/me", {"name": "Ana", "next": "/"})
    alert = re.findall(r'name="event" value="(evt_\w+)"', browser.get("/").text)[0]
    for action in ("acknowledge", "close"):
        browser.post("/act", {"action": action, "event": alert, "verdict": "acted", "next": "/"})
    told = text_of(browser.get(f"/events/{alert}"))
    assert "Ana acknowledged as “acted”" in told
    assert "Ana closed as “acted”" in told


@pytest.mark.parametrize("template", sorted(ROOT.rglob("*.j2")), ids=lambda path: path.name)
def test_no_template_writes_a_plural_after_a_number_of_any_size(template: Path) -> None:
    found = re.findall(rf"\}}\}}(?:</\w+>)? (?:more |open )?(?:{NOUNS})\b", template.read_text("utf-8"))
    assert [each for each in found if each != "}} criteria"] == []  # "Inclusion criteria", of no number


def test_no_message_writes_a_plural_after_a_number_of_any_size() -> None:
    number = r"(?<![\w=/-])\{(?!counted\()[^{}\"]*\}"
    written = re.compile(rf"f[\"'].*{number} (?:more |open |old )?(?:{NOUNS})\b")
    found = [
        f"{path.relative_to(ROOT).as_posix()}: {line.strip()}"
        for path in sorted(ROOT.rglob("*.py"))
        if "demo/story" not in path.as_posix() and path.relative_to(ROOT).as_posix() not in NEVER_ONE
        for line in path.read_text("utf-8").splitlines()
        if written.search(line)
    ]
    assert found == []
