"""The watcher's page: is it alive, what is wrong, what to do; and what an operator decides there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lxml import html
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

from storage import alerts, audit, events, ledger, outbox, storms
from storage.outbox import NewDelivery
from storage.quarantine import Refused, refuse
from storage.schema import REVISION
from sync.changes.ruleset import all_rules
from sync.config import Settings, WatchSettings
from sync.rules import by_watch
from sync.service import Service
from sync.web.views.watcher import view as watcher
from tests.acceptance.console import Browser, text_of
from tests.acceptance.instance import Instance, watch
from tests.acceptance.web.conftest import Clock
from tests.support.accounts import PUBLIC, add

NOWHERE = "http://127.0.0.1:9/api/v2"
HOSTILE = '"><img src=x onerror=alert(1)> </script>\u202e'
BYTES = b'{"protocolSection": <script>alert(1)</script>'
MakeService = Callable[..., Service]


@pytest.fixture
def quiet(tmp_path: Path, clock: Clock) -> Iterator[Service]:
    """A service to which nothing has happened yet."""
    with Instance(tmp_path, NOWHERE, (watch("NCT90000001"),), now=clock).service() as service:
        yield service


@pytest.fixture
def stormy(story_service: MakeService, clock: Clock) -> Service:
    """The service after the story, in which a storm is held."""
    return story_service(now=clock)


def live(service: Service, *, ago: timedelta = timedelta(seconds=10), **poll: Any) -> None:
    """Leave a daemon's signs of life, and what came of its last poll."""
    now = service.now()
    about = {"pid": 4711, "version": "1.2.3", "next_poll": (now + timedelta(minutes=9)).isoformat()}
    with service.database.write() as session:
        ledger.beat(session, "daemon", now - ago, about)
        ledger.beat(session, "poll", now - ago, {"state": "unchanged"} | poll)
        proof = now - (timedelta(hours=1) if poll.get("state") == "failed" else ago)
        ledger.beat(session, "good_poll", proof, {"state": "unchanged"})


def run(service: Service, state: str, **counts: int) -> None:
    """Leave a cycle in the ledger that ended, or failed of `Unavailable`, a minute ago."""
    now = service.now()
    with service.database.write() as session:
        about = {"release": "2026-10-02", "stamp": "2026-10-02T09:00:05", "owner": "me", "fence": 1}
        number = ledger.begin_cycle(session, now=now - timedelta(minutes=1), **about)
        ledger.enter_stage(session, number, "read")
        if state == "failed":
            error = {"kind": "Unavailable", "message": "no answer from the registry"}
            ledger.fail_cycle(session, number, counts=counts, now=now, **error)
        elif state != "running":
            ledger.finish_cycle(session, number, state=state, counts=counts, now=now)


def owe(session: Session, service: Service, name: str, **other: Any) -> None:
    """Leave a notice due to a channel."""
    at = service.now() - timedelta(hours=2)
    body = {"subject": "The registry blocks us", "lead": "x", "facts": {}, "severity": "high"}
    about: dict[str, Any] = {"state": "due", "created_at": at, "due_at": at, "body": body} | other
    outbox.add(session, [NewDelivery(f"dlv_{name}", "notice", "notices", name, **about)])


def bury(service: Service, name: str = "console", said: str = "410 gone", *, disable: bool = False) -> None:
    """Leave a dead letter for a channel."""
    at = service.now() - timedelta(hours=1)
    with service.database.write() as session:
        owe(session, service, name)
        delivery = outbox.claim(session, name, at, timedelta(minutes=6), "me")
        assert delivery is not None
        outbox.mark_failed(session, delivery, said, at, permanent=True, again_at=None)
        if disable:
            outbox.disable(session, name, said, at)


def shown(service: Service) -> str:
    return text_of(Browser(service).get("/watcher"))


def pick(node: Any, path: str) -> list[Any]:
    """Elements below a node by a path of `tag`, `tag.class`, `.class` or `#id`, each anywhere below the one before."""
    xpath = "."
    for step in path.split():
        tag, *classes = step.split("#")[0].split(".")
        xpath += f"//{tag or '*'}"
        xpath += "".join(f"[contains(concat(' ', @class, ' '), ' {name} ')]" for name in classes)
        xpath += f"[@id='{step.partition('#')[2]}']" if "#" in step else ""
    found: list[Any] = node.xpath(xpath)
    return found


