"""Every route of the API: described, behind the gate, and alike in how it says what went wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from storage.errors import DatabaseBusy
from sync.service import Service
from sync.web.api.routes import ApiRoute
from sync.web.authentication import SESSION_COOKIE
from tests.acceptance.web.api import V1, Api

MakeService = Callable[..., Service]
FILLED = {
    "{nct_id}": "NCT90000001",
    "{event_id}": "evt_" + "a" * 26,
    "{delivery_id}": "dlv_" + "a" * 26,
    "{number}": "1",
    "{watch}": "demo",
    "{name}": "letters",
}


@pytest.fixture
def api(story_service: MakeService) -> Api:
    """A script on this machine."""
    return Api(story_service())


@pytest.fixture
def public(story_service: MakeService) -> Api:
    """A script elsewhere, at a console that needs accounts."""
    return Api(story_service(host="0.0.0.0", hosts=("trials.example.org",)), host="trials.example.org")


def routes(api: Api) -> Iterator[APIRoute]:
    for each in iter_route_contexts(api.app.routes):
        route = each.original_route
        if getattr(route, "path", "").startswith("/api/"):
            assert isinstance(route, APIRoute)
            yield route


def operations(api: Api) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in api.app.openapi()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", lambda found: FILLED[found[0]], path)


def test_every_route_is_the_apis_own_kind_and_is_described(api: Api) -> None:
    described = {(method, path) for method, path, _ in operations(api)}
    found = list(routes(api))
    assert len(found) >= 40
    for route in found:
        assert isinstance(route, ApiRoute), route.path
        assert {(method, route.path) for method in route.methods} <= described


def test_every_answer_is_described_by_a_model_or_a_media_type(api: Api) -> None:
    for method, path, operation in operations(api):
        done = next(
            operation["responses"][status] for status in ("200", "201") if status in operation["responses"]
        )
        assert done["content"], path
        for media_type, content in done["content"].items():
            assert content["schema"], (method, path, media_type)


def test_every_route_says_what_can_go_wrong_in_one_form(api: Api) -> None:
    always, acting = {"401", "421", "422", "503"}, {"403", "404", "409", "413", "415"}
    for method, path, operation in operations(api):
        answers = operation["responses"]
        assert always <= answers.keys(), path
        assert (acting <= answers.keys()) is (method != "GET"), path
        assert ("304" in answers and "ETag" in answers["200"]["headers"]) is (method == "GET"), path
        assert ("404" in answers) is ("{" in path or method != "GET"), path
        for status, answer in answers.items():
            if status >= "400":
                schema = answer["content"]["application/json"]["schema"]
                assert schema["$ref"].endswith("/Problem"), (path, status)


def test_names_of_operations_are_short_and_each_is_there_once(api: Api) -> None:
    names = [operation["operationId"] for _, _, operation in operations(api)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+){0,3}", name) for name in names)
    assert {"list_alerts", "get_alert", "acknowledge_alert", "list_events", "get_study", "undo"} <= set(names)


def test_everything_is_explained(api: Api) -> None:
    for method, path, operation in operations(api):
        assert operation["description"].endswith((".", "?")), (method, path)
        assert len(operation["tags"]) == 1
    for name, schema in api.read("/openapi.json")["components"]["schemas"].items():
        assert "description" in schema, name


def test_a_body_takes_nothing_that_is_not_described(api: Api) -> None:
    schemas = api.read("/openapi.json")["components"]["schemas"]
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, _, operation in operations(api)
        if "requestBody" in operation
    }
    assert len(bodies) >= 9
    for name in bodies:
        assert schemas[name]["additionalProperties"] is False, name


def test_the_description_is_of_the_api_alone_and_says_who_may(api: Api, public: Api) -> None:
    here = api.read("/openapi.json")
    assert here["openapi"].startswith("3.")
    assert all(path.startswith(f"{V1}/") for path in here["paths"])
    assert set(here["components"]["securitySchemes"]) == {"token", "visit"}
    assert here["components"]["securitySchemes"]["visit"]["name"] == SESSION_COOKIE
    assert here["security"] == [{}, {"token": []}, {"visit": []}]
    assert public.request("GET", f"{V1}/openapi.json").status_code == 401
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert api.request("GET", path).status_code == 404


def test_nobody_gets_anything_without_a_token_or_a_visit(public: Api) -> None:
    for method, path, _ in operations(public):
        for headers in ({}, {"authorization": "Bearer tdl_guessed"}, {"cookie": f"{SESSION_COOKIE}=guessed"}):
            answer = public.send(filled(path.removeprefix(V1)), {}, method=method, headers=headers)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json().keys() == {"detail"}


def test_another_name_of_the_console_is_refused(api: Api) -> None:
    for method, path, _ in operations(api):
        answer = api.send(filled(path.removeprefix(V1)), {}, method=method, headers={"host": "evil.example"})
        assert (answer.status_code, list(answer.json())) == (421, ["detail"])


def test_a_method_that_is_not_there_is_told_with_those_that_are(api: Api) -> None:
    by_path: dict[str, set[str]] = {}
    for method, path, _ in operations(api):
        by_path.setdefault(path, set()).add(method)
    for path, methods in by_path.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - methods:
            answer = api.request(method, filled(path))
            assert answer.status_code == 405, (method, path)
            assert set(answer.headers["allow"].split(", ")) == methods
            assert answer.json()["detail"] == f"Method not allowed: use {', '.join(sorted(methods))}."


def test_a_busy_database_is_told_with_when_to_try_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_arguments: Any) -> None:
        raise DatabaseBusy

    monkeypatch.setattr("sync.web.api.inbox.pulse_of", busy)
    answer = api.request("GET", f"{V1}/pulse")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json() == {"detail": str(DatabaseBusy()), "hint": DatabaseBusy.hint}


def test_a_fault_of_ours_tells_nothing_of_the_inside(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any) -> None:
        raise ZeroDivisionError("in the inside")

    monkeypatch.setattr("sync.web.api.inbox.pulse_of", broken)
    answer = api.request("GET", f"{V1}/pulse")
    assert answer.status_code == 500
    assert "inside" not in answer.text
    assert answer.json()["detail"]
