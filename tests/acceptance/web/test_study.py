"""A study's page as a person uses it without a script: what it says, of which day, and what it refuses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from sqlalchemy import text

from storage.studies import Presence, name_studies, set_presence
from storage.versions import versions as stored_versions
from sync.config import Settings, WatchSettings
from sync.demo.story import RELEASES
from sync.study.labels import in_words
from sync.web.views.cache import Cache
from sync.web.views.study import view
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.conftest import Clock
from tests.acceptance.web.study_page import (
    GONE,
    HEIR,
    MOVED,
    MYOPATHY,
    READABLE,
    WITHHELD,
    MakeService,
    Record,
    Tree,
    at,
    criteria,
    facts,
    flat,
    numbers,
    record_of,
    rows,
    section,
    size,
    words,
)


def expected(record: Record) -> dict[str, str]:
    """The quick facts that a whole record of the story has, in the page's words."""
    protocol = record["protocolSection"]
    status, design = protocol["statusModule"], protocol["designModule"]
    sponsor, who = protocol["sponsorCollaboratorsModule"]["leadSponsor"], protocol["eligibilityModule"]
    sites = protocol["contactsLocationsModule"]["locations"]
    countries = len({site["country"] for site in sites})
    overall = in_words(status["overallStatus"])
    if "lastKnownStatus" in status:
        overall += f" before: {in_words(status['lastKnownStatus'])}"

    def dated(name: str) -> str:
        return f"{status[name]['date']} {status[name]['type'].lower()}"

    told = {
        "Status": " ".join(filter(None, (overall, status.get("whyStopped")))),
        "Enrollment": f"{design['enrollmentInfo']['count']} {design['enrollmentInfo']['type'].lower()}",
        "Start": dated("startDateStruct"),
        "Primary completion": dated("primaryCompletionDateStruct"),
        "Completion": dated("completionDateStruct"),
        "Verified": status["statusVerifiedDate"],
        "Sponsor": f"{sponsor['name']} {in_words(sponsor['class'])}",
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
    for name in ("needs", "life"):
        assert section(then, name) == section(now, name) != ""
    assert '<input type="hidden" name="version" value="3">' in then.text
    assert "Reviewed as of version 3" in text_of(then)
    assert re.findall(r'<tr class="shown">.*?\?version=(\d+)', then.text, re.DOTALL) == ["3"]


def test_the_newest_version_on_a_day_says_that_it_still_stands(browser: Browser) -> None:
    for day in ("2026-09-29", "2026-10-03"):
        told = text_of(browser.get(at(MYOPATHY, f"?as_of={day}")))
        assert f"On {day} the record was as it is now: version 7, first seen in release 2026-09-29." in told


def test_of_a_day_to_come_nothing_is_claimed(browser: Browser) -> None:
    page = browser.get(at(MYOPATHY, "?as_of=2026-10-04"))
    assert page.status_code == 400
    assert "2026-10-04 is still to come: today is 2026-10-03 in UTC. The newest version" in text_of(page)


def test_what_a_study_has_not_is_refused_in_a_sentence(browser: Browser) -> None:
    for query, status, said in [
        ("?as_of=2026-09-06", 404, "NCT90000004 is known from 2026-09-07 on, not yet on 2026-09-06"),
        ("?as_of=2026-02-30", 400, "'2026-02-30' is neither a version number nor a day: write 2026-08-01"),
        ("?as_of=yesterday", 422, "as_of: String should match pattern"),
        ("?as_of=2026-09", 422, "as_of: String should match pattern"),
        ("?version=8", 404, "NCT90000004 has the versions 1 to 7, not 8"),
        ("?version=0", 404, "NCT90000004 has the versions 1 to 7, not 0"),
        ("?version=newest", 422, "version: String should match pattern"),
        ("?version=-1", 404, "NCT90000004 has the versions 1 to 7, not -1"),
        ("?version=--1", 422, "version: String should match pattern"),
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
        ("/studies/NCT9000004", 404, "No study or event has such an address"),
        ("/studies/NCT900000041", 404, "No study or event has such an address"),
        ("/studies/..%2f..%2fetc", 404, "Not Found"),
        ("/studies/NCT00000000/compare", 404, "No version of NCT00000000 is stored"),
        ("/studies/NCT00000000/versions/1/record", 404, "NCT00000000"),
    ]:
        answer = browser.get(path)
        assert answer.status_code == status, path
        assert said in text_of(answer)


def test_nothing_is_said_of_silence_while_a_study_is_in_time(browser: Browser) -> None:
    assert "Silence" not in text_of(browser.get(at("NCT90000001")))


def test_silence_is_told_as_of_today_and_what_the_registry_will_do_is_foretold(
    browser: Browser, clock: Clock
) -> None:
    def said(nct_id: str) -> list[str]:
        fragment = section(browser.get(at(nct_id)), "needs").partition("<h3>Silence</h3>")[2]
        return [words(each) for each in re.findall(r"<li>(.*?)</li>", fragment, re.DOTALL)]

    overdue = "overdue The primary completion date 2027-05-31 has passed, yet the status is Recruiting"
    assert "UNKNOWN from 2028-09-30" in section(browser.get(at("NCT90000001")), "life")
    clock.at = datetime(2027, 6, 15, tzinfo=UTC)
    assert said("NCT90000001") == [overdue]
    assert said("NCT90000009") == []  # terminated: nothing is awaited
    clock.at = datetime(2028, 11, 1, tzinfo=UTC)
    assert said("NCT90000001") == [
        "stale Not verified or updated since 2026-09, while the status is Recruiting",
        overdue,
        "overdue The completion date 2028-06 has passed, yet the status is Recruiting",
        "Unknown foretold The registry will set UNKNOWN any day (due since 2028-09-30), unless the sponsor updates "
        "the record (status Recruiting, not verified since 2026-09)",
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
    assert "without waiting for a release; trialdelta sync does it now." in text_of(unread)
    assert "No record of it was ever read: is the id right?" in text_of(never_there)
    for page in (unread, never_there):
        assert page.status_code == 200
        assert "Nothing yet: no record of it was read" in words(section(page, "versions"))
        assert [section(page, name) for name in ("facts", "criteria", "life", "reviewed")] == [""] * 4
    as_of = browser.get(at("NCT90000098", "?as_of=2026-09-07"))
    assert (as_of.status_code, "No version of NCT90000098 is stored" in text_of(as_of)) == (404, True)


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
    monkeypatch.setattr(view, "_FACTS", Cache(1))  # as after a start, when nothing is kept in memory
    monkeypatch.setattr(view, "_SAID", Cache(1))
    with browser.app.state.service.database.write() as session:
        session.execute(text("UPDATE version SET payload = x'00' WHERE nct_id = 'NCT90000013'"))
    page = browser.get(at(HEIR))
    assert page.status_code == 200
    needs = words(section(page, "needs"))
    assert "NCT90000013" in needs
    assert "trialdelta verify says what else is damaged." in needs
    assert (section(page, "facts"), section(page, "life")) == ("", "")
    assert len(rows(page)) == 1
