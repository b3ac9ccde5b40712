"""Paths as people type them lead where they are meant to, or to a page that helps."""

from __future__ import annotations

import pytest

from tests.acceptance.console import Browser, text_of

STUDY = "NCT90000004"


@pytest.mark.parametrize(
    "typed, to",
    [
        ("/studies/nct90000004", f"/studies/{STUDY}"),
        ("/studies/Nct90000004?as_of=2026-09-10", f"/studies/{STUDY}?as_of=2026-09-10"),
        ("/studies/nct90000004/compare", f"/studies/{STUDY}/compare"),
    ],
)
def test_an_id_in_small_letters_leads_to_the_study(browser: Browser, typed: str, to: str) -> None:
    answer = browser.get(typed)
    assert (answer.status_code, answer.headers["location"]) == (303, to)


@pytest.mark.parametrize(
    "typed", ["/events/evt_nope", f"/events/evt_{'a' * 26}", "/studies/NCT123", "/studies/NCT99999999"]
)
def test_what_is_not_there_is_said_with_a_search_that_is_filled_in(browser: Browser, typed: str) -> None:
    answer = browser.get(typed)
    assert answer.status_code == 404
    assert f'value="{typed.rpartition("/")[2]}"' in answer.text
    assert 'action="/find"' in answer.text
    assert "should match pattern" not in answer.text


def test_a_day_before_the_first_version_leads_to_the_study_as_it_is(browser: Browser) -> None:
    answer = browser.get(f"/studies/{STUDY}?as_of=2020-01-01")
    assert answer.status_code == 404
    assert "is known from 2026-09-07 on, not yet on 2020-01-01" in text_of(answer)
    assert f'href="/studies/{STUDY}"' in answer.text


def test_a_day_that_has_not_come_is_told_so(browser: Browser) -> None:
    answer = browser.get(f"/studies/{STUDY}?as_of=2030-01-01")
    assert answer.status_code == 400
    assert (
        f"2030-01-01 is still to come: today is 2026-10-03 in UTC. The newest version of {STUDY}"
        in text_of(answer)
    )
    assert f'href="/studies/{STUDY}"' in answer.text


def test_a_sheet_has_what_a_study_is_and_what_changed_last(browser: Browser) -> None:
    sheet = text_of(browser.get(f"/studies/{STUDY}/sheet"))
    for words in (STUDY, "Status", "Sponsor", "What changed last", "Not reviewed yet", "higher (24 weeks"):
        assert words in sheet
