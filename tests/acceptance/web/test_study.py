"""A study's page as a person uses it without a script: read it, go back in it, compare two versions, review it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from storage import audit, reviews
from storage.studies import Presence, name_studies, set_presence
from storage.versions import payload
from storage.versions import versions as stored_versions
from sync.config import Settings, WatchSettings
from sync.demo.story import RELEASES
from sync.service import Service
from sync.web.pages import study as pages
from sync.web.views import study as view
from sync.web.views.kept import Kept
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock

MakeService = Callable[..., Service]
MYOPATHY = "NCT90000004"
"""Seven versions: bookkeeping, a threshold lowered, a sponsor renamed, a contact, a reference, an exclusion taken out."""
GONE, MOVED, HEIR, WITHHELD = "NCT90000011", "NCT90000010", "NCT90000013", "NCT90000012"
READABLE = [each for number in range(1, 14) if (each := f"NCT900000{number:02}") != WITHHELD]
Record = dict[str, Any]
Tree = list[tuple[str, "Tree"]]


@pytest.fixture
def browser(story_service: MakeService, clock: Clock) -> Browser:
    """A browser on this machine, the morning after the last release."""
    return Browser(story_service(now=clock))


def at(nct_id: str, query: str = "") -> str:
    return f"/studies/{nct_id}{query}"


def words(html: str) -> str:
    """What is read of a piece of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split()).replace(" ,", ",")


def section(page: httpx.Response, name: str) -> str:
    """A section of a page by its id; "" where the page has none."""
    found = re.search(rf'<section[^>]* id="{name}".*?</section>', page.text, re.DOTALL)
    return found[0] if found else ""


def facts(page: httpx.Response) -> dict[str, str]:
    """The quick facts."""
    found = re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", section(page, "facts"), re.DOTALL)
    return {words(name): words(value) for name, value in found}


def record_of(browser: Browser, nct_id: str, number: int) -> Record:
    with browser.app.state.service.database.read() as session:
        found: Record = json.loads(payload(session, nct_id, number))
    return found


def numbers(browser: Browser, nct_id: str) -> list[int]:
    with browser.app.state.service.database.read() as session:
        return [each.number for each in stored_versions(session, nct_id)]


def expected(record: Record) -> dict[str, str]:
    """The quick facts that a whole record of the story has, in the page's words."""
    protocol = record["protocolSection"]
    status, design = protocol["statusModule"], protocol["designModule"]
    sponsor, who = protocol["sponsorCollaboratorsModule"]["leadSponsor"], protocol["eligibilityModule"]
    sites = protocol["contactsLocationsModule"]["locations"]
    countries = len({site["country"] for site in sites})
    overall = status["overallStatus"].replace("_", " ").capitalize()
    if "lastKnownStatus" in status:
        overall += f" before: {status['lastKnownStatus'].capitalize()}"

    def dated(name: str) -> str:
        return f"{status[name]['date']} {status[name]['type'].lower()}"

    told = {
        "Status": " ".join(filter(None, (overall, status.get("whyStopped")))),
        "Enrollment": f"{design['enrollmentInfo']['count']} {design['enrollmentInfo']['type'].lower()}",
        "Start": dated("startDateStruct"),
        "Primary completion": dated("primaryCompletionDateStruct"),
        "Completion": dated("completionDateStruct"),
        "Verified": status["statusVerifiedDate"],
        "Sponsor": f"{sponsor['name']} {sponsor['class'].capitalize()}",
        "Ages": f"{who['minimumAge']} to {who['maximumAge']} adult, older adult",
        "Conditions": ", ".join(protocol["conditionsModule"]["conditions"]),
        "Interventions": ", ".join(
            each["name"] for each in protocol["armsInterventionsModule"]["interventions"]
        ),
        "Sites": f"{len(sites)} site{'s' * (len(sites) != 1)} in "
        + ("1 country" if countries == 1 else f"{countries} countries"),
        "First submitted, posted": f"{status['studyFirstSubmitDate']}, {status['studyFirstPostDateStruct']['date']}",
        "Last update submitted, posted": f"{status['lastUpdateSubmitDate']}, "
        f"{status['lastUpdatePostDateStruct']['date']}",
        "Keywords": ", ".join(protocol["conditionsModule"]["keywords"]),
    }
    if "resultsFirstPostDateStruct" in status:
        told["Results posted"] = status["resultsFirstPostDateStruct"]["date"]
    return told


