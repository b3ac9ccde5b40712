"""Finding, the worklist, feeds and help in a real browser, as an editor uses them on a morning."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
from playwright.sync_api import Page, expect

from sync.service import Service
from sync.web.server import Console
from tests.support.accounts import PASSWORD, add

Tab = Callable[..., Page]
Start = Callable[..., Console]
MakeService = Callable[..., Service]


def test_a_beginning_is_found_marked_narrowed_and_widened_again(console: Start, tab: Tab) -> None:
    page = tab()
    page.goto(console().url)
    page.get_by_label("Find a study").fill("lup")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 studies")
    expect(page.locator("mark").first).to_have_text("Lupus")

    page.get_by_label("Status").select_option("WITHDRAWN")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("heading", name="No study")).to_be_visible()
    page.get_by_role("link", name="Search without the filters").click()
    page.get_by_role("link", name="Lupus Nephritis").click()
    expect(page).to_have_url(re.compile(r"/studies/NCT90000002$"))


def test_a_study_is_marked_as_reviewed_from_the_worklist(console: Start, tab: Tab) -> None:
    page = tab()
    page.goto(f"{console().url}/worklist")
    rows = page.locator("tbody tr")
    before, study = rows.count(), rows.first.locator("a.id").inner_text()
    rows.first.get_by_role("button", name="Mark reviewed").click()
    expect(page.get_by_text(f"Noted the review of {study}")).to_be_visible()
    expect(rows).to_have_count(before - 1)
    expect(page.get_by_role("link", name=study)).to_have_count(0)

    other = rows.first.locator("a.id").inner_text()
    page.goto(f"{page.url.partition('/worklist')[0]}/studies/{other}")
    page.get_by_text("Note the address of your own page").click()
    page.get_by_label("Address (empty: there is none)").fill("https://www.example.org/trial")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_role("link", name="https://www.example.org/trial")).to_have_attribute(
        "rel", "noreferrer noopener"
    )


def test_an_address_for_a_feed_reader_is_made_read_and_revoked(
    story_service: MakeService, console: Start, tab: Tab
) -> None:
    running = console()
    service = story_service()
    add(service.database, service, "ana", "operator")
    page = tab()
    page.goto(f"{running.url}/feeds")
    page.get_by_label("For whose reader").fill("Ana")
    page.get_by_role("button", name="Make an address").click()
    address = page.locator("dd code").first.inner_text()
    assert httpx.get(address).status_code == 200
    page.get_by_role("button", name="Revoke the address for Ana").click()
    expect(page.get_by_text(f"revoked on {datetime.now(UTC):%Y}")).to_be_visible()
    assert httpx.get(address).status_code == 404
    assert PASSWORD not in page.content()


def test_the_help_leads_from_the_foot_of_a_page_to_an_answer_of_the_api(console: Start, tab: Tab) -> None:
    page = tab()
    page.goto(console().url)
    page.get_by_role("contentinfo").get_by_role("link", name="API").click()
    page.locator("summary", has_text="/api/v1/pulse").click()
    answer = page.get_by_role("link", name="See what it answers now").first
    expect(answer).to_have_attribute("href", "/api/v1/pulse")
    expect(answer).to_be_visible()
    page.get_by_role("link", name="How to use it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The API")


def test_on_a_phone_filters_are_folded_away_and_the_words_stay(console: Start, tab: Tab) -> None:
    url, page = console().url, tab(360)
    page.goto(f"{url}/find?q=lupus&status=RECRUITING")
    expect(page.get_by_label("Words, “phrases”, ids")).to_be_visible()
    expect(page.get_by_label("Status")).to_be_hidden()
    page.get_by_text("Filters · 1", exact=True).click()
    expect(page.get_by_label("Status")).to_be_visible()

    page.goto(f"{url}/worklist")
    expect(page.get_by_label("At least")).to_be_hidden()
    assert page.locator("tbody tr").first.bounding_box()["y"] < 300  # type: ignore[index]
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("At least").select_option("critical")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text("Filters · 1", exact=True)).to_be_visible()


def test_on_a_phone_a_table_of_the_help_breaks_no_word_in_two(console: Start, tab: Tab) -> None:
    page = tab(360)
    page.goto(f"{console().url}/help/console")
    heights = page.evaluate(
        "[...document.querySelectorAll('.prose td:first-child code')].map(e => e.offsetHeight)"
    )
    assert heights
    assert max(heights) < 30
