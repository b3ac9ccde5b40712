"""A study's life on its page: versions and their bytes, events, reviews, the timeline."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from html import unescape

import pytest

from storage import audit, reviews
from storage.versions import payload
from storage.versions import versions as stored_versions
from sync.demo.story import RELEASES
from sync.web.pages import study as pages
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock
from tests.acceptance.web.study_page import (
    GONE,
    HEIR,
    MOVED,
    MYOPATHY,
    READABLE,
    WITHHELD,
    at,
    compare,
    criteria,
    facts,
    fates,
    numbers,
    rows,
    section,
    words,
)


@pytest.mark.parametrize("nct_id", [MYOPATHY, "NCT90000009", WITHHELD])
def test_the_versions_are_those_stored_each_with_what_it_made_be_told(browser: Browser, nct_id: str) -> None:
    with browser.app.state.service.database.read() as session:
        known = stored_versions(session, nct_id)
    # A row of what happened without a version has one cell for its two boxes.
    listed = [row for row in rows(browser.get(at(nct_id))) if len(row) == 8]
    assert len(listed) == len(known)
    for row, version in zip(listed, reversed(known), strict=True):
        assert words(row[2]).split()[0] == str(version.number)
        assert [words(each) for each in row[3:6]] == [
            version.release,
            version.submitted or "",
            version.posted or "",
        ]
        assert f'title="SHA-256 {version.sha256}"' in row[7]
        assert words(row[7]) == f"{version.size:,} bytes"
    assert words(listed[-1][6]) == "baseline"


def test_each_version_leads_to_the_event_that_it_made(browser: Browser) -> None:
    listed = {words(row[2]).split()[0]: row[6] for row in rows(browser.get(at(MYOPATHY)))}
    headlines = {number: words(told) for number, told in listed.items()}
    assert (
        headlines["3"] == "high Eligibility: 1 threshold changed (platelets ≥ 50 ×10⁹/L → ≥ 30 ×10⁹/L, wider)"
    )
    assert headlines["7"] == "high Eligibility: 1 exclusion removed"
    for number, told in listed.items():
        for path in re.findall(r'href="(/events/evt_\w+)"', told):
            assert f'href="/studies/{MYOPATHY}/compare?from={int(number) - 1}&amp;to={number}"' in (
                browser.get(path).text
            )


def test_versions_and_events_are_told_once_newest_first_and_one_that_a_storm_holds_is_marked(
    browser: Browser,
) -> None:
    page = browser.get(at(MYOPATHY))
    listed = rows(page)
    days = [words(row[-5]) for row in listed]
    assert days == sorted(days, reverse=True)
    events = re.findall(r'href="/events/(evt_\w+)"', section(page, "versions"))
    assert len(events) == len(set(events)) == 6
    assert "7 versions, 6 events" in words(section(page, "versions"))
    held = [words(row[-2]) for row in listed if "held by a storm" in words(row[-2])]
    assert held == [
        "info Sponsor renamed: Meridian Cell Works → Meridian Cell Works, a Northgate Company held by a storm"
    ]


def test_what_happened_without_a_version_stands_between_the_versions(browser: Browser) -> None:
    page = browser.get(at(GONE))
    alone = [words(row[-2]) for row in rows(page) if not re.search(r"\?version=", "".join(row))]
    assert alone
    assert "Gone" in " ".join(alone)


def test_of_many_versions_the_newest_are_listed_and_the_others_on_request(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "VERSIONS_LISTED", 3)
    some, all_of_them = browser.get(at(MYOPATHY)), browser.get(at(MYOPATHY, "?versions=all"))
    assert [words(row[2]).split()[0] for row in rows(some)] == ["7", "6", "5"]
    assert '<a href="?versions=all#versions">4 older ones</a>' in some.text
    assert [words(row[2]).split()[0] for row in rows(all_of_them)] == list("7654321")
    assert "older ones" not in all_of_them.text


@pytest.mark.parametrize("nct_id", [MYOPATHY, GONE, WITHHELD, HEIR])
def test_the_bytes_of_a_version_are_those_stored_and_hash_to_what_is_shown(
    browser: Browser, nct_id: str
) -> None:
    page = browser.get(at(nct_id))
    shown = re.findall(rf'href="(/studies/{nct_id}/versions/(\d+)/record)" title="SHA-256 (\w+)"', page.text)
    assert [int(number) for _, number, _ in shown] == numbers(browser, nct_id)[::-1]
    for path, number, sha256 in shown:
        answer = browser.get(path)
        with browser.app.state.service.database.read() as session:
            assert answer.content == payload(session, nct_id, int(number))
        assert hashlib.sha256(answer.content).hexdigest() == sha256 == answer.headers["x-sha256"]
        assert answer.headers["content-disposition"] == f'attachment; filename="{nct_id}@{number}.json"'
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["protocolSection"]["identificationModule"]["nctId"] == nct_id


def test_a_version_that_is_not_there_has_no_bytes(browser: Browser) -> None:
    for number, status in [("8", 404), ("0", 404), ("x", 404), ("9999999999", 404)]:
        answer = browser.get(f"/studies/{MYOPATHY}/versions/{number}/record")
        assert answer.status_code == status
        assert "x-sha256" not in answer.headers


def reviewed(browser: Browser, nct_id: str = MYOPATHY) -> str:
    told = words(section(browser.get(at(nct_id)), "reviewed"))
    return told.partition(" Note (may be empty)")[0].partition(" Note the address of your own page")[0]


def test_a_review_says_who_when_and_what_changed_since(browser: Browser, clock: Clock) -> None:
    assert reviewed(browser) == "Last reviewed Nobody has noted a review of this study yet."
    browser.post("/me", {"name": "Ana Müller"})
    answer = browser.post(
        f"/studies/{MYOPATHY}/review", {"version": "3", "note": " told the <b>site</b> & Ben "}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/studies/{MYOPATHY}?did=1-1")
    page = browser.get(answer.headers["location"])
    assert "Noted the review of NCT90000004, version 3 – told the <b>site</b> & Ben. NCT90000004" in text_of(
        page
    )
    assert "<b>site</b>" not in page.text
    told = words(section(page, "reviewed"))
    assert "2026-10-03 by Ana Müller, version 3. told the <b>site</b> & Ben" in told
    assert "6 changes since: Eligibility: 1 exclusion removed also sponsor changed:" in told
    (link,) = re.findall(r'href="([^"]+)">What changed since</a>', section(page, "reviewed"))
    compared = browser.get(unescape(link))
    assert unescape(link) == f"/studies/{MYOPATHY}/compare?from=3&to=7"
    assert "Hepatitis B, hepatitis C or HIV infection" in text_of(compared)
    with browser.app.state.service.database.read() as session:
        (kept,) = reviews.reviews(session, MYOPATHY)
        assert audit.latest(session)[0].who == "Ana Müller"
        assert list(audit.problems(session)) == []
    assert (kept.by, kept.at, kept.version, kept.note) == (
        "Ana Müller",
        clock.at,
        3,
        "told the <b>site</b> & Ben",
    )
    assert "Reviewed 2026-10-03 by Ana Müller, version 3" in section(browser.get(at(MYOPATHY)), "life")


def test_the_last_review_is_the_one_that_counts(browser: Browser, clock: Clock) -> None:
    browser.post(f"/studies/{MYOPATHY}/review", {"version": "3", "note": "first"})
    clock.at = datetime(2026, 10, 5, 9, tzinfo=UTC)
    browser.post("/me", {"name": "Ben"})
    browser.post(f"/studies/{MYOPATHY}/review", {"version": "7"})
    assert reviewed(browser) == "Last reviewed 2026-10-05 by Ben, version 7. Nothing has changed since."


def test_noise_since_a_review_is_nothing_that_matters(browser: Browser) -> None:
    browser.post("/studies/NCT90000006/review", {"version": "4"})  # the sixth version puts it back
    assert reviewed(browser, "NCT90000006").endswith("version 4. Nothing that matters has changed since.")


def test_a_review_of_nothing_is_refused_and_not_noted(browser: Browser) -> None:
    for nct_id, fields, status in [
        (MYOPATHY, {"version": "8"}, 404),
        (MYOPATHY, {"version": "0"}, 404),
        (MYOPATHY, {"version": "x"}, 422),
        (MYOPATHY, {}, 422),
        (MYOPATHY, {"version": "7", "note": "x" * 2001}, 422),
        ("NCT00000000", {"version": "1"}, 404),
        ("NCT1", {"version": "1"}, 404),
    ]:
        assert browser.post(f"/studies/{nct_id}/review", fields).status_code == status
        assert reviewed(browser) == "Last reviewed Nobody has noted a review of this study yet."


TITLE = re.compile(r"<title>(.*?)</title>")


def steps(titles: list[str], pattern: str) -> list[tuple[str, str]]:
    """What the drawing's titles say was new, and since when."""
    found = (re.fullmatch(pattern, each) for each in titles)
    return [(match[1], match[2]) for match in found if match]