def test_the_facts_are_those_of_the_record(browser: Browser) -> None:
    for nct_id in READABLE:
        record = record_of(browser, nct_id, numbers(browser, nct_id)[-1])
        page = browser.get(at(nct_id))
        shown = facts(page)
        assert {name: shown.get(name) for name in expected(record)} == expected(record), nct_id
        assert ("Results posted" in shown) is record["hasResults"]
        identity = record["protocolSection"]["identificationModule"]
        heading = re.search(r"<h1>(.*?)</h1>", page.text)
        assert heading
        assert unescape(heading[1]).startswith(identity["briefTitle"])
        assert ("(INVENT-SSC)" in heading[1]) is (identity.get("acronym") == "INVENT-SSC")
        assert identity["officialTitle"] in text_of(page)


def test_arms_outcomes_sites_and_contacts_are_those_of_the_record(browser: Browser) -> None:
    nct_id = "NCT90000007"  # a second arm, a fourth site, a site renamed
    page, protocol = browser.get(at(nct_id)), record_of(browser, nct_id, 6)["protocolSection"]
    arms = re.findall(r'<div class="arm"><h3>(.*?)</h3>', page.text)
    labels = [each["label"] for each in protocol["armsInterventionsModule"]["armGroups"]]
    assert [words(each) for each in arms] == [f"{each} Experimental" for each in labels]
    assert labels == ["Single dose", "Higher dose"]
    sites = re.findall(r"<li><span>([^<]*)</span>", section(page, "sites"))
    located = [each["facility"] for each in protocol["contactsLocationsModule"]["locations"]]
    assert sorted(map(unescape, sites)) == sorted(located)
    assert {"Greyfield Medical Center", "Port Alder Center for Cell Therapy"} < set(located)
    measures = re.findall(r"<li>(.*?) <span class=\"frame\">(.*?)</span></li>", section(page, "outcomes"))
    outcomes = protocol["outcomesModule"]
    assert [(unescape(measure), unescape(frame)) for measure, frame in measures] == [
        (each["measure"], each["timeFrame"])
        for each in [*outcomes["primaryOutcomes"], *outcomes["secondaryOutcomes"]]
    ]
    assert "555-0177" in section(browser.get(at(MYOPATHY)), "people")
    assert "555-0100" in section(page, "people")


