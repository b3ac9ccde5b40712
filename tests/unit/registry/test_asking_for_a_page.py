"""Asking on behalf of somebody who waits at a page: once, within a bound, under the name that is in force."""

import json
import threading

import httpx
import pytest

from sync.registry.client import Registry
from sync.registry.errors import BadRequest, Blocked, BusyAsking, RateLimited, Unavailable, Unreadable
from sync.registry.identity import Identity
from sync.registry.settings import RegistrySettings
from sync.registry.wire import address_with

SETTINGS = RegistrySettings(base_url="https://registry.example/api/v2", min_interval_s=0)
PAGE = {
    "studies": [{"protocolSection": {"identificationModule": {"nctId": "NCT90000001"}}}],
    "totalCount": 100_000,
}


def answers(status: int, body: object, **headers: str) -> httpx.Response:
    """An answer whose body is still to be read, as from a wire."""
    is_text = isinstance(body, str)
    kind = "text/plain" if is_text else "application/json"
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return httpx.Response(status, headers={"content-type": kind, **headers}, stream=httpx.ByteStream(content))


class Wire:
    """Answers with what it is given, and remembers the requests."""

    def __init__(self, answer=None):
        self.asked: list[httpx.Request] = []
        self.answer = answer or (200, PAGE, {})

    def __call__(self, request):
        self.asked.append(request)
        status, body, headers = self.answer
        return answers(status, body, **headers)

    def registry(self, settings=SETTINGS):
        return Registry(settings, transport=httpx.MockTransport(self))


def test_a_glimpse_is_one_request_for_the_total_and_the_first_studies():
    wire = Wire()
    with wire.registry() as registry:
        found = registry.glimpse({"cond": "lupus"}, studies=5, within_s=20, fields="NCTId|BriefTitle")
    assert (found.total, [each.nct_id for each in found.first]) == (100_000, ["NCT90000001"])
    (asked,) = wire.asked
    assert dict(asked.url.params) | {"sort": ""} == {
        "query.cond": "lupus",
        "fields": "NCTId|BriefTitle",
        "pageSize": "5",
        "countTotal": "true",
        "sort": "",
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((403, "no", {}), Blocked),
        ((429, "slow down", {"retry-after": "30"}), RateLimited),
        ((503, "later", {}), Unavailable),
        ((200, "<html>maintenance</html>", {}), Unreadable),
        ((200, {"studies": []}, {}), Unreadable),
        ((400, "too complicated", {}), BadRequest),
    ],
)
def test_what_goes_wrong_is_told_at_once_and_not_tried_again(answer, error):
    wire = Wire(answer)
    with wire.registry() as registry, pytest.raises(error):
        registry.glimpse({"cond": "lupus"}, studies=5, within_s=20)
    assert len(wire.asked) == 1


def test_a_search_that_means_nothing_is_not_sent():
    wire = Wire()
    with wire.registry() as registry, pytest.raises(BadRequest):
        registry.glimpse({"cnd": "lupus"}, studies=5, within_s=20)
    assert wire.asked == []


def test_while_a_cycle_asks_nobody_waits_longer_than_the_bound():
    inside, go_on = threading.Event(), threading.Event()

    def slow(request):
        inside.set()
        go_on.wait(20)
        return answers(200, {"apiVersion": "2", "dataTimestamp": "2026-09-01T09:00:00"})

    with Registry(SETTINGS, transport=httpx.MockTransport(slow)) as registry:
        cycle = threading.Thread(target=registry.release)
        cycle.start()
        assert inside.wait(20)
        with pytest.raises(BusyAsking):
            registry.glimpse({"cond": "lupus"}, studies=5, within_s=0.1)
        go_on.set()
        cycle.join()


def test_another_contact_is_told_from_the_next_request_on():
    wire = Wire()
    with wire.registry() as registry:
        registry.glimpse({"cond": "a"}, studies=1, within_s=20)
        registry.introduce(SETTINGS.model_copy(update={"contact": "ops@example.org"}))
        registry.glimpse({"cond": "a"}, studies=1, within_s=20)
    before, after = (each.headers["user-agent"] for each in wire.asked)
    assert "ops@example.org" not in before
    assert after.endswith("; +ops@example.org)")
    assert after.startswith("python-httpx/")


def test_an_identity_that_is_tried_stays_while_the_contact_is_the_same():
    wire = Wire()
    tried = Identity("python-httpx/1 (tried)", "default")
    with Registry(SETTINGS, identity=tried, transport=httpx.MockTransport(wire)) as registry:
        registry.introduce(SETTINGS)
        registry.glimpse({"cond": "a"}, studies=1, within_s=20)
    assert wire.asked[0].headers["user-agent"] == "python-httpx/1 (tried)"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"filter.ids": "NCT00000001|NCT00000002", "pageSize": "2", "countTotal": "true"},
        {"query.term": 'a+b & c=d;e%7C%zz #?/ "x" <y> (z) [1] {2} ~._-*\'!,:@$'},
        {"query.cond": "systémique\u2028 \U0001f9ec\x7f\t", "pageToken": "=="},
    ],
)
def test_an_address_is_the_one_that_httpx_would_make(params):
    address = "https://registry.example:8443/api/v2/studies"
    ours, theirs = address_with(address, params), httpx.URL(address, params=params)
    assert (ours, ours.raw_path, ours.path) == (theirs, theirs.raw_path, theirs.path)
    assert dict(ours.params) == params
    assert address_with(address, {}) == address
