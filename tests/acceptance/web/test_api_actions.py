"""What people do through the API: answered with how it is then, written down, taken back; and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storage import accounts, audit
from sync.service import Service
from sync.web import secrets
from tests.acceptance.web.api import V1, Api
from tests.acceptance.web.conftest import Clock

MakeService = Callable[..., Service]
STUDY = "NCT90000001"
NOBODY = "evt_" + "a" * 26
OPEN = {"state": "open", "verdict": None, "note": None, "assignee": None, "acknowledged_by": None}


@pytest.fixture
def api(story_service: MakeService, clock: Clock) -> Api:
    """A script on this machine, on the morning after the story's end."""
    return Api(story_service(now=clock))


def entries(api: Api) -> list[audit.Entry]:
    with api.app.state.service.database.read() as session:
        return audit.entries(session)


def first(api: Api, number: int = 1) -> list[str]:
    return [each["event_id"] for each in api.read("/alerts", limit=number)["alerts"]]


DEEDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("acknowledge", {}, {"state": "acknowledged", "verdict": None, "note": None}),
    (
        "acknowledge",
        {"verdict": "acted", "note": "Page\ncorrected: ≥ 30 “×10⁹/L”"},
        {"state": "acknowledged", "verdict": "acted", "note": "Page\ncorrected: ≥ 30 “×10⁹/L”"},
    ),
    ("acknowledge", {"verdict": "noise", "close": True}, {"state": "closed", "verdict": "noise"}),
    ("snooze", {}, {"state": "open", "snoozed_until_change": True, "snoozed_until": None}),
    ("snooze", {"until": "3d"}, {"snoozed_until": "2026-10-06T08:00:00Z", "snoozed_until_change": False}),
    ("snooze", {"until": "2026-12-01"}, {"snoozed_until": "2026-12-01T00:00:00Z"}),
    ("assign", {"to": "ana"}, {"assignee": "ana", "state": "open"}),
    ("assign", {"to": None}, {"assignee": None}),
]


@pytest.mark.parametrize("deed, body, after", DEEDS)
def test_a_deed_is_answered_with_the_alert_as_it_is_then_and_can_be_undone(
    api: Api, deed: str, body: dict[str, Any], after: dict[str, Any]
) -> None:
    (event,) = first(api)
    before = api.read(f"/alerts/{event}")
    done = api.done(f"/alerts/{event}/{deed}", body)
    assert done["alert"] == api.read(f"/alerts/{event}")
    assert {name: done["alert"][name] for name in after} == after
    undone = api.done("/undo", {"did": done["did"]})
    assert undone["alerts"] == [before] == [api.read(f"/alerts/{event}")]
    assert [(each.action, each.subject) for each in entries(api)][1] == ("undo", event)


def test_many_are_done_at_once_and_undone_at_once(api: Api) -> None:
    events = first(api, 5)
    before = api.read("/alerts")
    for deed, body in (
        ("acknowledge", {"verdict": "acted"}),
        ("snooze", {"until": "12h"}),
        ("assign", {"to": "ben"}),
    ):
        done = api.done(f"/bulk/{deed}", {"events": [*events, events[0]], **body})
        assert [each["event_id"] for each in done["alerts"]] == events
        assert api.read("/alerts") != before
        undone = api.done("/undo", {"did": done["did"]})
        assert {each["event_id"] for each in undone["alerts"]} == set(events)
        assert api.read("/alerts") == before
    assert len(entries(api)) == 30


def test_of_many_all_are_done_or_none(api: Api) -> None:
    before = api.read("/alerts")
    for deed, body in (("acknowledge", {}), ("snooze", {}), ("assign", {"to": "ana"})):
        answer = api.send(f"/bulk/{deed}", {"events": [*first(api, 3), NOBODY], **body})
        assert answer.status_code == 404
    assert api.read("/alerts") == before
    assert entries(api) == []