class Lists(HTMLParser):
    """The nested lists of a piece of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tree: Tree = []
        self.open: list[Tree] = [self.tree]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "li":
            children: Tree = []
            self.open[-1].append(("", children))
            self.open.append(children)

    def handle_endtag(self, tag: str) -> None:
        if tag == "li":
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if len(self.open) > 1:
            said, children = self.open[-2][-1]
            self.open[-2][-1] = (said + data, children)


def size(tree: Tree) -> int:
    return sum(1 + size(children) for _, children in tree)


def flat(tree: Tree) -> list[str]:
    return [each for said, children in tree for each in (said, *flat(children))]


def criteria(page: httpx.Response) -> dict[str, tuple[int, Tree]]:
    """The criteria of a page, by section: the number that it says, and the lists."""
    found = re.findall(
        r'<h3>(\w+) <span class="quiet">(\d+)</span></h3>(.*?)</div>', section(page, "criteria"), re.DOTALL
    )
    return {name: (int(number), Lists(lists).tree) for name, number, lists in found}


def bullets(source: str) -> dict[str, Tree]:
    """The lists of a text of the story that is laid out with asterisks."""
    told: dict[str, Tree] = {}
    levels: list[Tree] = []
    for row in filter(str.strip, source.splitlines()):
        if row.endswith("Criteria:"):
            levels = [told.setdefault(row.split()[0], [])]
        else:
            depth = (len(row) - len(row.lstrip())) // 2
            children: Tree = []
            levels[depth].append((row.strip().removeprefix("* "), children))
            levels[depth + 1 :] = [children]
    return told


@pytest.mark.parametrize(
    "nct_id, query, inclusions, exclusions",
    [
        ("NCT90000009", "", 15, 6),
        ("NCT90000006", "?version=1", 15, 6),
        ("NCT90000006", "", 15, 7),  # an exclusion was added
        (MYOPATHY, "", 15, 5),  # one was taken out
        ("NCT90000002", "", 14, 7),  # one was moved from inclusion to exclusion
    ],
)
def test_criteria_are_lists_in_lists_and_counted(
    browser: Browser, nct_id: str, query: str, inclusions: int, exclusions: int
) -> None:
    number = int(query.rpartition("=")[2] or numbers(browser, nct_id)[-1])
    record = record_of(browser, nct_id, number)
    shown = criteria(browser.get(at(nct_id, query)))
    assert [(name, number) for name, (number, _) in shown.items()] == [
        ("Inclusion", inclusions),
        ("Exclusion", exclusions),
    ]
    assert all(number == size(tree) for number, tree in shown.values())
    told = bullets(record["protocolSection"]["eligibilityModule"]["eligibilityCriteria"])
    assert {name: tree for name, (_, tree) in shown.items()} == told
    assert told["Inclusion"][2][1][1][1] == [
        ("rituximab, or", []),
        ("mycophenolate for 3 months or longer", []),
    ]


def test_a_text_that_was_laid_out_anew_is_the_same_lists(browser: Browser) -> None:
    before, after = (browser.get(at("NCT90000001", f"?version={number}")) for number in (1, 2))
    sources = [
        record_of(browser, "NCT90000001", number)["protocolSection"]["eligibilityModule"] for number in (1, 2)
    ]
    assert sources[0] != sources[1]
    assert criteria(before) == criteria(after)


DAYS = [
    ("2026-09-07", 1, "2026-09-08"),
    ("2026-09-08", 2, "2026-09-09"),
    ("2026-09-09", 3, "2026-09-15"),
    ("2026-09-13", 3, "2026-09-15"),  # between two releases
    ("2026-09-14", 3, "2026-09-15"),  # a release on which nothing of it changed
    ("2026-09-15", 4, "2026-09-21"),
    ("2026-09-28", 6, "2026-09-29"),
]


def test_as_of_a_day_the_record_is_that_of_the_day(browser: Browser) -> None:
    for day, number, until in DAYS:
        page = browser.get(at(MYOPATHY, f"?as_of={day}"))
        record = record_of(browser, MYOPATHY, number)
        shown = facts(page)
        assert {name: shown.get(name) for name in expected(record)} == expected(record)
        platelets = "50" if number < 3 else "30"
        assert f"Platelet count ≥{platelets}×10^9/L" in flat(criteria(page)["Inclusion"][1])
        assert f'name="as_of" value="{day}"' in page.text
        with browser.app.state.service.database.read() as session:
            release = stored_versions(session, MYOPATHY)[number - 1].release
        assert (
            f"The record as it was on {day}: version {number} of 7, first seen in release {release}, "
            f"replaced in release {until}."
        ) in text_of(page)
        assert f'href="/studies/{MYOPATHY}/compare?from={number}"' in page.text


def test_a_version_by_its_number_is_shown_as_such_and_all_else_is_of_now(browser: Browser) -> None:
    now, then = browser.get(at(MYOPATHY)), browser.get(at(MYOPATHY, "?version=3"))
    assert "The record as it was: version 3 of 7" in text_of(then)
    assert "The record as it was" not in text_of(now)
    assert facts(then) == facts(browser.get(at(MYOPATHY, "?as_of=2026-09-10"))) != facts(now)
    assert facts(browser.get(at(MYOPATHY, "?version=7"))) == facts(now)
    for name in ("needs", "life", "events"):
        assert section(then, name) == section(now, name) != ""
    assert '<input type="hidden" name="version" value="3">' in then.text
    assert "Reviewed as of version 3" in text_of(then)
    assert re.findall(r'<tr class="shown">.*?\?version=(\d+)', then.text, re.DOTALL) == ["3"]


def test_the_newest_version_on_a_day_says_that_it_still_stands(browser: Browser) -> None:
    for day in ("2026-09-29", "2026-10-03"):
        told = text_of(browser.get(at(MYOPATHY, f"?as_of={day}")))
        assert f"On {day} the record was as it is now: version 7, first seen in release 2026-09-29." in told


def test_of_a_day_to_come_nothing_is_claimed(browser: Browser) -> None:
    told = text_of(browser.get(at(MYOPATHY, "?as_of=2026-10-04")))
    assert "2026-10-04 is still to come; this is the record as it is now: version 7" in told
    assert "the record was" not in told
    assert facts(browser.get(at(MYOPATHY, "?as_of=2030-01-01"))) == facts(browser.get(at(MYOPATHY)))


def test_what_a_study_has_not_is_refused_in_a_sentence(browser: Browser) -> None:
    for query, status, said in [
        ("?as_of=2026-09-06", 404, "NCT90000004 is known from 2026-09-07 on, not yet on 2026-09-06"),
        ("?as_of=2026-02-30", 400, "'2026-02-30' is neither a version number nor a day such as 2026-09-02"),
        ("?as_of=yesterday", 422, "as_of: String should match pattern"),
        ("?as_of=2026-09", 422, "as_of: String should match pattern"),
        ("?version=8", 404, "NCT90000004 has the versions 1 to 7, not 8"),
        ("?version=0", 404, "NCT90000004 has the versions 1 to 7, not 0"),
        ("?version=newest", 422, "version: String should match pattern"),
        ("?version=-1", 422, "version: String should match pattern"),
        ("?version=9999999999", 422, "version: String should match pattern"),
        ("?versions=some", 422, "versions: Input should be"),
    ]:
        answer = browser.get(at(MYOPATHY, query))
        assert answer.status_code == status, query
        assert said in text_of(answer)
        assert "COMMAND --help" not in answer.text  # that is for the command line


def test_a_study_that_is_not_known_or_no_study_at_all(browser: Browser) -> None:
    for path, status, said in [
        (
            "/studies/NCT00000000",
            404,
            "NCT00000000 is in no watch, and was in none. To follow it, name it in a watch.",
        ),
        ("/studies/NCT9000004", 422, "nct_id"),
        ("/studies/nct90000004", 422, "nct_id"),
        ("/studies/NCT900000041", 422, "nct_id"),
        ("/studies/NCT90000004%0a", 422, "nct_id"),
        ("/studies/..%2f..%2fetc", 404, "Not Found"),
        ("/studies/NCT00000000/compare", 404, "No version of NCT00000000 is stored"),
        ("/studies/NCT00000000/versions/1/record", 404, "NCT00000000"),
    ]:
        answer = browser.get(path)
        assert answer.status_code == status, path
        assert said in text_of(answer)


def rows(page: httpx.Response) -> list[list[str]]:
    """The rows of the table of versions, cell by cell."""
    body = re.search(r"<tbody>(.*?)</tbody>", section(page, "versions"), re.DOTALL)
    assert body
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", body[1], re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]


@pytest.mark.parametrize("nct_id", [MYOPATHY, "NCT90000009", WITHHELD])
def test_the_versions_are_those_stored_each_with_what_it_made_be_told(browser: Browser, nct_id: str) -> None:
    with browser.app.state.service.database.read() as session:
        known = stored_versions(session, nct_id)
    listed = rows(browser.get(at(nct_id)))
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


def test_the_events_are_the_newest_first_and_one_that_a_storm_holds_is_marked(browser: Browser) -> None:
    fragment = section(browser.get(at(MYOPATHY)), "events")
    listed = [words(each) for each in re.findall(r"<li>(.*?)</li>", fragment, re.DOTALL)]
    assert words(fragment).startswith("Events 6 2026-09-29")
    assert [each[:10] for each in listed] == sorted((each[:10] for each in listed), reverse=True)
    held = [each for each in listed if each.endswith("held by a storm")]
    assert held == [
        "2026-09-15 info Sponsor renamed: Meridian Cell Works → Meridian Cell Works, a Northgate Company "
        "held by a storm"
    ]


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
    for number, status in [("8", 404), ("0", 422), ("x", 422), ("9999999999", 422)]:
        answer = browser.get(f"/studies/{MYOPATHY}/versions/{number}/record")
        assert answer.status_code == status
        assert "x-sha256" not in answer.headers


def test_nothing_is_said_of_silence_while_a_study_is_in_time(browser: Browser) -> None:
    assert "Silence" not in text_of(browser.get(at("NCT90000001")))


def test_silence_is_told_as_of_today_and_what_the_registry_will_do_is_foretold(
    browser: Browser, clock: Clock
) -> None:
    def said(nct_id: str) -> list[str]:
        fragment = section(browser.get(at(nct_id)), "needs").partition("<h3>Silence</h3>")[2]
        return [words(each) for each in re.findall(r"<li>(.*?)</li>", fragment, re.DOTALL)]

    overdue = "overdue The primary completion date 2027-05-31 has passed, yet the status is RECRUITING"
    assert "UNKNOWN from 2028-09-30" in section(browser.get(at("NCT90000001")), "life")
    clock.at = datetime(2027, 6, 15, tzinfo=UTC)
    assert said("NCT90000001") == [overdue]
    assert said("NCT90000009") == []  # terminated: nothing is awaited
    clock.at = datetime(2028, 11, 1, tzinfo=UTC)
    assert said("NCT90000001") == [
        "stale Not verified or updated since 2026-09, while the status is RECRUITING",
        overdue,
        "overdue The completion date 2028-06 has passed, yet the status is RECRUITING",
        "unknown forecast The registry will set UNKNOWN any day (due since 2028-09-30), unless the sponsor updates "
        "the record (status RECRUITING, not verified since 2026-09)",
    ]
    assert "UNKNOWN due since 2028-09-30" in section(browser.get(at("NCT90000001")), "life")
    assert said(GONE) == []  # whoever is gone is not silent


def test_a_study_that_is_gone_says_so_and_keeps_its_last_record(browser: Browser) -> None:
    page = browser.get(at(GONE))
    needs = words(section(page, "needs"))
    assert "Gone from the registry since release 2026-09-30. What is shown is the last record" in needs
    assert "high Gone: on 2 releases since 2026-09-30 the registry has said" in needs
    assert facts(page)["Status"] == "Terminated"
    assert "not in the registry" in section(page, "life")


def test_a_study_with_another_id_leads_there_and_a_withheld_one_to_its_last_record(browser: Browser) -> None:
    moved = section(browser.get(at(MOVED)), "needs")
    assert f"{HEIR} took the place of this one." in words(moved)
    assert f'<a href="/studies/{HEIR}">' in moved
    heir = browser.get(at(HEIR))
    assert facts(heir)["Other ids"] == f"LM-1-010, {MOVED}"
    withheld = browser.get(at(WITHHELD))
    assert "Withheld: the registry no longer shows this record." in words(section(withheld, "needs"))
    assert facts(withheld)["Status"] == "Withheld"
    assert "The record gives none." in section(withheld, "criteria")
    (last,) = re.findall(r'href="([^"]+)">The last version before that</a>', withheld.text)
    assert facts(browser.get(last))["Status"] == "Recruiting"


def test_a_study_that_was_never_read_says_what_will_come(browser: Browser) -> None:
    with browser.app.state.service.database.write() as session:
        name_studies(session, ["NCT90000098", "NCT90000099"], RELEASES[-1])
        gone = Presence("NCT90000099", "gone", absent_since=RELEASES[-1], absent_releases=2)
        set_presence(session, [gone])
    unread, never_there = browser.get(at("NCT90000098")), browser.get(at("NCT90000099"))
    assert "it was not read yet. The next cycle does that: trialdelta sync runs one now." in text_of(unread)
    assert "No record of it was ever read: is the id right?" in text_of(never_there)
    for page in (unread, never_there):
        assert page.status_code == 200
        assert "None: nothing has been told of this study." in words(section(page, "events"))
        assert [section(page, name) for name in ("facts", "criteria", "versions", "life", "reviewed")] == [
            ""
        ] * 5
    as_of = browser.get(at("NCT90000098", "?as_of=2026-09-07"))
    assert (as_of.status_code, "no version of NCT90000098 is stored" in text_of(as_of)) == (404, True)


def test_a_study_that_only_the_configuration_names_is_no_stranger(story_service: MakeService) -> None:
    service = story_service()
    watch = WatchSettings(name="demo", ids=("NCT90000097",))
    told = Settings.model_construct(**{**dict(service.settings), "watch": (watch,)})
    object.__setattr__(service, "settings", told)
    page = text_of(Browser(service).get(at("NCT90000097")))
    assert "The configuration names this study in a watch, and it was not read yet." in page


def test_a_damaged_version_takes_nothing_but_itself_away(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "_FACTS", Kept(1))  # as after a start, when nothing is kept in memory
    monkeypatch.setattr(view, "_SAID", Kept(1))
    with browser.app.state.service.database.write() as session:
        session.execute(text("UPDATE version SET payload = x'00' WHERE nct_id = 'NCT90000013'"))
    page = browser.get(at(HEIR))
    assert page.status_code == 200
    needs = words(section(page, "needs"))
    assert "NCT90000013" in needs
    assert "trialdelta verify says what else is damaged." in needs
    assert (section(page, "facts"), section(page, "life")) == ("", "")
    assert len(rows(page)) == 1


def reviewed(browser: Browser, nct_id: str = MYOPATHY) -> str:
    return words(section(browser.get(at(nct_id)), "reviewed")).partition(" Note (may be empty)")[0]


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
    assert "6 changes since: Eligibility: 1 exclusion removed; also sponsor changed:" in told
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
        (MYOPATHY, {"version": "0"}, 422),
        (MYOPATHY, {"version": "x"}, 422),
        (MYOPATHY, {}, 422),
        (MYOPATHY, {"version": "7", "note": "x" * 2001}, 422),
        ("NCT00000000", {"version": "1"}, 404),
        ("NCT1", {"version": "1"}, 422),
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
        assert steps(titles, r"([A-Z][a-z ]+) from ([\d-]{10})(?: to [\d-]{10})?") == told[2], nct_id
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
        r'quiet">([\d-]{10})</span> <span class="pill (\w+)">\w+</span> <a href="/events/\w+">(.*?)</a>',
        section(page, "events"),
    )
    assert drawn == listed[::-1]
    assert len(drawn) == 3
    assert "Primary completion: 2026-02-28 → 2027-08-31, +549 days in all." in words(section(page, "life"))


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


# Two versions compared


def fates(page: httpx.Response) -> list[tuple[str | None, str | None]]:
    """Each criterion of a comparison before and after, those folded away too; in either view."""
    body = re.search(r'<div class="comparison (side|merged)">.*</section>', page.text, re.DOTALL)
    if not body:
        return []
    items = re.findall(r'<li class="(fate [^"]*|depth-\d)">(.*?)</li>', body[0], re.DOTALL)
    found: list[tuple[str | None, str | None]] = []
    for kind, html in items:
        if not kind.startswith("fate"):
            found.append((words(html), words(html)))
        elif body[1] == "side":
            was, now = html.split('<div class="is">')
            found.append((_told(was), _told(now)))
        else:
            line = re.findall(r'<p class="redline">(.*?)</p>', html)[0]
            sides = [re.sub(rf"<{mark}>.*?</{mark}>", "", line) for mark in ("ins", "del")]
            found.append((words(sides[0]) or None, words(sides[1]) or None))
    return found


def _told(side: str) -> str | None:
    line = re.search(r'<p class="redline">(.*?)</p>', side)
    return words(line[1]) if line else None


def listed(browser: Browser, nct_id: str, number: int) -> list[str]:
    """The criteria of a version as the study's page lists them."""
    shown = criteria(browser.get(at(nct_id, f"?version={number}")))
    return [each for _, tree in shown.values() for each in flat(tree)]


