"""Finding a study or an event from the field at the top of every page."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import text

from storage.fulltext import index
from storage.studies import name_studies
from sync.demo.story import RELEASES
from sync.versions.search_index import fill_index
from tests.acceptance.console import Browser, text_of

LUPUS = ["NCT90000001", "NCT90000002"]


def find(browser: Browser, words: str) -> httpx.Response:
    return browser.get(f"/find?{urlencode({'q': words})}")


def found(browser: Browser, words: str) -> list[str]:
    """The studies that are listed for these words."""
    answer = find(browser, words)
    assert answer.status_code == 200, (words, answer.headers.get("location"))
    return re.findall(r'<h2><a href="/studies/(NCT\d+)"', answer.text)


def leads_to(browser: Browser, words: str) -> str:
    """Where one is sent; the page there is shown."""
    answer = find(browser, words)
    assert answer.status_code == 303, words
    location = answer.headers["location"]
    assert browser.get(location).status_code == 200
    return str(location)


@pytest.mark.parametrize(
    "words",
    [
        "NCT90000004",
        "nct90000004",
        " NCT90000004\t",
        "NCT 90000004",
        "nct 90000004",
        "90000004",
        "NCT90000004\0",
    ],
)
def test_an_nct_id_leads_to_its_study_however_it_is_written(browser: Browser, words: str) -> None:
    assert leads_to(browser, words) == "/studies/NCT90000004"


def test_an_events_id_leads_to_the_event(browser: Browser) -> None:
    event = re.findall(r'href="/events/(evt_\w{26})"', browser.get("/events").text)[0]
    assert leads_to(browser, event) == f"/events/{event}"
    assert leads_to(browser, f"  {event} ") == f"/events/{event}"
    unknown = find(browser, "evt_" + "a" * 26)
    assert (unknown.status_code, "No study" in text_of(unknown)) == (200, True)


def test_a_study_that_a_watch_named_and_nobody_read_is_found_too(browser: Browser) -> None:
    with browser.app.state.service.database.write() as session:
        name_studies(session, ["NCT90000099"], RELEASES[-1])
    assert leads_to(browser, "NCT90000099") == "/studies/NCT90000099"
    assert "not read yet" in text_of(find(browser, "NCT9000"))


def test_words_list_the_studies_that_have_them(browser: Browser) -> None:
    assert found(browser, "lupus") == found(browser, "LUPUS") == found(browser, "lup") == LUPUS
    page = text_of(find(browser, "  lupus "))
    assert page.startswith("2 studies with “ lupus ”")
    assert "MCW-101 CD19 CAR-T Cells in Lupus Nephritis NCT90000002 Recruiting Meridian Cell Works" in page


def test_the_words_are_marked_where_they_stand_with_the_field(browser: Browser) -> None:
    page = find(browser, "lup").text
    assert "<mark>Lupus</mark> Nephritis" in page
    record(browser, "NCT90000002", {"city": ["Würzburg, Bavaria"], "person": ["Anna Żeleńska"]})
    page = find(browser, "wurzburg zelen").text
    assert re.search(r"<dt>City</dt><dd><mark>Würzburg</mark>, Bavaria</dd>", page)
    assert re.search(r"<dt>Person</dt><dd>Anna <mark>Żeleńska</mark></dd>", page)


def record(browser: Browser, nct_id: str, texts: dict[str, list[str]]) -> None:
    """Let a study be found by these texts too."""
    with browser.app.state.service.database.write() as session:
        index.index(session, {nct_id: {**index.texts_of(session, [nct_id])[nct_id], **texts}})


def test_a_sponsor_is_found_by_name_and_a_part_of_an_id_finds_those_that_have_it(browser: Browser) -> None:
    assert found(browser, "lindenmoor") == ["NCT90000008", "NCT90000010", "NCT90000011", "NCT90000013"]
    assert found(browser, "NCT9000001") == [f"NCT9000001{number}" for number in range(4)]


def test_what_only_one_study_has_in_its_title_leads_there_at_once_and_elsewhere_says_why(
    browser: Browser,
) -> None:
    assert leads_to(browser, '"myasthenia gravis"') == "/studies/NCT90000005"
    record(browser, "NCT90000002", {"site": ["Ostvik Hospital"]})
    assert found(browser, "ostvik") == ["NCT90000002"]


@pytest.mark.parametrize("words", ["no such words", "NCT90009999", "99999999", "lupus nephritis and more"])
def test_nothing_found_says_what_was_looked_for_and_where(browser: Browser, words: str) -> None:
    told = text_of(find(browser, words))
    assert told.startswith(f"0 studies with “{words}”")
    assert "Of 13 studies here none has" in told
    assert (
        "ids, titles, conditions, interventions, keywords, sponsors, people, sites, cities and countries"
        in told
    )
    assert "Search the whole registry for it" in told


def test_nothing_found_says_what_each_word_finds_alone_and_how_to_widen(browser: Browser) -> None:
    answer = find(browser, "lupus zzz")
    assert "lupus alone: 2 studies" in text_of(answer)
    assert "“zzz” alone: none" in text_of(answer)
    assert 'href="/find?q=lupus"' in answer.text
    narrowed = browser.get("/find?q=lupus&status=WITHDRAWN")
    assert "Search without the filters" in text_of(narrowed)
    assert 'href="/find?q=lupus"' in narrowed.text


@pytest.mark.parametrize("words", ["", "   "])
def test_without_words_nothing_is_looked_for(browser: Browser, words: str) -> None:
    told = find(browser, words)
    assert (told.status_code, found(browser, words)) == (200, [])


@pytest.mark.parametrize("words", ["%", "_", "\\", "%%", "*", "\0", '"', '""""', "''", "((", "😀"])
def test_signs_alone_ask_for_nothing_and_it_says_so(browser: Browser, words: str) -> None:
    assert found(browser, words) == []
    assert "no letter and no digit" in text_of(find(browser, words))


HOSTILE = [
    'lupus" OR "1', "lupus AND", "NOT lupus", "NEAR(lupus car)", "{a b}: lupus", "a:lupus", "lup*us", "-lupus", "^lupus",
    "lupus:*", "!lupus", "lupus & | <->", "'); DROP TABLE study; --", "lu\0pus", "(a+)+$", "[a-z]", "\ufffd",
    "l_pus", "x" * 200, "a " * 100, '"' * 200, "é" * 200, "上" * 200,
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_no_sign_means_anything_to_the_database(browser: Browser, words: str) -> None:
    assert browser.get("/find", params={"q": words}).status_code in (200, 303)
    assert browser.get("/api/v1/find", params={"q": words}).status_code == 200
    assert found(browser, "lupus") == LUPUS


def test_what_is_looked_for_is_never_markup_and_stays_in_no_script(browser: Browser) -> None:
    page = find(browser, '"><script>alert(1)</script>')
    assert "<script>alert" not in page.text
    assert '“"><script>alert(1)</script>”' in text_of(page)


def test_there_are_more_pages_that_repeat_nothing_and_leave_nothing_out(browser: Browser) -> None:
    everything = found(browser, "car-t")
    assert len(everything) == 12  # all but the one that is withheld
    listed, path = list[list[str]](), "/find?q=car-t&limit=5"
    while path:
        shown = browser.get(path)
        assert text_of(shown).startswith("12 studies with “car-t”")
        listed.append(re.findall(r'<h2><a href="/studies/(NCT\d+)"', shown.text))
        following = re.findall(r'<a rel="next" href="([^"]+)"', shown.text)
        path = unescape(following[0]) if following else ""
    assert [len(each) for each in listed] == [5, 5, 2]
    assert [study for page in listed for study in page] == everything
    assert browser.get("/find?q=car-t&cursor=x").status_code == 400


def test_filters_narrow_and_one_that_nothing_has_says_what_there_is(browser: Browser) -> None:
    def listed(**asked: str) -> list[str]:
        return re.findall(r'<h2><a href="/studies/(NCT\d+)"', browser.get("/find", params=asked).text)

    everything = listed(q="car-t")
    statuses = re.findall(r'<option value="(\w+)"', select(browser.get("/find").text, "status"))
    by_status = [listed(q="car-t", status=each) for each in statuses]
    assert sorted(study for page in by_status for study in page) == sorted(everything)
    countries = re.findall(r"<option[^>]*>([^<]+)</option>", select(browser.get("/find").text, "country"))[1:]
    assert countries == sorted(countries)
    assert all(0 < len(listed(country=each)) <= len(everything) for each in countries)
    # one has left it, and is found without it
    assert set(listed(q="car-t", watch="demo")) < set(everything)
    for name, wrong, there in (
        ("status", "RECRUTING", "RECRUITING"),
        ("country", f"{countries[0]}x", countries[0]),
        ("phase", "PHASE9", "PHASE3"),
        ("watch", "nope", "demo"),
    ):
        for path in ("/find", "/api/v1/find"):
            answer = browser.get(path, params={"q": "car-t", name: wrong})
            assert (answer.status_code in (400, 422), there in answer.text) == (True, True), (path, name)


def select(page: str, name: str) -> str:
    """The choices of a field."""
    (found,) = re.findall(rf'<select id="find-{name}".*?</select>', page, re.DOTALL)
    return str(found)


def test_words_without_end_are_refused(browser: Browser) -> None:
    assert find(browser, "x" * 201).status_code == find(browser, "x" * 10_000).status_code == 422
    assert browser.get("/api/v1/find", params={"q": "x" * 10_000}).status_code == 422
    assert find(browser, "x" * 200).status_code == 200


def test_words_beyond_those_that_are_looked_for_are_named(browser: Browser) -> None:
    told = text_of(find(browser, " ".join(f"word{number}" for number in range(14))))
    assert "left out: word12, word13" in told


def test_an_index_that_is_not_complete_says_so_and_the_api_too(browser: Browser) -> None:
    with browser.app.state.service.database.write() as session:
        index.forget_all(session)
    assert "0 studies of 13 can be found so far" in text_of(find(browser, "lupus"))
    answer = browser.get("/api/v1/find?q=lupus").json()
    assert (answer["indexed"], answer["known"], answer["studies"]) == (0, 13, [])
    assert fill_index(browser.app.state.service.database) == 13
    assert found(browser, "lupus") == LUPUS
    assert browser.get("/api/v1/find?q=lupus").json()["indexed"] == 13


def test_the_api_says_where_the_words_stand(browser: Browser) -> None:
    answer = browser.get("/api/v1/find?q=lup&limit=1").json()
    (study,) = answer["studies"]
    (start, end), *_ = study["title_spans"]
    assert study["title"][start:end] == "Lupus"
    following = browser.get(f"/api/v1/find?q=lup&limit=1&cursor={answer['next']}").json()
    assert [answer["total"], following["next"]] == [2, None]
    assert [study["nct_id"], following["studies"][0]["nct_id"]] == LUPUS
    assert browser.get("/api/v1/find?words=lup").status_code == 422


def test_every_page_has_the_field(browser: Browser) -> None:
    for path in ("/", "/cohorts", "/events", "/watcher", "/studies/NCT90000004", "/find"):
        (form,) = re.findall(r'<form class="find" action="/find".*?</form>', browser.get(path).text)
        assert 'name="q"' in form


def test_signs_alone_are_found_as_they_stand_in_a_title_and_are_no_wildcards(browser: Browser) -> None:
    with browser.app.state.service.database.write() as session:
        of_two = "nct_id IN ('NCT90000001', 'NCT90000002')"
        session.execute(text(f"UPDATE study SET title = '100 % of_it \\ all' WHERE {of_two}"))
    for words in ("%", "_", "\\"):
        assert found(browser, words) == LUPUS, words
    assert found(browser, "%%") == found(browser, "*") == []
    assert "100 <mark>%</mark> of" in find(browser, "%").text
