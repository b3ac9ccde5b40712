"""What a published page comes to where sentences of it are wrong, not understood, or of something else; what is no page."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from sync.alerts.published.check import Known, check_page
from sync.alerts.published.models import PageCheck
from sync.alerts.published.registered import register
from sync.alerts.published.sentences import rests_on, untrue
from sync.cli.published_text import text_in
from sync.errors import UsageError
from tests.support.published_study import FIRST, NCT, OLD, known, known_of_versions, record

UNKNOWN = record("UNKNOWN", 24, ["PHASE1"], "65 Years", "2027-06-15", OLD)


def check(text: str, against: Known | None = None) -> PageCheck:
    return check_page(NCT, text, against or known())


def wrong(text: str) -> list[tuple[str, str]]:
    return [(each.title, each.page) for each in untrue(text, check(text))]


def test_one_right_fact_does_not_make_a_page_hold_whose_other_sentences_are_wrong() -> None:
    page = (
        "This is a Phase 1/2 study. It plans to enrol 60 patients. Only women may take part in this study. "
        "Children aged 6 to 17 may take part in this study. You may take part if you have active tuberculosis."
    )
    assert check(page).state == "differs"
    assert [title for title, _ in wrong(page)] == ["Enrollment", "Sex", "Ages", "Criterion"]
    assert [*untrue(page, check(page))][-1].record == "Exclusion criterion: Active tuberculosis"


@pytest.mark.parametrize(
    "sentence",
    [
        "Only patients with multiple sclerosis can take part.",
        "We are looking for two dozen volunteers.",
        "Healthy volunteers of any age are welcome.",
        "The study is observational.",
        "Infants may be included in this study.",
        "We stopped recruiting in May 2025.",
        "There is an upper age limit of 65 years.",
    ],
)
def test_a_page_holds_in_part_while_a_sentence_on_who_takes_part_is_not_understood(sentence: str) -> None:
    found = check(f"This is a Phase 1/2 study. {sentence}")
    assert (found.state, found.undecided) == ("holds_in_part", (sentence,))


@pytest.mark.parametrize(
    "sentence",
    [
        "Call us on 1-800-555-0100, Monday to Friday, 8 to 17.",
        "You will stay in hospital for 14 days.",
        "Is this study recruiting 40 patients?",
        "Other studies at our centre are currently recruiting patients.",
        "The sister study will enroll 30 children.",
        "You must be 18 to 65 years old to donate blood for our biobank.",
        "Lupus affects 5 million people worldwide; 9 in 10 are women.",
    ],
)
def test_what_says_nothing_of_who_takes_part_here_leaves_a_page_holding(sentence: str) -> None:
    found = check(f"This is a Phase 1/2 study. {sentence}")
    assert (found.state, found.undecided) == ("holds", ())


LABELLED = (
    "Status: Completed\nEnrollment: 60\nSex: Female\nAges: 12 to 65 years\nPhase: 2\nSponsor: Northwind"
)


def test_plain_values_behind_labels_differ_and_the_line_of_the_label_is_quoted() -> None:
    titles = ["Status", "Phase", "Enrollment", "Ages", "Sex", "Sponsor"]
    lines = [
        "Status: Completed",
        "Phase: 2",
        "Enrollment: 60",
        "Ages: 12 to 65 years",
        "Sex: Female",
        "Sponsor: Northwind",
    ]
    assert wrong(LABELLED) == list(zip(titles, lines, strict=True))


def test_facts_in_one_line_are_read_one_by_one() -> None:
    line = "Status: Completed. Enrollment: 60 (estimated). Study completion: August 2029. Phase: 3."
    assert [page for _, page in wrong(line)] == [
        "Status: Completed", "Phase: 3", "Enrollment: 60 (estimated)", "Study completion: August 2029",
    ]  # fmt: skip
    right = "Status: Unknown (last known: recruiting). Enrollment: 24 (estimated). Completion: June 2027. Sponsor: Meridian."
    found = check(right, known_of_versions(FIRST, UNKNOWN))
    assert (found.state, rests_on(found)) == ("holds", "status, enrollment, sponsor, completion")


@pytest.mark.parametrize("page", ["Status: Not recruiting", "The trial is not recruiting."])
def test_that_a_study_of_unknown_status_does_not_recruit_is_not_called_right(page: str) -> None:
    found = check(f"{page}\n\nThis is a phase 1 trial.", known_of_versions(FIRST, UNKNOWN))
    assert "status" not in rests_on(found)
    assert found.state in ("unclear", "differs", "holds_in_part")


def test_a_page_that_names_another_study_as_another_is_still_about_its_own() -> None:
    page = "Our other study, NCT01234567, is complete.\n\nThis is a Phase 1/2 study."
    assert (check(page).other_ids, check(page).state) == ((), "holds")
    assert check("NCT01234567\n\nThis is a Phase 1/2 study.").state == "other_study"


def test_what_sentences_say_rightly_is_shown_as_what_labels_say_is() -> None:
    told = check("This is a Phase 1/2 study. The study is sponsored by Meridian Biologics.").told
    assert {(each.title, each.state) for each in told} == {("Phase", "right"), ("Sponsor", "right")}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"Status: Recruiting"), "is a gzip file and no text: unpack it first"),
        (b"Status:\0Recruiting", "is no text"),
        (bytes(range(128, 256)) * 20, "is no text"),
    ],
    ids=["gzip", "zero byte", "picture"],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "page"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        text_in(str(file))


def test_a_text_in_another_unicode_encoding_is_read(tmp_path: Path) -> None:
    file = tmp_path / "page.txt"
    file.write_text("Status: Recruiting", encoding="utf-16")
    assert text_in(str(file)) == "Status: Recruiting"


@pytest.mark.parametrize(
    ("text", "reviewed", "said"),
    [("Phase: 1", "2099-01-01", "has not come yet"), ("Phase:\0 1", None, "zero bytes")],
)
def test_a_review_that_is_to_come_and_a_text_with_zero_bytes_are_refused(
    text: str, reviewed: str | None, said: str
) -> None:
    now = datetime(2026, 9, 2, 12, tzinfo=UTC)
    with pytest.raises(UsageError, match=said):
        register(Session(), NCT, "https://example.org/1", text, reviewed, by="ops", at=now)