def compare(nct_id: str, before: object, after: object, **more: str) -> str:
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return at(nct_id, f"/compare?from={before}&to={after}{extra}")


PAIRS = [
    (MYOPATHY, 2, 3),
    (MYOPATHY, 1, 7),
    ("NCT90000001", 1, 4),  # also laid out anew
    ("NCT90000002", 1, 6),  # moved
    ("NCT90000006", 1, 2),  # added
    ("NCT90000007", 1, 6),  # in other words
]


@pytest.mark.parametrize("nct_id, older, newer", PAIRS)
def test_any_two_versions_are_compared_in_either_direction(
    browser: Browser, nct_id: str, older: int, newer: int
) -> None:
    for before, after in ((older, newer), (newer, older)):
        page = browser.get(compare(nct_id, before, after))
        found = fates(page)
        assert [each for _, each in found if each] == listed(browser, nct_id, after)
        assert sorted(each for each, _ in found if each) == sorted(listed(browser, nct_id, before))
        assert f"<h1>Version {before} and version {after}</h1>" in page.text
        assert ("The older one stands after the newer one" in text_of(page)) is (before > after)
        with browser.app.state.service.database.read() as session:
            hashes = {each.number: each.sha256 for each in stored_versions(session, nct_id)}
        told = text_of(page)
        assert f"sha-256 before {hashes[before]} sha-256 after {hashes[after]}" in told
        assert f"trialdelta diff {nct_id}@{before} {nct_id}@{after}" in told


