"""What an answer other than a good one amounts to (FAULTS A1 to A4, A8 to A10)."""

from __future__ import annotations

import httpx
import pytest
import respx
from pydantic import SecretStr, ValidationError

from sync.errors import ConfigError, TrialdeltaError
from sync.registry.client import Registry
from sync.registry.errors import (
    BadRequest,
    Blocked,
    Moved,
    NotFound,
    RateLimited,
    RegistryError,
    Unavailable,
    Unreadable,
)
from sync.registry.settings import RegistrySettings
from tests.support.logged import capture_logs
from tests.unit.registry.invented import BASE, NO_RETRY, Clock, Make, study

VERSION = {"apiVersion": "2.0.5", "dataTimestamp": "2026-09-01T09:00:04"}
HTML = {"content-type": "text/html"}
TEXT = {"content-type": "text/plain;charset=utf-8"}
GOOD = httpx.Response(200, json=VERSION)


@pytest.fixture
def registry(make_registry: Make) -> Registry:
    return make_registry()


def version_answers(*answers: httpx.Response | Exception) -> respx.Route:
    return respx.get(f"{BASE}/version").mock(side_effect=list(answers))


@respx.mock
def test_the_release_is_its_stamp_taken_as_it_is_and_its_date(registry: Registry) -> None:
    version_answers(GOOD)
    release = registry.release()
    assert (release.stamp, release.date, release.api_version) == (
        "2026-09-01T09:00:04",
        "2026-09-01",
        "2.0.5",
    )
    assert registry.requests == 1


@respx.mock
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_error_is_asked_again_until_it_passes(registry: Registry, clock: Clock, status: int) -> None:
    route = version_answers(httpx.Response(status), httpx.Response(status), httpx.Response(status), GOOD)
    assert registry.release().date == "2026-09-01"
    assert route.call_count == 4
    assert clock.slept == sorted(clock.slept)
    assert sum(clock.slept) < 2 + 4 + 8


@respx.mock
def test_a_server_error_that_stays_is_unavailable_after_the_configured_retries(make_registry: Make) -> None:
    route = respx.get(f"{BASE}/version").respond(503)
    with pytest.raises(Unavailable, match="503"):
        make_registry(retries=2).release()
    assert route.call_count == 3


@respx.mock
def test_a_403_is_a_verdict_that_is_not_asked_again_and_names_who_asked(make_registry: Make) -> None:
    route = respx.get(f"{BASE}/version").respond(403, html="<h1>Forbidden</h1>")
    with pytest.raises(Blocked) as caught:
        make_registry(tls_profile="tls12", contact="ops@example.org").release()
    assert route.call_count == 1
    assert "python-httpx/" in str(caught.value)
    assert "ops@example.org" in caught.value.user_agent
    assert caught.value.tls_profile == "tls12"
    assert (caught.value.passing, caught.value.exit_code) == (False, 4)


@respx.mock
@pytest.mark.parametrize(
    "header, least",
    [("7", 7.0), ("Tue, 01 Sep 2099 00:00:00 GMT", None), (None, 0.0), ("-5", 0.0), ("soon", 0.0)],
)
def test_a_429_is_waited_out_as_the_registry_wishes(
    registry: Registry, clock: Clock, header: str | None, least: float | None
) -> None:
    headers = {} if header is None else {"retry-after": header}
    route = version_answers(httpx.Response(429, headers=headers), GOOD)
    if least is None:  # a date in the far future: more than we wait for within one question
        with pytest.raises(RateLimited) as caught:
            registry.release()
        assert caught.value.retry_after == 86400
    else:
        assert registry.release().date == "2026-09-01"
        assert route.call_count == 2
        assert least <= sum(clock.slept) <= max(least, 2.0)


@respx.mock
def test_a_retry_after_of_a_day_ends_the_question_at_once_and_silences_us_for_an_hour_at_most(
    registry: Registry, clock: Clock
) -> None:
    route = version_answers(httpx.Response(429, headers={"retry-after": "86400"}))
    with pytest.raises(RateLimited) as caught:
        registry.release()
    assert (caught.value.retry_after, caught.value.passing) == (86400, True)
    assert route.call_count == 1
    assert clock.slept == []


@respx.mock
def test_a_503_may_wish_for_a_wait_too(registry: Registry, clock: Clock) -> None:
    version_answers(httpx.Response(503, headers={"retry-after": "20"}), GOOD)
    registry.release()
    assert clock.slept == [20]


