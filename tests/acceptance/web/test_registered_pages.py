"""Pages registered with a study: the form, the list, the event and the message that name what no longer holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from storage import audit, outbox, versions
from storage.versions import payload, payloads
from sync.alerts.delivery_message import message_of
from sync.alerts.published.outdated import outdated_by
from sync.service import Service
from sync.study.labels import in_words
from sync.study.record import Study, read_record
from sync.versions import events
from tests.acceptance.console import Browser, text_of

STUDY = "NCT90000004"
URL = "https://www.example.org/trials?id=1&lang=en"


def printed(service: Service, version: int) -> str:
    """What a site prints of the study as a version has it."""
    with service.database.read() as session:
        study = Study(read_record(payload(session, STUDY, version)))
    return (
        f"{study.title} ({STUDY})\nStatus: {in_words(study.status or '')}\n"
        f"Enrollment: {study.enrollment.count} participants\n{study.eligibility_text}\n"
    )


def add(browser: Browser, text: str, **more: str) -> None:
    answer = browser.post(f"/studies/{STUDY}/pages", {"url": URL, "text": text, **more})
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/studies/{STUDY}#pages"), (
        answer.text
    )


def pages(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.get(f"/api/v1/pages?nct_id={STUDY}").json()["pages"]
    return found


@pytest.fixture
def service(browser: Browser) -> Service:
    service: Service = browser.app.state.service
    return service


def test_a_page_as_the_first_version_has_it_is_named_by_each_event_that_made_it_untrue(
    browser: Browser, service: Service
) -> None:
    add(browser, printed(service, 1), reviewed="2026-05-15")
    (page,) = pages(browser)
    assert (page["state"], page["reviewed"]) == ("differs", "2026-05-15")
    with service.database.read() as session:
        told = list(events.events(session, nct_id=STUDY, limit=100))
        sections = {
            event.id: message.section("pages")
            for event in told
            for message in [
                message_of(
                    session, next(d for d in outbox.deliveries(session, limit=500) if d.event_id), event
                )
            ]
        }
    named = [event for event in told if sections[event.id]]
    assert named
    for event in told:
        section, body = sections[event.id], browser.get(f"/events/{event.id}").text
        assert ("Pages that no longer hold" in body) == (section is not None)
        if section:
            assert URL.replace("&", "&amp;") in body
            assert "last reviewed 2026-05-15" in text_of(browser.get(f"/events/{event.id}"))


def test_a_page_as_the_newest_version_has_it_holds_and_no_event_names_it(
    browser: Browser, service: Service
) -> None:
    newest = browser.get(f"/api/v1/studies/{STUDY}").json()["versions"][0]["number"]
    add(browser, printed(service, newest))
    (page,) = pages(browser)
    assert (page["state"], page["untrue"]) == ("holds", [])
    with service.database.read() as session:
        ids = [event.id for event in events.events(session, nct_id=STUDY, limit=100)]
    # what such a page says was true only since the last event of what it tells
    assert not any("Pages that no longer hold" in browser.get(f"/events/{each}").text for each in ids)
    assert "0 outdated of 1 page" in text_of(browser.get("/pages"))


def test_the_study_and_the_list_show_it_and_it_can_be_replaced_and_removed(
    browser: Browser, service: Service
) -> None:
    assert "None is registered" in text_of(browser.get("/pages"))
    add(browser, printed(service, 1))
    for path in (f"/studies/{STUDY}", "/pages"):
        assert f'href="{URL.replace("&", "&amp;")}" rel="noreferrer noopener"' in browser.get(path).text, path
        assert "no longer holds" in text_of(browser.get(path))
    add(browser, f"Our page on {STUDY}: Status: Recruiting")
    (page,) = pages(browser)
    assert page["url"] == URL
    assert browser.post(f"/studies/{STUDY}/pages/remove", {"url": URL}).status_code == 303
    assert pages(browser) == []
    with service.database.read() as session:
        done = [entry.action for entry in audit.entries(session, STUDY)]
    assert done == ["page registered", "own page", "page replaced", "page removed"]
    assert browser.post(f"/studies/{STUDY}/pages/remove", {"url": URL}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "javascript:alert(1)"},
        {"url": ""},
        {"text": " \n "},
        {"reviewed": "15.05.26"},
        {"reviewed": "2026-02-30"},
    ],
)
def test_what_cannot_be_registered_is_refused_with_a_sentence(
    browser: Browser, wrong: dict[str, str]
) -> None:
    answer = browser.post(f"/studies/{STUDY}/pages", {"url": URL, "text": "Status: Recruiting", **wrong})
    assert answer.status_code in (400, 422)
    body = {"url": URL, "text": "Status: Recruiting", **wrong}
    assert browser.request("POST", f"/api/v1/studies/{STUDY}/pages", json=body).status_code == 422
    assert pages(browser) == []


def test_the_api_registers_and_removes_and_what_a_page_says_is_never_taken_for_markup(
    browser: Browser, service: Service
) -> None:
    hostile = 'https://example.org/"><script>alert(1)</script>'
    text = printed(service, 1).replace("Status: ", "Status: <b>") + "<script>alert(2)</script>"
    answer = browser.request("POST", f"/api/v1/studies/{STUDY}/pages", json={"url": hostile, "text": text})
    assert answer.status_code == 200, answer.text
    assert [page["url"] for page in answer.json()["pages"]] == [hostile]
    for path in (f"/studies/{STUDY}", "/pages"):
        assert "<script>alert" not in browser.get(path).text
    json.dumps(answer.json())
    gone = browser.request("POST", f"/api/v1/studies/{STUDY}/pages/remove", json={"url": hostile})
    assert (gone.status_code, gone.json()) == (200, {"pages": []})
    assert (
        browser.request(
            "POST", "/api/v1/studies/NCT99999999/pages", json={"url": URL, "text": "x"}
        ).status_code
        == 404
    )


def test_what_an_event_means_for_pages_is_found_in_one_reading_of_the_versions(
    browser: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(browser, printed(service, 1))
    readings: list[str] = []

    def counting(session: Any, nct_id: str) -> Any:
        readings.append(nct_id)
        return payloads(session, nct_id)

    monkeypatch.setattr(versions, "payloads", counting)
    with service.database.read() as session:
        (event,) = events.events(session, nct_id=STUDY, limit=1)
        outdated_by(session, event)
    assert readings == [STUDY]
