"""The criteria as somebody published them, checked against the record: are they still true, and what are they a copy of?"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

import httpx
import pytest
from sqlalchemy import text as sql

from storage import audit
from storage.events import steps
from sync.alerts.published.registered import LONGEST
from sync.service import Service
from sync.study.labels import in_words
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.api import Api
from tests.acceptance.web.conftest import Clock
from tests.acceptance.web.study_page import MYOPATHY, READABLE, at, criteria, fates, flat, record_of
from tests.support.accounts import PASSWORD, PUBLIC, add

MakeService = Callable[..., Service]
SUSPENDED = "NCT90000005"


def copied(browser: Browser, nct_id: str, version: str = "") -> str:
    """The criteria of a study's page as a browser copies them: a line each, no bullets, no indents."""
    shown = criteria(browser.get(at(nct_id, f"?version={version}" if version else "")))
    lines = [line for name, (_, tree) in shown.items() for line in (f"{name} criteria", *flat(tree))]
    return "\n".join(lines)


def check(browser: Browser, nct_id: str, text: str) -> httpx.Response:
    answer = browser.post(at(nct_id, "/check"), {"text": text})
    assert answer.status_code == 200, answer.text
    return answer


def verdict(page: httpx.Response) -> str:
    (found,) = re.findall(r'<h2 id="verdict">([^<]*)</h2>', page.text)
    return str(found)


@pytest.mark.parametrize("nct_id", READABLE)
def test_what_was_copied_off_the_newest_record_is_still_true(browser: Browser, nct_id: str) -> None:
    page = check(browser, nct_id, copied(browser, nct_id))
    assert verdict(page) == "Your criteria say what the record says"
    assert fates(page) == []
    assert "Note it as reviewed" in page.text


def test_an_old_copy_is_named_and_what_changed_since_is_shown(browser: Browser) -> None:
    page = check(browser, MYOPATHY, copied(browser, MYOPATHY, "1"))
    assert verdict(page) == "Your text is out of date: 2 criteria differ from the record"
    told = text_of(page)
    assert (
        "It is a copy of version 2 ; its criteria stood in the registry from 2026-09-07 until 2026-09-09 ."
        in told
    )
    assert f'href="/studies/{MYOPATHY}/compare?from=2&amp;to=7"' in page.text
    assert "1 different 1 only in your text 19 criteria alike" in told
    assert "platelets ≥ 50 ×10⁹/L → becomes ≥ 30 ×10⁹/L wider" in told
    found = fates(page)
    assert ("Platelet count ≥50×10^9/L", "Platelet count ≥30×10^9/L") in found
    assert ("Hepatitis B, hepatitis C or HIV infection", None) in found
    assert "Note it as reviewed" not in page.text


def test_between_two_versions_the_nearest_is_named(browser: Browser) -> None:
    text = copied(browser, MYOPATHY, "3").replace("Pregnancy or breast-feeding", "Pregnancy")
    page = check(browser, MYOPATHY, text)
    told = text_of(page)
    assert (
        "It is nearest to version 6 ; its criteria stood in the registry from 2026-09-09 until 2026-09-29"
        in told
    )
    assert "1 criterion differs from that one too" in told


def test_a_text_that_was_never_the_record_differs_and_is_no_copy(browser: Browser) -> None:
    page = check(browser, MYOPATHY, copied(browser, MYOPATHY).replace("≥30", "≥31"))
    assert verdict(page) == "1 criterion differs from the record"
    assert "No older version is nearer to your text than the newest, version 7" in text_of(page)


@pytest.mark.parametrize("nct_id", [MYOPATHY, "NCT90000006"])  # the second had fewer criteria once
def test_a_text_that_shares_nothing_is_called_neither_true_nor_false(browser: Browser, nct_id: str) -> None:
    page = check(browser, nct_id, "My cat is grey.")
    assert verdict(page) == "No eligibility criteria were found in your text"
    assert "out of date" not in text_of(page)
    told_anew = "Who can take part?\nGrown-ups in good shape\nWho cannot take part?\nMothers to be"
    page = check(browser, nct_id, told_anew)
    assert "it cannot be told whether they are true" in verdict(page)
    assert fates(page) == []


