"""An event's page as a person uses it without a script: what it says and why, what is done there, what it says then."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest
from sqlalchemy import text

from storage import alerts, audit
from storage.alerts import AlertInfo
from storage.events import events as stored_events
from storage.versions import versions as stored_versions
from sync.service import Service
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock
from tests.acceptance.web.test_gate import PASSWORD, PUBLIC, add

MakeService = Callable[..., Service]


@pytest.fixture
def browser(story_service: MakeService, clock: Clock) -> Browser:
    """A browser on this machine, the morning after the last release."""
    return Browser(story_service(now=clock))


def words(html: str) -> str:
    """What is read of a piece of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def id_of(browser: Browser, nct_id: str, kind: str, release: str = "") -> str:
    """The story's event of a study."""
    with browser.app.state.service.database.read() as session:
        found = stored_events(session, nct_id=nct_id or None, kinds=(kind,), held=True)
    (event_id,) = (each["id"] for each in found if each["kind"] == kind and release in ("", each["release"]))
    return str(event_id)


def threshold(browser: Browser) -> str:
    """Platelets from 50 to 30."""
    return id_of(browser, "NCT90000004", "eligibility", "2026-09-09")


def suspended(browser: Browser) -> str:
    """Suspended for safety."""
    return id_of(browser, "NCT90000005", "status", "2026-09-10")


def storm(browser: Browser) -> str:
    """A sponsor renamed in seven studies at once."""
    return id_of(browser, "", "storm")


def show(browser: Browser, event_id: str, query: str = "") -> httpx.Response:
    page = browser.get(f"/events/{event_id}{query}")
    assert page.status_code == 200
    return page


def card(page: httpx.Response, heading: str) -> str:
    """What is read of the card with this heading; "" where there is none."""
    found = re.search(rf'<h2 id="{heading}">.*?</section>', page.text, re.DOTALL)
    return words(found[0]) if found else ""


def facts(page: httpx.Response) -> dict[str, str]:
    """Names and values of all lists of facts."""
    found = re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", page.text, re.DOTALL)
    return {words(name): words(value) for name, value in found}


def folded(page: httpx.Response, name: str) -> str:
    found = re.search(rf'<details class="card {name}">.*?</details>', page.text, re.DOTALL)
    return words(found[0]) if found else ""


def stands(page: httpx.Response) -> str:
    """How the alert stands."""
    found = re.search(r'<p class="stands">(.*?)</p>', page.text, re.DOTALL)
    return words(found[1]) if found else ""


def info(browser: Browser, event_id: str) -> AlertInfo:
    with browser.app.state.service.database.read() as session:
        found = alerts.alert(session, event_id)
    assert found
    return found


def done(browser: Browser, event_id: str, action: str, **fields: str) -> httpx.Response:
    """Press a button of the event's page; the page that comes then."""
    own = {"action": action, "only": event_id, "next": f"/events/{event_id}"}
    answer = browser.post("/act", own | fields)
    assert answer.status_code == 303, text_of(answer)
    location = answer.headers["location"]
    assert re.fullmatch(rf"/events/{event_id}\?did=\d+-\d+", location)
    return browser.get(location)


def undo(browser: Browser, page: httpx.Response) -> httpx.Response:
    """Press the page's button to take it back."""
    (form,) = re.findall(r'<form method="post" action="/undo".*?</form>', page.text, re.DOTALL)
    fields = {name: unescape(value) for name, value in re.findall(r'name="(did|next)" value="([^"]*)"', form)}
    answer = browser.post("/undo", fields)
    assert answer.status_code == 303, text_of(answer)
    return browser.get(answer.headers["location"])


def deed(page: httpx.Response) -> str:
    found = re.search(r'<div class="deed" role="status"><span>(.*?)</span>', page.text)
    return words(found[1]) if found else ""


def test_it_says_what_happened_how_grave_it_is_and_whose_doing(browser: Browser) -> None:
    page = show(browser, suspended(browser))
    headline = (
        "Status RECRUITING → SUSPENDED: “Dosing paused after two cases of grade 4 neurotoxicity” (safety)"
    )
    assert f"<h1>{headline}</h1>" in page.text
    told = text_of(page)
    assert told.startswith("critical status by the sponsor release 2026-09-10 seen")
    assert "NCT90000005 MCW-202 BCMA CAR-T Cells in Myasthenia Gravis" in told
    assert 'href="/studies/NCT90000005"' in page.text
    assert stands(page).startswith("Open since")
    assert card(page, "changed").startswith(
        "What changed Overall status changed RECRUITING → SUSPENDED sorted as: safety Why stopped added "
        "Dosing paused after two cases of grade 4 neurotoxicity"
    )
    assert facts(page)["enrollment"] == "18 (estimated)"


def test_it_says_why_with_the_rules_that_say_so(browser: Browser) -> None:
    page = show(browser, suspended(browser))
    assert card(page, "s-severity") == (
        "Why critical SUSPENDED, for safety: “Dosing paused after two cases of grade 4 neurotoxicity” "
        "status.stopped_safety, critical 3 site statuses cleared with the overall status sites.cleared, info "
        "status verified date, last update submit date, last update post date administrative.changed, info"
    )
    assert "does not say that the treatment caused it" in card(page, "s-caution")
    assert card(page, "s-check").startswith("Check next Read the reason in full")
    (rules,) = {each.sha256 for each in browser.app.state.service.rules.values()}
    assert facts(page)["rules"] == rules


