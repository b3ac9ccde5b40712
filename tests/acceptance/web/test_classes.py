"""A study's class on its page, in the list for a person's look and in the API; a person's decision, and who may decide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage import audit, classes
from storage.classes import Computed
from storage.verify import verify
from sync.service import Service
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock
from tests.support.accounts import PASSWORD, PUBLIC, add

MakeService = Callable[..., Service]

STUDY = "NCT90000004"
DECIDED = {
    "study_class": "follow_up",
    "antigens": "CD19, bcma",
    "source": "unknown",
    "area": "autoimmune",
    "reason": "the protocol says so",
}


def uncertain(service: Service) -> None:
    """The study as one of which the classifier is not certain."""
    with service.database.write() as session:
        known = classes.class_of(session, STUDY)
        assert known
        said = known.computed | {"confidence": "uncertain"}
        classes.keep(
            session, [Computed(STUDY, known.version, known.classifier, said)], service.now(), lambda *_: ""
        )


def test_the_page_shows_the_class_with_the_words_that_say_so(browser: Browser) -> None:
    page = browser.get(f"/studies/{STUDY}")
    found = browser.get(f"/api/v1/studies/{STUDY}/class").json()
    assert "What it has to do with CAR-T cells" in page.text
    assert found["evidence"][0]["quote"] in text_of(page)
    assert found["decision"] is None


def test_a_decision_stays_on_the_page_in_the_audit_log_and_in_the_chain(browser: Browser) -> None:
    assert browser.post(f"/studies/{STUDY}/class", DECIDED).status_code == 303
    found = browser.get(f"/api/v1/studies/{STUDY}/class").json()
    assert (found["study_class"], found["antigens"], found["confidence"]) == (
        "follow_up",
        ["CD19", "BCMA"],
        "decided",
    )
    assert found["steps"][0]["cause"] == "person"
    assert "the protocol says so" in text_of(browser.get(f"/studies/{STUDY}"))
    with browser.app.state.service.database.read() as session:
        assert audit.latest(session, limit=1)[0].action == "class decided"
        assert list(verify(session)) == []
    assert browser.post(f"/studies/{STUDY}/class", {"unset": "1", "reason": "wrong"}).status_code == 303
    assert browser.get(f"/api/v1/studies/{STUDY}/class").json()["decision"] is None


def test_events_and_alerts_are_narrowed_by_the_decided_class(browser: Browser) -> None:
    assert browser.get("/api/v1/events?study_class=follow_up").json()["events"] == []
    browser.post(f"/studies/{STUDY}/class", DECIDED)
    for query in (
        "study_class=follow_up",
        "antigen=cd-19&study_class=follow_up",
        "area=autoimmune&study_class=follow_up",
    ):
        found = browser.get(f"/api/v1/events?{query}").json()["events"]
        assert {each["nct_id"] for each in found} == {STUDY}, query
        alerts = browser.get(f"/api/v1/alerts?state=all&{query}").json()["alerts"]
        assert {each["nct_id"] for each in alerts} <= {STUDY}
    assert browser.get("/feed.json?study_class=follow_up").json()["items"]
    assert browser.get("/?study_class=follow_up&antigen=CD19").status_code == 200


def test_the_list_for_a_person_has_those_that_nobody_is_certain_of(browser: Browser) -> None:
    assert STUDY not in browser.get("/classes").text
    uncertain(browser.app.state.service)
    assert STUDY in browser.get("/classes").text
    assert [each["nct_id"] for each in browser.get("/api/v1/classes").json()["studies"]] == [STUDY]
    assert browser.post(f"/studies/{STUDY}/class", {**DECIDED, "next": "/classes"}).status_code == 303
    assert STUDY not in browser.get("/classes").text


@pytest.mark.parametrize(
    "wrong", [{"study_class": "car-t"}, {"reason": " "}, {"antigens": "<script>"}, {"source": "x"}]
)
def test_what_is_no_decision_is_refused(browser: Browser, wrong: dict[str, str]) -> None:
    assert browser.post(f"/studies/{STUDY}/class", {**DECIDED, **wrong}).status_code in (400, 422)
    assert browser.get(f"/api/v1/studies/{STUDY}/class").json()["decision"] is None


def test_a_reader_sees_it_and_decides_nothing(story_service: MakeService, clock: Clock) -> None:
    service = story_service(now=clock, **PUBLIC)
    add(service.database, service, "ben", "reader")
    ben = Browser(service, host="trials.example.org", address="203.0.113.9")
    ben.sign_in("ben", PASSWORD)
    assert "Decide it yourself" not in ben.get(f"/studies/{STUDY}").text
    assert ben.post(f"/studies/{STUDY}/class", DECIDED).status_code == 403


def test_the_api_decides_and_takes_back(browser: Browser) -> None:
    where = f"/api/v1/studies/{STUDY}/class"
    body = {"study_class": "car_other", "reason": "the protocol says so"}
    assert browser.request("POST", where, json=body).json()["study_class"] == "car_other"
    undone = browser.request("POST", f"{where}/undo", json={"reason": "wrong"}).json()
    assert (undone["decision"], undone["steps"][0]["cause"]) == (None, "person")
    assert browser.request("POST", f"{where}/undo", json={"reason": "again"}).status_code == 404
