"""An event's page as a person reads it without a script: what happened, why it matters, and the evidence."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from sqlalchemy import text

from storage.events import events as stored_events
from storage.versions import versions as stored_versions
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock
from tests.acceptance.web.event_page import (
    card,
    facts,
    folded,
    id_of,
    show,
    stands,
    storm,
    suspended,
    threshold,
    words,
)


def test_it_says_what_happened_how_grave_it_is_and_whose_doing(browser: Browser) -> None:
    page = show(browser, suspended(browser))
    headline = (
        "Status Recruiting → Suspended: “Dosing paused after two cases of grade 4 neurotoxicity” (safety)"
    )
    assert f"<h1>{headline}</h1>" in page.text
    told = text_of(page)
    assert told.startswith("critical status by the sponsor release 2026-09-10 seen")
    assert "NCT90000005 MCW-202 BCMA CAR-T Cells in Myasthenia Gravis" in told
    assert 'href="/studies/NCT90000005"' in page.text
    assert stands(page).startswith("Open since")
    assert card(page, "s-cause").endswith(
        "Status Status Recruiting → Suspended sorted as: safety Why stopped "
        "Dosing paused after two cases of grade 4 neurotoxicity"
    )
    assert card(page, "changed") == ""  # nothing else changed, and bookkeeping is folded away
    assert facts(page)["enrollment"] == "18 (estimated)"


def test_it_leads_with_what_made_it_heavy_and_the_rule_in_words(browser: Browser) -> None:
    page = show(browser, suspended(browser))
    assert card(page, "s-cause").startswith(
        "Why critical Suspended, for safety: “Dosing paused after two cases of grade 4 neurotoxicity” "
        "The study is suspended, terminated or withdrawn, and the reason given is about safety. Status Status"
    )
    lighter = folded(page, "evidence")
    assert "3 site statuses cleared with the overall status info" in lighter
    assert facts(page)["ids of the rules"] == "status.stopped_safety, sites.cleared, administrative.changed"
    assert "does not say that the treatment caused it" in card(page, "s-caution")
    assert card(page, "s-check").startswith("Check next Read the reason in full")
    (rules,) = {each.sha256 for each in browser.app.state.service.rules.values()}
    assert facts(page)["rules"] == rules


@pytest.mark.parametrize(
    "release, severity, rule",
    [
        ("2026-09-18", "critical", "1 primary outcome promoted, after the start"),
        ("2026-10-02", "medium", "Phase 1 → Phase 1/2"),
        ("2026-10-01", "info", "Acronym none → INVENT-SSC"),
    ],
)
def test_each_severity_stands_at_the_top_with_its_own_headline(
    browser: Browser, release: str, severity: str, rule: str
) -> None:
    with browser.app.state.service.database.read() as session:
        (event,) = stored_events(session, nct_id="NCT90000003", since=release, until=release)
    page = show(browser, event["id"])
    assert re.findall(r'<header class="lead card (\w+)">', page.text) == [severity]
    assert f"<h1>{rule}</h1>" in page.text
    assert f"Why {severity}" in card(page, "s-cause")


def test_a_threshold_is_told_with_its_effect_and_its_criterion(browser: Browser) -> None:
    page = show(browser, threshold(browser))
    (fate,) = re.findall(r'<li class="fate changed depth-1">(.*?)</li>', page.text, re.DOTALL)
    assert (
        "changed criterion 11 who may enter: wider platelets ≥ 50 ×10⁹/L → becomes ≥ 30 ×10⁹/L wider"
        in words(fate)
    )
    assert "It stands under: Organ function:" in words(fate)
    assert re.findall(r"<(del|ins)>(.*?)</\1>", fate) == [("del", "≥50×10^9/L"), ("ins", "≥30×10^9/L")]
    assert (
        "Who may enter changed while recruiting: 1 wider Who may enter became wider or narrower while the study recruits."
        in card(page, "s-cause")
    )
    assert card(page, "changed") == ""  # nothing else changed, and bookkeeping is folded away


def test_the_evidence_is_both_hashes_and_the_versions_that_they_are_of(browser: Browser) -> None:
    page = show(browser, threshold(browser))
    with browser.app.state.service.database.read() as session:
        before, after = stored_versions(session, "NCT90000004")[1:3]
    told = facts(page)
    assert (told["sha-256 from"], told["sha-256 to"]) == (before.sha256, after.sha256)
    assert told["event"] == threshold(browser)
    assert (told["from"], told["to"]) == (
        "version 2, release 2026-09-08",
        "version 3, release 2026-09-09",
    )
    assert (told["submitted"], told["posted"]) == ("2026-09-09", "2026-09-09")
    (link,) = re.findall(r'href="([^"]+)">Compare these versions</a>', page.text)
    assert f"sha-256 before {before.sha256} sha-256 after {after.sha256}" in text_of(
        browser.get(unescape(link))
    )
    record = browser.get("/studies/NCT90000004/versions/3/record")
    assert record.headers["x-sha256"] == told["sha-256 to"]


def test_noise_is_hidden_but_counted_and_can_be_looked_at(browser: Browser) -> None:
    page = show(browser, suspended(browser))
    noise = folded(page, "noise")
    assert noise.startswith(
        "Left out as noise: 3 changes explained by another one, 3 bookkeeping entries Not told by itself"
    )
    assert (
        "Sites, 3 changes: A site's own status went blank in an update that changed the overall status"
        in noise
    )
    assert "Record verified 2026-06 → 2026-09" in noise
    assert '<details class="card noise" open' not in page.text
    assert "Record verified" not in text_of(page).replace(noise, "")
    unchanged = folded(show(browser, threshold(browser)), "noise")
    assert "Left out as noise: 2 bookkeeping entries, 20 criteria unchanged" in unchanged


def test_an_event_without_noise_has_nothing_left_out(browser: Browser) -> None:
    page = show(browser, id_of(browser, "NCT90000001", "sites"))
    assert folded(page, "noise") == ""
    assert "1 site placed anew on the map by the registry" in card(page, "s-cause")
    assert "40.1" not in card(page, "s-cause")
    assert "by the registry" in text_of(page)


def test_side_by_side_and_merged_have_the_same_words(browser: Browser) -> None:
    event = threshold(browser)
    side, merged = show(browser, event), show(browser, event, "?view=merged")
    assert re.findall(r'<p class="redline">(.*?)</p>', side.text)[:2] == [
        "Platelet count <del>≥50×10^9/L</del> ",
        "Platelet count <ins>≥30×10^9/L</ins> ",
    ]
    assert re.findall(r'<p class="redline">(.*?)</p>', merged.text)[:1] == [
        "Platelet count <del>≥50×10^9/L</del> <ins>≥30×10^9/L</ins> "
    ]
    kept = [
        re.findall(r'<li class="depth-\d"[^>]*>(.*?)</li>', page.text, re.DOTALL) for page in (side, merged)
    ]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 20
    for page, chosen in ((side, "Side by side"), (merged, "Merged")):
        assert re.findall(r'aria-current="true" data-boost>([^<]+)</a>', page.text) == [chosen]
    assert browser.get(f"/events/{event}?view=other").status_code == 422


def test_a_criterion_that_came_or_went_stands_on_one_side_only(browser: Browser) -> None:
    added = show(browser, id_of(browser, "NCT90000006", "eligibility"))
    (fate,) = re.findall(r'<li class="fate added depth-0">(.*?)</li>', added.text, re.DOTALL)
    assert "who may enter: narrower" in words(fate)
    assert words(fate).endswith("Before not there After Stroke within 6 months before screening")
    removed = show(browser, id_of(browser, "NCT90000004", "eligibility", "2026-09-29"))
    (fate,) = re.findall(r'<li class="fate removed depth-0">(.*?)</li>', removed.text, re.DOTALL)
    assert "who may enter: wider" in words(fate)
    assert words(fate).endswith("Before Hepatitis B, hepatitis C or HIV infection After not there")


def test_an_event_that_asks_for_nothing_says_so_and_has_no_buttons(browser: Browser) -> None:
    page = show(browser, id_of(browser, "NCT90000004", "administrative"))
    assert "No alert: it asks for nothing." in text_of(page)
    assert stands(page) == ""
    assert 'action="/act"' not in page.text
    assert folded(page, "noise").startswith("Left out as noise: 3 bookkeeping entries")
    refused = browser.post("/act", {"action": "acknowledge", "only": page.url.path.rpartition("/")[2]})
    assert refused.status_code == 404


def test_an_event_without_versions_is_told_without_them(browser: Browser) -> None:
    page = show(browser, id_of(browser, "NCT90000011", "gone"))
    assert (
        "<h1>Gone: on 2 releases since 2026-09-30 the registry has said that there is no such study</h1>"
        in (page.text)
    )
    assert "Compare these versions" not in page.text
    assert "sha-256 from" not in facts(page)
    assert "critical Status Recruiting → Terminated, without a reason" in card(page, "others")


def test_the_other_events_of_the_study_are_listed_but_for_those_a_storm_holds(browser: Browser) -> None:
    page = show(browser, threshold(browser))
    others = re.search(r'<h2 id="others">.*?</section>', page.text, re.DOTALL)
    assert others
    found = re.findall(r'quiet">([\d-]+)</span>.*?href="/events/(\w+)">(.*?)</a>', others[0])
    assert [(release, words(said)) for release, _, said in found] == [
        ("2026-09-29", "Eligibility: 1 exclusion removed"),
        ("2026-09-24", "1 reference changed, linked by the registry"),
        ("2026-09-21", "Contact Trial Desk: phone 555-0100 → 555-0177"),
        (
            "2026-09-08",
            "Bookkeeping only: record verified, last update submitted, last update posted",
        ),
    ]
    for _, event_id, said in found:
        assert f"<h1>{said}</h1>" in show(browser, event_id).text


def test_who_was_told_by_which_route_and_what_waits(browser: Browser) -> None:
    told = card(show(browser, suspended(browser)), "told")
    for route, state in (("urgent", "due"), ("morning", "collecting")):
        assert re.search(rf"letters .*?{route} {state}", told), told
    held = card(show(browser, id_of(browser, "NCT90000001", "sponsor")), "told")
    assert re.search(r"letters .*?morning held", held)
    assert "urgent" not in held


def test_a_storm_says_how_many_it_holds_and_where_to_decide(browser: Browser) -> None:
    page = show(browser, storm(browser))
    told = text_of(page)
    assert "7 studies changed alike on one release, without an update by a sponsor." in told
    assert "The same change in more than 5 studies and 5 % of the studies of one cycle" in card(
        page, "s-cause"
    )
    assert "trialdelta storm release" in card(page, "s-check")
    assert 'class="of"' not in page.text  # it is of no one study
    assert "Compare these versions" not in page.text
    assert 'href="/watcher#storms"' in page.text


@pytest.mark.parametrize(
    "path, status, said",
    [
        ("evt_" + "a" * 26, 404, f"There is no event evt_{'a' * 26}."),
        ("evt_x", 404, "No study or event has such an address"),
        ("EVT_" + "A" * 26, 404, "No study or event has such an address"),
        ("evt_" + "1" * 26, 404, "No study or event has such an address"),
        ("evt_" + "a" * 26 + "%0a", 404, "No study or event has such an address"),
        ("..%2f..%2fetc%2fpasswd", 404, "Not Found"),
    ],
)
def test_what_is_no_event_is_refused(browser: Browser, path: str, status: int, said: str) -> None:
    answer = browser.get(f"/events/{path}")
    assert answer.status_code == status
    assert said in text_of(answer)


def test_an_event_stays_at_its_address_and_says_the_same_for_ever(browser: Browser, clock: Clock) -> None:
    event = threshold(browser)
    before = text_of(show(browser, event))
    clock.at = datetime(2031, 1, 1, tzinfo=UTC)
    assert text_of(show(browser, event)) == before
    data = browser.request("GET", f"/api/v1/events/{event}/event").json()
    assert data["id"] == event
    assert data["headline"] in before
    assert f'href="/api/v1/events/{event}"' in show(browser, event).text


def test_an_event_of_a_damaged_record_is_told_without_its_criteria(browser: Browser) -> None:
    with browser.app.state.service.database.write() as session:
        session.execute(text("UPDATE version SET payload = x'00' WHERE nct_id = 'NCT90000004'"))
    page = show(browser, threshold(browser))
    assert "Criteria, before and after" not in text_of(page)
    assert "≥ 50 ×10⁹/L → ≥ 30 ×10⁹/L" in card(page, "s-cause")
    assert "Platelet count" in card(page, "s-cause")