@pytest.mark.parametrize("nct_id, older, newer", PAIRS)
def test_side_by_side_and_merged_have_the_same_words(
    browser: Browser, nct_id: str, older: int, newer: int
) -> None:
    side, merged = (browser.get(compare(nct_id, older, newer, view=view)) for view in ("side", "merged"))
    assert fates(merged) == fates(side) != []
    for page, chosen in ((side, "Side by side"), (merged, "Merged")):
        assert re.findall(r'aria-current="true" data-boost>([^<]+)</a>', page.text) == [chosen]
    assert browser.get(compare(nct_id, older, newer, view="other")).status_code == 422


@pytest.mark.parametrize("view", ["side", "merged"])
@pytest.mark.parametrize("before, after, old, new", [(2, 3, "50", "30"), (3, 2, "30", "50")])
def test_a_number_that_changed_is_struck_out_once_and_put_in_once(
    browser: Browser, view: str, before: int, after: int, old: str, new: str
) -> None:
    page = browser.get(compare(MYOPATHY, before, after, view=view))
    (fate,) = re.findall(r'<li class="fate changed depth-1">(.*?)</li>', page.text, re.DOTALL)
    assert re.findall(r"<(del|ins)>(.*?)</\1>", fate) == [
        ("del", f"≥{old}×10^9/L"),
        ("ins", f"≥{new}×10^9/L"),
    ]
    assert set(re.findall(r'<p class="redline">([^<]+)<', fate)) == {"Platelet count "}
    way = "wider" if new == "30" else "narrower"
    assert f"who may enter: {way}" in words(fate)
    assert f"platelets ≥ {old} ×10⁹/L → becomes ≥ {new} ×10⁹/L {way}" in words(fate)
    assert "It stands under: Organ function:" in words(fate)
    assert f"Eligibility: 1 threshold changed (platelets ≥ {old} ×10⁹/L → ≥ {new} ×10⁹/L, {way})" in text_of(
        page
    )


