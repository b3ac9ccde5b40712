"""Criteria as a browser copies them off a page: the bullets are gone, the criteria are not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.study.criteria import parse
from sync.study.criteria.pasted import listed

COPIED = """Inclusion criteria
Adults from 18 to 70 years
Platelets ≥ 50 ×10^9/L

Exclusion criteria
Pregnancy
Live vaccine within 4 weeks"""


def told(text: str) -> list[tuple[str, str]]:
    return [(item.section, item.text) for item in parse(listed(text)).items]


def test_each_line_is_a_criterion_of_its_section() -> None:
    assert told(COPIED) == [
        ("inclusion", "Adults from 18 to 70 years"),
        ("inclusion", "Platelets ≥ 50 ×10^9/L"),
        ("exclusion", "Pregnancy"),
        ("exclusion", "Live vaccine within 4 weeks"),
    ]


@pytest.mark.parametrize(
    "title",
    [
        "Exclusion Criteria:",
        "Exclusion",
        "EXCLUSION (6)",
        "Exclusion 6",
        "Key exclusion criteria",
        "Exclusion criteria for all cohorts",
        "Patients with any of the following will be excluded:",
        "Who cannot take part?",
        "Who can’t join this study?",
        "You may not be able to take part if:",
        "You may not qualify if…",
    ],
)
def test_a_title_in_the_words_of_a_page_opens_the_exclusions(title: str) -> None:
    found = told(f"Who can take part?\nAdults\n{title}\nPregnancy")
    assert [(section, text) for section, text in found if text in ("Adults", "Pregnancy")] == [
        ("inclusion", "Adults"),
        ("exclusion", "Pregnancy"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Patients who cannot swallow tablets",
        "Who has had a transplant",
        "Inclusion in another trial",
        "Any inclusion criteria not met",
        "ECOG 0 to 2",
        "No exclusion for age",
        "If you take an anticoagulant, ask if it can be paused",
    ],
)
def test_a_criterion_that_only_sounds_like_a_title_stays_one(line: str) -> None:
    assert told(f"Exclusion criteria\nPregnancy\n{line}\nCancer") == [
        ("exclusion", "Pregnancy"),
        ("exclusion", line),
        ("exclusion", "Cancer"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Inclusion Criteria:\n\n* Adults\n* Organ function:\n  * Platelets ≥ 50",
        "<p>Inclusion Criteria:</p><ul><li>Adults</li><li>Consent</li></ul>",
        "1. Adults\n2. Consent\nwhich may be withdrawn",
        "",
        "\n \n",
    ],
)
def test_what_has_its_marks_is_left_as_it_is(text: str) -> None:
    assert parse(listed(text)) == parse(text)


@given(st.text(max_size=300))
def test_it_never_raises_and_adds_no_words_but_of_titles(text: str) -> None:
    before, after = (re.findall(r"\w+", each) for each in (text, listed(text)))
    assert {each.lower() for each in after} - {each.lower() for each in before} <= {
        "inclusion",
        "exclusion",
        "criteria",
    }


@given(
    st.lists(st.sampled_from(["Adults", "Pregnancy", "Platelets ≥ 50", "HIV", "Consent"]), min_size=1),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
)
def test_no_line_is_lost(lines: list[str], end: str) -> None:
    assert [text for _, text in told(end.join(lines))] == lines
