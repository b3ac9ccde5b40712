"""The editor's worklist, and the address of one's own page on a study."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from storage import audit, outbox
from storage.own_pages import own_pages
from storage.tables import SEVERITIES
from sync.alerts.delivery_message import message_of
from sync.service import Service
from sync.versions import events
from sync.web.views import worklist as view
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock
from tests.support.accounts import PASSWORD, PUBLIC, add

MakeService = Callable[..., Service]
STUDY = "NCT90000004"
PAGE = "https://www.example.org/trials?id=1&lang=en"


def listed(browser: Browser, query: str = "") -> list[str]:
    """The studies of a page of the worklist, in its order."""
    answer = browser.get(f"/worklist{query}")
    assert answer.status_code == 200, text_of(answer)
    return re.findall(r'<td><a class="id" href="/studies/(NCT\d+)"', answer.text)


def items(browser: Browser, query: str = "") -> list[dict[str, object]]:
    answer = browser.get(f"/api/v1/worklist{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["studies"]
    return found


def review(browser: Browser, nct_id: str, version: int, **more: str) -> str:
    answer = browser.post(f"/studies/{nct_id}/review", {"version": str(version), **more})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_what_changed_and_was_not_reviewed_is_listed_the_heaviest_first(browser: Browser) -> None:
    found = items(browser)
    assert [each["nct_id"] for each in found] == listed(browser)
    weights = [SEVERITIES.index(str(each["severity"])) for each in found]
    assert weights == sorted(weights)
    newest = [str(each["last_change"]) for each in items(browser, "?sort=newest")]
    assert newest == sorted(newest, reverse=True)
    assert all(each["heaviest"] and each["changes"] for each in found)


def test_a_study_that_was_reviewed_as_it_stands_leaves_the_list_and_comes_back_when_it_changes(
    browser: Browser,
) -> None:
    (before,) = [each for each in items(browser) if each["nct_id"] == STUDY]
    newest = int(str(before["newest_version"]))
    assert review(browser, STUDY, newest, next="/worklist?sort=newest").startswith("/worklist?sort=newest")
    assert STUDY not in listed(browser)
    # as of an older version, what came after it is still to be looked at
    review(browser, STUDY, 2)
    (after,) = [each for each in items(browser) if each["nct_id"] == STUDY]
    assert 0 < int(str(after["changes"])) < int(str(before["changes"]))
    assert after["reviewed_version"] == 2
    assert f"/studies/{STUDY}/compare?from=2&amp;to={newest}" in browser.get("/worklist").text


def test_those_that_nobody_has_reviewed_are_a_list_of_their_own(browser: Browser) -> None:
    everybody = items(browser, "?show=never")
    assert {each["reviewed_at"] for each in everybody} == {None}
    review(browser, STUDY, 1)
    assert len(items(browser, "?show=never")) == len(everybody) - 1
    assert STUDY not in listed(browser, "?show=never")


def test_filters_narrow_and_agree_with_what_is_shown(browser: Browser) -> None:
    review(browser, STUDY, 1)
    everything = items(browser)
    critical = items(browser, "?severity=critical")
    assert 0 < len(critical) < len(everything)
    assert {each["severity"] for each in critical} == {"critical"}
    recruiting = items(browser, "?status=RECRUITING")
    assert {each["status"] for each in recruiting} == {"RECRUITING"}
    assert 0 < len(items(browser, "?kind=eligibility")) < len(everything)
    assert len(items(browser, "?watch=demo")) == len(everything)
    by = {each["reviewed_by"] for each in everything} - {None}
    (mine,) = items(browser, f"?reviewer={by.pop()}")
    assert mine["nct_id"] == STUDY


@pytest.mark.parametrize(
    "query", ["?watch=nope", "?status=nope", "?severity=nope", "?kind=nope", "?reviewer=nope"]
)
def test_a_filter_by_what_there_is_not_is_refused(browser: Browser, query: str) -> None:
    for path in ("/worklist", "/api/v1/worklist", "/worklist/export.csv"):
        assert browser.get(f"{path}{query}").status_code in (400, 422), path


def test_it_goes_on_page_by_page(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = listed(browser)
    monkeypatch.setattr(view, "PER_PAGE", 5)
    pages = [listed(browser, f"?page={number}") for number in range(1, 4)]
    assert [study for page in pages for study in page] == everything[:15]
    assert listed(browser, "?page=99") == everything[-(len(everything) % 5 or 5) :]


def test_the_export_has_all_of_them_with_the_same_filters(browser: Browser) -> None:
    rows = browser.request("GET", "/worklist/export.json?severity=high").json()
    assert [row["nct_id"] for row in rows] == [each["nct_id"] for each in items(browser, "?severity=high")]
    lines = browser.request("GET", "/worklist/export.csv?severity=high").text.splitlines()
    assert lines[0].endswith('"nct_id","title","status","sponsor","own_page","severity","changes","heaviest","last_change",'
                             '"event","reviewed_at","reviewed_by","reviewed_version","newest_version"')  # fmt: skip
    assert len(lines) == len(rows) + 1


def test_ones_own_page_is_shown_with_the_study_in_the_worklist_and_in_alerts(browser: Browser) -> None:
    assert browser.post(f"/studies/{STUDY}/own-page", {"url": f" {PAGE} "}).status_code == 303
    escaped = PAGE.replace("&", "&amp;")
    for path in (f"/studies/{STUDY}", "/worklist"):
        assert f'<a href="{escaped}" rel="noreferrer noopener">' in browser.get(path).text, path
    assert browser.get(f"/api/v1/studies/{STUDY}").json()["own_page"] == PAGE
    service = browser.app.state.service
    with service.database.read() as session:
        entry = audit.latest(session, limit=1)[0]
        assert (entry.action, entry.subject, entry.detail) == ("own page", STUDY, {"url": PAGE, "before": ""})
        (event, *_) = events.events(session, nct_id=STUDY, limit=1)
        delivery = next(each for each in outbox.deliveries(session, limit=500) if each.event_id == event.id)
        assert PAGE in json.dumps(message_of(session, delivery, event).as_json())


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "//example.org", "example.org", "https://",
            "https://a b",
            "https://a.example/\nx", "https://ana:secret@example.org/", "https://[", "https://x/" + "y" * 2000],
)  # fmt: skip
def test_an_address_that_is_no_web_page_is_refused(browser: Browser, url: str) -> None:
    assert browser.post(f"/studies/{STUDY}/own-page", {"url": url}).status_code in (400, 422)
    answer = browser.request("POST", f"/api/v1/studies/{STUDY}/own-page", json={"url": url})
    assert answer.status_code == 422
    with browser.app.state.service.database.read() as session:
        assert own_pages(session, [STUDY]) == {}


def test_the_api_notes_it_and_takes_it_away_again(browser: Browser) -> None:
    def send(url: str) -> dict[str, object]:
        answer = browser.request("POST", f"/api/v1/studies/{STUDY}/own-page", json={"url": url})
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    assert send(PAGE) == {"nct_id": STUDY, "url": PAGE}
    hostile = 'https://example.org/"><script>alert(1)</script>'
    send(hostile)
    assert "<script>alert" not in browser.get("/worklist").text + browser.get(f"/studies/{STUDY}").text
    assert send("") == {"nct_id": STUDY, "url": None}
    assert "Own page" not in browser.get("/worklist").text
    unknown = browser.request("POST", "/api/v1/studies/NCT99999999/own-page", json={"url": PAGE})
    assert unknown.status_code == 404


def test_a_reader_sees_the_list_and_changes_nothing(story_service: MakeService, clock: Clock) -> None:
    service = story_service(now=clock, **PUBLIC)
    add(service.database, service, "ben", "reader")
    ben = Browser(service, host="trials.example.org", address="203.0.113.9")
    ben.sign_in("ben", PASSWORD)
    page = ben.get("/worklist")
    assert (page.status_code, "Mark reviewed" in page.text) == (200, False)
    assert ben.post(f"/studies/{STUDY}/own-page", {"url": PAGE}).status_code == 403


def test_an_empty_list_says_which_kind_of_empty_it_is(browser: Browser, clock: Clock) -> None:
    # the story was told by the machine's clock: what has no version is new until a review that comes after it
    clock.at = datetime.now(UTC) + timedelta(days=1)
    for item in items(browser):
        review(browser, str(item["nct_id"]), int(str(item["newest_version"])))
    assert items(browser) == []
    assert "Nothing has been told since the last review" in text_of(browser.get("/worklist"))
    assert "No study is like that" in text_of(browser.get("/worklist?severity=critical"))
