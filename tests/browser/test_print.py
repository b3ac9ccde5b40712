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
