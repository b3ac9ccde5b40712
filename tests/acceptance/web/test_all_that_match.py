"""What is done to all alerts that a filter matches: asked about first, bounded, each thing muted once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from storage import alerts
from sync.web.views import matching
from tests.acceptance.console import Browser, text_of


def ask(browser: Browser, action: str, back: str = "/", **fields: Any) -> Any:
    """The answer to a form whose box for all that match is ticked."""
    return browser.post("/act", {"action": action, "all": "1", "next": back, **fields})


def seal_of(page: Any) -> str:
    (seal,) = re.findall(r'name="sure"\s+value="(\w+)"', page.text)
    return str(seal)


def test_nothing_is_done_before_the_answer_and_then_to_exactly_those(browser: Browser) -> None:
    page = ask(browser, "acknowledge", "/?severity=high", note="seen")
    number = int(re.findall(r"Acknowledge (\d+) alerts\?", text_of(page))[0])
    with browser.app.state.service.database.read() as session:
        waiting = alerts.alerts(session, now=browser.app.state.service.now())
    assert number == sum(each.severity in ("high", "critical") for each in waiting)
    done = ask(browser, "acknowledge", "/?severity=high", note="seen", sure=seal_of(page))
    assert done.status_code == 303
    with browser.app.state.service.database.read() as session:
        left = alerts.alerts(session, now=browser.app.state.service.now())
    assert len(left) == len(waiting) - number
    assert {each.severity for each in left}.isdisjoint({"high", "critical"})


def test_a_seal_that_was_made_up_does_nothing(browser: Browser) -> None:
    page = ask(browser, "close", sure="0" * 64)
    assert page.status_code == 200
    assert "nothing was done" in text_of(page)


def test_a_filter_that_matches_nothing_any_more_says_so(browser: Browser) -> None:
    assert "No alert matches any more" in text_of(ask(browser, "close", "/?q=nothing+like+it"))


def test_a_list_whose_filter_cannot_be_read_is_refused_and_not_taken_for_all(browser: Browser) -> None:
    refused = ask(browser, "close", "/?severity=enormous")
    assert refused.status_code == 400
    assert "Load the list again" in text_of(refused)


def test_more_than_one_action_takes_are_refused_with_what_to_do(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST", 2)
    refused = ask(browser, "close")
    assert refused.status_code == 400
    assert re.search(r"The filter matches \d+ alerts, and one action takes 2\. Narrow it\.", text_of(refused))


def test_muting_all_that_match_mutes_each_kind_once(browser: Browser) -> None:
    fields = {"scope": "kind", "reason": "release week"}
    page = ask(browser, "mute", **fields)
    assert ask(browser, "mute", sure=seal_of(page), **fields).status_code == 303
    with browser.app.state.service.database.read() as session:
        kinds = [each.kind for each in alerts.mutes(session, browser.app.state.service.now())]
    assert len(kinds) == len(set(kinds)) > 1