@pytest.mark.parametrize(
    "release, severity, rule",
    [
        ("2026-09-18", "critical", "1 primary outcome promoted, after the start"),
        ("2026-10-02", "medium", "Phase PHASE1 → PHASE1/PHASE2"),
        ("2026-10-01", "info", "Acronym changed"),
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
    assert f"Why {severity}" in card(page, "s-severity")


def test_a_threshold_is_told_with_its_effect_and_its_criterion(browser: Browser) -> None:
    page = show(browser, threshold(browser))
    (fate,) = re.findall(r'<li class="fate changed depth-1">(.*?)</li>', page.text, re.DOTALL)
    assert "changed who may enter: wider platelets ≥ 50 ×10⁹/L → becomes ≥ 30 ×10⁹/L wider" in words(fate)
    assert "It stands under: Organ function:" in words(fate)
    assert re.findall(r"<(del|ins)>(.*?)</\1>", fate) == [("del", "≥50×10^9/L"), ("ins", "≥30×10^9/L")]
    assert "who may enter changed while recruiting: 1 wider eligibility.entry_while_recruiting, high" in (
        card(page, "s-severity")
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
        "Left out as noise: 3 changes explained by another one, 3 bookkeeping entries, 0 criteria unchanged"
    )
    assert "3 × sites: A site's own status went blank in an update that changed the overall status" in noise
    assert "site.status_cleared" in noise
    assert "Status verified date changed 2026-06 → 2026-09" in noise
    assert '<details class="card noise" open' not in page.text
    assert "Status verified date" not in text_of(page).replace(noise, "")
    unchanged = folded(show(browser, threshold(browser)), "noise")
    assert "0 changes explained by another one, 2 bookkeeping entries, 20 criteria unchanged" in unchanged


def test_an_event_without_noise_has_nothing_left_out(browser: Browser) -> None:
    page = show(browser, id_of(browser, "NCT90000001", "sites"))
    assert folded(page, "noise") == ""
    assert "Lat: 40.1 Lon: -82.9 Lat: 40.11 Lon: -82.91" in card(page, "changed")
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
    kept = [re.findall(r'<li class="depth-\d">(.*?)</li>', page.text) for page in (side, merged)]
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
    assert folded(page, "noise").startswith(
        "Left out as noise: 0 changes explained by another one, 3 bookkeeping"
    )
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
    assert "critical Status RECRUITING → TERMINATED, without a reason" in card(page, "others")


def test_the_other_events_of_the_study_are_listed_but_for_those_a_storm_holds(browser: Browser) -> None:
    page = show(browser, threshold(browser))
    others = re.search(r'<h2 id="others">.*?</section>', page.text, re.DOTALL)
    assert others
    found = re.findall(r'quiet">([\d-]+)</span>.*?href="/events/(\w+)">(.*?)</a>', others[0])
    assert [(release, words(said)) for release, _, said in found] == [
        ("2026-09-29", "Eligibility: 1 exclusion removed"),
        ("2026-09-24", "1 reference changed, linked by the registry"),
        ("2026-09-21", "1 contact changed"),
        (
            "2026-09-08",
            "Bookkeeping only: status verified date, last update submit date, last update post date",
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
    assert "storm.held, high" in card(page, "s-severity")
    assert "trialdelta storm release" in card(page, "s-check")
    assert 'class="of"' not in page.text  # it is of no one study
    assert "Compare these versions" not in page.text
    assert 'href="/watcher#storms"' in page.text


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


@pytest.mark.parametrize(
    "path, status, said",
    [
        ("evt_" + "a" * 26, 404, f"There is no event evt_{'a' * 26}."),
        ("evt_x", 422, "event_id"),
        ("EVT_" + "A" * 26, 422, "event_id"),
        ("evt_" + "1" * 26, 422, "event_id"),
        ("evt_" + "a" * 26 + "%0a", 422, "event_id"),
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


def test_acknowledging_there_says_who_when_and_what_they_said(browser: Browser, clock: Clock) -> None:
    event = threshold(browser)
    browser.post("/me", {"name": "Ana"})
    page = done(browser, event, "acknowledge", verdict="acted", note="told <Ben> & Co")
    assert deed(page) == "Acknowledged 1 alert as “acted” – told <Ben> & Co."
    assert "<Ben>" not in page.text
    later = show(browser, event)
    assert deed(later) == ""
    assert stands(later) == "Acknowledged by Ana 2026-10-03 08:00 UTC : acted"
    assert '<p class="note">told &lt;Ben&gt; &amp; Co</p>' in later.text
    assert (
        card(later, "trail")
        == "What was done Ana acknowledge as “acted” – told <Ben> & Co 2026-10-03 08:00 UTC"
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
        "Ben acknowledge as “no action needed” 2026-10-04 09:00 UTC",
        "Ana undo: snooze 2026-10-04 09:00 UTC",
        "Ana snooze until 2026-10-05 09:00 2026-10-04 09:00 UTC",
        "Ana assign to Ben 2026-10-03 08:00 UTC",
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
        assert forms[0] - forms[1] in ({"/act"}, {"/studies/NCT90000004/review"})
        assert forms[1] == {"/logout"}
        without = re.sub(
            r'<form method="post" action="/(act|studies)[^>]*>.*?</form>', "", of_ana.text, flags=re.DOTALL
        )
        shown = [re.search(r"<main.*</main>", each, re.DOTALL) for each in (without, of_ben.text)]
        assert shown[0]
        assert shown[1]
        assert words(shown[0][0]) == words(shown[1][0])


def test_an_event_of_a_damaged_record_is_told_without_its_criteria(browser: Browser) -> None:
    with browser.app.state.service.database.write() as session:
        session.execute(text("UPDATE version SET payload = x'00' WHERE nct_id = 'NCT90000004'"))
    page = show(browser, threshold(browser))
    assert "Criteria, before and after" not in text_of(page)
    assert "≥ 50 ×10⁹/L → ≥ 30 ×10⁹/L" in card(page, "changed")
    assert "Platelet count" in card(page, "changed")
