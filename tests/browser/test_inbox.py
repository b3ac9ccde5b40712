"""The inbox and an event in a real browser: find what needs somebody, judge it, take it back; by mouse, keys and touch."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sync.web.server import Console

Tab = Callable[..., Page]
Start = Callable[..., Console]


@pytest.fixture
def page(console: Start, tab: Tab) -> Page:
    """The inbox."""
    opened = tab()
    opened.goto(console().url)
    return opened


def alerts(page: Page) -> int:
    return page.locator("[data-alert]").count()


def test_judging_an_alert_and_coming_back(page: Page) -> None:
    before = alerts(page)
    first = page.locator("[data-open]").first
    headline = first.inner_text()
    first.click()
    expect(page.locator("h1")).to_have_text(headline)
    page.get_by_label("Verdict").select_option("acted")
    page.get_by_label("Note", exact=True).fill("page corrected")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".deed")).to_contain_text("Acknowledged 1 alert as “acted” – page corrected.")
    expect(page.locator(".stands")).to_contain_text("Acknowledged by")
    page.get_by_role("link", name="Inbox").click()
    expect(page.locator("[data-alert]")).to_have_count(before - 1)
    expect(page.get_by_text(headline, exact=True)).to_have_count(0)


def test_acknowledging_from_the_list_does_not_load_the_page_anew_and_can_be_undone(page: Page) -> None:
    before = alerts(page)
    page.evaluate("window.same = true")
    page.locator("[data-ack]").nth(2).click()
    expect(page.locator(".deed")).to_contain_text("Acknowledged 1 alert.")
    expect(page.locator("[data-alert]")).to_have_count(before - 1)
    expect(page.locator("[data-pulse=open]")).to_contain_text(str(before - 1))
    page.locator(".deed").get_by_role("button", name="Undo").click()
    expect(page.locator("[data-alert]")).to_have_count(before)
    assert page.evaluate("window.same") is True


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    before = alerts(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("[data-alert].current [data-open]")).to_be_focused()
    first = page.locator("[data-alert].current [data-open]").inner_text()
    assert first == page.locator("[data-open]").first.inner_text()
    page.keyboard.press("a")
    expect(page.locator("[data-alert]")).to_have_count(before - 1)
    page.keyboard.press("u")
    expect(page.locator("[data-alert]")).to_have_count(before)
    for key in "jxjx":
        page.keyboard.press(key)
    expect(page.locator("[data-chosen]")).to_have_text("2 selected")
    page.keyboard.press("s")
    expect(page.locator(".deed")).to_contain_text("Snoozed 2 alerts until it changes.")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("platelets")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=platelets"))
    page.wait_for_load_state()
    expect(page.locator("[data-alert]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(r"/events$"))


def test_keyboard_triage_keeps_its_place_and_goes_on_to_the_next(page: Page) -> None:
    places = [page.locator("[data-open]").nth(place).inner_text() for place in range(5)]
    for key in "jjj":
        page.keyboard.press(key)
    current = page.locator("[data-alert].current [data-open]")
    at = places.index(current.inner_text())
    page.keyboard.press("a")
    expect(page.locator(".deed")).to_contain_text("Acknowledged 1 alert.")
    expect(current).to_have_text(places[at + 1])
    expect(current).to_be_focused()
    page.keyboard.press("s")
    expect(page.locator(".deed")).to_contain_text("Snoozed 1 alert")
    expect(current).not_to_have_text(places[at + 1])
    page.keyboard.press("t")
    expect(page.locator(".deed")).to_contain_text("Assigned 1 alert to")
    expect(current).to_be_visible()


def test_an_event_leads_on_to_the_next_of_the_list_it_was_opened_from(page: Page) -> None:
    names = page.locator("[data-open]").all_inner_texts()
    page.locator("[data-open]").nth(1).click()
    siblings = page.get_by_role("navigation", name="The list you came from")
    expect(siblings).to_contain_text(f"2 of {len(names)}")
    siblings.get_by_role("link", name="Next").click()
    expect(page.locator("h1")).to_have_text(names[2])
    for place in (1, 0):
        page.keyboard.press("k")
        expect(page.locator("h1")).to_have_text(names[place])
    siblings.get_by_role("link", name="Back to the list").click()
    expect(page.locator("h1")).to_have_text("Inbox")


def test_a_mute_without_a_reason_keeps_the_form_and_all_that_was_chosen(page: Page) -> None:
    page.locator('input[name="event"]').nth(1).check()
    page.locator(".muting summary").click()
    page.get_by_label("For how long").select_option("7d")
    page.locator(".bulk").get_by_role("button", name="Mute", exact=True).click()
    expect(page.locator("#reason")).to_be_focused()
    expect(page.get_by_label("For how long")).to_have_value("7d")
    expect(page.locator('input[name="event"]').nth(1)).to_be_checked()


def test_who_was_faster_is_told_in_place_and_the_form_stays(console: Start, tab: Tab) -> None:
    url, first, second = console().url, tab(), tab()
    for page, name in ((first, "Ana"), (second, "Ben")):
        page.goto(url)
        page.locator(".me summary").click()
        page.get_by_label("Your name in the audit log").fill(name)
        page.get_by_role("button", name="Save").click()
        page.wait_for_load_state()
    first.locator('input[name="event"]').first.check()
    first.get_by_label("Note", exact=True).fill("mine")
    second.locator("[data-ack]").first.click()
    expect(second.locator(".deed")).to_contain_text("Acknowledged 1 alert.")
    with first.expect_response(re.compile("/act")):
        first.locator(".bulk").get_by_role("button", name="Acknowledge").click()
    expect(first.get_by_role("alert")).to_contain_text("Ben was faster")
    expect(first.get_by_label("Note", exact=True)).to_have_value("mine")
    first.get_by_role("link", name="Load again").click()
    expect(first.get_by_role("alert")).to_have_count(0)


def test_tabbing_reaches_every_control_in_the_order_in_which_it_is_read(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    words = "each => [each.tagName, each.innerText.slice(0, 12)]"
    controls = page.locator("#main :is(a, button, summary, select, input:not([type=hidden])):visible")
    read = controls.evaluate_all(f"all => all.map({words})")
    read = read[: read.index(["BUTTON", "Filter"]) + 1]
    assert read[0] == ["A", "Open"]
    assert ["A", "By release"] in read
    seen = []
    for _ in read:
        page.keyboard.press("Tab")
        seen.append(page.evaluate(f"({words})(document.activeElement)"))
    assert seen == read


def test_many_are_selected_and_acknowledged_together(page: Page) -> None:
    before = alerts(page)
    for place in (0, 1, 2):
        page.locator('input[name="event"]').nth(place).check()
    page.get_by_label("Verdict").select_option("no action needed")
    page.locator(".bulk").get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".deed")).to_contain_text("Acknowledged 3 alerts as “no action needed”.")
    expect(page.locator("[data-alert]")).to_have_count(before - 3)


def test_without_a_script_it_works_too(console: Start, tab: Tab) -> None:
    page = tab(java_script_enabled=False)
    page.goto(console().url)
    before = alerts(page)
    page.locator('input[name="event"]').first.check()
    page.locator(".bulk").get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".deed")).to_contain_text("Acknowledged 1 alert.")
    expect(page.locator("[data-alert]")).to_have_count(before - 1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-alert]")).to_have_count(before)
    page.get_by_label("Search", exact=True).fill("platelets")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("[data-alert]")).to_have_count(1)


def test_on_a_phone_nothing_sticks_out_and_everything_can_be_touched(console: Start, tab: Tab) -> None:
    page = tab(360, 780, has_touch=True)
    page.goto(console().url)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator("[data-ack]").first.tap()
    expect(page.locator(".deed")).to_contain_text("Acknowledged 1 alert.")
    page.locator("[data-open]").first.tap()
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_times_are_the_readers_own_with_utc_at_hand(console: Start, tab: Tab) -> None:
    page = tab(timezone_id="Asia/Tokyo", locale="en-GB")
    page.goto(console().url)
    page.locator("[data-open]").first.click()
    time = page.locator(".stands time")
    utc = time.get_attribute("title") or ""
    hours = (int(time.inner_text()[-5:-3]) - int(utc[11:13])) % 24
    assert hours == 9
    expect(page.locator("[data-zone]")).to_contain_text("Times are in Asia/Tokyo")
    assert utc.endswith("UTC")


def test_the_theme_is_the_systems_unless_chosen(console: Start, tab: Tab) -> None:
    page = tab(color_scheme="dark")
    page.goto(console().url)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".me summary").click()
    page.get_by_role("button", name="Light", exact=True).click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
