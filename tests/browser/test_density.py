"""The inbox is dense: ten alerts on a screen, a bar while something is selected, and all that match beyond the page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sync.web.drawing.labels import ASCENT, DESCENT, width_of
from sync.web.server import Console
from sync.web.views import inbox

Tab = Callable[..., Page]
Start = Callable[..., Console]

ALERTS = 'input[name="event"]'
_SEEN_WHOLE = """() => [...document.querySelectorAll('[data-alert]')]
  .map(each => each.getBoundingClientRect()).filter(box => box.top >= 0 && box.bottom <= innerHeight).length"""
_ROWS = (
    "() => [...document.querySelectorAll('[data-alert]')].map(each => each.getBoundingClientRect().height)"
)


FAILING = {
    "state": "registry_failing",
    "word": "Registry fails",
    "sentence": "The daemon is up, but no poll has succeeded for 3 hours: the registry refused the request (403), and it is "
    "left alone until 09:30",
    "next_poll": "2026-09-30T09:30:00Z",
    "open_alerts": 12,
    "heaviest": "critical",
    "newest": 0,
}


def open_alerts(page: Page) -> int:
    return int(page.locator("[data-pulse=open]").inner_text().split()[0])


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three studies on a page, so that more match than are shown."""
    monkeypatch.setattr(inbox, "A_PAGE", {"study": 3, "release": 3})


def test_ten_alerts_stand_on_a_screen_a_row_each(console: Start, tab: Tab) -> None:
    page = tab(1440, 900)
    page.goto(console().url)
    assert page.evaluate(_SEEN_WHOLE) >= 10
    assert max(page.evaluate(_ROWS)) < 64  # two lines of words


def test_comfortable_rows_are_a_choice_that_this_browser_keeps_and_that_makes_nothing_jump(
    console: Start, tab: Tab
) -> None:
    url, page = console().url, tab(1440, 900)
    page.goto(url)
    compact = sum(page.evaluate(_ROWS))
    page.get_by_role("button", name="Comfortable").click()
    expect(page.get_by_role("button", name="Comfortable")).to_have_attribute("aria-pressed", "true")
    comfortable = sum(page.evaluate(_ROWS))
    assert comfortable > compact
    page.goto(f"{url}/events")
    page.goto(url)
    assert sum(page.evaluate(_ROWS)) == comfortable
    # What is shifted after the page is first painted; a script that changed the rows would shift them all.
    shifted = page.evaluate(
        """() => new Promise(done => { let sum = 0;
          new PerformanceObserver(list => { for (const each of list.getEntries()) sum += each.value; })
            .observe({type: 'layout-shift', buffered: true});
          setTimeout(() => done(sum), 300); })"""
    )
    assert shifted < 0.02
    page.get_by_role("button", name="Compact").click()
    expect(page.get_by_role("button", name="Compact")).to_have_attribute("aria-pressed", "true")
    assert sum(page.evaluate(_ROWS)) == compact


def test_without_a_script_rows_are_chosen_too(console: Start, tab: Tab) -> None:
    page = tab(1440, 900, java_script_enabled=False)
    page.goto(f"{console().url}/?severity=medium")
    page.get_by_role("button", name="Comfortable").click()
    expect(page).to_have_url(re.compile(r"severity=medium"))
    expect(page.locator("main.comfortable")).to_be_visible()


@pytest.mark.parametrize("scripted", [True, False])
def test_the_bar_is_there_while_something_is_selected(console: Start, tab: Tab, scripted: bool) -> None:
    page = tab(java_script_enabled=scripted)
    page.goto(console().url)
    bar = page.locator(".bulk")
    expect(bar).to_be_hidden()
    page.locator(ALERTS).nth(1).check()
    expect(bar).to_be_visible()
    page.locator(ALERTS).nth(1).uncheck()
    expect(bar).to_be_hidden()


def test_the_box_above_the_list_selects_all_of_the_page(console: Start, tab: Tab) -> None:
    page = tab()
    page.goto(console().url)
    number = page.locator(ALERTS).count()
    page.get_by_label("all on this page").check()
    expect(page.locator("[data-chosen]")).to_have_text(f"{number} selected")
    page.locator(ALERTS).first.uncheck()
    expect(page.locator("[data-chosen]")).to_have_text(f"{number - 1} selected")
    # Nothing matches beyond the page, so nothing more is offered.
    expect(page.locator('input[name="all"]')).to_have_count(0)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("scripted", [True, False])