def test_what_somebody_else_did_since_is_not_undone_over(api: Api) -> None:
    one, two, three = first(api, 3)
    done = api.done("/bulk/acknowledge", {"events": [one, two]})
    api.done(f"/alerts/{two}/assign", {"to": "ben"})
    answer = api.send("/undo", {"did": done["did"]})
    assert answer.status_code == 409
    assert "since: assign" in answer.json()["detail"]
    assert api.read(f"/alerts/{one}")["state"] == "acknowledged"
    again = api.done(f"/alerts/{three}/snooze", {})
    assert api.done("/undo", {"did": again["did"]})["alerts"][0]["snoozed_until_change"] is False
    assert api.send("/undo", {"did": again["did"]}).status_code == 409


def test_what_a_colleague_is_done_with_is_neither_opened_again_nor_put_off(api: Api) -> None:
    closed, acknowledged, still_open = first(api, 3)
    api.done(f"/alerts/{closed}/acknowledge", {"close": True, "verdict": "acted"})
    api.done(f"/alerts/{acknowledged}/acknowledge", {})
    before, written = api.read("/alerts"), len(entries(api))
    for event, deed, stands in (
        (closed, "acknowledge", "closed"),
        (closed, "snooze", "closed"),
        (acknowledged, "snooze", "acknowledged"),
    ):
        for answer in (
            api.send(f"/alerts/{event}/{deed}", {}),
            api.send(f"/bulk/{deed}", {"events": [still_open, event]}),
        ):
            assert answer.status_code == 409
            assert f"is {stands} already, by" in answer.json()["detail"]
    assert (api.read("/alerts"), len(entries(api))) == (before, written)
    assert api.read(f"/alerts/{closed}")["verdict"] == "acted"
    api.done(f"/alerts/{acknowledged}/acknowledge", {"verdict": "noise"})
    assert api.read(f"/alerts/{acknowledged}")["verdict"] == "noise"


@pytest.mark.parametrize(
    "did, status", [("7-9", 404), ("9-7", 404), ("1-9999", 404), ("0-1", 422), ("all", 422), ("", 422)]
)
def test_what_was_never_done_cannot_be_undone(api: Api, did: str, status: int) -> None:
    assert api.send("/undo", {"did": did}).status_code == status


def test_a_mute_is_ordered_listed_and_lifted_or_undone(api: Api) -> None:
    about = {"nct_id": STUDY, "kind": "contacts", "until": "30d", "reason": " call centre rotates "}
    done = api.send("/mutes", about)
    assert done.status_code == 201
    (mute,) = api.read("/mutes")["mutes"]
    assert mute == {
        "id": done.json()["number"],
        "nct_id": STUDY,
        "kind": "contacts",
        "until": "2026-11-02T08:00:00Z",
        "reason": "call centre rotates",
        "by": entries(api)[0].who,
        "at": "2026-10-03T08:00:00Z",
    }
    lifted = api.done(f"/mutes/{mute['id']}", method="DELETE")
    assert (lifted["number"], api.read("/mutes")["mutes"]) == (mute["id"], [])
    assert api.send(f"/mutes/{mute['id']}", method="DELETE").status_code == 404
    whole_kind = api.done("/mutes", {"kind": "sites", "until": "2026-12-01", "reason": "moving"})
    assert len(api.read("/mutes")["mutes"]) == 1
    assert api.done("/undo", {"did": whole_kind["did"]})["alerts"] == []
    assert api.read("/mutes")["mutes"] == []


def test_a_mute_that_ends_in_the_past_or_is_of_a_study_that_is_not_stored_is_refused(api: Api) -> None:
    past = api.send("/mutes", {"nct_id": STUDY, "until": "2020-01-01", "reason": "t"})
    assert (past.status_code, "2020-01-01 is past" in past.json()["detail"]) == (422, True)
    unknown = api.send("/mutes", {"nct_id": "NCT99999999", "until": "3d", "reason": "t"})
    assert (unknown.status_code, "NCT99999999 is not stored" in unknown.json()["detail"]) == (422, True)
    (event,) = first(api)
    assert api.send(f"/alerts/{event}/snooze", {"until": "2020-01-01"}).status_code == 422
    assert entries(api) == []