@respx.mock
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html><h1>Maintenance</h1></html>"),
        httpx.Response(200, content=b"<html></html>", headers={"content-type": "application/json"}),
        httpx.Response(200, json=VERSION, headers={"content-type": "text/plain"}),
        httpx.Response(200, content=b"", headers={"content-type": "application/json"}),
        *[
            httpx.Response(200, content=body, headers={"content-type": "application/json"})
            for body in (
                b"null",
                b'"busy"',
                b"[]",
                b"{}",
                b'{"error":"internal"}',
                b'{"dataTimestamp":null}',
                b"{",
            )
        ],
        httpx.Response(200, json=VERSION | {"dataTimestamp": "yesterday"}),
        httpx.Response(204),
        httpx.Response(304),
    ],
    ids=lambda answer: f"{answer.status_code} {answer.content[:20]!r}",
)
def test_a_200_that_is_no_answer_is_unreadable_and_asked_again(
    registry: Registry, answer: httpx.Response
) -> None:
    route = respx.get(f"{BASE}/version").mock(return_value=answer)
    with pytest.raises(Unreadable) as caught:
        registry.release()
    assert route.call_count == 5
    assert (caught.value.passing, caught.value.exit_code) == (True, 4)


@respx.mock
@pytest.mark.parametrize(
    "body", [b"null", b'"busy"', b"[]", b"{}", b'{"error":"x"}', b'{"studies":null}', b'{"studies":{}}']
)
def test_a_page_of_another_shape_is_unreadable_and_never_an_empty_result(
    make_registry: Make, body: bytes
) -> None:
    respx.get(f"{BASE}/studies").respond(200, content=body, content_type="application/json")
    with pytest.raises(Unreadable):
        make_registry(patience=NO_RETRY).search({"intr": "CAR-T"})
    with pytest.raises(Unreadable):
        list(make_registry(patience=NO_RETRY).records(["NCT00000001"]))


@respx.mock
@pytest.mark.parametrize(
    "body",
    [b"null", b'"busy"', b"[]", b"[{}]", b"7", b"<html>", b"{}", b'{"error":"x"}', b'{"protocolSection":{'],
)
def test_an_answer_without_a_study_is_a_record_with_a_problem(registry: Registry, body: bytes) -> None:
    answer = httpx.Response(200, content=body, headers={"content-type": "application/json"})
    route = respx.get(f"{BASE}/studies/NCT00000001").mock(return_value=answer)
    found = registry.study("NCT00000001")
    assert (found.nct_id, bool(found.problem)) == ("NCT00000001", True)
    assert route.call_count == 5, "it is asked for again first"


@respx.mock
def test_nesting_without_end_is_no_answer_and_no_crash(make_registry: Make) -> None:
    deep = b'{"apiVersion":"2","dataTimestamp":"2026-09-01","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    for path in ("version", "studies", "studies/NCT00000001"):
        respx.get(f"{BASE}/{path}").respond(200, content=deep, content_type="application/json")
    registry = make_registry(patience=NO_RETRY)
    with pytest.raises(Unreadable):
        registry.release()
    with pytest.raises(Unreadable):
        registry.search({"term": "x"})
    assert registry.study("NCT00000001").problem


@respx.mock
@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("[Errno -2] Name or service not known"),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired"),
        httpx.ConnectTimeout("timed out"),
        httpx.ReadTimeout("timed out"),
        httpx.ReadError("connection reset by peer"),
        httpx.RemoteProtocolError("server disconnected without sending a response"),
        httpx.ProxyError("503 Service Unavailable"),
    ],
    ids=lambda error: str(error)[:20],
)
def test_what_happens_below_http_is_unavailable_and_asked_again(registry: Registry, error: Exception) -> None:
    route = version_answers(error, error, GOOD)
    assert registry.release().date == "2026-09-01"
    assert route.call_count == 3
    version_answers(*[error] * 5)
    with pytest.raises(Unavailable, match=r"registry\.example"):
        registry.release()


@respx.mock
def test_only_the_exact_words_about_the_study_asked_for_mean_that_there_is_none(registry: Registry) -> None:
    route = respx.get(f"{BASE}/studies/NCT00000001")
    route.respond(404, text="NCT number NCT00000001 not found", headers=TEXT)
    with pytest.raises(NotFound):
        registry.study("NCT00000001")
    assert route.call_count == 1


@respx.mock
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, html="<html><h1>404 Not Found</h1></html>"),
        httpx.Response(404, text="NCT number NCT00000002 not found"),
        httpx.Response(404, text="NCT number NCT00000001 not found, try later"),
        httpx.Response(404, content=b"NCT number NCT00000001 not found", headers=HTML),
        httpx.Response(404, json={"error": "NCT number NCT00000001 not found"}),
        httpx.Response(404),
        httpx.Response(400, text="NCT number NCT00000001 not found"),
    ],
    ids=lambda answer: f"{answer.status_code} {answer.content[:40]!r}",
)
def test_every_other_404_is_a_wrong_path_and_no_removal(registry: Registry, answer: httpx.Response) -> None:
    route = respx.get(f"{BASE}/studies/NCT00000001").mock(return_value=answer)
    with pytest.raises(BadRequest) as caught:
        registry.study("NCT00000001")
    assert route.call_count == 1
    assert not caught.value.passing