def turns(column: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of a column of the table, oldest first, the values that differ from the one before."""
    return [each for place, each in enumerate(column) if place == 0 or each[0] != column[place - 1][0]]


def test_the_timeline_as_a_table_says_what_the_drawing_says(browser: Browser) -> None:
    for nct_id in READABLE:
        life = section(browser.get(at(nct_id)), "life")
        titles = [unescape(each) for each in TITLE.findall(life.partition("</svg>")[0])]
        table = re.findall(r"<tr><th scope=\"row\">.*?</tr>", life, re.DOTALL)
        cells = [[words(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in reversed(table)]
        assert cells[0][:2] == ["1", "2026-09-29" if nct_id == HEIR else RELEASES[0]]
        told = [turns([(row[place], row[1]) for row in cells]) for place in range(8)]
        assert steps(titles, r"([A-Z][a-z]+(?:,? [a-z]+)*) from ([\d-]{10})(?: to [\d-]{10})?") == told[2], (
            nct_id
        )
        assert steps(titles, r"(\d+ (?:estimated|actual)) from ([\d-]{10})") == told[3], nct_id
        assert steps(titles, r"(\d+) from ([\d-]{10})") == told[7], nct_id
        dates = steps(titles, r"([\d-]+ (?:estimated|actual)), as of ([\d-]{10})")
        assert dates == [*told[4], *told[5], *told[6]], nct_id


def test_the_drawing_marks_the_events_that_the_page_lists(browser: Browser) -> None:
    page = browser.get(at("NCT90000009"))
    drawn = re.findall(
        r"<title>([\d-]{10}), (\w+): (.*?)</title>", section(page, "life").partition("</svg>")[0]
    )
    listed = re.findall(
        r'<td class="nowrap">([\d-]{10})</td>(?:(?!<tr).)*?<span class="pill (\w+)">\w+</span>\s*<span class="told">'
        r'<a href="/events/\w+">(.*?)</a>(?: <span class="also">(.*?)</span>)?',
        section(page, "versions"),
        re.DOTALL,
    )
    listed = [(day, severity, "; ".join(filter(None, told))) for day, severity, *told in listed]
    assert drawn == listed[::-1]
    assert len(drawn) == 3
    assert "Primary completion: 2026-02-28 → 2028-08-31, +915 days in all." in words(section(page, "life"))


@pytest.mark.parametrize("path", [at(MYOPATHY), at(MOVED), at(MYOPATHY, "/compare?from=1&to=7")])
def test_every_link_of_a_page_leads_somewhere(browser: Browser, path: str) -> None:
    page = browser.get(path)
    links = {unescape(each) for each in re.findall(r'href="([^"]*)"', page.text)}
    for link in sorted(links):
        if link.startswith("#"):
            assert f'id="{link[1:]}"' in page.text, link
        elif link.startswith(("/", "?")):
            whole = path.partition("?")[0] + link if link.startswith("?") else link
            assert browser.get(whole).status_code == 200, link
        else:
            assert link.startswith(("https://clinicaltrials.gov/study/", "https://pubmed.ncbi.nlm.nih.gov/"))


def test_a_link_shows_the_same_tomorrow(browser: Browser, clock: Clock) -> None:
    paths = [
        at(MYOPATHY, "?version=3"),
        at(MYOPATHY, "?as_of=2026-09-10"),
        at(MYOPATHY, "/compare?from=2&to=3"),
    ]
    before = [(facts(page), criteria(page), fates(page)) for page in map(browser.get, paths)]
    clock.at = datetime(2027, 3, 1, tzinfo=UTC)
    assert [(facts(page), criteria(page), fates(page)) for page in map(browser.get, paths)] == before


def test_a_page_needs_no_exception_from_the_content_security_policy(browser: Browser) -> None:
    for path in (at(MYOPATHY), compare(MYOPATHY, 1, 7), at(GONE)):
        page = browser.get(path).text
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
        assert "<style" not in page


def test_a_mute_in_force_is_told_where_its_study_and_its_events_are(browser: Browser) -> None:
    inbox = browser.get(f"/?kind=eligibility&q={MYOPATHY}").text
    event = re.findall(r'href="/events/(evt_\w+)" data-open', inbox)[0]
    places = (at(MYOPATHY), f"/events/{event}")
    assert not any("Muted:" in text_of(browser.get(path)) for path in places)
    ordered = {"scope": "study-kind", "mute_for": "7d", "reason": "known to all"}
    browser.post("/act", {"action": "mute", "only": event, **ordered})
    for path in places:
        assert "Muted: eligibility of this study, until" in text_of(browser.get(path))
        assert "known to all" in text_of(browser.get(path))
    other = re.findall(r'href="/events/(evt_\w+)" data-open', browser.get("/?kind=enrollment").text)[0]
    assert "Muted:" not in text_of(browser.get(f"/events/{other}"))
