"""On paper: a study's sheet fits one page of A4, and the inbox prints its alerts without what only a screen can use."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sync.web.server import Console


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("number", range(4))
def test_the_sheet_of_a_study_is_one_page_of_a4(
    console: Callable[..., Console], tab: Callable[..., Page], number: int
) -> None:
    page = tab()
    url = console().url
    page.goto(url)
    ids = list(dict.fromkeys(page.locator("a.id").all_inner_texts()))
    page.goto(f"{url}/studies/{ids[number]}/sheet")
    expect(page.locator(".sheet .id")).to_have_text(ids[number])
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    pdf = page.pdf(prefer_css_page_size=True)
    assert pages_of(pdf) == 1
    (width, height) = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)[0]
    assert (round(float(width)), round(float(height))) == (595, 842) or abs(float(width) - 595) < 2


def test_the_inbox_prints_its_alerts_and_no_buttons(
    console: Callable[..., Console], tab: Callable[..., Page]
) -> None:
    page = tab()
    page.goto(console().url)
    page.emulate_media(media="print")
    expect(page.locator("[data-open]").first).to_be_visible()
    for unprinted in (".top", ".foot", ".filters", ".bulk", "[data-ack]"):
        expect(page.locator(unprinted).first).to_be_hidden()


A4 = {"upright": 688, "landscape": 1032}
"""What is left of a sheet's width between its margins, in pixels."""
_USELESS = """() => [...document.querySelectorAll(
  'nav, button, input, select, textarea, dialog, header.top, footer, [data-boost] label, details form')]
  .filter(each => each.getClientRects().length).map(each => each.outerHTML.slice(0, 80))"""
_CUT = """() => [...document.querySelectorAll('main *')]
  .filter(each => getComputedStyle(each).overflow === 'hidden' && each.getClientRects().length && !each.closest('.hidden')
    && (each.scrollHeight > each.clientHeight + 1 || each.scrollWidth > each.clientWidth + 1) && each.clientWidth > 1)
  .map(each => each.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(
    "name, paper",
    [
        ("/", "upright"),
        ("/cohorts/demo", "landscape"),
        ("event", "upright"),
        ("study", "upright"),
        ("sheet", "upright"),
        ("check", "upright"),
        ("/classes", "upright"),
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_nothing_is_cut_and_nothing_is_there_that_only_a_screen_can_use(
    console: Callable[..., Console], tab: Callable[..., Page], name: str, paper: str, scheme: str
) -> None:
    page, url = tab(A4[paper], 1000, color_scheme=scheme), console().url
    page.goto(f"{url}/?kind=eligibility")
    study = page.locator(".study a.id").first.get_attribute("href")
    event = page.locator("[data-open]").first.get_attribute("href")
    page.goto(
        url
        + {"event": event, "study": study, "sheet": f"{study}/sheet", "check": f"{study}/check"}.get(
            name, name
        )
    )  # type: ignore[operator]
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= A4[paper]
    assert page.evaluate(_USELESS) == []
    assert page.evaluate(_CUT) == []
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_no_page_ends_inside_an_alert(console: Callable[..., Console], tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto(console().url)
    page.emulate_media(media="print")
    styles = "all => all.map(each => getComputedStyle(each).breakInside)"
    assert set(page.locator("[data-alert]").evaluate_all(styles)) == {"avoid"}


def test_an_event_prints_the_addresses_of_its_links(
    console: Callable[..., Console], tab: Callable[..., Page]
) -> None:
    page = tab()
    page.goto(console().url)
    page.locator("[data-open]").first.click()
    page.locator("details.evidence summary").click()
    page.emulate_media(media="print")
    link = page.locator('.links a[href^="https://clinicaltrials.gov"]').first
    shown = link.evaluate("each => getComputedStyle(each, '::after').content")
    assert "https://clinicaltrials.gov" in shown or "attr(href)" in shown