@respx.mock
def test_a_refused_question_is_not_asked_again_and_quotes_the_registry(registry: Registry) -> None:
    route = respx.get(f"{BASE}/studies").respond(400, text="`query.term` has a syntax error")
    with pytest.raises(BadRequest, match="has a syntax error"):
        registry.search({"term": "AREA["})
    assert route.call_count == 1


@respx.mock
def test_an_address_longer_than_the_web_server_takes_is_not_sent(registry: Registry) -> None:
    route = respx.get(f"{BASE}/studies")
    with pytest.raises(BadRequest, match="5,000 characters"):
        registry.search({"term": "x" * 7000})
    assert not route.called


@pytest.mark.parametrize(
    "nct_id", ["../../x", "NCT1", "NCT00000001/../version", "nct00000001", "", "NCT０0000001"]
)
def test_an_impossible_id_is_not_sent(registry: Registry, nct_id: str) -> None:
    for ask in (registry.study, registry.history, lambda asked: list(registry.records([asked]))):
        with pytest.raises(BadRequest):
            ask(nct_id)
    assert registry.requests == 0


@pytest.mark.respx(assert_all_called=False)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.example/api/v2/studies/NCT00000002",
        "//elsewhere.example/api/v2/studies/NCT00000002",
        "https://registry.example:8443/api/v2/studies/NCT00000002",
        "https://registry.example@elsewhere.example/api/v2/studies/NCT00000002",
        "/login?next=/api/v2/studies/NCT00000002",
        "/api/v2/studies/../version",
    ],
)
def test_no_redirect_to_another_place_is_followed(
    respx_mock: respx.MockRouter, registry: Registry, status: int, location: str
) -> None:
    respx_mock.get(f"{BASE}/studies/NCT00000001").respond(status, headers={"location": location})
    elsewhere = respx_mock.route(name="elsewhere").respond(200, json=study("NCT00000002"))
    with pytest.raises(Moved):
        registry.study("NCT00000001")
    assert not elsewhere.called


@respx.mock
def test_the_release_is_asked_for_without_a_validator_so_a_lying_etag_deceives_nobody(
    registry: Registry,
) -> None:
    later = VERSION | {"dataTimestamp": "2026-09-02T09:00:04"}
    etag = {"etag": 'W/"2.0.5"'}
    route = version_answers(
        httpx.Response(200, json=VERSION, headers=etag), httpx.Response(200, json=later, headers=etag)
    )
    assert registry.release() != registry.release()
    assert "if-none-match" not in route.calls.last.request.headers


@respx.mock
def test_every_request_says_who_we_are_with_the_librarys_token_first(registry: Registry) -> None:
    route = version_answers(GOOD)
    registry.release()
    sent = route.calls.last.request.headers
    assert sent["user-agent"].startswith(f"python-httpx/{httpx.__version__} (trialdelta/")
    assert sent["accept-encoding"] == "gzip, deflate"


def test_every_error_has_a_hint_a_message_and_an_exit_code() -> None:
    def kinds(base: type[TrialdeltaError]) -> list[type[TrialdeltaError]]:
        return [base, *(kind for sub in base.__subclasses__() for kind in kinds(sub))]

    for kind in kinds(RegistryError):
        assert kind.hint, kind
        assert kind.exit_code in (1, 4), kind
    assert str(Unavailable()) == "The registry does not answer."


@respx.mock
def test_what_is_asked_again_is_logged_without_its_address(registry: Registry) -> None:
    respx.get(f"{BASE}/studies").mock(side_effect=[httpx.Response(503), httpx.Response(400, text="no")])
    with capture_logs() as logs, pytest.raises(BadRequest):
        registry.search({"term": "unspeakable"})
    assert [entry["error"] for entry in logs if entry["event"] == "registry_asked_again"] == ["Unavailable"]
    assert "unspeakable" not in str(logs)


def test_a_proxys_password_is_in_no_message(unreachable: str, make_registry: Make) -> None:
    with pytest.raises(ValidationError) as configured:
        make_registry(proxy="nonsense://user:hunter2@proxy.example")
    unchecked = dict(RegistrySettings()) | {"proxy": SecretStr("nonsense://user:hunter2@proxy.example")}
    with pytest.raises(ConfigError) as wrong:
        Registry(RegistrySettings.model_construct(**unchecked))
    port = unreachable.rpartition(":")[2].partition("/")[0]
    behind = make_registry(proxy=f"http://user:hunter2@127.0.0.1:{port}", patience=NO_RETRY)
    with capture_logs() as logs, pytest.raises(Unavailable) as down:
        behind.release()
    errors = (configured.value, wrong.value, wrong.value.__cause__, down.value, down.value.__cause__)
    assert "hunter2" not in " ".join([*map(repr, errors), repr(behind), str(logs)])


def test_only_http_addresses_are_accepted() -> None:
    for address in (
        "ftp://registry.example/api/v2",
        "file:///etc/passwd",
        "registry.example",
        "http://",
    ):
        with pytest.raises(ConfigError, match="base_url"):
            Registry(RegistrySettings.model_construct(**dict(RegistrySettings()) | {"base_url": address}))
