"""Every page in both themes and on a phone: axe finds nothing serious, nothing sticks out, headings are in order."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from sync.web.server import Console

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
    "/audit",
    "/find?q=CAR-T",
)
"""`event` and `study` stand for an eligibility change of the story, and the study it is about."""


def address(page: Page, url: str, name: str) -> str:
    """Where a page of the list is."""
    if name.startswith("/"):
        return url + name
    page.goto(f"{url}/?kind=eligibility")
    kind = re.match(r"event|study", name)
    assert kind
    link = {"event": "[data-open]", "study": ".study a.id"}[kind[0]]
    return url + str(page.locator(link).first.get_attribute("href")) + name[kind.end() :]


def rules(width: int, scheme: str) -> dict[str, Any]:
    """All that axe knows; colours are judged once in each theme, and nothing but they differs between the themes."""
    if scheme == "dark":
        return {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
    return {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": width > 360}}}


@pytest.mark.slow
@pytest.mark.parametrize("width, scheme", [(1280, "light"), (1280, "dark"), (360, "light")])
def test_axe_finds_nothing_serious(console: Start, tab: Tab, width: int, scheme: str) -> None:
    url, page = console().url, tab(width, color_scheme=scheme)
    found = []
    for name in PAGES:
        page.goto(address(page, url, name))
        page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
        for violation in Axe().run(page, options=rules(width, scheme)).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                nodes = [
                    (node["html"][:120], node["failureSummary"][-160:]) for node in violation["nodes"][:2]
                ]
                found.append((name, violation["id"], len(violation["nodes"]), nodes))
    assert found == []


@pytest.mark.parametrize("width", [360, 1280, 2560])
def test_nothing_sticks_out_at_the_side(console: Start, tab: Tab, width: int) -> None:
    url, page = console().url, tab(width)
    wide = {}
    for name in PAGES:
        page.goto(address(page, url, name))
        wide[name] = page.evaluate("document.documentElement.scrollWidth")
    assert {name: size for name, size in wide.items() if size > width} == {}


def test_each_page_has_one_title_and_its_headings_skip_no_level(console: Start, tab: Tab) -> None:
    url, page = console().url, tab()
    for name in PAGES:
        page.goto(address(page, url, name))
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
