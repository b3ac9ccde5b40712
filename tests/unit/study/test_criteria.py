"""Reading an eligibility text: what is a criterion, where it stands, and what is only layout."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.study.criteria import parse
from sync.study.plain import plain

CORPUS = Path(__file__).parents[3] / "../shared/registry"
WORD = re.compile(r"(?![IVX]+\b)[^\W\d_]{4,}")

NESTED = """Inclusion Criteria:

1. Adults aged 18 years or older
2. One of these diseases:

   * Lupus
   * Myositis, with all of:

     1\\. a rash

     2, weakness
3. Consent

   given in writing

Exclusion Criteria:

* Pregnancy
"""


def texts(section: str, text: str) -> list[tuple[int, str]]:
    return [(item.depth, item.text) for item in parse(text).items if item.section == section]


def test_every_bullet_number_and_nested_item_is_a_criterion_and_a_paragraph_under_one_belongs_to_it() -> None:
    assert texts("inclusion", NESTED) == [
        (0, "Adults aged 18 years or older"),
        (0, "One of these diseases:"),
        (1, "Lupus"),
        (1, "Myositis, with all of:"),
        (2, "a rash"),
        (2, "weakness"),
        (0, "Consent given in writing"),
    ]
    assert texts("exclusion", NESTED) == [(0, "Pregnancy")]


def test_html_gives_the_same_criteria_as_markdown() -> None:
    html = (
        "<p>Inclusion Criteria:</p><ol><li>Adults aged 18 years or older</li><li><p>One of these diseases:</p><ul>"
        "<li>Lupus</li><li><p>Myositis, with all of:</p><p>1. a rash</p><p>2, weakness</p></li></ul></li>"
        "<li><p>Consent</p><p>given in writing</p></li></ol><p>Exclusion Criteria:</p><ul><li>Pregnancy</li></ul>"
    )
    assert parse(html).items == parse(NESTED).items
    assert parse(html).canonical() == parse(NESTED).canonical()


@pytest.mark.parametrize(
    "text",
    [
        "Inclusion:\n- Adults\n- Consent\n\nExclusion:\n- Pregnancy",
        "INCLUSION CRITERIA\n\n1) Adults;\n2) Consent.\n\nEXCLUSION CRITERIA\n\n1) Pregnancy",
        "**Key Inclusion Criteria:**\n\n• Adults\n• Consent\n\n**Key Exclusion Criteria:**\n\n• Pregnancy",
        "# Inclusion Criteria\n(a) Adults\n(b) Consent\n# Exclusion Criteria\n(a) Pregnancy",
        "Participants must meet all of the following criteria:\n\ni. Adults\nii. Consent\n\n"
        "Participants are excluded if any of the following apply:\n\ni. Pregnancy",
        "Inclusion criteria: 1. Adults; 2. Consent. Exclusion criteria: Pregnancy",
        "<p>Inclusion Criteria:</p><p>1. Adults.\n2. Consent.</p><p>Exclusion Criteria:</p><p>- Pregnancy</p>",
        "Inclusion Criteria:\r\n\r\n１．Adults\r\n\r\n２．Consent\r\n\r\nExclusion Criteria:\r\n\r\n１．Pregnancy",
        "* Inclusion Criteria:\n* Adults\n* Consent\n* Exclusion Criteria:\n* Pregnancy",
        "A. Inclusion Criteria\n\n1\\. Adults\n\n2\\. Consent\n\nB. Exclusion Criteria\n\n1\\. Pregnancy",
        "Inclusion Criteria:\n\n* 1. Adults\n* 2. Consent\n\nExclusion Criteria:\n\n* \\- Pregnancy",
        "Inclusion Criteria:\n\n| Adults |\n\n| Consent |\n\nExclusion Criteria:\n\nPregnancy",
    ],
)
def test_titles_and_list_signs_in_many_forms_are_read_alike(text: str) -> None:
    read = [(item.section, item.key.strip(" |")) for item in parse(text).items]
    assert read == [("inclusion", "Adults"), ("inclusion", "Consent"), ("exclusion", "Pregnancy")]


def test_without_any_title_all_is_inclusion() -> None:
    assert texts("inclusion", "Healthy adults\n\nBody mass index 18-30") == [
        (0, "Healthy adults"),
        (0, "Body mass index 18-30"),
    ]


def test_sub_headings_and_parts_are_the_place_and_no_criteria() -> None:
    text = (
        "Part A\n\nInclusion Criteria:\n\n* Adults\n\nFor women:\n\n* Consent\n\n"
        "Part B\n\nInclusion Criteria:\n\n* Children"
    )
    assert [(item.text, item.where) for item in parse(text).items] == [
        ("Adults", ("part a",)),
        ("Consent", ("part a", "for women")),
        ("Children", ("part b",)),
    ]


def test_typed_letters_under_a_header_are_nested_also_without_indent() -> None:
    text = "Inclusion Criteria:\n\n1\\. One of:\n\na) Lupus\n\nb) Myositis\n\n2\\. Consent"
    assert texts("inclusion", text) == [(0, "One of:"), (1, "Lupus"), (1, "Myositis"), (0, "Consent")]


def test_a_long_lettered_list_does_not_turn_roman_at_the_letter_i() -> None:
    text = "Exclusion Criteria:\n" + "\n".join(f"{letter}) thing {letter}:" for letter in "abcdefghijk")
    assert {depth for depth, _ in texts("exclusion", text)} == {0}


@pytest.mark.parametrize(
    "text",
    [
        "Inclusion Criteria:\n\n* Grade of at\n  least 3) or of\n  4. Foo stays\n* Other",
        "Inclusion Criteria:\n\n* Grade of at least 3) or of 4. Foo stays\n* Other",
    ],
)
def test_a_number_that_wrapping_brought_to_the_start_of_a_line_opens_nothing(text: str) -> None:
    assert texts("inclusion", text) == [(0, "Grade of at least 3) or of 4. Foo stays"), (0, "Other")]


def test_an_age_range_broken_at_its_dash_stays_one_criterion() -> None:
    text = "Inclusion Criteria:\n\n- Age from 18\n- 65 years and able to consent\n- Other"
    assert texts("inclusion", text)[0] == (0, "Age from 18 - 65 years and able to consent")


@pytest.mark.parametrize(
    "name", ["E. coli infection", "1.5 x ULN bilirubin", "2019 EULAR criteria", "e.g. lupus"]
)
def test_what_only_looks_like_a_list_sign_is_text(name: str) -> None:
    assert texts("inclusion", f"Inclusion Criteria:\n\n{name}") == [(0, name)]


def test_the_canonical_value_does_not_know_order_numbering_wrapping_or_bullets() -> None:
    other = (
        "Inclusion Criteria\n\n- One of these\n  diseases:\n    a) Myositis, with all of:\n        (i) weakness\n"
        "        (ii) a rash\n    b) Lupus\n- Consent\n\n  given in writing\n- Adults aged 18 years or older.\n\n"
        "Exclusion criteria:\n\n1) Pregnancy;\n"
    )
    assert parse(other).canonical() == parse(NESTED).canonical()
    json.dumps(parse(other).canonical())


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("18", "19"),
        ("Lupus", "Lupus or"),
        ("* Pregnancy", "* No pregnancy"),
        ("aged", "Aged"),
        ("Exclusion", "Inclusion"),
    ],
)
def test_the_canonical_value_knows_every_word_case_and_section(part: str, instead: str) -> None:
    assert parse(NESTED.replace(part, instead)).canonical() != parse(NESTED).canonical()


def words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text))


def everything(text: str) -> Counter[str]:
    criteria = parse(text)
    return words(" ".join(item.text for item in (*criteria.items, *criteria.titles)))


@given(
    st.lists(
        st.sampled_from(
            [
                "* ",
                "1. ",
                "  - ",
                "\n",
                "a) ",
                "Inclusion Criteria:",
                "alpha",
                " beta18",
                ": ",
                "Gamma. ",
                "(ii) ",
            ]
        )
    )
)
def test_no_word_is_lost(parts: list[str]) -> None:
    text = "".join(parts)
    assert not words(plain(text)) - everything(text)


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    parse(text).canonical()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "sign",
    ["(", "<", "&", "\\", "* ", "1. ", "<p", "_", "\n* ", "(a) ", "no ", "  * a:\n", "Inclusion criteria: "],
)
def test_a_long_hostile_text_takes_bounded_time(sign: str) -> None:
    parse(sign * (100_000 // len(sign))).canonical()


def corpus_texts() -> Iterator[str]:
    def below(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name == "eligibilityCriteria" and isinstance(inner, str):
                    yield inner
                else:
                    yield from below(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from below(inner)

    for file in ("studies.jsonl.gz", "histories.jsonl.gz", "pairs.jsonl.gz"):
        with gzip.open(CORPUS / file, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from below(json.loads(line))


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.usefixtures("corpus")
def test_the_items_of_every_text_of_the_corpus_hold_all_its_words() -> None:
    seen = set(corpus_texts())
    assert len(seen) > 1_881
    lost = [text for text in seen if words(plain(text)) - everything(text)]
    assert lost == []


@pytest.mark.corpus
@pytest.mark.usefixtures("corpus")
def test_the_headline_study_has_seven_inclusion_and_ten_exclusion_criteria() -> None:
    record = json.loads((CORPUS / "NCT06056921.json").read_text(encoding="utf-8"))
    found = re.search(r'"eligibilityCriteria": ?("(?:[^"\\]|\\.)*")', json.dumps(record))
    assert found
    items = parse(json.loads(found[1])).items
    top = Counter(item.section for item in items if item.depth == 0)
    assert top == {"inclusion": 7, "exclusion": 10}
    assert Counter(item.depth for item in items if item.section == "inclusion") == {0: 7, 1: 16, 2: 3}