def test_all_that_match_are_acknowledged_beyond_the_page_after_a_question_and_taken_back(
    console: Start, tab: Tab, scripted: bool
) -> None:
    page = tab(java_script_enabled=scripted)
    page.goto(f"{console().url}/?severity=high")
    before = open_alerts(page)
    match = page.get_by_label(re.compile("alerts that match"))
    number = int(re.findall(r"\d+", match.locator("..").inner_text())[0])
    assert page.locator(ALERTS).count() < number < before
    match.check()
    if scripted:
        expect(page.locator("[data-chosen]")).to_have_text(f"all {number} alerts that match")
    page.get_by_label("Note", exact=True).fill("looked at together")
    page.locator(".bulk").get_by_role("button", name="Acknowledge").click()
    expect(page.locator("h1")).to_have_text(f"Acknowledge {number} alerts?")
    expect(page.locator(".deed")).to_have_count(0)
    page.get_by_role("button", name=f"Acknowledge {number} alerts").click()
    expect(page.locator(".deed")).to_contain_text(f"Acknowledged {number} alerts – looked at together.")
    expect(page).to_have_url(re.compile("severity=high"))
    assert open_alerts(page) == before - number
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-pulse=open]")).to_have_text(re.compile(rf"^\s*{before}\b"))


@pytest.mark.usefixtures("small_pages")
def test_the_question_about_all_that_match_can_be_left_and_nothing_is_done(console: Start, tab: Tab) -> None:
    page = tab()
    page.goto(f"{console().url}/?severity=high")
    before = open_alerts(page)
    page.get_by_label(re.compile("alerts that match")).check()
    page.locator(".bulk").get_by_role("button", name="Take it").click()
    expect(page.locator("h1")).to_contain_text("Take")
    page.get_by_role("link", name="Back to the list").click()
    expect(page).to_have_url(re.compile("severity=high"))
    assert open_alerts(page) == before
    expect(page.locator(".has")).to_have_count(0)


@pytest.mark.usefixtures("small_pages")
def test_who_takes_one_out_means_no_longer_all_that_match(console: Start, tab: Tab) -> None:
    page = tab()
    page.goto(console().url)
    page.get_by_label(re.compile("alerts that match")).check()
    expect(page.locator(ALERTS).first).to_be_checked()
    page.locator(ALERTS).first.uncheck()
    expect(page.get_by_label(re.compile("alerts that match"))).not_to_be_checked()
    expect(page.locator("[data-chosen]")).to_have_text(f"{page.locator(ALERTS).count() - 1} selected")


@pytest.mark.usefixtures("small_pages")
def test_what_came_between_the_question_and_the_answer_is_asked_about_again(console: Start, tab: Tab) -> None:
    url, ana, ben = console().url, tab(), tab()
    ana.goto(f"{url}/?severity=medium")
    ana.get_by_label(re.compile("alerts that match")).check()
    ana.locator(".bulk").get_by_role("button", name="Close").click()
    expect(ana.locator("h1")).to_contain_text("Close")
    asked = ana.locator("h1").inner_text()
    ben.goto(url)
    ben.locator("[data-ack]").first.click()
    expect(ben.locator(".deed")).to_contain_text("Acknowledged 1 alert.")
    left = open_alerts(ben)
    ana.locator(".sure button").click()
    expect(ana.locator(".problem")).to_contain_text("nothing was done")
    assert ana.locator("h1").inner_text() != asked
    ana.locator(".sure button").click()
    expect(ana.locator(".deed")).to_contain_text("Closed")
    assert open_alerts(ana) < left


@pytest.mark.parametrize("state", ["working", "failing"])
def test_the_first_alert_stands_above_the_fold_of_a_phone(console: Start, tab: Tab, state: str) -> None:
    page = tab(360, 640)
    if state == "failing":
        # a registry that fails is what the bar has most to say of
        page.route("**/api/v1/pulse", lambda route: route.fulfill(json=FAILING))
    page.goto(console().url)
    page.evaluate("follow()")
    first = page.locator("[data-alert]").first.bounding_box()
    assert first is not None
    assert first["y"] + min(first["height"], 160) <= 640
    expect(page.locator("form.filters")).to_be_hidden()
    page.get_by_text("Filters").click()
    expect(page.locator("form.filters")).to_be_visible()
    page.get_by_label("At least").select_option("high")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text("Filters · 1")).to_be_visible()


_WORDS_OF_THE_PICTURE = """svg => [...svg.querySelectorAll('text')].map(each => {
  const box = each.getBBox();
  return [each.textContent, each.getAttribute('class'), box.x, box.y, box.x + box.width, box.y + box.height]; })"""


def test_words_of_the_timeline_are_no_wider_than_the_drawing_takes_them_for(console: Start, tab: Tab) -> None:
    """Its geometry is proved without a browser (tests/unit/web/test_timeline_geometry.py), on measures that hold in one."""
    url, page = console().url, tab(1440, 900)
    page.goto(url)
    links = list(
        dict.fromkeys(page.locator(".study a.id").evaluate_all("all => all.map(each => each.pathname)"))
    )
    wider = []
    for link in links[:8]:
        page.goto(f"{url}{link}")
        words = page.locator("svg.timeline.big").evaluate(_WORDS_OF_THE_PICTURE)
        for text, kind, left, top, right, bottom in words:
            size = 11 / 12 if kind in ("tick", "today-word") else 1
            if right - left > width_of(text) * size or bottom - top > (ASCENT + DESCENT) * size + 0.5:
                wider.append((text, kind, right - left, bottom - top))
    assert wider == []
