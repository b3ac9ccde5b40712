"""Hostile text in every field of a record, on every page, in a real browser: nothing runs, loads or leads away (H2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from sync.service import Service, open_service
from sync.web.server import Console
from tests.support import hostile_records as hostile

Tab = Callable[..., Page]

_INJECTED = """() => [
  window.hit ?? 0,
  [...document.querySelectorAll('script')].filter(each => !each.src.startsWith(location.origin + '/static/')).length,
  [...document.querySelectorAll('*')].filter(each => [...each.attributes].some(a => a.name.startsWith('on'))).length,
  [...document.querySelectorAll('[style], style, base, iframe, object, embed, meta[http-equiv]')].length,
  [...document.querySelectorAll('a[href], form[action]')]
    .map(each => new URL(each.getAttribute('href') ?? each.getAttribute('action'), location).origin)
    .filter(to => !['https://clinicaltrials.gov', 'https://pubmed.ncbi.nlm.nih.gov', location.origin].includes(to)),
]"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose records are attacks."""
    settings = hostile.fill(tmp_path_factory.mktemp("hostile"))
    with open_service(settings) as made:
        yield made


@pytest.fixture
def console(service: Service) -> Iterator[Console]:
    """Its console."""
    made = Console(service)
    made.start()
    yield made
    made.stop()


def every_address(page: Page, start: str) -> Iterator[str]:
    """Each page of the console that can be reached by links, one address for each kind of query."""
    seen, to_do = (
        set(),
        ["/", "/events", "/cohorts", "/watcher", f"/find?q={quote(hostile.ATTACK[:90])}", "/nothing"],
    )
    while to_do and len(seen) < 80:
        address = to_do.pop(0)
        shape = re.sub(r"=[^&]*", "=", address)
        if shape in seen:
            continue
        seen.add(shape)
        page.goto(start + address)
        yield address
        links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
        pages = [
            link
            for link in links
            # The help is of our own words, and names sites that a record may not lead to.
            if link.startswith("/") and not link.startswith(("/api/", "/static/", "/feed", "/help"))
        ]
        to_do += [link.partition("#")[0] for link in pages if "/record" not in link and "/export" not in link]


def test_nothing_that_a_record_says_runs_or_leads_away(
    console: Console, chromium: Browser, record_property: Callable[[str, object], None]
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    noise: list[str] = []
    asked: list[str] = []
    page.on("console", lambda line: noise.append(line.text))
    page.on("dialog", lambda dialog: (noise.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    visited, executions, with_attack = 0, 0, 0
    for address in every_address(page, console.url):
        page.mouse.move(400, 400)
        visited += 1
        hit, scripts, handlers, elements, elsewhere = page.evaluate(_INJECTED)
        executions += hit != 0
        assert (hit, scripts, handlers, elements, elsewhere) == (0, 0, 0, 0, []), address
        with_attack += "window.hit" in page.evaluate("document.body.innerText")
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, address
    context.close()
    assert (executions, [line for line in noise if "404" not in line]) == (0, [])
    record_property(
        "pages visited, executions, pages with the attack as text", [visited, executions, with_attack]
    )
    assert visited > 10
    assert with_attack > 5  # the text is there, as text
    assert all(url.startswith((console.url, "data:")) for url in asked)


def test_a_hostile_text_that_is_checked_stays_text(console: Console, tab: Tab) -> None:
    page = tab()
    page.goto(f"{console.url}/events")
    study = page.locator('a[href^="/studies/NCT"]').first.get_attribute("href")
    page.goto(f"{console.url}{study}/check")
    page.locator("#text").fill(
        f"</textarea>{hostile.ATTACK}\nAge 19 {hostile.ATTACK}\nExclusion criteria:\nHIV"
    )
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#verdict")).to_be_visible()
    assert page.evaluate(_INJECTED) == [0, 0, 0, 0, []]
    assert "window.hit" in page.locator(".comparison").inner_text()


def test_hostile_words_in_an_address_stay_words(console: Console, tab: Tab) -> None:
    page = tab()
    for path in ("/", "/events", "/find", "/cohorts/demo", "/login", "/audit"):
        for name in ("q", "next", "did", "watch", "person", "sort", "view", "as_of", "cursor"):
            answer = page.request.get(
                f"{console.url}{path}", params={name: hostile.ATTACK}, headers={"accept": "text/html"}
            )
            assert answer.status < 500, (path, name)
            assert "<script>window" not in answer.text(), (path, name)
            assert "<img src=x" not in answer.text(), (path, name)
