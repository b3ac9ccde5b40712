"""Feeds of the last events, read as feed readers read them: whole documents, permanent ids, and nothing sent twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import pytest
from lxml import etree, html

from storage import alerts, events, storms
from sync.changes.model import Kind
from sync.service import Service
from tests.acceptance.console import Browser
from tests.acceptance.web.conftest import Clock
from tests.support.accounts import PUBLIC
from tests.unit.channels.outgoing import HOSTILE

ATOM = "{http://www.w3.org/2005/Atom}"
MakeService = Callable[..., Service]


@pytest.fixture
def service(story_service: MakeService, clock: Clock) -> Service:
    """The service on the morning after the story's last release."""
    return story_service(now=clock)


def told(service: Service, **which: Any) -> list[dict[str, Any]]:
    with service.database.read() as session:
        return events.events(session, limit=50, **which)


def atom(browser: Browser, query: str = "") -> Any:
    answer = browser.request("GET", f"/feed.atom{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        "application/atom+xml; charset=utf-8",
    )
    return etree.fromstring(answer.content)


def entries(browser: Browser, query: str = "") -> list[Any]:
    return list(atom(browser, query).iter(f"{ATOM}entry"))


def json_feed(browser: Browser, query: str = "") -> dict[str, Any]:
    answer = browser.request("GET", f"/feed.json{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/feed+json")
    found: dict[str, Any] = answer.json()
    return found


def link(node: Any, rel: str) -> str | None:
    """Where a link leads; without a `rel` it is the alternate (RFC 4287, 4.2.7.2)."""
    links = {each.get("rel", "alternate"): each.get("href") for each in node.iterchildren(f"{ATOM}link")}
    return links.get(rel)


def tell(service: Service, **other: Any) -> dict[str, Any]:
    """Tell of a story's event again under another id, an hour from now."""
    at = (service.now() + timedelta(hours=1)).isoformat(timespec="seconds").replace("+00:00", "Z")
    new = {**told(service)[0], "id": "evt_" + "z" * 26, "seen_at": at, **other}
    with service.database.write() as session:
        assert events.add_events(session, [new])
    return new


def test_the_last_events_are_told_newest_first_under_ids_for_ever(service):
    browser, expected = Browser(service), told(service)
    feed = atom(browser)
    found = list(feed.iter(f"{ATOM}entry"))
    assert [each.findtext(f"{ATOM}id") for each in found] == [
        f"urn:trialdelta:{each['id']}" for each in expected
    ]
    for entry, event in zip(found, expected, strict=True):
        assert entry.findtext(f"{ATOM}title").startswith(f"[{event['severity'].upper()}] ")
        assert entry.findtext(f"{ATOM}summary") == event["headline"]
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated")) == datetime.fromisoformat(
            event["seen_at"]
        )
        assert entry.find(f"{ATOM}category").get("term") == event["severity"]
    newest = max(datetime.fromisoformat(each["seen_at"]) for each in expected)
    assert datetime.fromisoformat(feed.findtext(f"{ATOM}updated")) == newest
    assert link(feed, "self") == "http://localhost/feed.atom"
    assert link(feed, "alternate") == "http://localhost/events"


def test_each_entry_leads_to_the_console(service):
    browser = Browser(service)
    first, event = entries(browser)[0], told(service)[0]
    address = link(first, "alternate")
    assert address == f"http://localhost/events/{event['id']}"
    assert browser.get(address.removeprefix("http://localhost")).status_code == 200


def test_an_entry_says_what_the_other_channels_say(service):
    event = next(each for each in told(service) if each["kind"] == "eligibility")
    content = next(
        each.findtext(f"{ATOM}content")
        for each in entries(Browser(service))
        if each.findtext(f"{ATOM}id").endswith(event["id"])
    )
    for words in ("What else changed", "Why ", "Evidence", event["headline"], event["to"]["sha256"]):
        assert words in " ".join(html.fromstring(f"<div>{content}</div>").text_content().split())
    assert "trialdelta ack" not in content


def test_as_json_it_says_the_same(service):
    browser, expected = Browser(service), told(service)
    feed = json_feed(browser)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "http://localhost/feed.json"
    assert feed["home_page_url"] == "http://localhost/events"
    assert feed["title"]
    items = {item["id"]: item for item in feed["items"]}
    assert list(items) == [f"urn:trialdelta:{each['id']}" for each in expected]
    item, event = feed["items"][0], expected[0]
    assert item["url"] == f"http://localhost/events/{event['id']}"
    assert item["external_url"] == event["links"]["record"]
    assert item["date_published"] == event["seen_at"]
    assert item["tags"] == [event["severity"], event["kind"], event["origin"]]
    assert item["_trialdelta"]["nct_id"] == event["nct_id"]
    same = entries(browser)[0]
    assert item["content_html"].split() == same.findtext(f"{ATOM}content").split()
    assert all(each["content_html"] and each["summary"] for each in feed["items"])


def test_filters_leave_what_they_name(service):
    browser = Browser(service)
    heavy = json_feed(browser, "?severity=high")["items"]
    assert {item["_trialdelta"]["severity"] for item in heavy} == {"critical", "high"}
    status = told(service, kinds=(Kind.STATUS,))
    found = json_feed(browser, "?kind=status")
    assert [item["id"] for item in found["items"]] == [f"urn:trialdelta:{each['id']}" for each in status]
    assert found["title"] == "trialdelta: status"
    assert len(json_feed(browser, "?watch=demo")["items"]) == len(told(service, watch="demo")) > 0
    assert browser.request("GET", "/feed.atom?watch=another").status_code == 422


