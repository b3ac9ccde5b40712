"""The inbox as a person uses it without a script: filter, judge, take back."""

from __future__ import annotations

import re

from storage import alerts, audit, events
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import OpenConsole


def ids(browser: Browser, query: str = "") -> list[str]:
    return re.findall(r'name="event" value="(evt_\w+)"', browser.get(f"/{query}").text)


def state(browser: Browser, event_id: str) -> alerts.AlertInfo:
    with browser.app.state.service.database.read() as session:
        found = alerts.alert(session, event_id)
    assert found
    return found


def test_the_weightiest_comes_first_and_a_study_has_its_alerts_together(open_console: OpenConsole) -> None:
    page = open_console().get("/").text
    severities = re.findall(r'<li class="alert (\w+)"', page)
    first_of_groups = [
        re.search(r'<li class="alert (\w+)"', group)[1]  # type: ignore[index]
        for group in page.split('<li class="group card">')[1:]
    ]
    order = ["critical", "high", "medium", "low", "info"]
    assert first_of_groups == sorted(first_of_groups, key=order.index)
    assert severities[0] == "critical"
    headings = re.findall(r'<div class="study"><a class="id" href="/studies/(NCT\d+)"', page)
    assert len(headings) == len(set(headings)) < len(severities)


def test_by_release_the_newest_release_comes_first(open_console: OpenConsole) -> None:
    releases = re.findall(r"<strong>Release ([\d-]+)</strong>", open_console().get("/?by=release").text)
    assert len(releases) > 3
    assert releases == sorted(releases, reverse=True)


def test_filters_narrow_and_what_is_asked_for_stays_in_the_form(open_console: OpenConsole) -> None:
    browser = open_console()
    everything = ids(browser)
    high = ids(browser, "?severity=high")
    assert 0 < len(high) < len(everything)
    assert set(high) < set(everything)
    found = browser.get("/?q=platelets&severity=high&kind=eligibility")
    assert "platelets" in text_of(found)
    assert 'value="platelets"' in found.text
    assert "<option selected>high</option>" in found.text
    assert ids(browser, "?q=no+such+words") == []
    assert "No alert is like that" in text_of(browser.get("/?q=no+such+words"))
    assert ids(browser, "?person=-") == everything
    of_no_study = set(everything) - set(ids(browser, "?watch=demo"))
    assert [state(browser, each).kind for each in of_no_study] == ["storm"]
    assert ids(browser, "?watch=another") == []


def test_wildcards_of_the_database_are_plain_letters_to_the_search(open_console: OpenConsole) -> None:
    browser = open_console()
    percent = text_of(browser.get("/?q=%25"))
    assert ids(browser, "?q=_") == []
    assert "(+67 %)" in percent
    assert len(ids(browser, "?q=%25")) < len(ids(browser))


def test_acknowledging_takes_it_out_of_the_inbox_and_undo_brings_it_back(open_console: OpenConsole) -> None:
    browser = open_console()
    before = ids(browser)
    answer = browser.post(
        "/act", {"action": "acknowledge", "only": before[0], "verdict": "acted", "note": "told Ben"}
    )
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"])
    assert "Acknowledged 1 alert as “acted” – told Ben." in text_of(page)
    assert set(ids(browser)) == set(before[1:])
    known = state(browser, before[0])
    assert (known.state, known.verdict, known.note) == ("acknowledged", "acted", "told Ben")

    span = re.search(r'name="did" value="([\d-]+)"', page.text)
    assert span
    undone = browser.post("/undo", {"did": span[1], "next": "/"})
    assert "Took back what was done to 1 alert" in text_of(browser.get(undone.headers["location"]))
    assert ids(browser) == before
    known = state(browser, before[0])
    assert (known.state, known.verdict, known.note, known.acknowledged_at) == ("open", None, None, None)


def test_many_are_done_at_once_and_undone_at_once(open_console: OpenConsole) -> None:
    browser = open_console()
    before = ids(browser)
    answer = browser.post("/act", {"action": "snooze", "event": before[:5], "until": "3d"})
    assert set(ids(browser)) == set(before[5:])
    assert set(ids(browser, "?state=snoozed")) == set(before[:5])
    span = answer.headers["location"].split("did=")[1]
    browser.post("/undo", {"did": span})
    assert ids(browser) == before


def test_snoozed_until_it_changes_and_assigned_and_closed(open_console: OpenConsole) -> None:
    browser = open_console()
    one, two, three = ids(browser)[:3]
    browser.post("/act", {"action": "snooze", "only": one, "until": "change"})
    browser.post("/act", {"action": "assign", "only": two, "to": " ana "})
    browser.post("/act", {"action": "close", "only": three, "verdict": "noise"})
    assert state(browser, one).snoozed_until_change
    assert state(browser, two).assignee == "ana"
    assert (state(browser, three).state, state(browser, three).verdict) == ("closed", "noise")
    assert ids(browser, "?person=ana") == [two]
    assert 'value="ana"' in browser.get("/").text


