"""What is usual, in a cohort that is too small to say: the pages and the API say so instead of numbers."""

from __future__ import annotations

from collections.abc import Callable

from sync.service import Service
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.api import Api


def test_of_too_few_studies_nothing_is_said_but_that(
    browser: Browser, story_service: Callable[..., Service]
) -> None:
    api = Api(story_service())
    rates = api.read("/cohorts/demo/rates", days=60, by=["class", "phase"])
    assert rates["n"] < rates["fewest"]
    assert {each["per_100_study_years"]["value"] for each in rates["rates"]} == {None}
    assert "Too few to say" in text_of(browser.get("/cohorts/demo"))
    event = api.read("/events", kind="status", limit=1)["events"][0]["id"]
    usual = api.read(f"/events/{event}")["usual"]
    assert not usual["enough"]
    assert usual["sentence"] in text_of(browser.get(f"/events/{event}"))


def test_there_are_no_rates_of_a_watch_that_there_is_not(story_service: Callable[..., Service]) -> None:
    assert Api(story_service()).refused("/cohorts/nothing/rates")[0] == 404