def test_a_review_is_noted_as_of_a_version(api: Api) -> None:
    newest = api.read(f"/studies/{STUDY}")["shown"]["number"]
    done = api.send(f"/studies/{STUDY}/reviews", {"note": "all well"})
    assert (done.status_code, done.json()["review"]["version"]) == (201, newest)
    api.done(f"/studies/{STUDY}/reviews", {"version": 1})
    found = api.read(f"/studies/{STUDY}/reviews")["reviews"]
    assert [(each["version"], each["note"]) for each in found] == [(1, None), (newest, "all well")]
    assert api.read(f"/studies/{STUDY}")["reviewed"]["version"] == 1
    assert api.send(f"/studies/{STUDY}/reviews", {"version": 99}).status_code == 404
    assert api.send("/studies/NCT90009999/reviews", {}).status_code == 404
    assert len(entries(api)) == 2


@pytest.mark.parametrize("decision, told", [("release", "released"), ("dismiss", "dismissed")])
def test_a_storm_is_decided_once(api: Api, decision: str, told: str) -> None:
    (storm,) = api.read("/storms")["storms"]
    assert storm["state"] == "held"
    path = f"/storms/{storm['event_id']}"
    done = api.done(f"{path}/{decision}", {})
    assert (done["decision"], done["events"]) == (told, storm["events"])
    assert api.read("/storms")["storms"][0]["state"] == told
    for again in ("release", "dismiss"):
        refused = api.send(f"{path}/{again}", {})
        assert (refused.status_code, told in refused.json()["detail"]) == (409, True)
    assert api.send(f"/storms/{NOBODY}/release", {}).status_code == 404
    assert [each.action for each in entries(api)] == [f"storm {told}"]


def test_a_channel_is_used_again_and_dead_letters_are_sent_again(api: Api) -> None:
    assert api.done("/channels/letters/enable", {})["deliveries"] == 0
    assert api.send("/channels/pigeons/enable", {}).status_code == 404
    assert api.done("/outbox/retry", {})["deliveries"] == 0


def test_what_a_channel_owes_is_moved_or_dropped(api: Api) -> None:
    assert api.done("/channels/letters/drop", {"before": "2020-01-01T00:00:00Z"})["dropped"] == 0
    assert api.send("/channels/pigeons/drop", {}).status_code == 422
    assert api.send("/channels/letters/move", {"to": "pigeons"}).status_code == 404
    assert api.send("/channels/letters/move", {"to": "letters"}).status_code == 422
    assert api.send("/channels/letters/drop", {"before": "yesterday"}).status_code == 422
    assert [each.action for each in entries(api)] == ["deliveries dropped"]


BAD_BODIES: list[tuple[str, Any]] = [
    ("acknowledge", {"verdict": "perhaps"}),
    ("acknowledge", {"verdict": ["acted"]}),
    ("acknowledge", {"note": "x" * 2001}),
    ("acknowledge", {"note": "\0"}),
    ("acknowledge", {"close": "yes"}),
    ("acknowledge", {"close": 1}),
    ("acknowledge", {"closed": True}),
    ("acknowledge", []),
    ("acknowledge", None),
    ("snooze", {"until": "soon"}),
    ("snooze", {"until": "2026-02-30"}),
    ("snooze", {"until": "99999d"}),
    ("snooze", {"until": 3}),
    ("snooze", {"until": "0001-01-01T00:00:00+14:00"}),
    ("assign", {}),
    ("assign", {"to": ""}),
    ("assign", {"to": "x" * 65}),
    ("assign", {"to": "ana\r\nset-cookie: a=b"}),
    ("assign", {"to": {"name": "ana"}}),
]


@pytest.mark.parametrize("deed, body", BAD_BODIES)
def test_a_body_that_is_not_as_described_is_refused_and_nothing_done(api: Api, deed: str, body: Any) -> None:
    (event,) = first(api)
    answer = api.request(
        "POST", f"{V1}/alerts/{event}/{deed}", json=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert entries(api) == []


@pytest.mark.parametrize(
    "body",
    [
        {"until": "3d", "reason": "of nothing"},
        {"nct_id": None, "kind": None, "until": "3d", "reason": "of nothing"},
        {"nct_id": STUDY, "reason": "without an end"},
        {"nct_id": STUDY, "until": "3d"},
        {"nct_id": STUDY, "until": "3d", "reason": " \t"},
        {"nct_id": STUDY, "until": "3d", "reason": "x" * 501},
        {"kind": "weather", "until": "3d", "reason": "of no kind"},
    ],
)
def test_a_mute_needs_a_subject_an_end_and_a_reason(api: Api, body: dict[str, Any]) -> None:
    assert api.send("/mutes", body).status_code == 422
    assert entries(api) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[" * 10_000,
        b'{"note": "\xed\xa0\x80"}',
        b"NaN",
        rb'{"note": "\ud800"}',
    ],
)
def test_a_body_that_is_no_json_or_no_text_is_refused(api: Api, content: bytes) -> None:
    (event,) = first(api)
    headers = {"content-type": "application/json"}
    answer = api.request("POST", f"{V1}/alerts/{event}/acknowledge", content=content, headers=headers)
    assert answer.status_code == 422
    assert entries(api) == []