def page_of(service: Service) -> Any:
    return html.fromstring(Browser(service).get("/watcher").text)


def log_of(service: Service) -> list[tuple[str, str, str]]:
    with service.database.read() as session:
        return [(each.who, each.action, each.subject) for each in audit.entries(session)]


# alive or not


def test_a_watcher_at_work_says_so_first_and_that_nothing_needs_anybody(quiet):
    live(quiet)
    run(quiet, "complete", studies=1, checked=1)
    words = shown(quiet)
    assert words.startswith("Watching The daemon is up")
    assert "Nothing here needs you." in words
    assert "What to do" not in words
    assert "process 4711" in words
    assert "version 1.2.3" in words


def test_a_dead_daemon_is_told_in_the_largest_letters_with_what_to_do(quiet):
    live(quiet, ago=timedelta(minutes=47))
    page = page_of(quiet)
    assert page.findtext(".//h1") == "No sign of life"
    (trouble,) = pick(page, ".trouble")
    words = " ".join(trouble.text_content().split())
    assert "no sign of life for 47 minutes. Nothing is polled and nothing is sent." in words
    assert "What to do: Look whether it still runs (process 4711)" in words
    assert pick(trouble, "code.type")[0].text == "trialdelta run"


@pytest.mark.parametrize(
    ("stopped", "expected"), [(True, "The daemon was stopped"), (False, "No daemon has run on this database")]
)
def test_a_daemon_that_somebody_stopped_or_never_started_is_no_alarm(quiet, stopped, expected):
    if stopped:
        with quiet.database.write() as session:
            ledger.beat(session, "daemon", quiet.now(), {"pid": 1, "version": "1", "stopped": True})
    page = page_of(quiet)
    (trouble,) = pick(page, ".trouble.warn")
    assert expected in trouble.text_content()
    assert "trialdelta run" in trouble.text_content()


def test_a_registry_that_fails_is_told_with_the_hint_of_its_error(quiet):
    live(quiet, state="failed", error="Unavailable", message="no answer from the registry", failures=3)
    run(quiet, "failed")
    words = shown(quiet)
    assert (
        "No poll of the registry succeeds no answer from the registry. It is asked again by itself." in words
    )
    assert "check the network, registry.base_url and registry.proxy" in words
    assert "The last cycle failed" not in words  # the same thing is not told twice
    assert "failed at read" in words
    assert "1 × unavailable at stage read" in words


def test_a_registry_that_blocks_us_is_told_with_the_end_of_the_pause(quiet):
    live(quiet, state="failed", error="Blocked", message="the registry refuses us (403)", failures=1)
    until = quiet.now() + timedelta(minutes=20)
    with quiet.database.write() as session:
        ledger.beat(session, "breaker", quiet.now(), {"until": until.isoformat()})
    page = page_of(quiet)
    (trouble,) = pick(page, ".trouble.bad")
    assert "The registry blocks us" in trouble.text_content()
    assert "tries each User-Agent and TLS profile" in " ".join(trouble.text_content().split())
    assert "paused: the registry blocked us" in pick(page, ".signs")[0].text_content()
    assert until.strftime("%H:%M UTC") in pick(page, ".signs")[0].text_content()


def test_a_failed_cycle_is_worth_a_look_when_polls_have_succeeded_since(quiet):
    live(quiet)
    run(quiet, "failed")
    assert "The last cycle failed At stage “read”: Unavailable: no answer from the registry." in shown(quiet)


def test_a_cycle_whose_process_ended_is_interrupted_and_not_still_running(quiet):
    live(quiet)
    run(quiet, "running")
    words = shown(quiet)
    assert "The last cycle was interrupted" in words
    assert "the next cycle goes on where this one ended" in words
    assert "interrupted at read" in words


def test_each_cycle_says_how_often_the_registry_was_asked(stormy):
    with stormy.database.read() as session:
        asked = [each.counts["requests"] for each in ledger.cycles(session, limit=3)]
    rows = re.findall(
        r"<tr>(.*?)</tr>", Browser(stormy).get("/watcher").text.split('class="cycles"')[1], re.DOTALL
    )
    told = [re.findall(r"<td[^>]*>(.*?)</td>", row)[-2] for row in rows[1:4]]
    assert told == [str(number) for number in asked]
    assert asked[0] >= 3  # the release, the search, the records


