"""Two versions compared, by whoever wants to know what exactly is different."""

from __future__ import annotations

import re

import pytest

from storage.versions import versions as stored_versions
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.study_page import HEIR, MYOPATHY, at, compare, criteria, fates, flat, words


def listed(browser: Browser, nct_id: str, number: int) -> list[str]:
    """The criteria of a version as the study's page lists them."""
    shown = criteria(browser.get(at(nct_id, f"?version={number}")))
    return [each for _, tree in shown.values() for each in flat(tree)]


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
        ("?from=first", 400, "'first' is neither a version number nor a day: write 2026-08-01"),
        ("?to=2026-09-31", 400, "'2026-09-31' is neither"),
        ("?to=99999999999", 422, "to: String should have at most 10 characters"),
    ]:
        answer = browser.get(at(MYOPATHY, f"/compare{query}"))
        assert answer.status_code == status
        assert said in text_of(answer)


def test_bookkeeping_is_counted_and_folded_away(browser: Browser) -> None:
    page = browser.get(compare(MYOPATHY, 2, 3))
    (folded,) = re.findall(r'<details class="card noise">(.*?)</details>', page.text, re.DOTALL)
    assert words(folded).startswith("2 bookkeeping entries Bookkeeping Last update submitted")
    assert "Last update" not in re.sub(re.escape(folded), "", page.text).partition("Why high")[0]
