"""How fast the registry is asked, and who we say that we are."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx

from sync.errors import ConfigError
from sync.net.retry_after import retry_after
from sync.registry.client import Registry
from sync.registry.doctor import PAUSE_S, try_identities
from sync.registry.errors import Blocked, RateLimited, Unavailable
from sync.registry.identity import Identity, tls_context, trusting_nobody
from sync.registry.pacing import Pace, Patience
from sync.registry.settings import RegistrySettings
from sync.registry.user_agent import check_user_agent, user_agent
from tests.unit.registry.invented import BASE, Clock, Make, OnTheWire

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "header, seconds",
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("1e3", None),
        ("nan", None),
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("-5", 0),
        ("86400", 86400),
        ("9" * 400, 86400),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=400), usegmt=True), 86400),
        ("Tue, 01 Sep 2026 09:01:00", 60),
        ("Tue, 99 Sep 2026 09:01:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_capped(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


def test_waits_double_up_to_the_longest_and_never_fall_below_the_registrys_wish() -> None:
    patience = Patience(retries=9, first_wait_s=2, longest_wait_s=30)
    down, busy = Unavailable(), RateLimited(60.0)
    assert [patience.wait(down, n, 0, jitter=lambda: 1.0) for n in range(6)] == [2, 4, 8, 16, 30, 30]
    assert [patience.wait(down, n, 0, jitter=lambda: 0.0) for n in range(3)] == [1, 2, 4]
    assert patience.wait(busy, 0, 0, jitter=lambda: 0.5) == 60


def test_there_is_no_further_attempt_when_tries_or_time_are_used_up_or_nothing_can_pass() -> None:
    patience = Patience(retries=3, total_s=100)
    assert patience.wait(Unavailable(), 2, 0) is not None
    assert patience.wait(Unavailable(), 3, 0) is None
    assert patience.wait(Unavailable(), 0, 99.5) is None
    assert patience.wait(RateLimited(101.0), 0, 0) is None
    assert patience.wait(Blocked("python-httpx/0", "default"), 0, 0) is None


def test_requests_start_an_interval_apart_and_the_first_one_at_once(clock: Clock) -> None:
    pace = Pace(clock, clock.sleep)
    pace.wait(1.0)
    assert clock.slept == []
    clock.now += 0.25
    pace.wait(1.0)
    assert clock.slept == [0.75]
    clock.now += 5
    pace.wait(1.0)
    assert clock.slept == [0.75]


@respx.mock
def test_a_second_between_requests_is_kept_over_all_kinds_of_them(make_registry: Make, clock: Clock) -> None:
    respx.get(f"{BASE}/version").respond(
        200, json={"apiVersion": "2", "dataTimestamp": "2026-09-01T09:00:04"}
    )
    registry = make_registry(min_interval_s=1.0)
    for _ in range(4):
        registry.release()
    assert clock.slept == [1.0, 1.0, 1.0]


@respx.mock
def test_no_attempt_begins_after_the_patience_is_spent(make_registry: Make, clock: Clock) -> None:
    route = respx.get(f"{BASE}/version").respond(503, headers={"retry-after": "50"})
    with pytest.raises(Exception, match="503"):
        make_registry(patience=Patience(retries=20, total_s=120)).release()
    assert route.call_count == 3
    assert sum(clock.slept) == 100


def test_the_user_agent_begins_with_the_librarys_own_token() -> None:
    assert user_agent("ops@example.org").startswith(f"python-httpx/{httpx.__version__} (trialdelta/")
    assert user_agent("ops@example.org").endswith("; +ops@example.org)")
    assert check_user_agent(user_agent("ops@example.org")) is None


@pytest.mark.parametrize(
    "value", ["trialdelta/1.0", "curl/8.0", "Mozilla/5.0 (python-httpx/0.28)", "", "python-requests/2"]
)
def test_a_user_agent_that_the_edge_would_refuse_is_refused_with_the_reason(value: str) -> None:
    assert "TLS fingerprint" in str(check_user_agent(value))


@pytest.mark.parametrize("value", ["python-httpx/0.28 (caf\u00e9)", "python-httpx/0.28\r\nX-Evil: 1"])
def test_a_user_agent_that_is_no_header_is_refused(value: str, make_registry: Make) -> None:
    assert "ASCII" in str(check_user_agent(value))
    with pytest.raises(ConfigError, match="ASCII"):
        make_registry(identity=Identity(value))


def test_the_tls_profiles_differ_in_what_they_offer() -> None:
    assert tls_context("post-handshake-auth").post_handshake_auth
    assert not tls_context("default").post_handshake_auth
    assert tls_context("tls12").maximum_version is ssl.TLSVersion.TLSv1_2
    assert all(
        tls_context(name).verify_mode is ssl.CERT_REQUIRED
        for name in ("default", "post-handshake-auth", "tls12")
    )
    with pytest.raises(ValueError, match="tls13"):
        tls_context("tls13")


def test_certificates_are_read_for_an_address_with_tls_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def reading(profile: str) -> ssl.SSLContext:
        read.append(profile)
        return tls_context(profile)

    monkeypatch.setattr("sync.registry.wire.tls_context", reading)
    for address in ("http://localhost:9", "HTTPS://localhost:9"):
        Registry(RegistrySettings(base_url=address)).close()
    assert read == ["default"]


def test_without_certificates_no_handshake_can_succeed() -> None:
    context = trusting_nobody()
    assert (context.verify_mode, context.check_hostname, context.get_ca_certs()) == (
        ssl.CERT_REQUIRED,
        True,
        [],
    )


def only(passes: str) -> Callable[[Identity], httpx.BaseTransport]:
    """An edge that lets one TLS profile through."""
    good = httpx.Response(200, json={"apiVersion": "2", "dataTimestamp": "2026-09-01T09:00:04"})

    def edge(identity: Identity) -> httpx.BaseTransport:
        answer = good if identity.tls_profile == passes else httpx.Response(403)
        return OnTheWire(httpx.MockTransport(lambda _: answer))

    return edge


def test_the_doctor_tries_each_identity_once_with_pauses_and_says_which_pass(clock: Clock) -> None:
    tried = list(try_identities(RegistrySettings(), sleep=clock.sleep, transport=only("tls12")))
    assert [each.identity.tls_profile for each in tried] == [
        "default",
        "post-handshake-auth",
        "tls12",
        "default",
    ]
    assert [each.passed for each in tried] == [False, False, True, False]
    assert "release 2026-09-01" in tried[2].said
    assert "403" in tried[0].said
    assert clock.slept == [PAUSE_S] * 3
    assert all(each.identity.user_agent.startswith("python-httpx/") for each in tried)


def test_the_doctor_begins_with_what_is_configured(clock: Clock) -> None:
    configured = RegistrySettings(tls_profile="tls12", user_agent="python-httpx/0.1 (mine)")
    first = next(try_identities(configured, sleep=clock.sleep, transport=only("tls12")))
    assert (first.identity, first.passed) == (Identity("python-httpx/0.1 (mine)", "tls12"), True)
