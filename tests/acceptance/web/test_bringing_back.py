"""What was done to alerts and storms can be taken back, for a minute by undo and ever after by its opposite."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import audit, outbox, storms
from storage.operator_actions import decide_storm
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock, OpenConsole
from tests.acceptance.web.event_page import deed, done, info, show, stands, storm, suspended, threshold
from tests.support.accounts import PASSWORD, PUBLIC, add

LATER = timedelta(days=40)


@pytest.mark.parametrize("ended", ["acknowledge", "close"])
def test_an_alert_that_is_done_with_can_be_opened_again_ever_after(
    browser: Browser, clock: Clock, ended: str
) -> None:
    event = threshold(browser)
    done(browser, event, ended, verdict="noise", note="kept")
    clock.at += LATER
    assert 'value="reopen"' in show(browser, event).text
    page = done(browser, event, "reopen")
    assert deed(page) == "Opened again 1 alert."
    assert stands(page).startswith("Open since")
    alert = info(browser, event)
    assert (alert.state, alert.verdict, alert.note) == ("open", None, "kept")
    assert event in browser.get("/").text
    refused = browser.post("/act", {"action": "reopen", "only": event})
    assert refused.status_code == 409
    assert "is open; nothing was done" in text_of(refused)


@pytest.mark.parametrize("until", ["change", "90d"])
def test_a_snoozed_alert_can_be_woken(browser: Browser, clock: Clock, until: str) -> None:
    event = threshold(browser)
    done(browser, event, "snooze", until=until)
    clock.at += LATER
    assert event not in browser.get("/").text
    assert 'value="wake"' in show(browser, event).text
    assert deed(done(browser, event, "wake")) == "Woke 1 alert."
    assert event in browser.get("/").text
    assert browser.post("/act", {"action": "wake", "only": event}).status_code == 409


def test_every_page_offers_to_undo_for_a_minute(browser: Browser, clock: Clock) -> None:
    event = threshold(browser)
    done(browser, event, "acknowledge")
    clock.at += timedelta(seconds=50)
    cohort = browser.get("/cohorts")
    assert deed(cohort) == "Acknowledged 1 alert."
    assert 'action="/undo"' in cohort.text
    clock.at += timedelta(seconds=20)
    assert deed(browser.get("/cohorts")) == ""


def test_nobody_is_offered_to_undo_what_another_did(browser: Browser) -> None:
    browser.post("/me", {"name": "Ana"})
    done(browser, threshold(browser), "acknowledge")
    browser.post("/me", {"name": "Ben"})
    assert deed(browser.get("/cohorts")) == ""


def test_a_second_acknowledgement_says_who_was_faster_and_changes_nothing(browser: Browser) -> None:
    event = threshold(browser)
    browser.post("/me", {"name": "Ben"})
    done(browser, event, "acknowledge", verdict="acted")
    before = info(browser, event)
    browser.post("/me", {"name": "Ana"})
    for verdict in ("", "noise"):
        refused = browser.post("/act", {"action": "acknowledge", "only": event, "verdict": verdict})
        assert refused.status_code == 409
        assert "Ben was faster" in text_of(refused)
    assert info(browser, event) == before


def test_take_it_assigns_to_oneself(browser: Browser) -> None:
    browser.post("/me", {"name": "Ana"})
    page = done(browser, threshold(browser), "take")
    assert deed(page) == "Assigned 1 alert to Ana."


def test_with_accounts_people_are_chosen_from_them_and_no_other_name_is_taken(
    open_console: OpenConsole,
) -> None:
    browser = open_console(host="trials.example.org", address="192.0.2.7", hosts=PUBLIC["hosts"])
    service = browser.app.state.service
    add(service.database, service, "ana", "operator")
    add(service.database, service, "ben", "reader")
    browser.sign_in("ana", PASSWORD)
    event = threshold(browser)
    page = show(browser, event)
    assert '<select id="to" name="to">' in page.text
    assert "<option>ben</option>" in page.text
    refused = browser.post("/act", {"action": "assign", "only": event, "to": "bne"})
    assert refused.status_code == 400
    assert "There is no account 'bne'; did you mean 'ben'?" in text_of(refused)
    assert deed(done(browser, event, "assign", to="ben")) == "Assigned 1 alert to ben."


def test_the_dismissal_of_a_storm_is_asked_for_and_can_be_taken_back(browser: Browser, clock: Clock) -> None:
    event, service = storm(browser), browser.app.state.service
    with service.database.read() as session:
        before = outbox.counts(session)
        held = next(each for each in storms.storms(session) if each.event_id == event)
    assert held.state == "held", "the story leaves its storm undecided"
    assert "Dismiss…" in browser.get("/watcher").text
    page = browser.get(browser.post(f"/storms/{event}/dismiss", {}).headers["location"])
    assert "Dismissed the storm" in deed(page)
    with service.database.read() as session:
        assert outbox.counts(session) != before
        last = audit.last(session)
    browser.post("/undo", {"did": f"{last}-{last}"})
    with service.database.read() as session:
        assert outbox.counts(session) == before
        assert next(each for each in storms.storms(session) if each.event_id == event) == held
    with service.database.write() as session:
        assert decide_storm(session, event, "released", by="ana", at=clock()) == held.events


def test_a_mute_cannot_be_sent_without_a_reason_and_asks_for_it_in_place(browser: Browser) -> None:
    page = show(browser, suspended(browser)).text
    reason = page[page.index('<input id="reason"') :].partition(">")[0]
    assert "required" in reason
    others = [part.partition(">")[0] for part in page.split('name="action" ')[1:]]
    for button in others:
        assert ('value="mute"' in button) != ("formnovalidate" in button)