def whole_page(browser: Browser, nct_id: str, version: str = "", status: str = "Recruiting") -> str:
    """A page of a hospital, with all that surrounds the criteria."""
    return "\n".join(
        [
            "Skip to main content", "Find a trial", nct_id, f"Status: {status}", "Phase: 9",
            copied(browser, nct_id, version), "Contact us", "We use cookies. Accept all",
        ]
    )  # fmt: skip


def test_a_whole_page_may_be_pasted_and_its_facts_are_checked_too(browser: Browser) -> None:
    newest = record_of(browser, MYOPATHY, 7)["protocolSection"]["statusModule"]["overallStatus"]
    page = check(browser, MYOPATHY, whole_page(browser, MYOPATHY, status=in_words(newest)))
    assert verdict(page) == "Your criteria say what the record says"
    told = text_of(page)
    assert "1 fact of your page is right" in told
    assert "Phase cannot be read 9" in told
    assert "Note it as reviewed" not in page.text, "a fact that cannot be read is no proof"
    old = check(browser, MYOPATHY, whole_page(browser, MYOPATHY, "1", in_words(newest)))
    assert verdict(old) == "Your text is out of date: 2 criteria differ from the record"


def test_an_outdated_fact_says_since_when(browser: Browser) -> None:
    with browser.app.state.service.database.read() as session:
        told = steps(session, {SUSPENDED: None}, ["status"])[SUSPENDED]
        before, *_, now = (each.new for each in told if each.path.endswith(".overallStatus"))
    page = check(browser, SUSPENDED, f"Status: {in_words(before)}\nSex: All")
    told = text_of(page)
    assert "1 fact of your page is outdated" in told
    assert re.search(
        rf"Status outdated since version \d+ , release \S+ {in_words(before)} {in_words(now)}", told
    )
    assert verdict(page) == "No eligibility criteria were found in your text"


def test_a_page_of_another_study_is_told_so_first(browser: Browser) -> None:
    page = check(browser, MYOPATHY, f"NCT90000006\n{copied(browser, MYOPATHY)}")
    told = text_of(page)
    assert "It names NCT90000006 and not NCT90000004" in told
    assert told.index("Your text is about another study") < told.index(
        "Your criteria say what the record says"
    )
    both = check(browser, MYOPATHY, f"NCT90000006 and {MYOPATHY}\n{copied(browser, MYOPATHY)}")
    assert "another study" not in text_of(both)


def test_order_layout_headings_and_typography_do_not_count(browser: Browser) -> None:
    kept = copied(browser, MYOPATHY).split("\n")
    where = kept.index("Exclusion criteria")
    inclusion, exclusion = kept[1:where], kept[where + 1 :]
    page = "\n".join(
        [
            "Who can take part?",
            *reversed(inclusion),
            "",
            "Who cannot take part?",
            *(f"{each}." for each in exclusion),
        ]
    )
    tags = (
        "<h3>Inclusion criteria</h3><ul>"
        + "".join(f"<li>{escape(each)}</li>" for each in inclusion)
        + "</ul><h3>Exclusion criteria</h3><ol>"
        + "".join(f"<li>{escape(each)}</li>" for each in exclusion)
        + "</ol>"
    )
    for text in (page, tags):
        assert verdict(check(browser, MYOPATHY, text)) == "Your criteria say what the record says"


def test_a_criterion_in_the_other_list_is_told(browser: Browser) -> None:
    lines = copied(browser, MYOPATHY).split("\n")
    lines.remove("Written informed consent")
    page = check(browser, MYOPATHY, "\n".join([*lines, "Written informed consent"]))
    assert verdict(page) == "1 criterion differs from the record"
    assert "1 in the other list" in text_of(page)


def test_the_form_comes_first_and_keeps_what_was_pasted(browser: Browser) -> None:
    assert f'href="{at(MYOPATHY, "/check")}"' in browser.get(at(MYOPATHY)).text
    asked = browser.get(at(MYOPATHY, "/check"))
    assert asked.status_code == 200
    assert "verdict" not in asked.text
    text = "\n\nPregnancy </textarea><script>hit()</script> & more"
    page = check(browser, MYOPATHY, text)
    assert "<script>hit" not in page.text
    kept = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)
    assert kept == [escape(text).replace("&#x27;", "&#39;")]


