"""An event's page, taken apart, and what is pressed on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import httpx

from storage import alerts
from storage.alerts import AlertInfo
from storage.events import events as stored_events
from sync.service import Service
from tests.acceptance.console import Browser, text_of

MakeService = Callable[..., Service]


def words(html: str) -> str:
    """What is read of a piece of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def id_of(browser: Browser, nct_id: str, kind: str, release: str = "") -> str:
    """The story's event of a study."""
    with browser.app.state.service.database.read() as session:
        found = stored_events(session, nct_id=nct_id or None, kinds=(kind,), held=True)
    (event_id,) = (each["id"] for each in found if each["kind"] == kind and release in ("", each["release"]))
    return str(event_id)


def threshold(browser: Browser) -> str:
    """Platelets from 50 to 30."""
    return id_of(browser, "NCT90000004", "eligibility", "2026-09-09")


def suspended(browser: Browser) -> str:
    """Suspended for safety."""
    return id_of(browser, "NCT90000005", "status", "2026-09-10")


def storm(browser: Browser) -> str:
    """A sponsor renamed in seven studies at once."""
    return id_of(browser, "", "storm")


def show(browser: Browser, event_id: str, query: str = "") -> httpx.Response:
    page = browser.get(f"/events/{event_id}{query}")
    assert page.status_code == 200
    return page


def card(page: httpx.Response, heading: str) -> str:
    """What is read of the card with this heading; "" where there is none."""
    found = re.search(rf'<h2 id="{heading}">.*?</section>', page.text, re.DOTALL)
    return words(found[0]) if found else ""


def facts(page: httpx.Response) -> dict[str, str]:
    """Names and values of all lists of facts."""
    found = re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", page.text, re.DOTALL)
    return {words(name): words(value) for name, value in found}


def folded(page: httpx.Response, name: str) -> str:
    found = re.search(rf'<details class="card {name}">.*?</details>', page.text, re.DOTALL)
    return words(found[0]) if found else ""


def stands(page: httpx.Response) -> str:
    """How the alert stands."""
    found = re.search(r'<p class="stands">(.*?)</p>', page.text, re.DOTALL)
    return words(found[1]) if found else ""


def info(browser: Browser, event_id: str) -> AlertInfo:
    with browser.app.state.service.database.read() as session:
        found = alerts.alert(session, event_id)
    assert found
    return found


def done(browser: Browser, event_id: str, action: str, **fields: str) -> httpx.Response:
    """Press a button of the event's page; the page that comes then."""
    own = {"action": action, "only": event_id, "next": f"/events/{event_id}"}
    answer = browser.post("/act", own | fields)
    assert answer.status_code == 303, text_of(answer)
    location = answer.headers["location"]
    assert re.fullmatch(rf"/events/{event_id}\?did=\d+-\d+", location)
    return browser.get(location)


def undo(browser: Browser, page: httpx.Response) -> httpx.Response:
    """Press the page's button to take it back."""
    (form,) = re.findall(r'<form method="post" action="/undo".*?</form>', page.text, re.DOTALL)
    fields = {name: unescape(value) for name, value in re.findall(r'name="(did|next)" value="([^"]*)"', form)}
    answer = browser.post("/undo", fields)
    assert answer.status_code == 303, text_of(answer)
    return browser.get(answer.headers["location"])


def deed(page: httpx.Response) -> str:
    found = re.search(r'<div class="deed" role="status"><span>(.*?)</span>', page.text)
    return words(found[1]) if found else ""