def test_a_body_may_not_be_as_large_as_it_likes(api: Api) -> None:
    (event,) = first(api)
    answer = api.send(f"/alerts/{event}/acknowledge", {"note": "x" * 300_000})
    assert answer.status_code == 413
    assert "bytes" in answer.json()["detail"]
    many = api.send("/bulk/acknowledge", {"events": [NOBODY] * 501})
    assert many.status_code == 422


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:1234"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": "text/plain; application/json"}, 415),
        ({"content-type": ""}, 415),
    ],
)
def test_what_another_site_could_make_a_browser_send_is_refused(
    api: Api, headers: dict[str, str], status: int
) -> None:
    (event,) = first(api)
    sent = {"content-type": "application/json", **headers}
    content = b'{"verdict": "noise", "close": true}'
    for path in (f"/alerts/{event}/acknowledge", "/undo", "/bulk/acknowledge", "/outbox/retry"):
        answer = api.request("POST", f"{V1}{path}", content=content, headers=sent)
        assert answer.status_code == status, path
        assert answer.json()["detail"]
    assert entries(api) == []


def test_a_mute_is_not_lifted_from_another_site_nor_does_a_browser_get_leave_to(api: Api) -> None:
    mute = api.done("/mutes", {"kind": "sites", "until": "3d", "reason": "moving"})["number"]
    elsewhere = {"origin": "https://evil.example"}
    assert api.send(f"/mutes/{mute}", method="DELETE", headers=elsewhere).status_code == 403
    asked = api.request(
        "OPTIONS", f"{V1}/mutes/{mute}", headers=elsewhere | {"access-control-request-method": "DELETE"}
    )
    assert asked.status_code == 405
    assert not [name for name in asked.headers if name.startswith("access-control-")]
    assert len(api.read("/mutes")["mutes"]) == 1


def test_a_page_of_the_console_may_act_with_json(api: Api) -> None:
    (event,) = first(api)
    own = {
        "origin": api.base,
        "sec-fetch-site": "same-origin",
        "content-type": "application/json; charset=utf-8",
    }
    answer = api.request("POST", f"{V1}/alerts/{event}/snooze", content=b"{}", headers=own)
    assert answer.status_code == 200


@pytest.mark.parametrize("scope, status", [("read", 403), ("operate", 200)])
def test_a_token_acts_under_its_account_where_it_may(
    story_service: MakeService, clock: Clock, scope: str, status: int
) -> None:
    service = story_service(now=clock, host="0.0.0.0", hosts=("trials.example.org",))
    token = secrets.new_token()
    with service.database.write() as session:
        accounts.add_account(session, "ana", role="operator", password_hash="-", by="root", at=clock.at)
        known = {"expires_at": None, "by": "root", "at": clock.at}
        accounts.add_token(session, secrets.fingerprint(token), "ana", "script", scope, **known)
    api = Api(service, host="trials.example.org")
    bearer = {"authorization": f"Bearer {token}"}
    assert api.request("GET", f"{V1}/alerts", headers=bearer).status_code == 200
    event = api.request("GET", f"{V1}/alerts", headers=bearer).json()["alerts"][0]["event_id"]
    answer = api.send(f"/alerts/{event}/acknowledge", {}, headers=bearer)
    assert answer.status_code == status
    done = [each.who for each in entries(api) if each.action == "acknowledge"]
    assert done == (["ana"] if status == 200 else [])
    assert api.request("GET", f"{V1}/alerts").status_code == 401