def test_days_without_a_release_are_told(quiet, clock):
    with quiet.database.write() as session:
        mark = ledger.Watermark("2026-10-02", "2026-10-02T09:00:05", "2.0.5", clock.at)
        ledger.move_watermark(session, mark)
    clock.at += timedelta(days=6)
    live(quiet)
    assert "No new release for days The registry has published none since 2026-10-02" in shown(quiet)


# quarantine


@pytest.fixture
def partial(quiet: Service) -> Service:
    """A service that could not read a record."""
    live(quiet)
    run(quiet, "partial", studies=2, checked=1, quarantined=1)
    record = Refused(
        BYTES, f"no JSON {HOSTILE}", "2026-10-02T09:00:05", "2026-10-02", quiet.now(), "NCT90000001"
    )
    with quiet.database.write() as session:
        refuse(session, [record])
    return quiet


def test_a_record_in_quarantine_is_listed_and_says_what_it_holds_up(partial):
    words = shown(partial)
    assert "1 watched record of release 2026-10-02 cannot be read" in words
    assert "report it with the bytes" in words
    assert "NCT90000001 release 2026-10-02" in words
    assert "no JSON" in words


def test_its_bytes_can_be_kept_and_not_be_shown(partial):
    answer = Browser(partial).get("/quarantine/1")
    assert answer.content == BYTES
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="quarantine-1.bin"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("number", ["2", "0", "-1", "x", "99999999999999999999", "1%00"])
def test_bytes_that_are_not_there_are_not_found(partial, number):
    assert Browser(partial).get(f"/quarantine/{number}").status_code in (404, 422)


# channels


