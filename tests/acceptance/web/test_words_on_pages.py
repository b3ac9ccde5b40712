"""No page shows a name of a class, a field or a code where words for people belong."""

from __future__ import annotations

import re
from html import unescape

from tests.acceptance.console import Browser
from tests.support.internal_names import KEYS, internal_names
from tests.support.story_pages import PAGES

EVIDENCE = re.compile(r'<details class="card evidence.*?</details>', re.DOTALL)
ASKED_FOR = re.compile(r"<(code|pre|script|style|option|select)\b.*?</\1>", re.DOTALL)
"""Where ids and commands are what a reader looks for."""


def read_on(page: str) -> str:
    """What a person reads on a page, without what is an id because they look for one."""
    main = page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    shown = ASKED_FOR.sub(" ", EVIDENCE.sub(" ", main)).partition("Database url")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def test_no_page_shows_an_internal_name(browser: Browser) -> None:
    event_pages = {
        f"/events/{each}" for each in re.findall(r'href="/events/(evt_\w+)"', browser.get("/events").text)
    }
    found = {}
    for path in (*PAGES, *sorted(event_pages)):
        found[path] = [each for each in internal_names(read_on(browser.get(path).text)) if each not in KEYS]
    assert {path: names for path, names in found.items() if names} == {}