def test_each_choice_of_filters_is_a_feed_of_its_own(service):
    browser = Browser(service)
    names = {atom(browser, query).findtext(f"{ATOM}id") for query in ("", "?kind=status", "?severity=high")}
    assert len(names) == 3
    assert link(atom(browser, "?severity=high&kind=status"), "self") == (
        "http://localhost/feed.atom?severity=high&kind=status"
    )


@pytest.mark.parametrize(
    "query",
    ["?watch=%00", "?watch=a%0Ab", "?watch=%3Cb%3E", "?kind=none", "?severity=grave", "?watch=" + "a" * 101],
)
def test_what_is_no_filter_is_refused(service, query):
    for path in ("/feed.atom", "/feed.json"):
        assert Browser(service).request("GET", f"{path}{query}").status_code == 422


# nothing twice


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.json"])
def test_who_has_it_gets_no_body_until_something_is_told(service, path):
    browser = Browser(service)
    first = browser.request("GET", path)
    known = {"if-none-match": first.headers["etag"]}
    again = browser.request("GET", path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "last-modified", "cache-control"):
        assert again.headers[name] == first.headers[name]
    tell(service)
    after = browser.request("GET", path, headers=known)
    assert after.status_code == 200
    assert after.headers["etag"] != first.headers["etag"]
    assert "evt_" + "z" * 26 in after.text


def test_a_date_is_enough_for_readers_that_know_no_better(service):
    browser = Browser(service)
    dated = browser.request("GET", "/feed.atom").headers["last-modified"]
    assert browser.request("GET", "/feed.atom", headers={"if-modified-since": dated}).status_code == 304
    earlier = format_datetime(parsedate_to_datetime(dated) - timedelta(seconds=1), usegmt=True)
    assert browser.request("GET", "/feed.atom", headers={"if-modified-since": earlier}).status_code == 200
    both = {"if-modified-since": dated, "if-none-match": '"another"'}
    assert browser.request("GET", "/feed.atom", headers=both).status_code == 200
    for nonsense in ("yesterday", "", "Thu, 99 Foo 2026 25:61:61 GMT"):
        headers = {"if-modified-since": nonsense}
        assert browser.request("GET", "/feed.atom", headers=headers).status_code == 200


def test_a_storm_that_lets_older_events_go_is_news(service, clock):
    browser = Browser(service)
    dated = browser.request("GET", "/feed.atom").headers["last-modified"]
    clock.at = datetime.now(UTC) + timedelta(days=1)
    with service.database.write() as session:
        (storm,) = storms.storms(session, held_only=True)
        storms.decide(session, storm.event_id, "released", clock.at)
    answer = browser.request("GET", "/feed.atom", headers={"if-modified-since": dated})
    assert answer.status_code == 200
    assert parsedate_to_datetime(answer.headers["last-modified"]) == clock.at.replace(microsecond=0)


def test_what_people_do_with_an_alert_does_not_make_its_entry_new(service, clock):
    browser = Browser(service)
    before = browser.request("GET", "/feed.atom")
    with service.database.write() as session:
        for alert in alerts.alerts(session, now=clock.at):
            alerts.acknowledge(session, alert.event_id, by="ana", at=clock.at)
    after = browser.request("GET", "/feed.atom")
    assert (after.headers["etag"], after.text) == (before.headers["etag"], before.text)


def test_an_event_that_is_told_anew_is_sent_again(service):
    browser = Browser(service)
    before = browser.request("GET", "/feed.atom")
    with service.database.write() as session:
        retold = {**events.events(session, limit=1)[0], "headline": "Told anew", "rules": "f" * 64}
        events.supersede(session, retold, service.now())
    headers = {"if-none-match": before.headers["etag"]}
    after = browser.request("GET", "/feed.atom", headers=headers)
    assert after.status_code == 200
    assert "Told anew" in after.text


# hostile


def test_no_text_of_the_registry_breaks_the_document_or_becomes_a_script(service):
    new = tell(service, title=HOSTILE, headline=HOSTILE, nct_id=told(service)[0]["nct_id"])
    browser = Browser(service)
    entry = entries(browser)[0]
    assert entry.findtext(f"{ATOM}id").endswith(new["id"])
    item = json_feed(browser)["items"][0]
    for content in (entry.findtext(f"{ATOM}content"), item["content_html"]):
        shown = html.fromstring(f"<div>{content}</div>")
        assert not list(shown.iter("script", "img", "iframe"))
        assert "<script>alert(1)</script>" in shown.text_content()
    for text in (entry.findtext(f"{ATOM}title"), item["title"], item["summary"]):
        assert all(letter.isprintable() for letter in text)


def test_a_feed_of_nothing_is_a_feed(service):
    feed = atom(Browser(service), "?kind=schema")
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"
    assert feed.findtext(f"{ATOM}id") == "urn:trialdelta:events:kind=schema"


# who may, and where they are found


def test_elsewhere_it_needs_a_visitor(story_service, clock):
    browser = Browser(story_service(now=clock, **PUBLIC), host="trials.example.org", address="203.0.113.9")
    for path in ("/feed.atom", "/feed.json"):
        assert browser.request("GET", path).status_code == 401


def test_the_page_of_events_names_the_feeds_of_what_it_shows(service):
    page = html.fromstring(Browser(service).get("/events?kind=status&severity=high").text)
    found = {each.get("type"): each.get("href") for each in page.xpath("//head/link[@rel='alternate']")}
    assert found == {
        "application/atom+xml": "/feed.atom?severity=high&kind=status",
        "application/feed+json": "/feed.json?severity=high&kind=status",
    }
    assert json_feed(Browser(service), found["application/feed+json"].removeprefix("/feed.json"))["items"]
