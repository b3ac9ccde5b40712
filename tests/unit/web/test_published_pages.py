"""The check of a page where it is in doubt, hostile or large: what it must not say, and how much it may take."""

from __future__ import annotations

import sys

import pytest

from sync.alerts.published.check import check_page
from sync.alerts.published.models import CheckedFact, PageCheck
from sync.study.published.facts import FACTS
from tests.support.published_study import LAYOUTS, NCT, NEW, OUT, known, page

CRITERIA = "\n".join(
    [
        "Inclusion Criteria:",
        *(f"- {each}" for each in NEW),
        "Exclusion Criteria:",
        *(f"- {each}" for each in OUT),
    ]
)


def check(text: str) -> PageCheck:
    return check_page(NCT, text, known())


def fact(text: str, name: str) -> CheckedFact:
    (found,) = (each for each in check(text).facts if each.name == name)
    return found


@pytest.mark.parametrize(
    ("text", "name", "state"),
    [
        ("Enrollment: 5 at our site", "enrollment", "unclear"),  # no version said so
        ("Status: Recruiting\nStatus: Active, not recruiting", "status", "unclear"),  # it says both
        ("Status: see below", "status", "unreadable"),
        ("Phase: soon", "phase", "unreadable"),
        ("Recruiting\nCompleted\nTerminated", "status", "not_found"),  # a filter's choices
        ("Estimated completion: 06/07/2027", "completion", "unclear"),
        ("Completion date: December 2026", "completion", "right"),  # the primary one may be meant
        ("Completion date: 2028", "completion", "right"),
        ("Ages: 18 and older", "ages", "unclear"),
        ("Ages: at least 18", "ages", "right"),  # it says nothing of the other side
        ("Conditions: Myositis and 1 more", "conditions", "not_found"),
        ("Status: Open", "status", "outdated"),
        ("Status: Closed to enrollment", "status", "right"),
        ("Sponsor: Our Hospital", "sponsor", "unclear"),
        ("Meridian Biologics is the sponsor of this study.", "sponsor", "right"),
        ("Contact: us@hospital.example, +1 555 999 9999", "contacts", "not_found"),
        ("Last updated: May 1, 2026", "updated", "not_found"),  # the page itself
        ("A Phase 1 study will enroll 24 participants at 3 sites.", "enrollment", "not_found"),
    ],
)
def test_what_is_in_doubt_is_never_called_wrong(text: str, name: str, state: str) -> None:
    assert fact(text, name).state == state


def test_a_day_and_a_month_that_say_the_same_agree() -> None:
    assert fact("Study completion: January 2028", "completion").state == "right"
    assert fact("Primary completion: December 15, 2026", "primary_completion").state == "right"


def test_what_is_outdated_says_since_which_version_and_day() -> None:
    found = fact("Enrollment: 12 participants", "enrollment")
    assert (found.state, found.page, found.record) == ("outdated", "12 participants", "31")
    assert found.since
    assert (found.since.version, found.since.release) == (2, "2025-04-02")


def test_nothing_found_is_not_green() -> None:
    found = check("Welcome to our hospital.\nContact us")
    assert (found.state, found.verdict, found.told) == ("unclear", "not_found", ())


def test_facts_alone_hold_where_they_are_right() -> None:
    assert check("Status: Active, not recruiting\nPhase: 1/2").state == "holds"


def test_furniture_between_the_criteria_is_no_criterion() -> None:
    rows = CRITERIA.split("\n")
    rows[2:2] = ["Share this page", "Advertisement"]
    found = check("\n".join(["Status: Active, not recruiting", *rows]))
    assert (found.verdict, found.unplaced) == ("current", ())


def test_a_line_between_the_criteria_that_no_version_has_is_shown_and_is_no_proof() -> None:
    rows = ["Status: Active, not recruiting", *CRITERIA.replace("- ", "").split("\n")]
    rows.insert(3, "Only people who live on the moon")
    found = check("\n".join(rows))
    assert (found.verdict, found.state, found.differing) == ("unclear", "unclear", 0)
    assert found.unplaced == ("Only people who live on the moon",)


def test_a_number_that_no_version_has_is_a_difference_in_a_criterion() -> None:
    found = check(f"Status: Active, not recruiting\n{CRITERIA.replace('30 x', '40 x')}")
    assert (found.verdict, found.differing) == ("different", 1)


def test_a_page_with_the_main_criteria_alone_leaves_out_what_it_says_it_leaves_out() -> None:
    short = (
        "Status: Active, not recruiting\nKey inclusion criteria\n- "
        + NEW[0]
        + "\nKey exclusion criteria\n- "
        + OUT[0]
    )
    found = check(short)
    assert (found.verdict, found.state) == ("current", "holds")
    assert found.comparison.counts == {"same": 2, "added": 4}


def test_a_page_that_does_not_divide_its_criteria_has_none_in_the_wrong_list() -> None:
    rows = [
        "Status: Active, not recruiting",
        "Eligibility criteria",
        *(f"- {each}" for each in (*NEW, *OUT)),
        "Contact us",
    ]
    assert check("\n".join(rows)).verdict == "current"


def test_a_criterion_broken_over_lines_is_one() -> None:
    rows = CRITERIA.replace("- ", "").replace(" within 4", "\nwithin 4").replace("at least", "\nat least")
    assert check(f"Phase: 1/2\n{rows}\nContact us").verdict == "current"


def test_criteria_in_words_of_the_pages_own_are_neither_true_nor_false() -> None:
    text = "Who can take part?\n- Grown-ups in good shape\n- Enough cells\nWho cannot take part?\n- Mothers to be"
    found = check(f"Status: Active, not recruiting\n{text}")
    assert (found.verdict, found.state) == ("unclear", "unclear")


def test_a_page_of_another_study_is_named_and_one_that_only_mentions_one_is_not() -> None:
    assert check(f"NCT01234567\n{CRITERIA}").other_ids == ("NCT01234567",)
    assert check(f"NCT01234567\n{CRITERIA}").state == "other_study"
    assert check(f"{NCT}\nsee also NCT01234567\n{CRITERIA}").state == "holds"
    assert check(f"Phase: 1/2\n{CRITERIA}\n- Earlier part in NCT01234567").other_ids == ()


def test_menus_scripts_and_choices_of_the_source_are_not_read() -> None:
    hidden = "<script>x='Status: Completed'</script><select><option>Status: Completed</option></select>"
    hidden += "<!-- Status: Completed -->"
    found = check(
        f"<html><body><nav><p>Status: Completed</p></nav>{hidden}<p>Status: Active, not recruiting</p></body></html>"
    )
    assert {each.name: each.state for each in found.told} == {"status": "right"}


HOSTILE = [
    "<", "a<b ", "Phase ", "- x\n", "Inclusion criteria\n", f"<li>{OUT[0]}</li>", "1 ", "Status: ", "a@", "a.",
    "+1 5", "<!--", "<script>", "<ul><li>", "&amp;", "NCT",
    f"{OUT[2]}\n", "Conditions: Myositis ", " | ", "(", "June ", f"- {NEW[0]} and 1\n",
]  # fmt: skip


def calls(text: str) -> int:
    """How many functions are called to check a text: its work, on a machine of any speed."""
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        check(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    short, long = calls(piece * 1_000), calls(piece * 4_000)
    assert long <= 5 * short, (short, long)


def test_a_page_that_is_cut_anywhere_is_still_read() -> None:
    for layout, _ in LAYOUTS[::6]:
        text = page(layout, 3)
        for end in range(0, len(text), 37):
            assert len(check(text[:end]).facts) == len(FACTS)
