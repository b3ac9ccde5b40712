"""How texts and queries are taken apart, and what of a text is marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.fulltext.document import MOST_WORDS, sequences, tsvector
from storage.fulltext.query import LONGEST, MOST_TERMS, read, spans
from storage.fulltext.words import chunks, compact, forms, words
from sync.study.record import Study
from sync.study.searched import searched


def marked(query: str, text: str) -> str:
    """The text with brackets around what is marked."""
    for start, end in reversed(spans(read(query), text)):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


@pytest.mark.parametrize(
    "query, text, expected",
    [
        ("lup", "Systemic Lupus", "Systemic [Lupus]"),
        ("wurzburg", "Würzburg, Bavaria", "[Würzburg], Bavaria"),
        ("Wuerzburg", "In Würzburg", "In [Würzburg]"),
        ("zelenski", "Z\u0307elen\u0301ski", "[Z\u0307elen\u0301ski]"),
        ('"systemic sclerosis"', "sclerosis, Systemic sclerosis", "sclerosis, [Systemic sclerosis]"),
        ("kyv101", "KYV-101 and KYV-102", "[KYV-101] and KYV-102"),
        ("kyv 101", "KYV101", "[KYV101]"),
        ("car-t", "CAR-T or CAR T cells", "[CAR-T] or [CAR T] cells"),
        ("仁济", "附属仁济医院", "附属[仁济]医院"),
        ("lupus a", "A lupus", "[A] [lupus]"),
        ("x", "xyz", "xyz"),
        ("%", "100 %", "100 [%]"),
        ("fi", "ﬁeld", "[ﬁeld]"),
    ],
)
def test_what_was_found_is_marked_in_the_text_as_it_is_written(query: str, text: str, expected: str) -> None:
    assert marked(query, text) == expected


@given(st.text(max_size=80))
def test_ascii_and_other_texts_are_taken_apart_alike(text: str) -> None:
    plain = text.encode("ascii", "ignore").decode()
    # a sign that is no letter makes the slow way of it
    slow = [(word.text, word.start, word.end, word.chunk) for word in words(plain + " ¤")]
    assert [(word.text, word.start, word.end, word.chunk) for word in words(plain)] == slow


SOME_TEXTS = st.one_of(st.text(max_size=80), st.text("aB1-/. \t\x01\x1cé中", max_size=80))


@given(st.lists(SOME_TEXTS, max_size=5))
def test_the_forms_of_texts_are_those_of_the_words_of_each_one_by_one(texts: list[str]) -> None:
    made = [(list(found), list(others), set(joined)) for found, others, joined in forms(texts)]
    assert made == [_one_by_one(text) for text in texts]


def _one_by_one(text: str) -> tuple[list[str], list[str], set[str]]:
    found = words(text)
    joined = {compact(chunk) for chunk in chunks(found)} - {""}
    return [word.text for word in found], [word.other for word in found if word.other], joined


@given(st.text(max_size=80))
def test_words_stand_where_they_say_and_hold_nothing_that_a_database_reads(text: str) -> None:
    last = 0
    for word in words(text):
        assert last <= word.start < word.end <= len(text)
        assert word.text.isalnum()
        last = word.end


@given(st.text(max_size=300))
def test_every_query_can_be_read(text: str) -> None:
    query = read(text)
    assert len(query.terms) <= MOST_TERMS
    for start, end in spans(query, text[:LONGEST]):
        assert start < end


def test_a_study_of_any_size_fits_into_the_index() -> None:
    texts = {"site": [f"site{number} " + "word " * 20 for number in range(4000)], "title": ["Lupus"]}
    made = sequences(texts)
    assert "lupus" in made["a"]
    assert {f"site{number}" for number in range(4000)} <= set(made["d"])
    assert len(made["d"]) < 2 * MOST_WORDS
    assert len(tsvector(made)) < 1_000_000


def test_each_field_of_a_record_is_found_under_its_name() -> None:
    site = {
        "facility": "Charité",
        "city": "Berlin",
        "zip": "10117",
        "country": "Germany",
        "contacts": [{"name": "Ann"}],
    }
    record = {
        "protocolSection": {
            "identificationModule": {
                "nctId": "NCT00000001", "nctIdAliases": ["NCT00000009"], "briefTitle": "A <b>study</b>", "acronym": "ABC",
                "orgStudyIdInfo": {"id": "X-1"}, "organization": {"fullName": "Acme AG"},
                "secondaryIdInfos": [{"id": "2019-002345-12", "type": "EUDRACT_NUMBER"}, {"type": "OTHER"}, 7],
            },
            "sponsorCollaboratorsModule": {
                "leadSponsor": {"name": "Acme"}, "collaborators": [{"name": "Beta"}],
                "responsibleParty": {"investigatorFullName": "Dr. Zoe"},
            },
            "conditionsModule": {"conditions": ["Lupus", "Lupus"], "keywords": ["CAR-T"]},
            "armsInterventionsModule": {"interventions": [{"name": "KYV-101", "otherNames": ["mivocabtagene"]}]},
            "contactsLocationsModule": {
                "locations": [site, site], "overallOfficials": [{"name": "Ben"}],
                "centralContacts": [{"name": "Kim", "email": "kim@example.org"}],
            },
        }
    }  # fmt: skip
    assert searched(Study(record)) == {
        "id": ["NCT00000001", "NCT00000009", "X-1", "2019-002345-12"],
        "title": ["A study", "ABC"],
        "condition": ["Lupus"],
        "intervention": ["KYV-101", "mivocabtagene"],
        "keyword": ["CAR-T"],
        "sponsor": ["Acme", "Beta", "Acme AG"],
        "person": ["Dr. Zoe", "Ben", "Kim", "kim@example.org", "Ann"],
        "site": ["Charité"],
        "city": ["Berlin, 10117"],
        "country": ["Germany"],
    }


@pytest.mark.parametrize("module", [None, [], "x", 7, {"locations": [None, 7, {"city": 7, "contacts": "x"}]}])
def test_an_odd_record_is_found_by_what_it_has(module: object) -> None:
    names = (
        "identificationModule",
        "sponsorCollaboratorsModule",
        "contactsLocationsModule",
        "conditionsModule",
    )
    assert searched(Study({"protocolSection": dict.fromkeys(names, module)})) == {}
