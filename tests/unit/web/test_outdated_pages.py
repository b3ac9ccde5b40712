"""Which sentences of a registered page an event makes untrue: those that held before it, and no others."""

from __future__ import annotations

import pytest

from sync.alerts.published.check import Known, check_page, known_of
from sync.alerts.published.models import Replaced
from sync.alerts.published.sentences import doubted, made_untrue, rests_on, untrue
from sync.alerts.published.untrue import Untrue
from sync.study.record import Study
from tests.support.published_study import FIRST, NCT, NEW, OLD, OUT, SECOND, THIRD, record

RELEASES = ("2025-01-10", "2025-04-02", "2026-09-01")
UNKNOWN = record("UNKNOWN", 24, ["PHASE1"], "65 Years", "2027-06-15", OLD)


def known(*studies: Study) -> Known:
    return known_of(
        (Replaced(version=at, release=day, posted=day), study)
        for at, (day, study) in enumerate(zip(RELEASES, studies, strict=False), 1)
    )


def criteria(included: list[str], excluded: list[str] = OUT) -> str:
    lists = (("Inclusion criteria", included), ("Exclusion criteria", excluded))
    return "".join(f"\n{title}\n" + "".join(f"- {each}\n" for each in items) for title, items in lists)


PAGE = f"Moon cells in myositis ({NCT})\n\nStatus: Recruiting\n24 participants\nAges 18-65 years\n{criteria(OLD)}"


def told(page: str, before: tuple[Study, ...], after: tuple[Study, ...]) -> list[Untrue]:
    checks = (check_page(NCT, page, known(*each)) for each in (before, after))
    return list(made_untrue(page, *checks))


def test_a_flip_of_the_status_makes_the_sentence_untrue_that_tells_it_and_no_other() -> None:
    (one,) = told(PAGE, (FIRST, SECOND), (FIRST, SECOND, UNKNOWN))
    assert (one.title, one.page, one.record) == ("Status", "Status: Recruiting", "Unknown")
    assert one.since == RELEASES[2]


def test_each_fact_and_each_criterion_that_changed_is_named() -> None:
    found = told(PAGE, (FIRST, SECOND), (FIRST, SECOND, THIRD))
    facts = {each.title: each.page for each in found if each.since}
    assert facts == {
        "Status": "Status: Recruiting",
        "Enrollment": "24 participants",
        "Ages": "Ages 18-65 years",
    }
    lines = [(each.page, each.record) for each in found if not each.since]
    assert lines == list(zip(OLD[:2], NEW[:2], strict=True))
    assert {each.title for each in found if not each.since} == {"Inclusion criterion"}


def test_what_was_wrong_before_is_not_this_events_doing() -> None:
    stale = PAGE.replace("24 participants", "12 participants")
    (one,) = told(stale, (FIRST, SECOND), (FIRST, SECOND, UNKNOWN))
    assert one.title == "Status"
    older = PAGE.replace("Status: Recruiting", "Status: Not yet recruiting")
    assert told(older, (FIRST, SECOND), (FIRST, SECOND, UNKNOWN)) == []


def test_a_criterion_that_came_is_missed_only_on_a_page_that_has_them_all() -> None:
    shorter = record("RECRUITING", 24, ["PHASE1"], "65 Years", "2027-06-15", OLD[:2])
    whole = PAGE.replace(criteria(OLD), criteria(OLD[:2]))
    (one,) = told(whole, (FIRST, shorter), (FIRST, shorter, SECOND))
    assert (one.page, one.record) == ("", OLD[2])
    partly = whole.replace(criteria(OLD[:2]), "\nMain inclusion criteria\n- " + OLD[0] + "\n")
    assert told(partly, (FIRST, shorter), (FIRST, shorter, SECOND)) == []


def test_a_criterion_that_went_is_quoted_from_the_page() -> None:
    shorter = record("RECRUITING", 24, ["PHASE1"], "65 Years", "2027-06-15", OLD[:2])
    (one,) = told(PAGE, (FIRST, SECOND), (FIRST, SECOND, shorter))
    assert (one.page, one.record) == (OLD[2], "")


@pytest.mark.parametrize(
    "page",
    ["", "Our clinic treats myositis.", f"{PAGE}".replace(NCT, "NCT90000078"), criteria(["Be well"], ["Be ill"])],
    ids=["empty", "no facts", "another study", "other criteria"],
)  # fmt: skip
def test_a_page_that_says_nothing_of_it_is_not_named(page: str) -> None:
    assert told(page, (FIRST, SECOND), (FIRST, SECOND, UNKNOWN)) == []


def test_how_it_stands_names_all_that_does_not_hold() -> None:
    found = check_page(NCT, PAGE, known(FIRST, SECOND, THIRD))
    titles = [each.title for each in untrue(PAGE, found)]
    assert titles == ["Status", "Enrollment", "Ages", *["Inclusion criterion"] * 2]
    assert list(untrue(PAGE, check_page(NCT, PAGE, known(FIRST, SECOND)))) == []


def test_a_long_sentence_is_quoted_by_its_value() -> None:
    page = PAGE.replace("24 participants", "24 participants" + " in our network" * 40)
    for each in told(page, (FIRST, SECOND), (FIRST, SECOND, THIRD)):
        assert len(each.page) <= 300


def test_how_it_stands_names_what_is_right_and_what_no_version_ever_said() -> None:
    never = PAGE.replace("Status: Recruiting", "Status: Completed").replace(
        "24 participants", "60 participants"
    )
    found = check_page(NCT, never, known(FIRST, SECOND))
    assert [(each.title, each.page, each.record, each.since) for each in untrue(never, found)] == [
        ("Status", "Status: Completed", "Recruiting", None)
    ]
    assert list(doubted(never, found)) == []
    vague = PAGE.replace("24 participants", "Enrollment: 7 at our site")
    (doubt,) = doubted(vague, check_page(NCT, vague, known(FIRST, SECOND)))
    assert (doubt.page, doubt.record) == ("Enrollment: 7 at our site", "24")
    assert rests_on(found) == "ages, 6 criteria"
    right = check_page(NCT, PAGE, known(FIRST, SECOND))
    assert rests_on(right) == "status, enrollment, ages, 6 criteria"
    assert list(doubted(PAGE, right)) == []


def test_a_criterion_that_is_outdated_says_since_when() -> None:
    found = check_page(NCT, PAGE, known(FIRST, SECOND, THIRD))
    assert {each.since for each in untrue(PAGE, found) if each.title == "Inclusion criterion"} == {
        RELEASES[2]
    }
