"""Watches and first steps in the console: follow with a preview, edit, pause, remove; test, retry and disable a channel."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from storage import audit, kept_watches, outbox
from storage.outbox import NewDelivery
from sync.config import Settings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import RunningRegistry
from sync.registry.settings import RegistrySettings
from sync.service import Service, up_to_date
from sync.watches import glimpses
from tests.acceptance.console import Browser, text_of
from tests.acceptance.instance import Instance, watch
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.support.accounts import PASSWORD, PUBLIC, add

NCT, OTHER = "NCT90000001", "NCT90000002"
HOSTILE = '"><img src=x onerror=alert(1)></textarea><script>alert(1)</script>'


@pytest.fixture
def registry(start_registry: StartRegistry, tmp_path: Path) -> RunningRegistry:
    """A registry of two studies, one of which is suspended in the second release."""
    days = {"2026-09-01": study(NCT), "2026-09-02": study(NCT, "SUSPENDED", posted="2026-09-02")}
    told_of = [told(NCT, days), told(OTHER, {"2026-09-01": study(OTHER)})]
    return start_registry([write_corpus(tmp_path / "c.jsonl", told_of)], release="2026-09-01")


@pytest.fixture
def new(registry: RunningRegistry, tmp_path: Path) -> Iterator[Service]:
    """A service that watches nothing yet, and has a file to tell."""
    with Instance(tmp_path, registry.api_url, ()).service() as service:
        settings = service.settings.model_copy(
            update={"channels": {"heard": {"kind": "file", "path": str(tmp_path / "heard.jsonl")}}}
        )
        yield with_settings(service, settings)


def with_settings(service: Service, settings: Settings) -> Service:
    return Service(settings, service.database, service.registry, service.rules, service.now)


def kept(service: Service) -> dict[str, dict[str, Any]]:
    with service.database.read() as session:
        return {each.name: each.definition for each in kept_watches.kept_watches(session)}


def log_of(service: Service) -> list[tuple[str, str]]:
    with service.database.read() as session:
        return [(entry.action, entry.subject) for entry in audit.entries(session)]


# the first steps


def test_a_service_without_a_watch_shows_the_first_steps(new: Service) -> None:
    words = text_of(Browser(new).get("/"))
    assert words.startswith("First steps")
    assert "Whom the registry can ask to do" in words
    assert "What to follow to do" in words
    assert "The first poll to do" in words


def test_the_contact_is_kept_sent_from_then_on_and_asked_again_where_it_is_bad(new: Service) -> None:
    browser = Browser(new)
    bad = browser.post("/setup/contact", {"contact": "nobody"})
    assert bad.status_code == 422
    assert "A contact is a mail address" in text_of(bad)
    assert 'value="nobody"' in bad.text
    browser.post("/setup/contact", {"contact": "ops@example.org"})
    assert "Now: ops@example.org" in text_of(browser.get("/setup"))
    assert up_to_date(new).settings.registry.contact == "ops@example.org"
    browser.post("/watches", {"ids": NCT})
    assert log_of(new) == [("contact set", "registry")]


def test_a_contact_of_the_file_goes_before_one_that_is_kept(new: Service) -> None:
    with new.database.write() as session:
        kept_watches.set_contact(session, "kept@example.org", by="ana", at=new.now())
    of_file = RegistrySettings(base_url=new.settings.registry.base_url, contact="file@example.org")
    service = with_settings(new, new.settings.model_copy(update={"registry": of_file}))
    assert "The configuration file has it: file@example.org" in text_of(Browser(service).get("/setup"))


# following


def test_a_preview_says_what_would_come_and_stores_nothing(new: Service) -> None:
    browser = Browser(new)
    page = browser.post(
        "/watches", {"ids": f"{NCT} NCT90000009", "term": "CAR-T", "name": "mine", "act": "preview"}
    )
    assert page.status_code == 200
    words = text_of(page)
    assert "It would bring 2 studies." in words
    assert "Invented CAR-T study 001" in words
    assert "The registry has no NCT90000009" in words
    assert 'value="mine"' in page.text  # the form keeps what was typed
    assert kept(new) == {}
    assert log_of(new) == []


def test_a_watch_that_is_followed_is_in_the_next_cycle_without_a_restart(
    new: Service, registry: RunningRegistry
) -> None:
    browser = Browser(new)
    answer = browser.post("/watches", {"ids": NCT, "name": "mine", "act": "save"})
    assert answer.headers["location"] == "/watches?did=1-1"
    assert "Added the watch mine: NCT90000001." in text_of(browser.get("/watches?did=1-1"))
    run_cycle(up_to_date(new))
    assert "1 study, since release 2026-09-01" in text_of(browser.get("/watches"))
    registry.move_to("2026-09-02")
    report = run_cycle(up_to_date(new))
    assert report.counts["events"] == 1
    assert browser.get("/cohorts/mine").status_code == 200
    assert browser.get("/?watch=mine").status_code == 200
    assert browser.get("/events?watch=mien").status_code == 422


def test_what_is_wrong_is_told_all_at_once_and_the_form_is_kept(new: Service) -> None:
    browser = Browser(new)
    page = browser.post(
        "/watches", {"ids": "NCT1", "searches": "cnd=x\ncond=", "name": "mine", "act": "save"}
    )
    assert page.status_code == 422
    words = text_of(page)
    for reason in ("not an NCT ID", "did you mean 'cond'", "has no value"):
        assert reason in words
    assert "cnd=x\ncond=" in unescape(page.text)
    assert kept(new) == {}


@pytest.mark.parametrize("field", ["name", "ids", "searches", "cond", "related_to"])
def test_hostile_text_is_shown_as_text_and_kept_nowhere(new: Service, field: str) -> None:
    page = Browser(new).post("/watches", {"ids": NCT, field: HOSTILE, "act": "preview"})
    assert page.status_code in (200, 422)
    assert "<img src=x" not in page.text
    assert "<script>alert" not in page.text
    assert kept(new) == {}


def test_a_search_of_ten_thousand_characters_is_refused_in_a_sentence(new: Service) -> None:
    page = Browser(new).post("/watches", {"term": "x" * 10_000, "name": "mine", "act": "save"})
    assert page.status_code == 422
    assert "5,000 characters" in text_of(page)


def test_ids_by_the_thousand_are_followed(new: Service) -> None:
    ids = "\n".join(f"NCT8{number:07}" for number in range(5_000))
    Browser(new).post("/watches", {"ids": ids, "name": "many", "act": "save"})
    assert len(kept(new)["many"]["ids"]) == 5_000
    assert "5,000 ids" in text_of(Browser(new).get("/watches"))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("403", "the registry refuses us (403)"),
        ("429:30s", "asks for fewer requests (429)"),
        ("503", "What it would bring is not known"),
        ("html-maintenance", "What it would bring is not known"),
    ],
)
def test_a_registry_on_a_bad_day_is_told_and_keeps_nobody_from_following(
    new: Service, registry: RunningRegistry, fault: str, reason: str
) -> None:
    registry.set_faults(fault)
    browser = Browser(new)
    page = browser.post("/watches", {"term": f"lupus {fault}", "name": "mine", "act": "preview"})
    assert page.status_code == 200
    assert reason in text_of(page)
    asked = len(registry.log())
    assert asked == 1  # once: nobody waits for five attempts at a page
    answer = browser.post("/watches", {"term": f"lupus {fault}", "name": "mine", "act": "save"})
    assert answer.status_code == 303
    assert "mine" in kept(new)


def test_a_watch_that_is_too_large_is_refused_with_the_limit(new: Service) -> None:
    gates = new.settings.gates.model_copy(update={"max_studies": 1})
    service = with_settings(new, new.settings.model_copy(update={"gates": gates}))
    page = Browser(service).post("/watches", {"term": "CAR-T", "name": "mine", "act": "save"})
    assert page.status_code == 422
    assert "It would bring 2 studies, more than the 1 that a watch may" in text_of(page)
    assert kept(service) == {}


@pytest.mark.parametrize("page_size", [1, 1_000])
def test_what_several_searches_find_counts_once_against_the_limit(
    new: Service, monkeypatch: pytest.MonkeyPatch, page_size: int
) -> None:
    # Where an answer does not hold all that a search finds, its pages are walked before a watch is refused.
    monkeypatch.setattr(glimpses, "PAGE_SIZE", page_size)
    gates = new.settings.gates.model_copy(update={"max_studies": 2})
    service = with_settings(new, new.settings.model_copy(update={"gates": gates}))
    searches = "term=CAR-T\nterm=Invented"
    form = {"ids": NCT, "searches": searches, "name": "mine"}
    said = text_of(Browser(service).post("/watches", {**form, "act": "preview"}))
    assert "It would bring 2 studies." in said, said
    assert Browser(service).post("/watches", {**form, "act": "save"}).status_code == 303
    assert "mine" in kept(service)


# editing


def follow(browser: Browser, **fields: str) -> None:
    assert browser.post("/watches", {"name": "mine", "act": "save", **fields}).status_code == 303


def test_a_watch_is_edited_with_what_changed_in_the_audit_log(new: Service) -> None:
    browser = Browser(new)
    follow(browser, ids=NCT, searches="cond=lupus; intr=CAR-T")
    page = browser.get("/watches/mine")
    assert "cond=lupus; intr=CAR-T" in page.text
    answer = browser.post(
        "/watches/mine", {"ids": OTHER, "searches": "cond=lupus", "revision": "1", "act": "save"}
    )
    assert answer.headers["location"] == "/watches?did=2-2"
    assert kept(new)["mine"] == {"ids": [OTHER], "searches": [{"cond": "lupus"}]}
    words = text_of(browser.get("/audit"))
    assert f"edited a watch, with {OTHER}, without {NCT}, cond=lupus; intr=CAR-T → cond=lupus" in words


def test_of_two_who_edit_one_watch_the_second_is_told_and_overwrites_nothing(new: Service) -> None:
    ana, ben = Browser(new), Browser(new)
    ben.post("/me", {"name": "ben"})
    follow(ana, ids=NCT)
    ben.post("/watches/mine", {"ids": f"{NCT} {OTHER}", "revision": "1", "act": "save"})
    page = ana.post("/watches/mine", {"searches": "cond=lupus", "revision": "1", "act": "save"})
    assert page.status_code == 409
    words = text_of(page)
    assert "The watch mine was edited meanwhile by ben" in words
    assert "Load the watch as it is now" in words
    assert "cond=lupus" in page.text  # what was typed is not lost
    assert kept(new)["mine"] == {"ids": [NCT, OTHER]}


def test_a_watch_is_paused_resumed_and_removed_and_each_is_told(new: Service) -> None:
    browser = Browser(new)
    follow(browser, ids=NCT)
    browser.post("/watches/mine/pause", {})
    assert up_to_date(new).watched == ()
    assert "Paused by" in text_of(browser.get("/watches"))
    browser.post("/watches/mine/resume", {})
    assert [each.name for each in up_to_date(new).watched] == ["mine"]
    browser.post("/watches/mine/remove", {"revision": "1"})
    assert kept(new) == {}
    assert [action for action, _ in log_of(new)] == [
        "watch added",
        "watch paused",
        "watch resumed",
        "watch removed",
    ]


def test_a_watch_of_the_file_says_how_it_is_edited_and_can_be_paused(
    registry: RunningRegistry, tmp_path: Path
) -> None:
    with Instance(tmp_path, registry.api_url, (watch(NCT, name="of-file"),)).service() as service:
        browser = Browser(service)
        page = browser.get("/watches/of-file")
        assert "It stands in the configuration file" in text_of(page)
        assert 'name="searches"' not in page.text
        refused = browser.post("/watches/of-file", {"ids": OTHER, "revision": "1", "act": "save"})
        assert refused.status_code == 422
        assert "stands in the configuration file" in text_of(refused)
        more = {"searches": "cond=lupus", "name": "of-file", "act": "save"}
        assert browser.post("/watches", more).status_code == 422
        browser.post("/watches/of-file/pause", {})
        assert up_to_date(service).paused == {"of-file"}


def test_studies_are_put_beside_those_of_a_watch_in_the_file_and_taken_out(
    registry: RunningRegistry, tmp_path: Path
) -> None:
    with Instance(tmp_path, registry.api_url, (watch(NCT, name="of-file"),)).service() as service:
        browser = Browser(service)
        seen = browser.post("/watches/of-file/ids", {"ids": OTHER, "act": "preview"})
        assert "It would bring 1 study." in text_of(seen)
        assert OTHER in seen.text
        refused = browser.post("/watches/of-file/ids", {"ids": NCT, "act": "save"})
        assert refused.status_code == 422
        assert f"names {NCT} in the watch of-file already" in text_of(refused)
        done = browser.post("/watches/of-file/ids", {"ids": OTHER, "act": "save"})
        assert done.headers["location"].startswith("/watches/of-file?did=")
        assert up_to_date(service).settings.watch[0].ids == (NCT, OTHER)
        assert f"Put studies into the watch of-file: {OTHER}." in text_of(
            browser.get(done.headers["location"])
        )
        assert f"1 id put beside: {OTHER}" in text_of(browser.get("/watches"))
        told = browser.get("/api/v1/watches/of-file").json()
        assert (told["ids"], [each["nct_id"] for each in told["beside"]]) == ([NCT], [OTHER])
        browser.post("/watches/of-file/unfollow", {"nct_id": OTHER, "next": "/watches/of-file"})
        assert up_to_date(service).settings.watch[0].ids == (NCT,)
        assert "No study was put into this watch" in text_of(browser.get("/watches/of-file"))


def test_what_a_watch_takes_of_what_it_finds_is_chosen_kept_and_not_lost_by_another_edit(
    new: Service,
) -> None:
    browser = Browser(new)
    follow(browser, searches="term=CAR-T", classes="car_t_product", antigens="cd19, bcma", areas="autoimmune")
    page = browser.get("/watches/mine")
    assert 'value="car_t_product" checked' in " ".join(page.text.split())
    assert 'value="CD19, BCMA"' in page.text
    assert "only CAR-T product, against CD19 or BCMA, in autoimmune disease" in text_of(
        browser.get("/watches")
    )
    seen = browser.post("/watches/mine", {"searches": "term=CAR-T", "antigens": "CD91", "act": "preview"})
    assert "Of these its second look takes what is against CD91" in text_of(seen)


def test_what_is_found_and_not_taken_is_listed_with_the_reason_and_since_when(new: Service) -> None:
    browser = Browser(new)
    follow(browser, searches="term=CAR-T", classes="follow_up")
    run_cycle(up_to_date(new))
    words = text_of(browser.get("/watches/mine"))
    assert "Found and not taken 2 studies that its searches find" in words
    assert "Its class is car_t_product, not follow_up." in words
    assert "Not taken since release 2026-09-01" in words
    assert "0 studies, since release 2026-09-01; 2 found and not taken" in text_of(browser.get("/watches"))
    told = browser.get("/api/v1/watches/mine/not-taken?limit=1&offset=1").json()
    assert (told["total"], [each["nct_id"] for each in told["studies"]]) == (2, [OTHER])
    assert told["studies"][0]["found_by"] == "the search for any words “CAR-T”"


def test_a_reader_sees_the_watches_and_may_do_nothing_to_them(story_service: Callable[..., Service]) -> None:
    service = story_service(**PUBLIC)
    add(service.database, service, "wall", "reader")
    browser = Browser(service, host="trials.example.org")
    browser.sign_in("wall", PASSWORD)
    for path in ("/watches", "/watches/demo", "/setup"):
        page = browser.get(path)
        assert page.status_code == 200, path
        assert 'action="/watches' not in page.text
    for path in (
        "/watches",
        "/watches/demo",
        "/watches/demo/pause",
        "/setup/contact",
        "/channels/console/test",
    ):
        assert browser.post(path, {"ids": NCT}).status_code == 403, path


def test_a_form_of_another_site_does_nothing(new: Service) -> None:
    browser = Browser(new)
    for path in (
        "/watches",
        "/setup/contact",
        "/watches/mine/remove",
        "/channels/heard/test",
        "/channels/heard/disable",
    ):
        forged = browser.post(path, {"ids": NCT, "csrf": "0" * 64})
        assert forged.status_code == 403, path
        elsewhere = browser.post(
            path, {"ids": NCT}, headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        )
        assert elsewhere.status_code == 403, path


def test_the_page_after_a_deed_never_leads_elsewhere(new: Service) -> None:
    browser = Browser(new)
    answer = browser.post("/channels/heard/test", {"next": "https://evil.example/"})
    assert answer.headers["location"].startswith("/?tested=")
    answer = browser.post("/watches", {"ids": NCT, "act": "save", "next": "//evil.example"})
    assert answer.headers["location"].startswith("/?did=")


# channels


def owe(service: Service, name: str, channel: str = "heard") -> str:
    """A delivery that was given up."""
    now, dlv = service.now(), f"dlv_{name * 26}"[:30]
    body = {"subject": "s", "lead": "l", "facts": {}, "severity": "info"}
    with service.database.write() as session:
        outbox.add(session, [NewDelivery(dlv, "notice", "r", channel, "due", now, now, body=body)])
        delivery = outbox.claim(session, channel, now, now - now, "me", only=dlv)
        assert delivery is not None
        outbox.mark_failed(session, delivery, "500 no", now, permanent=True, again_at=None)
    return dlv


def states(service: Service) -> dict[tuple[str, str], int]:
    with service.database.read() as session:
        return outbox.counts(session)


def test_a_test_of_a_channel_shows_what_the_receiver_said_and_how_long_it_took(new: Service) -> None:
    browser = Browser(new)
    answer = browser.post("/channels/heard/test", {"next": "/watcher"})
    assert answer.status_code == 303
    words = text_of(browser.get(answer.headers["location"].partition("#")[0]))
    assert re.search(r"heard took the test in \d+\.\d s", words)
    sent = json.loads(Path(new.settings.channels["heard"]["path"]).read_text())
    assert sent["type"] == "test"
    assert log_of(new) == [("channel tested", "heard")]


def test_a_test_that_fails_says_the_cause_in_words(new: Service) -> None:
    channels = {"hook": {"kind": "slack", "url": "https://127.0.0.1:9/x", "allow_hosts": ["127.0.0.1"]}}
    service = with_settings(new, new.settings.model_copy(update={"channels": channels}))
    browser = Browser(service)
    answer = browser.post("/channels/hook/test", {})
    words = text_of(browser.get(answer.headers["location"].partition("#")[0]))
    assert re.search(r"hook did not take the test in \d+\.\d s: the connection was refused \(", words)
    assert "tested a channel" in text_of(browser.get("/audit"))


def test_a_channel_that_is_not_there_is_not_tested(new: Service) -> None:
    assert Browser(new).post("/channels/nope/test", {}).status_code == 400


def test_one_failed_delivery_is_sent_again_and_no_other(new: Service) -> None:
    one, other = owe(new, "a"), owe(new, "b")
    browser = Browser(new)
    assert browser.post(f"/deliveries/{one}/retry", {}).headers["location"] == "/watcher?did=1-1"
    assert states(new) == {("heard", "due"): 1, ("heard", "dead"): 1}
    assert browser.post("/channels/heard/retry", {}).status_code == 303
    assert states(new) == {("heard", "due"): 2}
    assert browser.post("/deliveries/dlv_zzzzzzzzzzzzzzzzzzzzzzzzzz/retry", {}).status_code == 404
    assert other in {each.id for each in deliveries(new)}


def deliveries(service: Service) -> list[outbox.Delivery]:
    with service.database.read() as session:
        return outbox.deliveries(session)


def test_a_channel_is_disabled_by_hand_with_who_did_it_and_used_again(new: Service) -> None:
    browser = Browser(new)
    browser.post("/channels/heard/disable", {"reason": "moving <b>house</b>"})
    page = browser.get("/watcher")
    assert re.search(r"The channel heard is not used Disabled by \w+: moving <b>house</b>\.", text_of(page))
    assert "<b>house" not in page.text
    browser.post("/channels/heard/enable", {})
    assert [action for action, _ in log_of(new)] == ["channel disabled", "channel enabled"]


def test_the_watcher_says_that_nothing_is_watched_and_leads_on(new: Service) -> None:
    assert "None: nothing is asked for. The first steps" in text_of(Browser(new).get("/watcher"))


def test_a_poll_is_asked_for_on_the_page(new: Service) -> None:
    browser = Browser(new)
    follow(browser, ids=NCT)
    assert "/poll-now" in browser.get("/setup").text
    browser.post("/poll-now", {"next": "/setup"})
    assert log_of(new)[-1] == ("poll now", "registry")