def test_a_mute_needs_a_reason_and_is_lifted_by_undo(open_console: OpenConsole) -> None:
    browser = open_console()
    event = ids(browser)[0]
    refused = browser.post("/act", {"action": "mute", "only": event})
    assert refused.status_code == 400
    assert "needs a reason" in text_of(refused)
    answer = browser.post(
        "/act", {"action": "mute", "only": event, "scope": "study", "reason": "page is gone"}
    )
    service = browser.app.state.service
    with service.database.read() as session:
        (mute,) = alerts.mutes(session, service.now())
    assert (mute.kind, mute.reason) == (None, "page is gone")
    browser.post("/undo", {"did": answer.headers["location"].split("did=")[1]})
    with service.database.read() as session:
        assert alerts.mutes(session, service.now()) == []


def test_each_state_offers_what_can_be_done_in_it(open_console: OpenConsole) -> None:
    browser = open_console()
    one, two = ids(browser)[:2]
    browser.post("/act", {"action": "acknowledge", "only": one})
    browser.post("/act", {"action": "close", "only": two})

    def offered(state: str) -> list[str]:
        page = browser.get(f"/?state={state}").text
        bar = page[page.index('<fieldset class="bulk">') :]
        return re.findall(r'name="action" value="(\w+)"', bar[: bar.index("</fieldset>")])

    assert offered("open") == offered("all") == ["acknowledge", "close", "snooze", "take", "assign", "mute"]
    assert offered("acknowledged") == ["close", "reopen", "take", "assign", "mute"]
    assert offered("closed") == ["reopen", "take", "assign", "mute"]


def test_what_somebody_else_did_since_is_not_undone(open_console: OpenConsole) -> None:
    browser = open_console()
    event = ids(browser)[0]
    first = browser.post("/act", {"action": "assign", "only": event, "to": "ana"})
    browser.post("/act", {"action": "acknowledge", "only": event})
    refused = browser.post("/undo", {"did": first.headers["location"].split("did=")[1]})
    assert refused.status_code == 409
    assert "did something else" in text_of(refused)
    assert state(browser, event).state == "acknowledged"


def test_one_wrong_alert_among_many_changes_none(open_console: OpenConsole) -> None:
    browser = open_console()
    event = ids(browser)[0]
    answer = browser.post("/act", {"action": "acknowledge", "event": [event, "evt_none"]})
    assert answer.status_code == 404
    assert state(browser, event).state == "open"


def test_choosing_nothing_says_so(open_console: OpenConsole) -> None:
    answer = open_console().post("/act", {"action": "acknowledge"})
    assert (answer.status_code, "Choose an alert first" in text_of(answer)) == (400, True)


def test_the_page_to_come_back_to_is_never_elsewhere(open_console: OpenConsole) -> None:
    browser = open_console()
    for elsewhere in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
    ):
        answer = browser.post(
            "/act", {"action": "assign", "only": ids(browser)[0], "to": "ana", "next": elsewhere}
        )
        assert re.fullmatch(r"/\?did=\d+-\d+", answer.headers["location"]), elsewhere


def test_who_did_it_is_who_they_said_they_are(open_console: OpenConsole) -> None:
    browser = open_console()
    browser.post("/me", {"name": "Ana  Müller\x1b[31m"})
    browser.post("/act", {"action": "acknowledge", "only": ids(browser)[0]})
    with browser.app.state.service.database.read() as session:
        assert audit.latest(session)[0].who == "Ana Müller[31m"
        assert list(audit.problems(session)) == []


def test_pages_say_how_many_there_are_and_the_last_one_answers_for_those_beyond(
    open_console: OpenConsole,
) -> None:
    browser = open_console()
    assert ids(browser, "?page=99") == ids(browser)
    assert browser.get("/?page=0").status_code == 422
    assert browser.get("/?state=nonsense").status_code == 422
    assert "state" in text_of(browser.get("/?state=nonsense"))


def test_what_a_headline_only_counts_is_shown_below_it(open_console: OpenConsole) -> None:
    browser = open_console()
    page = browser.get("/?kind=eligibility")
    words = text_of(page)
    assert "1 exclusion removed exclusion criterion 19: Hepatitis B, hepatitis C or HIV infection" in words
    assert "1 exclusion moved inclusion → exclusion criterion 19 (was 14): LVEF ≥50%" in words
    assert "<del>≥50×10^9/L</del> <ins>≥30×10^9/L</ins>" in page.text
    assert "<del>secondary</del> <ins>primary</ins>" in browser.get("/?kind=outcomes").text


def test_the_audit_log_names_what_was_acknowledged_in_words(open_console: OpenConsole) -> None:
    browser = open_console()
    event = ids(browser, "?kind=eligibility&q=NCT90000004")[0]
    browser.post("/act", {"action": "acknowledge", "only": event})
    with browser.app.state.service.database.read() as session:
        told = events.event(session, event)
    assert told
    assert f"acknowledged NCT90000004 {told['headline']}" in text_of(browser.get("/audit"))
