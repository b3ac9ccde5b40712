"""Watches and channels by the API: the same deeds as on the pages, each answered with what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.demo.registry import RunningRegistry
from sync.service import Service, up_to_date
from tests.acceptance.instance import Instance, watch
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.acceptance.web.api import Api

NCT, OTHER = "NCT90000001", "NCT90000002"


@pytest.fixture
def registry(start_registry: StartRegistry, tmp_path: Path) -> RunningRegistry:
    """A registry of two studies."""
    studies = [told(each, {"2026-09-01": study(each)}) for each in (NCT, OTHER)]
    return start_registry([write_corpus(tmp_path / "c.jsonl", studies)], release="2026-09-01")


@pytest.fixture
def service(registry: RunningRegistry, tmp_path: Path) -> Iterator[Service]:
    """A service with one watch of its file."""
    with Instance(tmp_path, registry.api_url, (watch(NCT, name="of-file"),)).service() as made:
        yield made


def test_a_watch_is_previewed_followed_edited_paused_and_removed(service: Service) -> None:
    api = Api(service)
    found = api.done("/preview", {"ids": [NCT], "searches": [{"term": "CAR-T"}]})
    assert (found["studies"], found["is_too_large"], found["unregistered"]) == (2, False, [])
    assert found["parts"][0]["first"][0]["title"] == "Invented CAR-T study 001"
    assert [each["name"] for each in api.read("/watches")["watches"]] == ["of-file"]

    made = api.done("/watches", {"name": "mine", "ids": [NCT]})
    assert (made["watch"]["where"], made["watch"]["revision"], made["did"]) == ("database", 1, "1-1")
    edited = api.done("/watches/mine/edit", {"ids": [NCT, OTHER], "revision": 1})
    assert edited["watch"]["ids"] == [NCT, OTHER]
    late = api.send("/watches/mine/edit", {"ids": [NCT], "revision": 1})
    assert late.status_code == 409
    assert "was edited meanwhile by" in late.json()["detail"]

    assert api.done("/watches/mine/pause", {})["watch"]["paused_at"] is not None
    assert [each.name for each in up_to_date(service).watched] == ["of-file"]
    assert api.done("/watches/mine/resume", {})["watch"]["paused_at"] is None
    assert api.done("/watches/mine/remove", {"revision": 2})["watch"] is None
    assert api.refused("/watches/mine")[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/watches", {"name": "mine"}, 422),
        ("/watches", {"name": "<b>", "ids": [NCT]}, 422),
        ("/watches", {"name": "mine", "ids": ["NCT1"]}, 422),
        ("/watches", {"name": "mine", "searches": [{"cnd": "x"}]}, 422),
        ("/watches", {"name": "mine", "searches": [{"cond": "\u0000x"}]}, 422),
        ("/watches", {"name": "of-file", "searches": [{"cond": "lupus"}]}, 422),
        ("/watches", {"name": "of-file", "ids": [NCT]}, 409),
        ("/watches/nobody/pause", {}, 404),
        ("/watches/nobody/edit", {"ids": [NCT], "revision": 1}, 404),
        ("/channels/nobody/test", {}, 404),
        ("/channels/nobody/disable", {}, 404),
        ("/deliveries/dlv_aaaaaaaaaaaaaaaaaaaaaaaaaa/retry", {}, 404),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_done(
    service: Service, path: str, body: object, status: int
) -> None:
    api = Api(service)
    answer = api.send(path, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert api.read("/audit")["entries"] == []


def test_a_registry_that_cannot_be_asked_is_told_by_its_status_and_is_not_ours(
    service: Service, registry: RunningRegistry
) -> None:
    registry.set_faults("403")
    answer = Api(service).send("/preview", {"ids": ["NCT90000003"]})
    assert answer.status_code == 502
    assert "refuses us (403)" in answer.json()["detail"]
    assert answer.json()["hint"]


def test_a_channel_is_tested_disabled_and_used_again(service: Service) -> None:
    api = Api(service)
    tested = api.done("/channels/console/test", {})
    assert tested["taken"] is True
    assert tested["sentence"].startswith("console took the test in ")
    assert api.done("/channels/console/disable", {"reason": "night"})["did"] == "2-2"
    assert api.done("/channels/console/disable", {})["did"] == ""
    (channel,) = api.read("/outbox")["channels"]
    assert channel["disabled_why"].endswith(": night")
    api.done("/channels/console/enable", {})
    assert api.done("/poll", {})["did"] == "4-4"