def test_a_dead_letter_says_what_the_receiver_answered_and_is_sent_again(quiet):
    live(quiet)
    bury(quiet)
    browser = Browser(quiet)
    words = text_of(browser.get("/watcher"))
    assert "1 dead letter for console" in words
    assert "What to do: See what the receiver answered, then send them again." in words
    assert "The registry blocks us 410 gone console, given up" in words
    answer = browser.post("/outbox/retry", {"next": "/watcher"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/watcher?did=1-1")
    words = text_of(browser.get("/watcher?did=1-1"))
    assert "Sending again to console, tried again: 1." in words
    assert "dead letter" not in words
    with quiet.database.read() as session:
        assert outbox.counts(session) == {("console", "due"): 1}
    ((_, action, subject),) = log_of(quiet)
    assert (action, subject) == ("deliveries retried", "console")


def test_nothing_to_send_again_is_nothing_done(quiet):
    answer = Browser(quiet).post("/outbox/retry", {})
    assert answer.headers["location"] == "/watcher"
    assert log_of(quiet) == []


def test_a_disabled_channel_says_why_and_is_used_again_with_what_it_is_owed(quiet):
    live(quiet)
    bury(quiet, said="403 forbidden", disable=True)
    browser = Browser(quiet)
    words = text_of(browser.get("/watcher"))
    assert "The channel console is not used 403 forbidden. What it is owed waits." in words
    assert "trialdelta channels test console" in words
    answer = browser.post("/channels/console/enable", {"next": "/watcher"})
    assert answer.headers["location"] == "/watcher?did=1-1"
    assert "Enabled console, tried again: 1." in text_of(browser.get("/watcher?did=1-1"))
    with quiet.database.read() as session:
        assert outbox.disabled(session) == {}
        assert outbox.counts(session) == {("console", "due"): 1}


def test_a_channel_that_does_not_move_is_told_with_what_it_said_last(quiet):
    live(quiet)
    with quiet.database.write() as session:
        owe(session, quiet, "console")
        at = quiet.now() - timedelta(minutes=40)
        delivery = outbox.claim(session, "console", at, timedelta(minutes=6), "me")
        outbox.mark_failed(session, delivery, "503 busy", at, permanent=False, again_at=quiet.now())
    words = shown(quiet)
    assert (
        "Deliveries to console do not move The oldest has been owed for 2 hours. It said last: 503 busy"
        in words
    )


def away(service: Service, name: str = "pager") -> None:
    """Leave something owed by a channel that the configuration has no more."""
    live(service)
    with service.database.write() as session:
        owe(session, service, name)


def test_a_channel_that_is_gone_is_a_trouble_with_what_to_do_about_what_it_owes(quiet):
    away(quiet)
    page = page_of(quiet)
    (trouble,) = pick(page, ".trouble")
    words = " ".join(trouble.text_content().split())
    assert "The channel pager is not configured any more and owes 1 delivery" in words
    assert "trialdelta deliveries move --from pager --to CHANNEL" in words
    assert "do not move" not in words
    (form,) = [each for each in pick(page, "form") if each.get("action") == "/channels/pager/move"]
    assert [each.text for each in pick(form, "option")] == ["console"]


@pytest.mark.parametrize("name", ["pager", "a/b?c#d", HOSTILE[:90]])
def test_what_it_owes_is_moved_or_dropped_with_a_button(quiet, name):
    away(quiet, name)
    browser = Browser(quiet)
    path = f"/channels/{quote(name, safe='')}"
    assert browser.post(f"{path}/move", {"to": "nobody"}).status_code == 400
    answer = browser.post(f"{path}/move", {"to": "console", "next": "/watcher"})
    assert answer.status_code == 303
    assert "Moved what was owed by" in text_of(browser.get(answer.headers["location"]))
    with quiet.database.read() as session:
        assert [(each.channel, each.state) for each in outbox.deliveries(session)] == [("console", "due")]
    away(quiet, f"{name}2")
    assert browser.post(f"{path}2/drop", {}).status_code == 303
    assert [action for _, action, _ in log_of(quiet)] == ["deliveries moved", "deliveries dropped"]


def test_metrics_tell_of_it(quiet):
    away(quiet)
    figures = Browser(quiet).get("/metrics").text
    assert 'trialdelta_unconfigured_channel_deliveries{channel="pager"} 1.0' in figures


def test_a_channel_that_the_configuration_knows_no_more_can_be_enabled_too_whatever_its_name(quiet):
    live(quiet)
    name = f"old/{HOSTILE}"
    bury(quiet, name, disable=True)
    browser = Browser(quiet)
    page = browser.get("/watcher").text
    assert "<img src=x" not in page
    path = f"/channels/{quote(name, safe='')}/enable"
    assert path.replace("/enable", "/move") in page
    assert browser.post(path, {}).status_code == 303
    assert browser.post("/channels/nobody/enable", {}).status_code == 404
    assert [action for _, action, _ in log_of(quiet)] == ["channel enabled"]


def test_routes_are_told_in_words(quiet):
    words = shown(quiet)
    assert "urgent at once → to console everything, high or heavier" in words
    assert "morning daily at 08:00 → to console everything" in words


# storms


def storm_of(service: Service) -> tuple[str, list[str]]:
    with service.database.read() as session:
        (storm,) = storms.storms(session, held_only=True)
        told = events.events(session, held=True)
    return storm.event_id, [each["id"] for each in told if each["id"] != storm.event_id]


def test_a_storm_is_shown_with_what_it_holds_before_anything_else_to_do(stormy):
    live(stormy)
    page = page_of(stormy)
    (card,) = pick(page, "#storms .storm")
    assert "7 events of release 2026-09-15 held back" in card.text_content()
    assert len(pick(card, ".held-back a.id")) == 7
    assert "Sponsor renamed" in pick(card, ".held-back li")[0].text_content()
    first = pick(page, ".trouble")[0].text_content()
    assert "A storm holds 7 events back" in first
    assert page.xpath("//*[@id='troubles']//a[@href='#storms']")


@pytest.mark.parametrize(
    ("verb", "verdict", "told"), [("release", "released", 7), ("dismiss", "dismissed", 0)]
)
def test_a_storm_is_decided_once_by_somebody_with_a_name(stormy, verb, verdict, told):
    storm, _ = storm_of(stormy)
    browser = Browser(stormy)
    browser.post("/me", {"name": "Ana"})
    with stormy.database.read() as session:
        before = len(events.events(session))
    answer = browser.post(f"/storms/{storm}/{verb}", {"next": "/watcher"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/watcher?did=1-1")
    words = text_of(browser.get("/watcher?did=1-1"))
    assert f"{verdict.capitalize()} the storm with 7 events." in words
    assert ("Undo" in words) is (verb == "dismiss"), "what was announced cannot be taken back"
    assert f"7 events: {verdict} by Ana" in words
    with stormy.database.read() as session:
        assert len(events.events(session)) == before + told
    assert browser.post(f"/storms/{storm}/dismiss", {}).status_code in (404, 409)
    assert log_of(stormy) == [("Ana", f"storm {verdict}", storm)]


def test_no_storm_is_decided_without_the_page_s_token_or_by_other_words(stormy):
    storm, _ = storm_of(stormy)
    browser = Browser(stormy)
    headers = {"accept": "text/html", "origin": browser.base}
    assert browser.request("POST", f"/storms/{storm}/release", headers=headers).status_code == 403
    assert browser.post(f"/storms/{storm}/forget", {}).status_code == 404
    assert browser.post("/storms/evt_x/release", {}).status_code == 404
    assert storm_of(stormy)[0] == storm


# mutes, the audit log


def test_a_mute_in_force_is_shown_with_its_reason_and_lifted(quiet):
    with quiet.database.write() as session:
        until = quiet.now() + timedelta(days=3)
        about = {"by": "ben", "at": quiet.now(), "until": until, "reason": f"known {HOSTILE}"}
        alerts.mute(session, nct_id="NCT90000001", kind="sites", **about)
    browser = Browser(quiet)
    answer = browser.get("/watcher")
    assert "NCT90000001 , sites only, until 2026-10-06 08:00 UTC" in text_of(answer)
    assert "<img src=x" not in answer.text
    assert browser.post("/mutes/1/lift", {}).headers["location"] == "/watcher?did=2-2"
    words = text_of(browser.get("/watcher?did=2-2"))
    assert "Lifted the mute of NCT90000001." in words
    assert "None: everything that routes take is told." in words
    assert browser.post("/mutes/1/lift", {}).status_code in (404, 409)


def test_the_audit_log_is_read_page_by_page_with_nothing_left_out(quiet):
    with quiet.database.write() as session:
        for number in range(1, 251):
            audit.append(session, quiet.now(), "ana", "sign in", f"ana-{number}.")
    browser = Browser(quiet)
    assert browser.get("/watcher").text.count("ana-") == watcher.AUDIT_LISTED
    seen: list[str] = []
    address: str | None = "/audit"
    while address:
        page = html.fromstring(browser.get(address).text)
        seen += [row[4].text_content() for row in pick(page, "table.log tbody tr")]
        older = page.xpath("//a[@rel='next']")
        address = older[0].get("href") if older else None
    assert seen == [f"ana-{number}." for number in range(250, 0, -1)]
    (newer,) = page.xpath("//a[@rel='prev']/@href")
    first = pick(html.fromstring(browser.get(newer).text), "table.log tbody tr")[0]
    assert first[4].text_content() == "ana-150."


def test_an_empty_log_says_so(quiet):
    assert "Nobody has done anything yet" in text_of(Browser(quiet).get("/audit"))


# what it was told to do


def canaries() -> Settings:
    """Settings with a secret wherever one can stand, each recognisable."""
    keys = ("url", "secret", "previous_secret", "token", "password", "username", "secret_file", "headers")
    channels = {
        f"{kind}-one": {"kind": kind, **{key: f"canary-{kind}-{key}" for key in keys}}
        for kind in ("webhook", "slack", "teams", "email", "apprise", "file")
    }
    return Settings.model_validate(
        {
            "registry": {
                "base_url": "https://canary-user:canary-word@mirror.example/api/v2?key=canary-key",
                "proxy": "http://canary-user:canary-proxy@proxy.example:3128",
            },
            "database": {
                "url": "postgresql://me:canary-pg/@word@db.example/trials?sslpassword=canary-ssl&sslmode=require"
            },
            "alerts": {"heartbeat_url": "https://ping.example/canary-ping", "notices": ["slack-one"]},
            "watch": [{"name": "w", "ids": ["NCT90000001"]}],
            "route": [{"name": "all", "channels": [*channels]}],
            "channels": channels,
        }
    )


@pytest.mark.parametrize("path", ["/watcher", "/audit", "/metrics", "/feed.atom", "/feed.json"])
def test_no_secret_of_the_configuration_is_on_any_page(quiet, path):
    service = replace(quiet, settings=canaries())
    live(service)
    bury(service, "webhook-one", disable=True)
    answer = Browser(service).get(path)
    assert answer.status_code == 200
    assert "canary" not in answer.text.lower()
    if path == "/watcher":
        assert "**********" in answer.text
        assert "sslmode=require" in answer.text
        assert "[channels.apprise-one]" in answer.text


def test_no_secret_is_in_what_the_page_is_made_of(quiet):
    service = replace(quiet, settings=canaries())
    with service.database.read() as session:
        told = watcher.load(session, service).model_dump_json()
    assert "mirror.example" in told
    assert "canary" not in told.lower()


def test_the_configuration_tells_what_was_given_from_what_is_so_anyway(quiet):
    page = html.fromstring(Browser(replace(quiet, settings=canaries())).get("/watcher").text)
    given = {row.findtext("dt") for row in pick(page, "#configuration .given")}
    default = {row.findtext("dt") for row in pick(page, "#configuration .default")}
    assert {"heartbeat_url", "proxy", "ids"} <= given
    assert {"tls_profile", "poll", "max_shrink"} <= default


def test_the_rules_in_force_are_listed_with_their_hash_and_what_differs(quiet):
    own = WatchSettings(
        name="strict",
        ids=("NCT90000002",),
        rules={
            "off": ["sites.removed"],
            "severity": {"dates.slip": "critical"},
            "thresholds": {"slip_days": 30},
        },
    )
    settings = Settings.model_construct(watch=(watch("NCT90000001"), own))
    service = replace(quiet, settings=settings, rules=by_watch(settings))
    answer = Browser(service).get("/watcher")
    page = html.fromstring(answer.text)
    usual, strict = pick(page, "table.rules")
    assert len(pick(usual, "tbody tr")) == len(all_rules())
    assert all(rule.meaning.replace("`", "") in usual.text_content() for rule in all_rules())
    told = [" ".join(row.text_content().split()) for row in pick(strict, "tbody tr")]
    assert len(told) == 2
    assert any(row.startswith("dates.slipcriticalshipped: medium") for row in told)
    assert any("off" in row for row in told)
    assert all(each.sha256 in answer.text for each in service.rules.values())
    assert "slip_days = 30" in " ".join(pick(page, "#rules")[0].text_content().split())


def test_the_identity_towards_the_registry_and_the_database_are_told(quiet):
    words = shown(quiet)
    assert "User-Agent python-httpx/" in words
    assert "TLS profile default" in words
    assert f"schema {REVISION}" in words


# how it is told


def test_a_reader_sees_all_of_it_and_no_button(story_service, clock):
    service = story_service(now=clock, **PUBLIC)
    add(service.database, service, "ben", "reader")
    browser = Browser(service, host="trials.example.org", address="203.0.113.9")
    browser.sign_in("ben", "correct horse battery")
    page = html.fromstring(browser.get("/watcher").text)
    assert pick(page, "#storms .storm")
    assert pick(page, "main form") == []
    assert "ben" in pick(page, "#store")[0].text_content()


def test_every_table_has_a_caption_and_heads_and_the_strip_a_title(stormy):
    page = page_of(stormy)
    for table in pick(page, "table"):
        assert table.findtext("caption")
        assert all(head.get("scope") in ("col", "row") for head in table.iter("th"))
    (strip,) = pick(page, "svg.strip")
    assert strip.get("role") == "img"
    assert "The last 20 cycles" in strip.findtext("title")
    assert len(pick(strip, "rect")) == 20


def test_the_page_says_nothing_in_styles_or_scripts_of_its_own(stormy):
    page = page_of(stormy)
    assert not page.xpath("//*[@style] | //style")
    assert all(script.get("src") for script in page.iter("script"))
    assert not [name for each in page.iter() for name in each.attrib if name.startswith("on")]


def test_it_takes_as_many_queries_however_much_there_is(stormy, clock):
    def queries() -> int:
        asked.clear()
        with stormy.database.read() as session:
            watcher.load(session, stormy)
        return len(asked)

    asked: list[str] = []
    sqlalchemy_event.listen(
        stormy.database.engine, "before_cursor_execute", lambda *about: asked.append(about[2])
    )
    before = queries()
    for number in range(5):
        bury(stormy, f"more-{number}")
        run(stormy, "failed")
    assert queries() == before <= 39
