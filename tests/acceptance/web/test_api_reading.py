"""The API reads what the pages show: lists with cursors, events as everywhere, records to the byte, ETags."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from storage import alerts, cohorts, events, versions
from sync.service import Service
from tests.acceptance.web.api import V1, Api
from tests.integration.storage.conftest import an_event
from tests.support import forked

MakeService = Callable[..., Service]
STUDY = "NCT90000001"
LISTS = {
    "/alerts": "alerts",
    "/events": "events",
    "/studies": "studies",
    "/cycles": "cycles",
    "/quarantine": "quarantine",
    "/audit": "entries",
}


@pytest.fixture
def api(story_service: MakeService) -> Api:
    """A script on this machine."""
    return Api(story_service())


def service_of(api: Api) -> Service:
    service: Service = api.app.state.service
    return service


def tell(service: Service, event_id: str, nct_id: str = STUDY) -> None:
    """Another event comes in, and asks for attention."""
    with service.database.write() as session:
        events.add_events(session, [an_event(event_id, nct_id, severity="high")])
        alerts.open_alerts(session, [(event_id, nct_id)], service.now())


def test_the_inbox_is_grouped_as_on_its_page(api: Api) -> None:
    inbox = api.read("/inbox")
    page = api.get("/").text
    assert inbox["alerts_in_all"] == sum(group["size"] for group in inbox["groups"]) > 10
    order = [page.index(group["alerts"][0]["event_id"]) for group in inbox["groups"]]
    assert order == sorted(order)
    by_release = api.read("/inbox", by="release", severity="high")
    releases = [group["key"] for group in by_release["groups"]]
    assert releases == sorted(releases, reverse=True)
    shown = {alert["severity"] for group in by_release["groups"] for alert in group["alerts"]}
    assert shown <= {"critical", "high"} == set(by_release["severities"])
    assert api.read("/inbox", page=99)["page"] == inbox["pages"]


def test_alerts_come_one_by_one_last_told_first(api: Api) -> None:
    found = api.walk("/alerts", "alerts", limit=7)
    assert len(found) == api.read("/inbox")["alerts_in_all"]
    assert found == api.read("/alerts", limit=200)["alerts"]
    releases = [each["release"] for each in found]
    assert releases == sorted(releases, reverse=True)
    assert api.read(f"/alerts/{found[3]['event_id']}") == found[3]
    one = api.read("/alerts", study=STUDY)["alerts"]
    assert {each["nct_id"] for each in one} == {STUDY}


def test_a_walk_sees_each_alert_and_event_once_though_others_are_told_meanwhile(api: Api) -> None:
    for path, name, key in (("/alerts", "alerts", "event_id"), ("/events", "events", "id")):
        before = [each[key] for each in api.walk(path, name, limit=200)]
        seen, cursor, number = [], "", 0
        while cursor is not None:
            page = api.read(path, cursor=cursor, limit=4)
            seen, cursor, number = seen + [each[key] for each in page[name]], page["next"], number + 1
            tell(service_of(api), f"evt_{name}{number}")
        assert seen == before
        assert len(api.walk(path, name, limit=200)) == len(before) + number


def test_a_cursor_stays_true_when_its_alert_is_acknowledged(api: Api) -> None:
    everything = [each["event_id"] for each in api.walk("/alerts", "alerts")]
    first = api.read("/alerts", limit=5)
    api.done(f"/alerts/{first['next']}/acknowledge", {})
    rest = api.read("/alerts", limit=200, cursor=first["next"])
    assert [each["event_id"] for each in rest["alerts"]] == everything[5:]


@pytest.mark.parametrize("path", LISTS)
def test_a_wrong_cursor_is_refused_with_a_sentence(api: Api, path: str) -> None:
    for cursor in (
        "nonsense",
        "-1",
        "0",
        "9" * 15,
        "9" * 30,
        "1 OR 1=1",
        "evt_" + "a" * 26,
        "x" * 41,
        "\0",
        "NCT9",
    ):
        status, detail = api.refused(path, cursor=cursor)
        assert status == 422, cursor
        assert "cursor" in str(detail)


@pytest.mark.parametrize("path, name", LISTS.items())
def test_a_page_has_as_many_as_asked_for_within_limits(api: Api, path: str, name: str) -> None:
    assert len(api.read(path, limit=1)[name]) <= 1
    for limit in (0, 201, -1, "many"):
        assert api.refused(path, limit=limit)[0] == 422


def test_what_is_not_known_to_a_filter_is_refused_not_ignored(api: Api) -> None:
    for path in (
        "/alerts",
        "/inbox",
        "/events",
        "/studies",
        "/cycles",
        "/audit",
        f"/studies/{STUDY}",
        "/cohorts/demo",
    ):
        status, detail = api.refused(path, severty="high")
        assert (status, detail[0]["loc"]) == (422, ["query", "severty"])
    assert api.refused("/alerts", severity="hihg")[0] == 422


def test_events_are_those_that_the_command_prints(api: Api) -> None:
    database = service_of(api).settings.database.url.get_secret_value()
    printed = forked.run(
        [sys.executable, "-m", "sync", "events", "--json", "--held"],
        env=os.environ | {"TRIALDELTA_DATABASE__URL": database},
    )
    assert printed.returncode == 0, printed.stderr
    told = [json.loads(line) for line in printed.stdout.splitlines()]
    assert len(told) > 40
    assert api.walk("/events", "events", full=True, held=True, limit=9) == told[::-1]
    for event in told[::10]:
        assert api.read(f"/events/{event['id']}/event") == event
        assert api.read(f"/events/{event['id']}")["event"] == event


def test_events_come_in_lines_and_by_filter(api: Api) -> None:
    lines = api.walk("/events", "events")
    whole = api.walk("/events", "events", full=True)
    assert [each["id"] for each in lines] == [each["id"] for each in whole]
    assert "changes" not in lines[0]
    day = lines[5]["release"]
    since = api.walk("/events", "events", since=day)
    assert since == [each for each in lines if each["release"] >= day]
    kinds = api.walk("/events", "events", kind="enrollment", full=True)
    assert kinds
    for each in kinds:
        assert "enrollment" in {each["kind"], *(change["kind"] for change in each["changes"])}


def test_an_event_is_shown_with_what_is_said_and_done_about_it(api: Api) -> None:
    event = api.read("/events", kind="eligibility")["events"][0]["id"]
    api.done(f"/alerts/{event}/acknowledge", {"verdict": "acted"})
    shown = api.read(f"/events/{event}")
    assert shown["comparison"]["rows"]
    assert shown["message"]["sections"]
    assert shown["alert"]["verdict"] == "acted"
    assert [each["action"] for each in shown["trail"]] == ["acknowledge"]


def test_what_there_is_not_is_not_found(api: Api) -> None:
    nobody, nothing = "evt_" + "a" * 26, "NCT90009999"
    for path in (
        f"/alerts/{nobody}",
        f"/events/{nobody}",
        f"/events/{nobody}/event",
        f"/studies/{nothing}",
        f"/studies/{nothing}/versions",
        f"/studies/{nothing}/versions/1",
        f"/studies/{nothing}/versions/1/record",
        f"/studies/{nothing}/timeline",
        f"/studies/{nothing}/compare",
        f"/studies/{nothing}/reviews",
        f"/studies/{STUDY}/versions/99",
        f"/studies/{STUDY}/versions/99/record",
        "/cohorts/another",
        "/quarantine/1/bytes",
        "/nothing",
    ):
        status, detail = api.refused(path)
        assert status == 404, path
        assert isinstance(detail, str)
    assert api.refused(f"/studies/{STUDY}", as_of="1999-01-01")[0] == 404
    assert api.refused(f"/studies/{STUDY}/compare", to="99")[0] == 404


@pytest.mark.parametrize("path", ["/studies/NCT9", "/studies/..%2f..%2fetc", "/events/evt_1", "/alerts/%00"])
def test_an_id_of_another_form_is_refused(api: Api, path: str) -> None:
    assert api.refused(path)[0] in (404, 422)


def test_studies_are_listed_by_id_of_one_watch_or_all(api: Api) -> None:
    found = api.walk("/studies", "studies", limit=5)
    ids = [each["nct_id"] for each in found]
    assert ids == sorted(set(ids))
    with service_of(api).database.read() as session:
        members = set(cohorts.members(session, "demo"))
    assert (
        {each["nct_id"] for each in api.walk("/studies", "studies", watch="demo", limit=4)}
        == members
        < set(ids)
    )
    assert {each["nct_id"] for each in found if "demo" in each["watches"]} == members
    gone = api.read("/studies", state="gone")["studies"]
    assert gone
    assert {each["state"] for each in gone} == {"gone"}
    assert [each["nct_id"] for each in api.read("/studies", q=STUDY.lower())["studies"]] == [STUDY]
    status, refusal = api.refused("/studies", watch="another")
    assert (status, "the watches are: demo" in str(refusal)) == (422, True)


def test_a_study_is_shown_as_it_stands_and_as_it_was(api: Api) -> None:
    study = api.read(f"/studies/{STUDY}")
    newest = study["versions"][0]
    assert study["shown"] == {
        "number": newest["number"],
        "release": newest["release"],
        "is_past": False,
        "until": None,
        "is_newest": True,
    }
    first = api.read(f"/studies/{STUDY}", version=1)
    assert first == api.read(f"/studies/{STUDY}", as_of=first["shown"]["release"])
    assert first["facts"] != study["facts"]
    assert api.read(f"/studies/{STUDY}/versions") == {"nct_id": STUDY, "versions": study["versions"]}
    assert api.read(f"/studies/{STUDY}/versions/{newest['number']}") == newest
    assert api.read(f"/studies/{STUDY}/timeline") == study["timeline"]
    for day in ("2026-02-30", "today", "2026-9-1", "20260901"):
        assert api.refused(f"/studies/{STUDY}", as_of=day)[0] == 422


def test_a_record_is_given_to_the_byte(api: Api) -> None:
    with service_of(api).database.read() as session:
        stored = versions.payload(session, STUDY, 1)
    answer = api.request("GET", f"{V1}/studies/{STUDY}/versions/1/record")
    assert answer.content == stored
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-sha256"] == hashlib.sha256(stored).hexdigest()
    assert answer.headers["x-sha256"] == api.read(f"/studies/{STUDY}/versions/1")["sha256"]


def test_two_versions_are_compared_by_number_or_by_day(api: Api) -> None:
    usual = api.read(f"/studies/{STUDY}/compare")
    last = usual["after"]["number"]
    assert usual["before"]["number"] == last - 1
    assert usual == api.read(f"/studies/{STUDY}/compare", **{"from": last - 1, "to": last})
    by_day = api.read(f"/studies/{STUDY}/compare", **{"from": "2026-09-07", "to": "2026-10-02"})
    assert (by_day["before"]["number"], by_day["after"]["number"]) == (1, last)
    assert api.read(f"/studies/{STUDY}/compare", **{"from": 1, "to": 1})["found"]["verdict"] == "same"
    assert api.refused(f"/studies/{STUDY}/compare", **{"from": "soon"})[0] == 422


def test_a_watch_is_shown_as_on_its_page(api: Api) -> None:
    (card,) = api.read("/cohorts")["watches"]
    cohort = api.read("/cohorts/demo")
    assert card["studies"] == cohort["studies"] == cohort["found"] == len(cohort["rows"])
    by_id = [row["nct_id"] for row in api.read("/cohorts/demo", sort="nct_id")["rows"]]
    assert by_id == sorted(by_id)
    some = api.read("/cohorts/demo", status="RECRUITING")
    assert 0 < some["found"] < cohort["found"]
    assert {row["status"] for row in some["rows"]} == {"RECRUITING"}
    assert api.refused("/cohorts/demo", sort="password")[0] == 422


def test_the_watcher_tells_the_same_in_one_answer_and_in_its_parts(api: Api) -> None:
    watcher = api.read("/watcher")
    assert api.read("/pulse")["state"] == watcher["state"] == "never_run"
    assert api.read("/cycles", limit=200)["cycles"] == watcher["cycles"]
    assert api.walk("/cycles", "cycles", limit=3) == watcher["cycles"]
    outbox = api.read("/outbox")
    assert (outbox["channels"], outbox["routes"]) == (watcher["channels"], watcher["routes"])
    assert api.read("/quarantine")["quarantine"] == watcher["quarantine"]
    assert api.read("/storms")["storms"] == watcher["storms"]
    assert api.read("/rules")["rules"] == watcher["rules"]
    assert api.read("/config")["configuration"] == watcher["configuration"]
    assert api.read("/mutes")["mutes"] == watcher["mutes"] == []


def test_what_people_did_is_read_from_the_newest_on(api: Api) -> None:
    for each in api.read("/alerts", limit=5)["alerts"]:
        api.done(f"/alerts/{each['event_id']}/snooze", {"until": "3d"})
    log = api.walk("/audit", "entries", limit=2)
    assert [each["seq"] for each in log] == [5, 4, 3, 2, 1]
    assert log == api.read("/watcher")["audit"]


def test_an_answer_has_an_etag_and_is_not_sent_again(api: Api) -> None:
    for path in (
        "/alerts",
        f"/studies/{STUDY}",
        "/events",
        f"/studies/{STUDY}/versions/1/record",
        "/openapi.json",
    ):
        first = api.request("GET", f"{V1}{path}")
        etag = first.headers["etag"]
        assert first.headers["cache-control"] == "private, no-cache"
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = api.request("GET", f"{V1}{path}", headers={"if-none-match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert (again.headers["etag"], again.headers["cache-control"]) == (etag, "private, no-cache")
        other = api.request("GET", f"{V1}{path}", headers={"if-none-match": '"other"'})
        assert (other.status_code, other.content) == (200, first.content)


def test_an_etag_changes_with_what_it_names(api: Api) -> None:
    first = api.request("GET", f"{V1}/alerts")
    api.done(f"/alerts/{first.json()['alerts'][0]['event_id']}/assign", {"to": "ana"})
    again = api.request("GET", f"{V1}/alerts", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 200
    assert again.headers["etag"] != first.headers["etag"]


def test_what_went_wrong_has_no_etag(api: Api) -> None:
    answer = api.request("GET", f"{V1}/alerts/evt_{'a' * 26}", headers={"if-none-match": "*"})
    assert answer.status_code == 404
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "text",
    ["%" * 100, "_" * 100, "a%" * 50, "\\" * 100, "'" * 100, "[" * 100, "\0", "(a+)+$" * 16, "* " * 50],
)
def test_a_search_takes_wildcards_as_letters_and_ends(api: Api, text: str) -> None:
    for path, name in (
        ("/alerts", "alerts"),
        ("/inbox", "groups"),
        ("/studies", "studies"),
        ("/cohorts/demo", "rows"),
    ):
        found = api.read(path, q=text)[name]
        assert found == [] or not text.strip("\0 ")
        assert api.refused(path, q=text + "a" * 101)[0] == 422


def test_every_text_that_is_asked_with_has_an_end(api: Api) -> None:
    description = api.read("/openapi.json")
    endless = [
        (path, parameter["name"])
        for path, item in description["paths"].items()
        for operation in item.values()
        for parameter in operation.get("parameters", ())
        if _is_endless(parameter["schema"])
    ]
    assert endless == []


def _is_endless(schema: dict[str, Any]) -> bool:
    if "anyOf" in schema:
        return any(map(_is_endless, schema["anyOf"]))
    bounds = ("maxLength", "pattern", "enum", "const", "format")
    return schema.get("type") == "string" and not any(bound in schema for bound in bounds)
