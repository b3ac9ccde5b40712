"""Who gets in, and what they may: each route without a session refuses, forged requests are refused (FAULTS H3, H5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta

import httpx
import pytest

from storage import accounts, audit
from sync import logs
from sync.service import Service
from sync.web.gate import OPEN, SAFE, _is_open
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock, OpenConsole
from tests.support.accounts import PASSWORD, PUBLIC, add, token
from tests.support.logged import capture_logs
from tests.support.routes import EVENT, routes_of

MakeService = Callable[..., Service]


@pytest.fixture
def public(story_service: MakeService, clock: Clock) -> Browser:
    """A browser elsewhere, at a console that needs accounts: ana is an operator, ben a reader."""
    service = story_service(now=clock, **PUBLIC)
    add(service.database, service, "ana", "operator")
    add(service.database, service, "ben", "reader")
    return Browser(service, host="trials.example.org", address="203.0.113.9")


def test_every_route_refuses_who_is_not_signed_in(public: Browser) -> None:
    routes = routes_of(public.app)
    assert len(routes) >= 12
    refused = []
    for method, path in routes:
        if _is_open(path):
            continue
        answer = public.request(method, path)
        assert answer.status_code == 401, (method, path)
        assert public.request(method, path, headers={"authorization": "Bearer tdl_wrong"}).status_code == 401
        assert public.request(method, path, headers={"cookie": "trialdelta_visit=guessed"}).status_code == 401
        refused.append(path)
    assert {"/", "/act", "/undo", "/events"} <= set(refused)


def test_little_is_open_and_none_of_it_tells_of_a_study(public: Browser) -> None:
    assert OPEN == ("/static/", "/feeds/", "/login", "/healthz", "/readyz")
    for path in ("/login", "/healthz", "/readyz"):
        assert "NCT" not in public.get(path).text


def test_what_is_open_says_nothing_of_the_names_of_watches_either(public: Browser) -> None:
    for path in ("/login", "/healthz", "/readyz", "/static/console.css", "/feeds/x.atom"):
        for name in ("watch", "study", "nct_id", "person"):
            answer = public.get(f"{path}?{name}=nope")
            assert "demo" not in answer.text, (path, name)


def test_a_path_that_does_not_exist_does_not_say_so_to_strangers(public: Browser) -> None:
    assert public.request("GET", "/nothing/here").status_code == 401
    assert public.request("GET", "/login/../events").status_code == 401
    assert public.request("GET", "/static/../events").status_code in (401, 404)
    assert public.request("GET", "//login").status_code == 401


def test_a_prefix_that_is_taken_off_the_path_opens_nothing(public: Browser) -> None:
    async def ask(path: str) -> int:
        transport = httpx.ASGITransport(public.app, root_path="/static", raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=public.base) as client:
            return (await client.get(path)).status_code

    assert [asyncio.run(ask(path)) for path in ("/static/audit", "/static/metrics", "/audit")] == [400] * 3


def test_a_reader_reads_and_every_act_is_refused(public: Browser) -> None:
    assert public.sign_in("ben", PASSWORD).status_code == 303
    page = public.get("/")
    assert page.status_code == 200
    assert "data-ack" not in page.text
    assert 'class="bulk"' not in page.text
    study = "/studies/NCT90000001/check"
    checks = {("POST", study), ("POST", f"/api/v1{study}")}  # they keep nothing
    assert checks <= set(routes_of(public.app))
    for method, path in routes_of(public.app):
        if method in SAFE or path in ("/login", "/logout", "/me") or (method, path) in checks:
            continue
        own_page = {
            "origin": public.base,
            "sec-fetch-site": "same-origin",
            "content-type": "application/json",
        }
        refused = public.request(method, path, headers=own_page)
        assert refused.status_code == 403, (method, path)
    assert public.post("/act", {"action": "acknowledge", "only": EVENT}).status_code == 403


def test_an_operator_acts_under_the_own_name(public: Browser) -> None:
    public.sign_in("ana", PASSWORD)
    event = public.get("/").text.split('name="event" value="')[1][:30]
    assert public.post("/act", {"action": "acknowledge", "only": event}).status_code == 303
    with public.app.state.service.database.read() as session:
        done = audit.latest(session)
    assert [(each.who, each.action) for each in done[:2]] == [("ana", "acknowledge"), ("ana", "sign in")]


@pytest.mark.parametrize(
    "scope, name, may_read, may_act",
    [("read", "ana", True, False), ("operate", "ana", True, True), ("operate", "ben", True, False)],
)
def test_a_token_may_what_its_scope_and_its_account_allow(
    public: Browser, scope: str, name: str, may_read: bool, may_act: bool
) -> None:
    bearer = {"authorization": f"Bearer {token(public.app.state.service, name, scope)}"}
    assert (public.request("GET", "/events", headers=bearer).status_code == 200) is may_read
    acted = public.request("POST", "/act", data={"action": "acknowledge", "only": EVENT}, headers=bearer)
    assert acted.status_code == (404 if may_act else 403)  # there is no such event


def test_a_token_ends_with_its_time_and_with_its_account(public: Browser, clock: Clock) -> None:
    service = public.app.state.service
    bearer = {"authorization": f"Bearer {token(service, 'ana', 'read', lasts=timedelta(days=1))}"}
    assert public.request("GET", "/events", headers=bearer).status_code == 200
    clock.at += timedelta(days=1)
    assert public.request("GET", "/events", headers=bearer).status_code == 401
    another = {"authorization": f"Bearer {token(service, 'ben', 'read')}"}
    assert public.request("GET", "/events", headers=another).status_code == 200
    with service.database.write() as session:
        accounts.disable(session, "ben", by="ana", at=clock.at)
    assert public.request("GET", "/events", headers=another).status_code == 401


def test_a_visit_ends_with_its_time_and_with_signing_out(public: Browser, clock: Clock) -> None:
    public.sign_in("ana", PASSWORD)
    kept = dict(public.cookies)
    clock.at += timedelta(hours=11)
    assert public.signed_in()
    assert public.post("/logout", {}).status_code == 303
    public.cookies.update(kept)  # a cookie that somebody kept is worth nothing
    assert not public.signed_in()
    public.cookies.clear()
    public.sign_in("ana", PASSWORD)
    clock.at += timedelta(hours=12)
    assert not public.signed_in()


def test_a_secret_that_was_planted_before_signing_in_is_not_the_visit(public: Browser) -> None:
    public.cookies.set("trialdelta_visit", "planted-by-somebody-else-long-enough")
    public.sign_in("ana", PASSWORD)
    thief = Browser(public.app.state.service, host="trials.example.org")
    thief.cookies.set("trialdelta_visit", "planted-by-somebody-else-long-enough")
    assert public.signed_in()
    assert not thief.signed_in()


def test_guessing_a_password_ends_after_five_attempts_whoever_guesses(public: Browser, clock: Clock) -> None:
    answers = [public.sign_in("ana", f"wrong password {number}").status_code for number in range(8)]
    assert answers == [401] * 5 + [429] * 3
    public.address = "203.0.113.10"
    assert public.sign_in("ana", PASSWORD).status_code == 429
    assert public.sign_in("ben", PASSWORD).status_code == 303


def guess(browser: Browser, addresses: Iterable[str], name: str = "ana") -> list[int]:
    """What comes of one wrong password from each of the addresses."""
    answers = []
    for browser.address in addresses:
        answers.append(browser.sign_in(name, "wrong password").status_code)
    return answers


def comes_in(browser: Browser, address: str, name: str = "ana") -> bool:
    """Whether the right password is let through from this address."""
    browser.address = address
    answer = browser.sign_in(name, PASSWORD)
    browser.cookies.clear()
    return answer.status_code == 303


def test_a_strangers_guesses_do_not_keep_the_owner_out_who_is_known_from_the_address(
    public: Browser,
) -> None:
    assert comes_in(public, "203.0.113.9")
    strangers = [f"198.51.100.{number}" for number in range(1, 31)]
    assert guess(public, strangers) == [401] * 4 + [429] * 26  # the owner's first attempt was a stranger's
    assert comes_in(public, "203.0.113.9")
    assert not comes_in(public, "203.0.113.10")  # from elsewhere, the owner is a stranger too


def test_the_console_knows_the_owners_address_also_after_a_restart(public: Browser) -> None:
    assert comes_in(public, "203.0.113.9")
    again = Browser(public.app.state.service, host="trials.example.org")
    assert guess(again, [f"198.51.100.{number}" for number in range(1, 9)]) == [401] * 5 + [429] * 3
    assert comes_in(again, "203.0.113.9")


def test_guesses_from_an_address_that_the_owner_is_known_from_end_after_five_and_stop_nobody_else(
    public: Browser,
) -> None:
    assert comes_in(public, "203.0.113.9")
    assert comes_in(public, "203.0.113.20")
    assert guess(public, ["203.0.113.9"] * 6) == [401] * 5 + [429]
    assert not comes_in(public, "203.0.113.9")
    assert comes_in(public, "203.0.113.20")
    assert guess(public, [f"198.51.100.{number}" for number in range(1, 7)]) == [401] * 3 + [429] * 3


@pytest.mark.slow
def test_guesses_from_everywhere_are_bounded_by_the_account(public: Browser) -> None:
    for number in range(14):
        assert (
            comes_in(public, f"203.0.113.{100 + number}") or number >= 5
        )  # all but five are strange at first
    everywhere = [f"10.{third}.0.{last}" for third in range(8) for last in range(10)]
    known = [f"203.0.113.{100 + number}" for number in range(14) for _ in range(8)]
    let_through = [each for each in guess(public, everywhere + known) if each == 401]
    assert len(let_through) <= 5 + 10 * 5


def test_an_address_is_known_for_a_month(public: Browser, clock: Clock) -> None:
    assert comes_in(public, "203.0.113.9")
    clock.at += timedelta(days=31)
    guess(public, [f"198.51.100.{number}" for number in range(1, 7)])
    assert not comes_in(public, "203.0.113.9")


def test_a_network_of_ipv6_counts_as_one_address(public: Browser) -> None:
    assert comes_in(public, "2001:db8:1:1::a")
    assert guess(public, [f"2001:db8:2:2::{number}" for number in range(1, 7)]) == [401] * 4 + [429] * 2
    assert comes_in(public, "2001:db8:1:1:ffff::b")
    names = [f"user{number}" for number in range(25)]
    answers = [guess(public, [f"2001:db8:3:3::{number}"], name)[0] for number, name in enumerate(names)]
    assert answers == [401] * 20 + [429] * 5


def test_nobody_is_known_at_a_name_that_no_account_has(public: Browser) -> None:
    with public.app.state.service.database.read() as session:
        about = {"since": public.app.state.service.now() - timedelta(days=30), "most": 10}
        assert accounts.addresses(session, "nobody", **about) == []


def test_one_address_does_not_guess_at_many_accounts(public: Browser) -> None:
    answers = [public.sign_in(f"user{number}", "wrong password").status_code for number in range(25)]
    assert answers.count(401) == 20
    assert answers[20:] == [429] * 5


def test_a_name_that_no_account_has_is_not_logged_for_it_may_be_a_password(public: Browser) -> None:
    with capture_logs() as logged:
        public.sign_in("ana", "wrong password")
        public.sign_in(PASSWORD, "ana")
    refused = [each["name"] for each in logged if each["event"] == logs.CONSOLE_SIGN_IN_REFUSED]
    assert refused == ["ana", None]
    assert PASSWORD not in str(logged)


def test_an_unknown_name_and_a_wrong_password_are_told_alike(public: Browser) -> None:
    unknown, wrong = public.sign_in("nobody", PASSWORD), public.sign_in("ana", "wrong password")
    assert (unknown.status_code, text_of(unknown).replace("nobody", "")) == (
        401,
        text_of(wrong).replace("ana", ""),
    )


@pytest.mark.parametrize(
    "headers, fields",
    [
        ({"origin": "https://evil.example", "sec-fetch-site": "cross-site"}, {}),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, {}),
        ({"origin": "http://localhost:1234", "sec-fetch-site": "same-site"}, {}),
        ({"sec-fetch-site": "cross-site"}, {}),
        ({}, {"csrf": ""}),
        ({}, {"csrf": "0" * 64}),
    ],
    ids=["another site", "a sandboxed frame", "another port", "no origin", "no token", "a wrong token"],
)
def test_a_forged_form_is_refused(
    open_console: OpenConsole, headers: dict[str, str], fields: dict[str, str]
) -> None:
    browser = open_console()
    event = browser.get("/").text.split('name="event" value="')[1][:30]
    forged = browser.post("/act", {"action": "acknowledge", "only": event, **fields}, headers=headers)
    assert forged.status_code == 403
    assert browser.post("/act", {"action": "acknowledge", "only": event}).status_code == 303


def test_the_token_of_one_browser_is_no_good_in_another(public: Browser) -> None:
    public.sign_in("ana", PASSWORD)
    other = Browser(public.app.state.service, host="trials.example.org")
    other.sign_in("ana", PASSWORD)
    assert other.csrf() != public.csrf()
    assert (
        public.post("/act", {"action": "acknowledge", "only": EVENT, "csrf": other.csrf()}).status_code == 403
    )


def test_signing_in_cannot_be_forged_either(public: Browser) -> None:
    answer = public.request(
        "POST", "/login", data={"name": "ana", "password": PASSWORD}, headers={"accept": "text/html"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "host, status", [("evil.example", 421), ("localhost.evil.example", 421), ("10.0.0.7", 421), ("", 400)]
)
def test_a_name_that_was_pointed_at_this_machine_is_refused_on_loopback(
    open_console: OpenConsole, host: str, status: int
) -> None:
    browser = open_console(host="127.0.0.1")
    answer = browser.request("GET", "/", headers={"host": host, "accept": "text/html"})
    assert answer.status_code == status
    assert "NCT" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8470", "127.0.0.1:8470", "[::1]:8470", "LOCALHOST"])
def test_this_machine_has_several_names(open_console: OpenConsole, host: str) -> None:
    assert open_console().request("GET", "/", headers={"host": host}).status_code == 200


def test_every_answer_has_the_headers_that_bind_a_browser(open_console: OpenConsole) -> None:
    browser = open_console()
    for path in ("/", "/events", "/events/evt_x", "/nothing", "/static/console.css", "/healthz", "/login"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert browser.get("/").headers["cache-control"] == "no-store"
    assert "immutable" in browser.get("/static/console.css").headers["cache-control"]


def test_cookies_are_out_of_reach_for_scripts_and_secure_behind_https(public: Browser) -> None:
    plain = public.sign_in("ana", PASSWORD).headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    secure = Browser(public.app.state.service, host="trials.example.org")
    secure.base = "https://trials.example.org"
    assert "Secure" in secure.sign_in("ana", PASSWORD).headers["set-cookie"]


def test_a_form_may_not_be_as_large_as_it_likes(open_console: OpenConsole) -> None:
    assert open_console().post("/act", {"action": "assign", "to": "x" * 300_000}).status_code == 413


def test_who_asks_for_a_page_signs_in_and_comes_to_it(public: Browser) -> None:
    asked = public.get(f"/events/{EVENT}?view=merged")
    assert asked.status_code == 303
    assert asked.headers["location"] == f"/login?next=/events/{EVENT}%3Fview%3Dmerged"
    assert f'value="/events/{EVENT}?view=merged"' in public.get(asked.headers["location"]).text
    there = public.post(
        "/login", {"name": "ana", "password": PASSWORD, "next": f"/events/{EVENT}?view=merged"}
    )
    assert there.headers["location"] == f"/events/{EVENT}?view=merged"