def test_what_cannot_be_checked_is_told(browser: Browser) -> None:
    assert browser.get("/studies/NCT00000000/check").status_code == 404
    assert browser.post("/studies/NCT00000000/check", {"text": "Adults"}).status_code == 404
    assert browser.post(at(MYOPATHY, "/check"), {"text": ""}).status_code == 422
    assert browser.post(at(MYOPATHY, "/check"), {}).status_code == 422
    long = browser.post(at(MYOPATHY, "/check"), {"text": "x" * (LONGEST + 1)})
    assert (long.status_code, "at most 1000000 characters" in text_of(long)) == (422, True)
    huge = browser.post(at(MYOPATHY, "/check"), {"text": "x" * 10_000_000})
    assert huge.status_code == 413


def damage(browser: Browser, number: int) -> None:
    with browser.app.state.service.database.write() as session:
        where = f"nct_id = '{MYOPATHY}' AND number = {number}"
        session.execute(sql(f"UPDATE version SET sha256 = x'{'0' * 64}' WHERE {where}"))


def test_a_damaged_version_keeps_nobody_from_checking_against_the_newest(browser: Browser) -> None:
    old, new = copied(browser, MYOPATHY, "1"), copied(browser, MYOPATHY)
    damage(browser, 3)
    assert verdict(check(browser, MYOPATHY, new)) == "Your criteria say what the record says"
    page = check(browser, MYOPATHY, old)
    assert verdict(page) == "2 criteria differ from the record"
    assert "cannot be said: one of them is damaged, see trialdelta verify" in text_of(page)
    damage(browser, 7)
    answer = browser.post(at(MYOPATHY, "/check"), {"text": new})
    assert (answer.status_code, "verify" in text_of(answer)) == (500, True)


def test_a_copy_that_is_true_is_noted_as_reviewed(browser: Browser) -> None:
    page = check(browser, MYOPATHY, copied(browser, MYOPATHY))
    form = re.search(r'<form method="post" action="([^"]*/review)".*?</form>', page.text, re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="(csrf|version|note)" value="([^"]*)"', form[0]))
    assert set(re.findall(r'name="csrf" value="([^"]*)"', page.text)) == {browser.csrf()}
    assert browser.post(form[1], fields).status_code == 303
    shown = text_of(browser.get(at(MYOPATHY)))
    assert "version 7. The published criteria were checked against the record" in shown
    assert "Nothing has changed since." in shown


def test_readers_check_too_and_nothing_is_kept(story_service: MakeService) -> None:
    service = story_service(**PUBLIC)
    add(service.database, service, "ben", "reader")
    browser = Browser(service, host="trials.example.org")
    browser.sign_in("ben", PASSWORD)
    with service.database.read() as session:
        before = audit.last(session)
    page = check(browser, MYOPATHY, copied(browser, MYOPATHY))
    assert verdict(page) == "Your criteria say what the record says"
    assert "Note it as reviewed" not in page.text
    elsewhere = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert browser.post(at(MYOPATHY, "/check"), {"text": "x"}, headers=elsewhere).status_code == 403
    assert browser.post(at(MYOPATHY, "/review"), {"version": "7"}).status_code == 403
    with service.database.read() as session:
        assert audit.last(session) == before


def test_a_program_gets_the_same(story_service: MakeService, clock: Clock) -> None:
    service = story_service(now=clock)
    api, browser = Api(service), Browser(service)
    body = {"text": copied(browser, MYOPATHY, "1")}
    found = api.done(f"/studies/{MYOPATHY}/check", body)
    assert (found["verdict"], found["state"], found["differing"]) == ("outdated", "differs", 2)
    assert {fact["state"] for fact in found["facts"]} == {"not_found"}
    assert found["nearest"] == {"version": 2, "since": "2026-09-07", "until": "2026-09-09", "differs": 0}
    assert found["comparison"]["counts"] == {"same": 19, "changed": 1, "removed": 1}
    current = api.done(f"/studies/{MYOPATHY}/check", {"text": copied(browser, MYOPATHY)})
    assert (current["verdict"], current["nearest"]["version"], current["nearest"]["until"]) == (
        "current",
        7,
        None,
    )
    for wrong in ({}, {"text": 7}, {"text": "x", "more": 1}, {"text": "x" * (LONGEST + 1)}):
        assert api.send(f"/studies/{MYOPATHY}/check", wrong).status_code == 422
    assert api.send("/studies/NCT00000000/check", {"text": "x"}).status_code == 404
