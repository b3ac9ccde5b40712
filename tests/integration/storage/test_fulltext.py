"""Finding studies by words: the same studies in the same order on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import studies
from storage.cohorts import Watch, enter, save_watch
from storage.engine import Database, open_database
from storage.errors import FullTextMissing
from storage.fulltext import index, search
from storage.fulltext.document import Texts
from storage.fulltext.query import read
from storage.fulltext.search import Narrowing
from storage.new_versions import NewVersion, Summary, add_versions
from storage.verify import verify

Make = Callable[..., NewVersion]
RECORDS: dict[str, dict[str, list[str]]] = {
    "NCT00000001": {
        "id": ["NCT00000001", "KYV101-001", "2019-002345-12", "U1111-1234-5678"],
        "title": ["CAR-T Cells in Systemic Lupus Erythematosus"],
        "condition": ["Lupus Nephritis"],
        "intervention": ["KYV-101"],
        "sponsor": ["Kyverna™ Therapeutics"],
        "person": ["Dr. Łukasz Żeleński"],
        "site": ["Universitätsklinikum Würzburg"],
        "city": ["Würzburg, Bavaria", "Saint-Étienne"],
        "country": ["Germany", "France"],
    },
    "NCT00000002": {
        "id": ["NCT00000002", "SSc 2024/07"],
        "title": ["Sclerosis, Systemic"],
        "condition": ["Systemic Sclerosis", "Lupus"],
        "site": ["上海交通大学医学院附属仁济医院"],
        "city": ["Shanghai"],
        "country": ["China"],
    },
    "NCT00000003": {
        "id": ["NCT00000003"],
        "title": ["A Study of Multiple Sclerosis"],
        "condition": ["systemic", "sclerosis"],
        "site": ["Wuerzburg Clinic"],
        "city": ["New York"],
        "country": ["United States"],
    },
}


@pytest.fixture
def stored(database: Database, make_version: Make) -> Database:
    """A database with three studies."""
    new = [
        make_version(
            nct_id, nct_id, summary=Summary(each["title"][0], "RECRUITING", phases=("PHASE1",), texts=each)
        )
        for nct_id, each in RECORDS.items()
    ]
    with database.write() as session:
        add_versions(session, new)
    return database


def found(database: Database, words: str, **narrowing: str) -> list[str]:
    """The numbers of the studies that are found, the best first."""
    with database.read() as session:
        hits = search.find(session, read(words), Narrowing(**narrowing), after=None, limit=50)
        assert search.count(session, read(words), Narrowing(**narrowing)) == len(hits)
    return [hit.nct_id.removeprefix("NCT0000000") for hit in hits]


@pytest.mark.parametrize(
    "words, expected",
    [
        ("lup", ["1", "2"]),
        ("LUPUS", ["1", "2"]),
        ("lupus nephritis", ["1"]),
        ("Würzburg", ["1", "3"]),
        ("wurzburg", ["1"]),
        ("Wuerzburg", ["1", "3"]),
        ("saint etienne", ["1"]),
        ("zelenski", ["1"]),
        ("lukasz", ["1"]),
        ("kyverna", ["1"]),
        ("germany", ["1"]),
        ("york", ["3"]),
        # a phrase does not reach from one value into the next
        ('"systemic sclerosis"', ["2"]),
        ("“systemic sclerosis”", ["2"]),
        ("systemic sclerosis", ["2", "3"]),
        ('"sclerosis systemic"', ["2"]),
        ('"systemic scl', ["2"]),
        # ids, however they are spaced
        ("KYV-101", ["1"]),
        ("kyv101", ["1"]),
        ("kyv 101", ["1"]),
        ("KYV101 001", ["1"]),
        ("2019-002345-12", ["1"]),
        ("2019 002345 12", ["1"]),
        ("201900234512", ["1"]),
        ("u1111 12345678", ["1"]),
        ("ssc2024/07", ["2"]),
        ("nct00000003", ["3"]),
        ("NCT 0000 0003", ["3"]),
        ("NCT0000", ["1", "2", "3"]),
        ("car t", ["1"]),
        ("cart", ["1"]),
        ("CAR-T", ["1"]),
        # words of Chinese stand without spaces
        ("仁济医院", ["2"]),
        ("上海 仁济", ["2"]),
        ("济仁", []),
        ("nothing of the kind", []),
    ],
)
def test_studies_are_found(stored: Database, words: str, expected: list[str]) -> None:
    assert found(stored, words) == expected


def test_the_weightier_field_comes_first_and_whole_words_before_beginnings(stored: Database) -> None:
    assert found(stored, "sclerosis") == ["2", "3"]
    with stored.read() as session:
        hits = search.find(session, read("lupus"), Narrowing(), after=None, limit=9)
        assert [hit.rank for hit in hits] == [0, 2]
        assert search.find(session, read("lupus"), Narrowing(), after=(0, "NCT00000001"), limit=9) == hits[1:]


def test_what_narrows_is_kept_to(stored: Database) -> None:
    assert found(stored, "lupus", country="China") == ["2"]
    assert found(stored, "", country="Germany") == ["1"]
    assert found(stored, "", country="Bavaria") == []
    assert found(stored, "", country="united states") == ["3"]
    assert found(stored, "", status="RECRUITING") == ["1", "2", "3"]
    assert found(stored, "lupus", status="COMPLETED") == found(stored, "lupus", phase="PHASE%") == []
    assert found(stored, "lupus", phase="PHASE1") == ["1", "2"]
    assert found(stored, "lupus", watch="none") == []


HOSTILE = [
    'a" OR "b', "NEAR(a b)", "{a b} : c", "a AND", "NOT a", "-a", "^a", "a*", "'); DROP TABLE study; --", "a & b | !c <-> d",
    "lupus:*", "\\", "%", "_", '"', '""', "'", "\0", "lup\0us", "((((", "[a-z]+$", "(a+)+$", "\ud800", "￿", "🧬",
    "a " * 5000, "x" * 10_000, '"' * 9_999, "lupus " * 3000, "é" * 5000, "上" * 5000, "-".join("ab" * 4000),
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_no_sign_is_an_operator(stored: Database, words: str) -> None:
    found(stored, words)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(max_size=60), words=st.text(max_size=30))
def test_any_text_can_be_kept_and_looked_for(database: Database, value: str, words: str) -> None:
    with database.write() as session:
        studies.name_studies(session, ["NCT00000009"], "2026-09-01")
        index.index(session, {"NCT00000009": {"title": [value], "country": [words]}})
    found(database, words, country=words)
    if read(value).terms and not read(value).left_out:
        assert found(database, value) == ["9"]


def test_the_index_follows_the_newest_version_and_is_left_alone_by_equal_texts(
    stored: Database, make_version: Make
) -> None:
    def keep(content: str, texts: Texts) -> None:
        with stored.write() as session:
            version = make_version(content, "NCT00000001", summary=Summary(texts=texts))
            add_versions(session, [version])

    keep("other", {"id": ["NCT00000001"], "title": ["Myositis"]})
    assert (found(stored, "lupus"), found(stored, "myositis")) == (["2"], ["1"])
    with stored.write() as session:
        assert index.index(session, {"NCT00000001": {"id": ["NCT00000001"], "title": ["Myositis"]}}) == 0
        assert index.index(session, {"NCT00000001": {"id": ["NCT00000001"], "title": ["Myopathy"]}}) == 1
    assert (found(stored, "myositis"), found(stored, "myopathy")) == ([], ["1"])


def test_the_index_is_written_with_the_version_or_not_at_all(stored: Database, make_version: Make) -> None:
    version = make_version("other", "NCT00000001", summary=Summary(texts={"title": ["Myositis"]}))

    def killed() -> None:
        with stored.write() as session:
            add_versions(session, [version])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert (found(stored, "myositis"), found(stored, "kyv101")) == ([], ["1"])


def test_a_study_of_more_words_than_can_be_counted_is_found_by_all_of_them(database: Database) -> None:
    sites = [f"Hospital {number:05} of Ward {number % 7}" for number in range(6000)]
    with database.write() as session:
        studies.name_studies(session, ["NCT00000001"], "2026-09-01")
        index.index(session, {"NCT00000001": {"site": sites, "country": ["Peru"]}})
    assert found(database, "05999") == found(database, "hospital peru") == ["1"]
    assert found(database, '"hospital 00001"') == ["1"]
    # what cannot be counted is in no phrase, on neither database
    assert found(database, '"hospital 05999"') == []


def test_a_study_that_is_only_named_is_found_by_its_id(database: Database) -> None:
    with database.write() as session:
        studies.name_studies(session, ["NCT00000042"], "2026-09-01")
    with database.read() as session:
        (hit,) = search.find(session, read("nct00000042"), Narrowing(), after=None, limit=9)
        assert (hit.nct_id, hit.title, hit.state) == ("NCT00000042", None, "unread")
        assert index.coverage(session) == index.Coverage(1, 1)


def test_a_study_that_was_only_named_is_found_by_its_record_once_that_is_stored(
    database: Database, make_version: Make
) -> None:
    texts = RECORDS["NCT00000002"]
    with database.write() as session:
        studies.name_studies(session, ["NCT00000002"], "2026-09-01")
    with database.write() as session:
        first, second = (make_version(each, "NCT00000002", summary=Summary(texts=texts)) for each in "AB")
        add_versions(session, [first])
        add_versions(session, [second])
    assert (
        found(database, "sclerosis") == found(database, "shanghai") == found(database, "nct00000002") == ["2"]
    )
    with database.read() as session:
        assert index.coverage(session) == index.Coverage(1, 1)
        assert [*verify(session)] == []


def test_a_machine_without_fts5_says_so() -> None:
    database = open_database("sqlite://")
    # what SQLite says of a module that it was built without
    with pytest.raises(FullTextMissing, match="FTS5"), database.rebuild() as connection:
        connection.exec_driver_sql("CREATE VIRTUAL TABLE words USING fts5_of_another_build(a)")


@pytest.mark.parametrize("narrowing", [{}, {"status": "RECRUITING"}, {"watch": "some"}], ids=str)
def test_a_common_word_finds_the_same_studies_in_the_same_order_over_all_pages(
    database: Database, make_version: Make, monkeypatch: pytest.MonkeyPatch, narrowing: dict[str, str]
) -> None:
    """Those with the word in the title first, then those with its beginning there, then those with it elsewhere."""
    places = [{"title": ["Cancer"]}, {"title": ["Cancerous"]}, {"title": ["-"], "condition": ["Cancer"]}]
    ids = [f"NCT0000001{number}" for number in range(9)]
    with database.write() as session:
        save_watch(session, Watch("some", "ab" * 32))
        new = [
            make_version(
                nct_id, nct_id, summary=Summary("A", "RECRUITING", texts={"title": [], **places[at % 3]})
            )
            for at, nct_id in enumerate(ids)
        ]
        add_versions(session, new)
        enter(session, "some", dict.fromkeys(ids, "ids"), "2026-09-01")
    wanted = [(rank, nct_id) for at, rank in enumerate((0, 1, 2)) for nct_id in ids[at::3]]
    for common in (search.COMMON, 2):
        monkeypatch.setattr(search, "COMMON", common)
        assert [(hit.rank, hit.nct_id) for hit in paged(database, "cancer", narrowing)] == wanted
        with database.read() as session:
            assert search.count(session, read("cancer"), Narrowing(**narrowing)) == len(ids)


def paged(database: Database, words: str, narrowing: dict[str, str]) -> list[search.Hit]:
    """All that is found, two at a time."""
    found: list[search.Hit] = []
    with database.read() as session:
        while True:
            after = (found[-1].rank, found[-1].nct_id) if found else None
            page = search.find(session, read(words), Narrowing(**narrowing), after=after, limit=2)
            if not page:
                return found
            found += page
