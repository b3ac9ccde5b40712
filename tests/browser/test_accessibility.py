"""Every page in both themes and on a phone: axe finds nothing serious, nothing sticks out, headings are in order."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from sync.study.record import Study
from sync.web.render import ROWS_COOKIE
from sync.web.server import Console
from tests.browser.conftest import consoles, tabs
from tests.support.published_pages import colons
from tests.support.stories import story_services

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


WIDTHS = {360: (360, 700), 1440: (1000, 1440, 2560)}
"""Of the screens at which each page is opened, and to which the window is then made."""


@dataclass
class Walk:
    """What was seen of each page, opened once at a width."""

    violations: list[tuple[Any, ...]] = field(default_factory=list)
    wide: dict[tuple[str, int], int] = field(default_factory=dict)
    levels: dict[str, list[int]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def look_at(self, page: Page, name: str, width: int) -> None:
        self.titles[name] = page.title()
        self.levels[name] = page.evaluate(_LEVELS)
        for size in WIDTHS[width]:
            page.set_viewport_size({"width": size, "height": 900})
            self.wide[name, size] = page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
        # All that axe knows; then the colours of the other theme, for nothing else differs between the themes.
        self.judge(page, name, {"rules": {"color-contrast": {"enabled": width > 360}}})
        page.emulate_media(color_scheme="dark")
        self.judge(page, name, {"runOnly": ["color-contrast"]})
        page.emulate_media(color_scheme="light")

    def judge(self, page: Page, name: str, rules: dict[str, Any]) -> None:
        options = {"resultTypes": ["violations"], **rules}
        for violation in Axe().run(page, options=options).response["violations"]:
            if violation["impact"] in ("serious", "critical") or LANDMARKS.search(violation["id"]):
                nodes = [
                    (node["html"][:120], node["failureSummary"][-160:]) for node in violation["nodes"][:2]
                ]
                self.violations.append((name, violation["id"], len(violation["nodes"]), nodes))


_LEVELS = "[...document.querySelectorAll('main :is(h1,h2,h3,h4)')].map(h => Number(h.tagName[1]))"


@pytest.fixture(scope="module", params=WIDTHS)
def walk(
    request: pytest.FixtureRequest,
    chromium: Browser,
    story_database: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Walk]:
    """A walk through all pages, on a phone and on a large screen."""
    with (
        story_services(story_database, tmp_path_factory.mktemp("walk")) as services,
        consoles(services) as start,
        tabs(chromium) as tab,
    ):
        seen, url, page = Walk(), start().url, tab(request.param, color_scheme="light")
        for name in PAGES:
            open_page(page, url, name)
            seen.look_at(page, name, request.param)
        yield seen


@pytest.mark.slow
def test_axe_finds_nothing_serious_in_both_themes(walk: Walk) -> None:
    assert walk.violations == []


def test_nothing_sticks_out_at_the_side(walk: Walk) -> None:
    assert {(name, size): wide for (name, size), wide in walk.wide.items() if wide > size} == {}


def test_each_page_has_one_title_and_its_headings_skip_no_level(walk: Walk) -> None:
    assert walk.levels.keys() == set(PAGES)
    for name, levels in walk.levels.items():
        assert levels.count(1) == 1, name
        assert levels[0] == 1, name
        assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels)), (name, levels)
        assert walk.titles[name].endswith("trialdelta"), name


def test_on_a_phone_what_a_pasted_page_says_and_the_record_are_both_in_sight(
    console: Start, tab: Tab
) -> None:
    page = tab(360)
    open_page(page, console().url, "pasted")
    table = page.locator(".facts-checked")
    assert table.evaluate("each => each.parentElement.scrollWidth <= each.parentElement.clientWidth")
    assert table.get_by_role("cell").count() > 3