def test_a_criterion_that_was_moved_says_from_where(browser: Browser) -> None:
    page = browser.get(compare("NCT90000002", 3, 4))
    (fate,) = re.findall(r'<li class="fate moved depth-0">(.*?)</li>', page.text, re.DOTALL)
    assert "from Inclusion criteria, under “Organ function:”" in words(fate)
    assert fates(page).count(("LVEF ≥50%", "LVEF ≥50%")) == 1
    assert "1 moved 20 criteria unchanged" in text_of(page)


def test_what_is_only_laid_out_anew_is_counted_and_folded_away(browser: Browser) -> None:
    page = browser.get(compare("NCT90000001", 1, 4))
    assert "1 changed 20 criteria unchanged" in text_of(page)
    folded = re.findall(r"<details class=\"same\"><summary>(\d+) criteria unchanged</summary>", page.text)
    assert [int(each) for each in folded] == [17, 3]
    assert '<details class="same" open' not in page.text
    assert re.findall(r"<(?:del|ins)>(.*?)<", page.text.partition("What else changed")[0]) == ["4", "2"]


def test_where_the_layout_is_all_that_differs_in_a_text_no_criterion_is_shown(browser: Browser) -> None:
    page = browser.get(compare("NCT90000001", 1, 2))  # beside it, a site was placed anew on the map
    assert "1 site re-geocoded by the registry" in text_of(page)
    assert fates(page) == []
    assert "Criteria, before and after" not in text_of(page)
    assert "Platelet" not in text_of(page)


