"""The bar of an open page follows the daemon: word, colour, sentence and next poll change together, whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from storage import ledger
from sync.service import Service
from sync.web.server import Console

Tab = Callable[..., Page]


class Watched(NamedTuple):
    """A service whose signs of life a test gives, and a page of its console that stays open."""

    service: Service
    page: Page

    def sign(self, name: str, at: datetime, **detail: Any) -> None:
        with self.service.database.write() as session:
            ledger.beat(session, name, at, detail)

    def follow(self) -> dict[str, Any]:
        """What the bar shows after the page has asked, as it does each half minute, without being loaded again."""
        self.page.evaluate("follow()")
        line = self.page.locator("[data-pulse=line]")
        following = line.locator("[data-pulse=next]")
        return {
            "state": (line.get_attribute("class") or "").removeprefix("pulse "),
            "word": line.locator("[data-pulse=word]").inner_text(),
            "colour": line.locator("[data-pulse=word]").evaluate("each => getComputedStyle(each).color"),
            "sentence": line.locator("[data-pulse=sentence]").inner_text(),
            "next": following.locator("time").get_attribute("datetime") if following.is_visible() else None,
        }


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def watched(story_service: Callable[..., Service], tab: Tab) -> Any:
    """A daemon that polls well, seen from the inbox."""
    service = story_service(port=0)
    console = Console(service)
    console.start()
    made = Watched(service, tab(timezone_id="UTC"))
    for name in ("poll", "good_poll"):
        made.sign(name, now(), state="complete")
    made.sign("daemon", now(), next_poll=(now() + timedelta(minutes=20)).isoformat())
    made.page.goto(console.url)
    made.page.evaluate("window.same = true")
    yield made
    assert made.page.evaluate("window.same")  # nothing loaded the page again
    console.stop()


def test_all_four_change_together_when_polls_fail_and_when_they_succeed_again(watched: Watched) -> None:
    good = watched.follow()
    assert (good["state"], good["word"]) == ("healthy", "Watching")
    assert good["next"] is not None

    later = now() + timedelta(minutes=45)
    watched.sign("poll", now(), state="failed", error="Unavailable", message="the registry did not answer")
    watched.sign("daemon", now(), next_poll=later.isoformat())
    failing = watched.follow()
    assert (failing["state"], failing["word"]) == ("registry_failing", "Registry fails")
    assert "the registry did not answer" in failing["sentence"]
    assert failing["next"][:16] == later.isoformat()[:16]
    assert failing["colour"] != good["colour"]

    watched.sign("poll", now(), state="complete")
    watched.sign("good_poll", now(), state="complete")
    again = watched.follow()
    assert {name: again[name] for name in ("state", "word", "colour")} == {
        name: good[name] for name in ("state", "word", "colour")
    }
    assert "did not answer" not in again["sentence"]


def test_a_daemon_that_was_stopped_or_is_dead_promises_no_poll(watched: Watched) -> None:
    good = watched.follow()
    watched.sign("daemon", now(), stopped=True)
    stopped = watched.follow()
    assert (stopped["state"], stopped["word"], stopped["next"]) == ("stopped", "Stopped", None)
    watched.sign("daemon", now() - timedelta(minutes=9), next_poll=now().isoformat())
    dead = watched.follow()
    assert (dead["state"], dead["word"], dead["next"]) == ("dead", "No sign of life", None)
    assert "9 minutes" in dead["sentence"]
    assert len({good["colour"], stopped["colour"], dead["colour"]}) == 3


def test_a_console_that_does_not_answer_is_said_by_all_four_and_taken_back_when_it_does(
    watched: Watched,
) -> None:
    watched.page.route("**/api/v1/pulse", lambda route: route.fulfill(status=200, body="no JSON"))
    silent = watched.follow()
    assert (silent["state"], silent["word"], silent["next"]) == ("dead", "No answer", None)
    assert "may be out of date" in silent["sentence"]
    watched.page.unroute("**/api/v1/pulse")
    back = watched.follow()
    assert (back["state"], back["word"]) == ("healthy", "Watching")
    assert back["next"] is not None


def test_the_number_of_open_alerts_and_the_word_that_there_is_news_follow_too(watched: Watched) -> None:
    page = watched.page
    news = page.get_by_role("link", name="News: load again")
    expect(news).to_be_hidden()
    open_ones = int(page.locator("[data-pulse=open]").inner_text().split()[0])
    with page.context.expect_page() as opening:
        page.evaluate("window.open(location.href)")
    other = opening.value
    other.locator("[data-ack]").first.click()
    expect(other.locator(".deed")).to_be_visible()
    watched.follow()
    expect(page.locator("[data-pulse=open]")).to_contain_text(str(open_ones - 1))
    page.evaluate(
        "document.getElementById('main').dataset.newest = '0'"
    )  # as if what is shown had been there before
    watched.follow()
    expect(news).to_be_visible()
