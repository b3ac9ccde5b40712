"""What people do on an event's page, and what it says afterwards."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from storage import alerts, audit
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock
from tests.acceptance.web.event_page import (
    MakeService,
    card,
    deed,
    done,
    facts,
    id_of,
    info,
    show,
    stands,
    storm,
    suspended,
    threshold,
    undo,
    words,
)
from tests.support.accounts import PASSWORD, PUBLIC, add


def test_a_storm_can_be_muted_only_as_a_kind(browser: Browser) -> None:
    event = storm(browser)
    page = show(browser, event)
    (choices,) = re.findall(r'<select id="scope" name="scope">(.*?)</select>', page.text)
    assert re.findall(r'value="([^"]+)">([^<]+)', choices) == [("kind", "storm everywhere")]
    for scope in ("study", "study-kind"):
        refused = browser.post(
            "/act", {"action": "mute", "only": event, "scope": scope, "reason": "too many"}
        )
        assert refused.status_code == 400
        assert "of no one study: only its kind can be muted" in text_of(refused)
    assert mutes(browser) == []
    assert deed(done(browser, event, "mute", scope="kind", reason="too many")).startswith("Muted storm until")
    assert mutes(browser) == [(None, "storm", "too many")]


def test_acknowledging_there_says_who_when_and_what_they_said(browser: Browser, clock: Clock) -> None:
    event = threshold(browser)
    browser.post("/me", {"name": "Ana"})
    page = done(browser, event, "acknowledge", verdict="acted", note="told <Ben> & Co")
    assert deed(page) == "Acknowledged 1 alert as “acted” – told <Ben> & Co."
    assert "<Ben>" not in page.text
    clock.at += timedelta(minutes=2)
    later = show(browser, event)
    assert deed(later) == ""
    assert stands(later) == "Acknowledged by Ana 2026-10-03 08:00 UTC : acted"
    assert '<p class="note">told &lt;Ben&gt; &amp; Co</p>' in later.text
    assert (
        card(later, "trail")
        == "What was done Ana acknowledged as “acted” – told <Ben> & Co 2026-10-03 08:00 UTC"
    )
    assert 'value="acknowledge"' not in later.text
    assert 'value="snooze"' not in later.text
    assert 'value="close"' in later.text
    assert "<option selected>acted</option>" in later.text
    assert facts(later)["alert"].startswith("acknowledged")
    assert event not in browser.get("/").text


def test_closing_leaves_nothing_to_acknowledge(browser: Browser) -> None:
    event = threshold(browser)
    page = done(browser, event, "close", verdict="noise")
    assert deed(page) == "Closed 1 alert as “noise”."
    assert stands(page).startswith("Closed by ")
    assert stands(page).endswith(": noise")
    for action in ("acknowledge", "close", "snooze"):
        assert f'name="action" value="{action}"' not in page.text
    assert 'name="action" value="assign"' in page.text


@pytest.mark.parametrize(
    "until, said, stood",
    [
        ("change", "Snoozed 1 alert until it changes.", "snoozed until it changes"),
        ("3d", "Snoozed 1 alert until 2026-10-06 08:00.", "snoozed until 2026-10-06 08:00 UTC"),
    ],
)
def test_snoozing_says_until_when(browser: Browser, until: str, said: str, stood: str) -> None:
    event = threshold(browser)
    page = done(browser, event, "snooze", until=until)
    assert deed(page) == said
    assert stands(page).startswith("Open since")
    assert stands(page).endswith(stood)
    assert event not in browser.get("/").text
    study = browser.get("/studies/NCT90000004")
    assert stood.removesuffix(" 08:00 UTC") in text_of(study)


def test_assigning_says_who_has_it_and_offers_them_again(browser: Browser) -> None:
    event = threshold(browser)
    page = done(browser, event, "assign", to=" Ben ")
    assert deed(page) == "Assigned 1 alert to Ben."
    assert stands(page).endswith("· Ben has it")
    assert '<option value="Ben">' in show(browser, suspended(browser)).text
    assert "Ben has it" in text_of(browser.get("/studies/NCT90000004"))
    nobody = done(browser, event, "assign", to="")
    assert deed(nobody) == "Assigned 1 alert to nobody."
    assert "has it" not in stands(nobody)


def mutes(browser: Browser) -> list[tuple[str | None, str | None, str]]:
    service = browser.app.state.service
    with service.database.read() as session:
        return [(each.nct_id, each.kind, each.reason) for each in alerts.mutes(session, service.now())]


@pytest.mark.parametrize(
    "scope, said, kept",
    [
        (
            "study-kind",
            "NCT90000004 until 2026-10-10 08:00, eligibility only",
            ("NCT90000004", "eligibility"),
        ),
        ("study", "NCT90000004 until 2026-10-10 08:00", ("NCT90000004", None)),
        ("kind", "eligibility until 2026-10-10 08:00, eligibility only", (None, "eligibility")),
    ],
)
def test_muting_says_what_is_muted_how_long_and_why_and_is_lifted_by_undo(
    browser: Browser, scope: str, said: str, kept: tuple[str | None, str | None]
) -> None:
    event = threshold(browser)
    page = done(browser, event, "mute", scope=scope, mute_for="7d", reason="one page too many")
    assert deed(page) == f"Muted {said}: one page too many."
    assert mutes(browser) == [(*kept, "one page too many")]
    assert stands(page).startswith("Open since")  # what was told already stays open
    undo(browser, page)
    assert mutes(browser) == []


def test_a_mute_without_a_reason_is_refused(browser: Browser) -> None:
    event = threshold(browser)
    refused = browser.post("/act", {"action": "mute", "only": event, "scope": "study", "reason": "  "})
    assert (refused.status_code, mutes(browser)) == (400, [])
    assert "A mute needs a reason" in text_of(refused)
    assert "--help" not in text_of(refused)


def test_undo_puts_back_what_stood_there_before(browser: Browser) -> None:
    event = threshold(browser)
    done(browser, event, "assign", to="Ben")
    assigned = info(browser, event)
    page = done(browser, event, "acknowledge", verdict="acted", note="told Ben")
    back = undo(browser, page)
    assert back.url.path == f"/events/{event}"
    assert deed(back) == "Took back what was done to 1 alert: acknowledge."
    assert stands(back).startswith("Open since")
    assert stands(back).endswith("· Ben has it")
    assert info(browser, event) == assigned
    assert event in browser.get("/").text
    assert 'action="/undo"' not in back.text  # what was taken back is not taken back again


def test_what_somebody_else_did_since_is_not_undone(browser: Browser) -> None:
    event = threshold(browser)
    page = done(browser, event, "assign", to="Ben")
    done(browser, event, "acknowledge")
    (did,) = re.findall(r'name="did" value="([^"]+)"', page.text)
    refused = browser.post("/undo", {"did": did, "next": f"/events/{event}"})
    assert refused.status_code == 409
    assert info(browser, event).assignee == "Ben"


def test_the_page_keeps_the_whole_history_of_deeds_newest_first(browser: Browser, clock: Clock) -> None:
    event = threshold(browser)
    browser.post("/me", {"name": "Ana"})
    done(browser, event, "assign", to="Ben")
    clock.at = datetime(2026, 10, 4, 9, tzinfo=UTC)
    page = done(browser, event, "snooze", until="1d")
    undo(browser, page)
    browser.post("/me", {"name": "Ben"})
    done(browser, event, "acknowledge", verdict="no action needed")
    trail = re.search(r'<ul class="trail">(.*?)</ul>', show(browser, event).text, re.DOTALL)
    assert trail
    assert [words(each) for each in re.findall(r"<li>(.*?)</li>", trail[1], re.DOTALL)] == [
        "Ben acknowledged as “no action needed” 2026-10-04 09:00 UTC",
        "Ana took back: snooze 2026-10-04 09:00 UTC",
        "Ana snoozed until 2026-10-05 09:00 2026-10-04 09:00 UTC",
        "Ana assigned to Ben 2026-10-03 08:00 UTC",
    ]
    with browser.app.state.service.database.read() as session:
        assert list(audit.problems(session)) == []


def test_what_is_done_to_one_event_is_not_told_of_another(browser: Browser) -> None:
    done(browser, threshold(browser), "acknowledge", verdict="acted")
    other = show(browser, id_of(browser, "NCT90000004", "eligibility", "2026-09-29"))
    assert stands(other).startswith("Open since")
    assert card(other, "trail") == "What was done Nothing yet."


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "acknowledge", "verdict": "splendid"},
        {"action": "acknowledge", "note": "x" * 2001},
        {"action": "snooze", "until": "yesterday"},
        {"action": "assign", "to": "x" * 65},
        {"action": "mute", "scope": "everything", "reason": "x"},
        {"action": "delete"},
        {},
    ],
)
def test_what_no_form_offers_changes_nothing(browser: Browser, fields: dict[str, str]) -> None:
    event = threshold(browser)
    before = info(browser, event)
    refused = browser.post("/act", {"only": event, **fields})
    assert refused.status_code in (400, 422)
    assert info(browser, event) == before
    assert card(show(browser, event), "trail") == "What was done Nothing yet."


def test_a_reader_sees_everything_but_the_buttons(story_service: MakeService, clock: Clock) -> None:
    service = story_service(now=clock, **PUBLIC)
    add(service.database, service, "ana", "operator")
    add(service.database, service, "ben", "reader")
    pages = {}
    for name in ("ana", "ben"):
        visitor = Browser(service, host="trials.example.org", address="203.0.113.9")
        visitor.sign_in(name, PASSWORD)
        event = threshold(visitor)
        pages[name] = [show(visitor, event), visitor.get("/studies/NCT90000004")]
        if name == "ben":
            refused = visitor.post("/act", {"action": "acknowledge", "only": event})
            assert refused.status_code == 403
            review = visitor.post("/studies/NCT90000004/review", {"version": "7"})
            assert review.status_code == 403
    for of_ana, of_ben in zip(pages["ana"], pages["ben"], strict=True):
        forms = [
            set(re.findall(r'<form method="post" action="([^"]+)"', page.text)) for page in (of_ana, of_ben)
        ]
        of_study = {f"/studies/NCT90000004/{form}" for form in ("review", "own-page", "class", "pages")}
        assert forms[0] - forms[1] in ({"/act"}, of_study)
        assert forms[1] == {"/logout"}
        acts = r'<form method="post" action="/(act|studies)[^>]*>.*?</form>|<details class="own-page">.*?</details>'
        without = re.sub(acts, "", of_ana.text, flags=re.DOTALL)
        shown = [re.search(r"<main.*</main>", each, re.DOTALL) for each in (without, of_ben.text)]
        assert shown[0]
        assert shown[1]
        assert words(shown[0][0]) == words(shown[1][0])