def test_where_only_noise_differs_or_nothing_that_is_what_is_said(browser: Browser) -> None:
    noise = text_of(browser.get(compare("NCT90000006", 4, 6)))
    assert "Only noise differs" in noise
    assert "the two versions say the same" in noise
    same = text_of(browser.get(compare("NCT90000006", 6, 6)))
    assert "The two are the same, byte for byte" in same
    alone = text_of(browser.get(at(HEIR, "/compare")))
    assert "There is one version only Nothing has changed since it was first seen." in alone
    for told in (noise, same, alone):
        assert "What changed" not in told
        assert "Criteria, before and after" not in told


def test_versions_may_be_named_by_a_day_and_without_a_name_the_last_change_is_shown(browser: Browser) -> None:
    by_day = browser.get(compare(MYOPATHY, "2026-09-08", "2026-09-14"))
    assert "<h1>Version 2 and version 3</h1>" in by_day.text
    assert fates(by_day) == fates(browser.get(compare(MYOPATHY, 2, 3)))
    assert "<h1>Version 6 and version 7</h1>" in browser.get(at(MYOPATHY, "/compare")).text
    assert "<h1>Version 3 and version 7</h1>" in browser.get(at(MYOPATHY, "/compare?from=3")).text
    chosen = re.findall(r'<option value="(\d)" selected>', by_day.text)
    assert chosen == ["2", "3"]


def test_a_version_that_is_not_there_is_compared_with_nothing(browser: Browser) -> None:
    for query, status, said in [
        ("?from=8", 404, "NCT90000004 has the versions 1 to 7, not 8"),
        ("?from=1&to=0", 404, "NCT90000004 has the versions 1 to 7, not 0"),
        ("?from=2026-09-01", 404, "not yet on 2026-09-01"),
        ("?from=first", 400, "'first' is neither a version number nor a day such as 2026-09-02"),
        ("?to=2026-09-31", 400, "'2026-09-31' is neither"),
        ("?to=99999999999", 422, "to: String should have at most 10 characters"),
    ]:
        answer = browser.get(at(MYOPATHY, f"/compare{query}"))
        assert answer.status_code == status
        assert said in text_of(answer)


def test_bookkeeping_is_counted_and_folded_away(browser: Browser) -> None:
    page = browser.get(compare(MYOPATHY, 2, 3))
    (folded,) = re.findall(r'<details class="card noise">(.*?)</details>', page.text, re.DOTALL)
    assert words(folded).startswith("2 bookkeeping entries Last update submit date changed")
    assert "Last update" not in re.sub(re.escape(folded), "", page.text).partition("Why high")[0]


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
