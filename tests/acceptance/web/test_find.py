"""Finding a study or an event from the field at the top of every page."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import text

from storage.studies import name_studies
from sync.demo.story import RELEASES
from sync.service import Service
from sync.web.pages import find as pages
from tests.acceptance.console import Browser, text_of

MakeService = Callable[..., Service]
LUPUS = ["NCT90000001", "NCT90000002"]


def find(browser: Browser, words: str) -> httpx.Response:
    return browser.get(f"/find?{urlencode({'q': words})}")


def found(browser: Browser, words: str) -> list[str]:
    """The studies that are listed for these words."""
    answer = find(browser, words)
    assert answer.status_code == 200, (words, answer.headers.get("location"))
    return re.findall(r'<a class="id" href="/studies/(NCT\d+)"', answer.text)


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
    assert found(browser, "lupus") == found(browser, "LUPUS") == LUPUS
    page = text_of(find(browser, "  lupus "))
    assert page.startswith("2 studies with “lupus” in title, NCT ID or sponsor")
    assert (
        "NCT90000002 MCW-101 CD19 CAR-T Cells in Lupus Nephritis Recruiting "
        "Meridian Cell Works, a Northgate Company"
    ) in page


def test_a_sponsor_is_found_by_name_and_a_part_of_an_id_finds_those_that_have_it(browser: Browser) -> None:
    assert found(browser, "lindenmoor") == ["NCT90000008", "NCT90000010", "NCT90000011", "NCT90000013"]
    assert found(browser, "NCT9000001") == [f"NCT9000001{number}" for number in range(4)]


def test_what_only_one_study_has_leads_there_at_once(browser: Browser) -> None:
    assert leads_to(browser, "myasthenia gravis") == "/studies/NCT90000005"
    assert leads_to(browser, "vasculitis") == "/studies/NCT90000006"


@pytest.mark.parametrize("words", ["no such words", "NCT90009999", "99999999", "lupus nephritis and more"])
def test_nothing_found_says_what_was_looked_for_and_where(browser: Browser, words: str) -> None:
    told = text_of(find(browser, words))
    assert told.startswith(f"0 studies with “{words}” in title, NCT ID or sponsor No study")
    assert "None that is or was watched has this in its title, NCT ID or sponsor." in told


@pytest.mark.parametrize("words", ["", "   ", "\0"])
def test_without_words_nothing_is_looked_for(browser: Browser, words: str) -> None:
    told = find(browser, words)
    assert (told.status_code, found(browser, words)) == (200, [])
    assert text_of(told).startswith("0 studies No study")


def test_wildcards_of_the_database_are_plain_letters(browser: Browser) -> None:
    for words in ("%", "_", "lup%", "l_pus", "\\", "%%", "[a-z]", "*"):
        assert found(browser, words) == [], words
    with browser.app.state.service.database.write() as session:
        session.execute(
            text(
                "UPDATE study SET title = '100 % of_it \\ all' WHERE nct_id IN ('NCT90000001', 'NCT90000002')"
            )
        )
    for words in ("%", "_", "\\", "100 %", "of_it"):
        assert found(browser, words) == LUPUS, words


def test_what_is_looked_for_is_never_markup_and_stays_in_no_script(browser: Browser) -> None:
    page = find(browser, '"><script>alert(1)</script>')
    assert "<script>alert" not in page.text
    assert '“"><script>alert(1)</script>”' in text_of(page)
    assert "' OR 1=1 --" in text_of(find(browser, "' OR 1=1 --"))
    assert found(browser, "' OR 1=1 --") == []


def test_too_many_are_cut_off_and_it_says_so(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = found(browser, "car-t")
    assert len(everything) == 12  # all but the one that is withheld
    monkeypatch.setattr(pages, "MOST", 5)
    assert found(browser, "car-t") == everything[:5]
    assert text_of(find(browser, "car-t")).startswith("5 studies and more with “car-t”")
    monkeypatch.setattr(pages, "MOST", 12)
    assert text_of(find(browser, "car-t")).startswith("12 studies with “car-t”")


def test_words_without_end_are_refused(browser: Browser) -> None:
    assert find(browser, "x" * 101).status_code == 422
    assert find(browser, "x" * 100).status_code == 200


def test_every_page_has_the_field(browser: Browser) -> None:
    for path in ("/", "/cohorts", "/events", "/watcher", "/studies/NCT90000004", "/find"):
        (form,) = re.findall(r'<form class="find" action="/find".*?</form>', browser.get(path).text)
        assert 'name="q"' in form
