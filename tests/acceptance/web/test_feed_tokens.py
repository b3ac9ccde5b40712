"""Feeds whose address has a token: made on a page or by command, for one feed, and for nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from limits import RateLimitItemPerMinute

from storage import accounts, audit
from storage.errors import DatabaseUnavailable
from sync.service import Service
from sync.web.pages import feeds
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock
from tests.support.accounts import PASSWORD, PUBLIC, add, token
from tests.support.logged import capture_logs
from tests.support.routes import routes_of

MakeService = Callable[..., Service]
FILTERS = {"watch": "demo", "severity": "high", "kind": ""}


@pytest.fixture
def service(story_service: MakeService, clock: Clock) -> Service:
    """A console that needs accounts: ana is an operator, ben a reader."""
    service = story_service(now=clock, **PUBLIC)
    add(service.database, service, "ana", "operator")
    add(service.database, service, "ben", "reader")
    return service


@pytest.fixture
def ana(service: Service) -> Browser:
    """An operator who is signed in."""
    browser = Browser(service, host="trials.example.org", address="203.0.113.9")
    assert browser.sign_in("ana", PASSWORD).status_code == 303
    return browser


@pytest.fixture
def stranger(service: Service, ana: Browser) -> Browser:
    """A feed reader, which signs in nowhere."""
    browser = Browser(service, host="trials.example.org", address="203.0.113.10")
    browser.app = ana.app
    return browser


def made(browser: Browser, **fields: str) -> str:
    """The path of a new address, without its ending."""
    answer = browser.post("/feeds", {"name": "Ben's reader", "account": "ben", **FILTERS, **fields})
    assert answer.status_code == 200, text_of(answer)
    (address,) = re.findall(r"<code>(http[^<]+)\.atom</code>", answer.text)
    assert answer.headers["cache-control"] == "no-store"
    return unescape(address).removeprefix("http://trials.example.org")


def read(browser: Browser, path: str, **headers: str) -> int:
    return browser.request("GET", path, headers=headers).status_code


def test_an_address_opens_one_feed_with_its_filters_in_both_forms(ana: Browser, stranger: Browser) -> None:
    path = made(ana)
    assert re.fullmatch(r"/feeds/tdf_[\w-]{43}", path)
    for form in ("atom", "json"):
        answer = stranger.request("GET", f"{path}.{form}")
        same = ana.request("GET", f"/feed.{form}?watch=demo&severity=high")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == same.headers["content-type"]
        assert answer.content == same.content
        again = stranger.request("GET", f"{path}.{form}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert {each["_trialdelta"]["severity"] for each in answer.json()["items"]} <= {"high", "critical"}


def test_what_a_feed_says_does_not_hold_the_secret_of_its_address(ana: Browser, stranger: Browser) -> None:
    path = made(ana)
    for form in ("atom", "json"):
        assert "tdf_" not in stranger.request("GET", f"{path}.{form}").text


def test_no_other_route_opens_with_it(ana: Browser, stranger: Browser) -> None:
    secret = made(ana).removeprefix("/feeds/")
    for method, path in routes_of(stranger.app):
        if path.startswith(("/static", "/login", "/healthz", "/readyz")):
            continue
        answer = stranger.request(method, path, headers={"authorization": f"Bearer {secret}"})
        assert answer.status_code == 401, (method, path)
        assert (
            stranger.request("GET", path, headers={"cookie": f"trialdelta_visit={secret}"}).status_code == 401
        )


@pytest.mark.parametrize(
    "spoilt",
    [
        "{}",
        "{}.xml",
        "{}.atom?watch=other",
        "{}x.atom",
        "{}.atom/",
        "x{}.atom",
        "{}.ATOM",
        "{}.json?severity=low",
    ],
)
def test_an_address_that_is_not_whole_opens_nothing(ana: Browser, stranger: Browser, spoilt: str) -> None:
    path = spoilt.format(made(ana)).replace("x/feeds", "/feedsx")
    assert read(stranger, path) == 401


def test_a_token_of_the_api_opens_no_feed_by_its_address(
    ana: Browser, stranger: Browser, service: Service
) -> None:
    secret = token(service, "ana", "read")
    assert read(stranger, "/feed.atom", authorization=f"Bearer {secret}") == 200
    assert read(stranger, f"/feeds/{secret}.atom") == 401


def test_it_ends_when_it_is_revoked_when_its_time_is_over_and_with_its_account(
    ana: Browser, stranger: Browser, service: Service, clock: Clock
) -> None:
    one, two, three = made(ana), made(ana, expires="90d"), made(ana, expires="never")
    assert [read(stranger, f"{each}.atom") for each in (one, two, three)] == [200] * 3
    (number, *_) = re.findall(r'action="/feeds/(\d+)/revoke"', ana.get("/feeds").text)
    assert ana.post(f"/feeds/{number}/revoke", {}).status_code == 303
    assert [read(stranger, f"{each}.json") for each in (one, two, three)] == [401, 200, 200]
    clock.at += timedelta(days=91)
    assert [read(stranger, f"{each}.json") for each in (two, three)] == [401, 200]
    with service.database.write() as session:
        accounts.disable(session, "ben", by="test", at=clock.at)
    assert read(stranger, f"{three}.json") == 401


def test_the_page_says_what_each_tells_and_when_it_was_last_read_and_never_the_address(
    ana: Browser, stranger: Browser
) -> None:
    path = made(ana)
    assert "Ben's reader demo, high or heavier ben" in text_of(ana.get("/feeds"))
    assert "never used" in text_of(ana.get("/feeds"))
    read(stranger, f"{path}.atom")
    page = ana.get("/feeds")
    assert "last used on 2026-" in text_of(page)
    assert "tdf_" not in page.text


def test_a_reader_sees_them_and_makes_and_ends_none(ana: Browser, service: Service) -> None:
    made(ana)
    ben = Browser(service, host="trials.example.org", address="203.0.113.11")
    ben.sign_in("ben", PASSWORD)
    page = ben.get("/feeds")
    assert (page.status_code, 'action="/feeds"' in page.text, "/revoke" in page.text) == (200, False, False)
    assert ben.post("/feeds", {"name": "x", **FILTERS}).status_code == 403
    assert ben.post("/feeds/1/revoke", {}).status_code == 403


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"name": "x" * 65}, {"watch": "nope"}, {"severity": "nope"}, {"kind": "nope"},
               {"account": "nobody"}, {"expires": "0d"}, {"expires": "soon"}],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(ana: Browser, fields: dict[str, str]) -> None:
    answer = ana.post("/feeds", {"name": "x", "account": "ben", **FILTERS, **fields})
    assert answer.status_code in (400, 422)
    assert "<code>http" not in answer.text


def test_a_token_of_the_api_is_not_revoked_as_a_feed(ana: Browser, service: Service) -> None:
    token(service, "ana", "read")
    with service.database.read() as session:
        (known,) = accounts.tokens(session)
    assert ana.post(f"/feeds/{known.id}/revoke", {}).status_code == 400


def test_making_and_ending_one_stand_in_the_audit_log_without_the_secret(
    ana: Browser, service: Service
) -> None:
    made(ana)
    with service.database.read() as session:
        (entry, *_) = audit.latest(session, limit=1)
    assert (entry.who, entry.action, entry.subject) == ("ana", "add token", "ben")
    assert entry.detail["feed"] == FILTERS
    assert "tdf_" not in str(entry)


def test_only_a_hash_is_stored(ana: Browser, service: Service) -> None:
    secret = made(ana).removeprefix("/feeds/")
    path = str(service.database.engine.url.database)
    service.database.engine.dispose()
    with open(path, "rb") as file:
        assert secret.encode() not in file.read()


def test_a_feed_that_is_asked_for_too_often_is_told_so(
    ana: Browser, stranger: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "PER_TOKEN", RateLimitItemPerMinute(3))
    path, other = made(ana), made(ana)
    assert [read(stranger, f"{path}.atom") for _ in range(4)] == [200, 200, 200, 429]
    assert read(stranger, f"{other}.atom") == 200


def test_the_address_is_in_no_log_whatever_goes_wrong(
    ana: Browser, stranger: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(ana)
    for error in (RuntimeError("x"), DatabaseUnavailable()):

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(feeds.view, "load", fail)
        with capture_logs() as logged:
            assert read(stranger, f"{path}.atom") >= 500
        assert logged
        assert "tdf_" not in str([{**line, "exc_info": None} for line in logged])


def test_links_lead_to_where_people_reach_the_console(story_service: MakeService, clock: Clock) -> None:
    service = story_service(now=clock)
    alerts = service.settings.alerts.model_copy(update={"console_url": "https://trials.example.org/td"})
    browser = Browser(replace(service, settings=service.settings.model_copy(update={"alerts": alerts})))
    for item in browser.request("GET", "/feed.json").json()["items"]:
        assert item["url"].startswith("https://trials.example.org/td/events/evt_")
    assert 'href="https://trials.example.org/td/feed.atom"' in browser.request("GET", "/feed.atom").text


def test_without_accounts_the_page_says_that_the_plain_addresses_work(story_service: MakeService) -> None:
    page = Browser(story_service()).get("/feeds")
    assert "There are no accounts" in text_of(page)
    assert 'action="/feeds"' not in page.text
