"""The studies of a watch as a person uses them without a script: look, filter, sort, turn the page, save."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from storage import alerts, cohorts, ledger, watch_summary
from storage.events import add_events
from storage.events import events as stored_events
from storage.studies import studies
from sync.demo.story import RELEASES
from sync.web.views.cohort import view
from tests.acceptance.console import Browser, text_of

PAGE = "/cohorts/demo"
LAST = RELEASES[-1]


def rows(browser: Browser, query: str = "", page: str = PAGE) -> list[str]:
    """The studies that a page lists, in order."""
    return re.findall(r'<th scope="row"><a href="/studies/(NCT\d{8})"', browser.get(page + query).text)


def members(browser: Browser, watch: str = "demo") -> set[str]:
    """The studies that are now in a watch, as the storage has it."""
    with browser.app.state.service.database.read() as session:
        return set(cohorts.members(session, watch))


def exported(browser: Browser, form: str, query: str = "") -> Any:
    """An export, read again."""
    answer = browser.get(f"{PAGE}/export.{form}{query}")
    assert answer.status_code == 200
    if form == "csv":
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    if form == "json":
        return json.loads(answer.content)
    parquet = pytest.importorskip("pyarrow.parquet")
    return parquet.read_table(io.BytesIO(answer.content)).to_pylist()


def test_all_studies_of_the_watch_are_listed_and_counted(browser: Browser) -> None:
    found = rows(browser)
    assert set(found) == members(browser)
    assert len(found) == len(set(found))
    assert f"All {len(found)} studies" in text_of(browser.get(PAGE))


def test_who_changed_last_comes_first(browser: Browser) -> None:
    with browser.app.state.service.database.read() as session:
        told = [each for each in stored_events(session, watch="demo") if each["nct_id"] in members(browser)]
    last = {each["nct_id"]: each["release"] for each in reversed(told)}
    releases = [last.get(nct_id, "") for nct_id in rows(browser)]
    assert releases == sorted(releases, reverse=True)


@pytest.mark.parametrize("column", ["title", "status", "enrollment", "sponsor", "updated"])
def test_each_column_sorts_either_way_and_says_so(browser: Browser, column: str) -> None:
    up, down = rows(browser, f"?sort={column}"), rows(browser, f"?sort=-{column}")
    assert sorted(up) == sorted(down) == sorted(members(browser))
    assert up != down
    for sort, word in ((column, "ascending"), (f"-{column}", "descending")):
        heads = re.findall(r'<th scope="col"( aria-sort="\w+")?><a', browser.get(f"{PAGE}?sort={sort}").text)
        assert [each for each in heads if each] == [f' aria-sort="{word}"']


def test_a_heading_turns_the_order_round(browser: Browser) -> None:
    page = browser.get(f"{PAGE}?sort=title&status=RECRUITING").text
    (link,) = re.findall(r'aria-sort="ascending"><a href="([^"]+)"', page)
    assert rows(browser, unescape(link)) == rows(browser, "?sort=title&status=RECRUITING")[::-1]


def test_filters_narrow_and_what_is_asked_for_stays_in_the_form(browser: Browser) -> None:
    everything = rows(browser)
    recruiting = rows(browser, "?status=RECRUITING")
    assert 0 < len(recruiting) < len(everything)
    with browser.app.state.service.database.read() as session:
        known = studies(session, everything)
    assert {nct_id for nct_id in everything if known[nct_id].status == "RECRUITING"} == set(recruiting)
    page = browser.get(f"{PAGE}?status=RECRUITING&q=lupus&sort=title").text
    assert '<option value="RECRUITING" selected>' in page
    assert 'name="q" type="search" value="lupus"' in page
    assert '<input type="hidden" name="sort" value="title">' in page
    assert rows(browser, "?q=lupus&status=RECRUITING") == rows(browser, "?q=LUPUS&status=RECRUITING") != []


def test_a_form_sent_as_it_is_asks_for_everything(browser: Browser) -> None:
    empty = "?q=&status=&phase=&country=&sponsor_class=&silence=&state=&weeks=0"
    assert rows(browser, empty) == rows(browser)


def test_the_numbers_of_the_choices_are_those_of_the_studies_found(browser: Browser) -> None:
    page = browser.get(PAGE).text
    for name in ("status", "phase", "country", "sponsor_class", "silence", "state"):
        (select,) = re.findall(rf'<select id="{name}".*?</select>', page, re.DOTALL)
        for value, number in re.findall(r'<option value="([^"]+)">[^<]*\((\d+)\)', select):
            assert len(rows(browser, f"?{name}={unescape(value)}")) == int(number), (name, value)


def test_no_study_fits_and_how_to_go_on(browser: Browser) -> None:
    page = browser.get(f"{PAGE}?q=nothing+of+the+kind")
    assert "No study fits" in text_of(page)
    assert "0 studies of" in text_of(page)
    assert page.status_code == 200


def test_pages_have_every_study_once(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = rows(browser, "?sort=nct_id")
    monkeypatch.setattr(view, "A_PAGE", 5)
    pages = [rows(browser, f"?sort=nct_id&page={number}") for number in (1, 2, 3)]
    assert [nct_id for page in pages for nct_id in page] == everything
    assert rows(browser, "?sort=nct_id&page=99") == pages[-1]
    second = browser.get(f"{PAGE}?sort=nct_id&page=2").text
    assert 'rel="prev" href="?sort=nct_id&amp;page=1#studies"' in second
    assert 'rel="next" href="?sort=nct_id&amp;page=3#studies"' in second


@pytest.mark.parametrize("query", ["", "?status=RECRUITING&sort=-enrollment", "?q=cd19&left=true&sort=title"])
def test_an_export_has_the_tables_rows_of_all_pages_in_its_order(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    shown = rows(browser, query)
    monkeypatch.setattr(view, "A_PAGE", 3)
    for form in ("csv", "json", "parquet"):
        assert [row["nct_id"] for row in exported(browser, form, query)] == shown != []


def test_the_forms_of_an_export_say_the_same(browser: Browser) -> None:
    as_json, as_parquet, as_csv = (exported(browser, form) for form in ("json", "parquet", "csv"))
    assert as_parquet == as_json
    assert list(as_csv[0]) == list(as_json[0])
    assert [row["enrollment"] for row in as_csv] == [str(row["enrollment"] or "") for row in as_json]
    first = next(row for row in as_json if row["nct_id"] == "NCT90000001")
    assert (first["sponsor_class"], first["study_type"]) == ("INDUSTRY", "INTERVENTIONAL")
    assert first["countries"] == ["Germany", "United States"]
    assert isinstance(first["enrollment"], int)


def test_a_file_is_named_by_watch_and_release(browser: Browser) -> None:
    headers = browser.get(f"{PAGE}/export.csv").headers
    assert headers["content-disposition"] == f'attachment; filename="trialdelta-demo-{LAST}.csv"'
    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("asked, separator", [("?sep=%3B", ";"), ("?sep=tab", "\t"), ("", ",")])
def test_a_csv_has_the_separator_that_is_asked_for(browser: Browser, asked: str, separator: str) -> None:
    body = browser.get(f"{PAGE}/export.csv{asked}").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=separator))
    assert rows[0][0] == "nct_id"
    assert {len(row) for row in rows} == {len(rows[0])}
    assert browser.get(f"{PAGE}/export.csv?sep=x").status_code == 422


def test_without_its_library_there_is_no_parquet(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    answer = browser.get(f"{PAGE}/export.parquet")
    assert answer.status_code == 501
    assert "extra `parquet`" in unescape(answer.text)
    assert browser.get(f"{PAGE}/export.csv").status_code == 200


@pytest.mark.parametrize(
    "path, status",
    [
        ("/cohorts/nobodys", 404),
        ("/cohorts/nobodys/export.csv", 404),
        ("/cohorts/demo/export.xlsx", 404),
        ("/cohorts/..%2f..%2fetc", 404),
        ("/cohorts/demo?sort=secret", 422),
        ("/cohorts/demo?page=0", 422),
    ],
)
def test_what_there_is_not_is_said_to_be_missing(browser: Browser, path: str, status: int) -> None:
    assert browser.get(path).status_code == status


def test_what_is_asked_for_is_never_markup(browser: Browser) -> None:
    hostile = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    for name in ("q", "status", "phase", "country", "sponsor_class", "state"):
        page = browser.get(f"{PAGE}?{name}={hostile}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text


@pytest.mark.parametrize("path", [PAGE, "/cohorts"])
def test_a_page_needs_no_exception_from_the_content_security_policy(browser: Browser, path: str) -> None:
    page = browser.get(path).text
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert "<style" not in page


def test_charts_have_a_title_and_a_table_behind_them(browser: Browser) -> None:
    page = browser.get(PAGE).text
    sections = re.findall(r'<section class="card"><h2>.*?</section>', page, re.DOTALL)
    assert len(sections) == 5
    for section in sections:
        assert re.search(r'<svg class="\w+"[^>]* role="img"><title>[^<]+</title>', section)
        assert "<details><summary>As a table</summary>" in section
        assert "<caption" in section


def test_the_weeks_add_up_to_what_was_told(browser: Browser) -> None:
    page = browser.get(PAGE).text
    (told,) = re.findall(r"Events a week: (\d+) in", page)
    with browser.app.state.service.database.read() as session:
        expected = [each for each in stored_events(session, watch="demo") if each["kind"] != "storm"]
    assert int(told) == len(expected)


def test_who_entered_and_who_left_is_named(browser: Browser) -> None:
    with browser.app.state.service.database.read() as session:
        moves = cohorts.memberships(session, watch="demo")
    entered = {each.nct_id for each in moves if each.entered_release > RELEASES[0]}
    left = {each.nct_id for each in moves if each.left_release}
    page = browser.get(PAGE).text
    assert set(re.findall(r'class="came"><a href="/studies/(NCT\d+)', page)) == entered
    assert set(re.findall(r'class="went"><a href="/studies/(NCT\d+)', page)) == left
    assert entered
    assert left


def test_those_that_left_are_listed_where_they_are_asked_for(browser: Browser) -> None:
    with browser.app.state.service.database.read() as session:
        ever = {each.nct_id for each in cohorts.memberships(session, watch="demo")}
    gone = ever - members(browser)
    assert gone
    assert set(rows(browser, "?left=true")) == ever
    assert f"left {LAST[:4]}" in text_of(browser.get(f"{PAGE}?left=true"))


def test_a_study_in_two_watches_appears_in_each(browser: Browser) -> None:
    with browser.app.state.service.database.write() as session:
        cohorts.save_watch(session, cohorts.Watch("former", "ab" * 32, LAST))
        cohorts.enter(session, "former", {"NCT90000001": "ids"}, LAST)
    assert rows(browser, page="/cohorts/former") == ["NCT90000001"]
    assert "NCT90000001" in rows(browser)
    words = text_of(browser.get("/cohorts"))
    assert "2 watches" in words
    assert "former not configured any more" in words


def test_the_overview_counts_as_the_watchs_own_page_does(browser: Browser) -> None:
    overview_page, own = browser.get("/cohorts").text, browser.get(PAGE).text

    def tiles(page: str) -> dict[str, str]:
        found = re.findall(r"<dt>([\w ]+?) ?(?:<small>.*?)?</dt><dd>(?:<a[^>]*>)?([\d,]+)", page)
        return dict(found)

    shared = ("Open alerts", "Overdue", "Stale", "UNKNOWN ahead")
    assert {name: tiles(overview_page)[name] for name in shared} == {
        name: tiles(own)[name] for name in shared
    }
    assert int(tiles(own)["Open alerts"]) > 0


def test_an_alert_that_is_dealt_with_is_not_counted_a_moment_later(browser: Browser) -> None:
    service = browser.app.state.service
    now = datetime(2026, 10, 3, 8, tzinfo=UTC)

    def waiting() -> int:
        return sum(row["open_alerts"] for row in exported(browser, "json"))

    before = waiting()
    with service.database.read() as session:
        first = next(each for each in alerts.alerts(session, now=now) if each.nct_id in members(browser))
    with service.database.write() as session:
        alerts.acknowledge(session, first.event_id, by="ann", at=now)
    assert waiting() == before - 1


def test_what_a_running_cycle_writes_is_seen_at_once(browser: Browser) -> None:
    service = browser.app.state.service
    everything = rows(browser)
    with service.database.write() as session:
        ledger.begin_cycle(session, release=LAST, stamp=LAST, owner="x", fence=1, now=service.now())
        assert watch_summary.mark(session).is_cycle_at_work
        cohorts.leave(session, "demo", everything[:1], LAST)
    assert rows(browser) == everything[1:]


def test_a_new_event_is_seen_at_once(browser: Browser) -> None:
    quiet = rows(browser)[-1]
    event = {
        "id": "evt_" + "a" * 26, "nct_id": quiet, "title": "", "release": "2026-10-03", "seen_at": "2026-10-03T08:00:00Z",
        "origin": "sponsor", "kind": "contacts", "severity": "low", "headline": "1 contact changed", "changes": [],
    }  # fmt: skip
    with browser.app.state.service.database.write() as session:
        add_events(session, [event])
    assert rows(browser)[0] == quiet


@pytest.mark.parametrize("path", ["/cohorts", "/cohorts/demo", "/worklist"])
def test_a_page_says_as_of_when_it_was_counted(browser: Browser, path: str) -> None:
    now = browser.app.state.service.now()
    assert f'title="Counted at {now:%Y-%m-%d %H:%M:%S} UTC"' in browser.get(path).text
