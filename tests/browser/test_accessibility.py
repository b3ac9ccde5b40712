"""Every page in both themes and on a phone: axe finds nothing serious, nothing sticks out, headings are in order."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from sync.study.record import Study
from sync.web.render import ROWS_COOKIE
from sync.web.server import Console
from tests.support.published_pages import colons

Tab = Callable[..., Page]
Start = Callable[..., Console]

PAGES = (
    "/",
    "/?by=release",
    "/?q=nothing+like+it",
    "/events",
    "event",
    "event?view=merged",
    "study",
    "study/compare",
    "study/check",
    "study?version=1",
    "/cohorts",
    "/cohorts/demo",
    "/watcher",
    "study/sheet",
    "/cohorts/demo?q=nothing+like+it",
    "/watches",
    "/watches/demo",
    "/setup",
    "/audit",
    "/find?q=CAR-T",
    "/find?q=nothing+like+it",
    "/nothing/here",
    "/studies/NCT00000001",
    "/events?kind=nothing",
    "sure",
    "comfortable",
    "pasted",
    "/find?q=lupus+zzz",
    "/worklist",
    "/worklist?show=never",
    "/pages",
    "/classes",
    "/feeds",
    "/help",
    "/help/api",
    "/help/api-reference",
)
"""`event` and `study` stand for an eligibility change of the story, and the study it is about; `sure` for the question
before something is done to all alerts that match; `comfortable` for the inbox with such rows; `pasted` for the check
of a page that was pasted."""
LANDMARKS = re.compile("landmark|region|bypass|page-has|heading-order|empty-heading")
"""Rules that must hold too, though axe calls what breaks them moderate."""


def address(page: Page, url: str, name: str) -> str:
    """Where a page of the list is."""
    if name.startswith("/"):
        return url + name
    if name == "comfortable":
        page.context.add_cookies([{"name": ROWS_COOKIE, "value": name, "url": url}])
        return url
    page.goto(f"{url}/?kind=eligibility")
    kind = re.match(r"event|study", name)
    assert kind
    link = {"event": "[data-open]", "study": ".study a.id"}[kind[0]]
    return url + str(page.locator(link).first.get_attribute("href")) + name[kind.end() :]


def open_page(page: Page, url: str, name: str) -> None:
    """Show a page of the list."""
    if name == "pasted":
        paste(page, url)
        return
    if name != "sure":
        page.goto(address(page, url, name))
        return
    page.goto(f"{url}/?severity=high")
    page.evaluate(_ASK)
    page.wait_for_selector(".sure")


def paste(page: Page, url: str) -> None:
    """Have a whole page be checked that prints the study's first version."""
    page.goto(address(page, url, "study"))
    study = page.url
    record = httpx.get(f"{study.replace('/studies/', '/api/v1/studies/')}/versions/1/record").json()
    page.goto(f"{study}/check")
    page.get_by_role("textbox").last.fill(colons(Study(record)))
    page.get_by_role("button", name="Check", exact=True).click()
    page.wait_for_selector("#criteria, #h-facts")


_ASK = """() => { const form = document.getElementById("alerts");
  form.insertAdjacentHTML("beforeend", '<input type="hidden" name="all" value="1">'); form.submit(); }"""


def rules(width: int, scheme: str) -> dict[str, Any]:
    """All that axe knows; colours are judged once in each theme, and nothing but they differs between the themes."""
    if scheme == "dark":
        return {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
    return {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": width > 360}}}


@pytest.mark.slow
@pytest.mark.parametrize("width, scheme", [(1440, "light"), (1440, "dark"), (360, "light"), (360, "dark")])
def test_axe_finds_nothing_serious(console: Start, tab: Tab, width: int, scheme: str) -> None:
    url, page = console().url, tab(width, color_scheme=scheme)
    found = []
    for name in PAGES:
        open_page(page, url, name)
        page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
        for violation in Axe().run(page, options=rules(width, scheme)).response["violations"]:
            if violation["impact"] in ("serious", "critical") or LANDMARKS.search(violation["id"]):
                nodes = [
                    (node["html"][:120], node["failureSummary"][-160:]) for node in violation["nodes"][:2]
                ]
                found.append((name, violation["id"], len(violation["nodes"]), nodes))
    assert found == []


@pytest.mark.parametrize("width", [360, 700, 1000, 1440, 2560])
def test_nothing_sticks_out_at_the_side(console: Start, tab: Tab, width: int) -> None:
    url, page = console().url, tab(width)
    wide = {}
    for name in PAGES:
        open_page(page, url, name)
        wide[name] = page.evaluate("document.documentElement.scrollWidth")
    assert {name: size for name, size in wide.items() if size > width} == {}


def test_each_page_has_one_title_and_its_headings_skip_no_level(console: Start, tab: Tab) -> None:
    url, page = console().url, tab()
    for name in PAGES:
        open_page(page, url, name)
        levels = page.evaluate(
            "[...document.querySelectorAll('main :is(h1,h2,h3,h4)')].map(h => Number(h.tagName[1]))"
        )
        assert levels.count(1) == 1, name
        assert levels[0] == 1, name
        assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels)), (
            name,
            levels,
        )
        assert page.title().endswith("trialdelta"), name


def test_on_a_phone_what_a_pasted_page_says_and_the_record_are_both_in_sight(
    console: Start, tab: Tab
) -> None:
    page = tab(360)
    open_page(page, console().url, "pasted")
    table = page.locator(".facts-checked")
    assert table.evaluate("each => each.parentElement.scrollWidth <= each.parentElement.clientWidth")
    assert table.get_by_role("cell").count() > 3
