"""A generated registry: what it says is a function of seed, study and release, and spread as real records are."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from sync.demo.registry.answers import Answer, Page, QueryError, Request
from sync.demo.registry.api import Api
from sync.demo.registry.generated.calendar import DEFAULT_RELEASE, FIRST, number_of, release_of
from sync.demo.registry.generated.corpus import GeneratedCorpus
from sync.demo.registry.generated.dates import by_date
from sync.demo.registry.generated.life import ENDED, first_posted, life_on, posted
from sync.demo.registry.search import Search
from sync.study.canonical import canonicalise
from sync.study.record import Study, read_record
from sync.study.shape import check_shape
from sync.study.unknown_rule import unknown_day

SORT = "LastUpdatePostDate:desc|StudyFirstPostDate:desc"
DAY = number_of(DEFAULT_RELEASE)
SEED = 7


@pytest.fixture(scope="module")
def corpus() -> GeneratedCorpus:
    return GeneratedCorpus(800, SEED)


def unstamped(corpus: GeneratedCorpus, number: int, release: int) -> bytes:
    return corpus.record(number, release).replace(release_of(release).encode() + b'"},"cond', b'"},"cond')


def ask(corpus: GeneratedCorpus, release: int = DAY, **params: str) -> Page:
    given = (("pageSize", "1000"), *((name.replace("_", "."), value) for name, value in params.items()))
    page = Api(corpus, release_of(release)).answer(Request("GET", "/api/v2/studies", given))
    assert isinstance(page, Page), page
    return page


def walked(corpus: GeneratedCorpus, release: int = DAY, **params: str) -> Iterator[dict[str, Any]]:
    """Every record of a walk, its total checked."""
    page = ask(corpus, release, countTotal="true", **params)
    total, count = page.total, 0
    while True:
        yield from map(json.loads, page.records)
        count += len(page.records)
        if page.token is None:
            assert count == total
            return
        page = ask(corpus, release, pageToken=page.token, **params)


def id_of(record: dict[str, Any]) -> str:
    return str(record["protocolSection"]["identificationModule"]["nctId"])


def test_a_record_is_a_function_of_seed_study_and_release(corpus: GeneratedCorpus) -> None:
    larger, others = GeneratedCorpus(90_000, SEED), GeneratedCorpus(800, SEED + 1)
    for number in range(FIRST, FIRST + 20):
        record = corpus.record(number, DAY)
        assert record == larger.record(number, DAY)
        assert record != others.record(number, DAY)


def test_sizes_are_spread_as_those_of_real_records(corpus: GeneratedCorpus) -> None:
    sizes = [len(corpus.record(number, DAY)) for number in corpus.calendar.numbers(DAY)]
    twentieths = statistics.quantiles(sizes, n=20)
    assert 10_000 < twentieths[9] < 12_000
    assert 45_000 < twentieths[18] < 70_000
    assert max(sizes) < 1_300_000


def test_every_record_is_read_strictly(corpus: GeneratedCorpus) -> None:
    for number in [*range(FIRST, FIRST + 150), *corpus.calendar.registered(1, DAY)]:
        record = read_record(corpus.record(number, DAY))
        check_shape(record)
        canonicalise(record)
        assert Study(record).nct_id == f"NCT{number}"


def test_a_sweep_by_update_date_finds_all_that_a_full_comparison_finds_but_what_the_registry_did(
    corpus: GeneratedCorpus,
) -> None:
    rates = []
    for release in (DAY, DAY + 1):
        day, numbers = release_of(release), list(corpus.calendar.numbers(release))
        differing = {
            number for number in numbers
            if not corpus.calendar.exists(number, release - 1)
            or unstamped(corpus, number, release) != unstamped(corpus, number, release - 1)
        }  # fmt: skip
        swept = {
            int(id_of(record)[3:])
            for record in walked(
                corpus, release, filter_advanced=f"AREA[LastUpdatePostDate]RANGE[{day},{day}]", sort=SORT
            )
        }
        registrys = (
            set(corpus.calendar.derived_on(release)) | flipped(corpus, release) | renamed(corpus, release)
        )
        assert swept == set(corpus.calendar.edited_on(release))
        assert differing == swept | registrys
        assert registrys - swept, "the registry itself changed nothing: the test shows less than it says"
        rates.append(len(differing) / len(numbers))
    assert 0.005 < statistics.mean(rates) < 0.03


def flipped(corpus: GeneratedCorpus, release: int) -> set[int]:
    def status(number: int, at: int) -> str:
        return life_on(corpus.calendar, number, at).status

    return {
        number for number in corpus.calendar.numbers(release - 1)
        if status(number, release) == "UNKNOWN" != status(number, release - 1)
    }  # fmt: skip


def renamed(corpus: GeneratedCorpus, release: int) -> set[int]:
    before, after = corpus.sponsors_renamed(release - 1), corpus.sponsors_renamed(release)
    sponsors = {sponsor for sponsor, times in after.items() if before.get(sponsor) != times}
    return {
        number
        for number in corpus.calendar.numbers(release - 1)
        if life_on(corpus.calendar, number, release).sponsor in sponsors
    }


def test_the_registry_sets_unknown_by_its_rule_and_on_the_day_of_the_forecast() -> None:
    corpus = GeneratedCorpus(2_000, SEED)
    first, last = DAY, DAY + 25
    flips = 0
    for number in range(FIRST, FIRST + 1_500):
        lives = [life_on(corpus.calendar, number, release) for release in (first, last)]
        if lives[0].status == "UNKNOWN" or lives[0].posted != lives[1].posted:
            continue
        if lives[0].status in ENDED:
            continue
        due = unknown_day(Study(json.loads(corpus.record(number, first))))
        assert (lives[1].status == "UNKNOWN") == (
            due is not None and due <= date.fromisoformat(release_of(last))
        )
        flips += lives[1].status == "UNKNOWN"
    assert flips


def test_kinds_of_edits_come_as_often_as_real_ones() -> None:
    corpus = GeneratedCorpus(1_500, SEED)
    kinds = Counter(
        kind
        for number in range(FIRST, FIRST + 1_000)
        for kind, _ in life_on(corpus.calendar, number, 300).edits
    )
    shares = {kind: count / kinds.total() for kind, count in kinds.items()}
    assert 0.05 < shares["status"] < 0.11
    assert (
        0.35
        < shares["sites_added"] + shares["sites_removed"] + shares["site_status"] + shares["contacts"]
        < 0.55
    )
    assert 0.01 < shares["criteria"] < 0.06


def test_a_study_that_is_edited_often_has_twenty_versions_and_a_history_of_them(
    corpus: GeneratedCorpus,
) -> None:
    busy = next(n for n in range(FIRST, FIRST + 800) if len(corpus.calendar.edits(n, DAY)) > 20)
    answer = Api(corpus, release_of(DAY)).answer(Request("GET", f"/api/int/studies/NCT{busy}/history"))
    assert isinstance(answer, Answer)
    listed = json.loads(answer.body)["changes"]
    assert len(listed) == 1 + len(corpus.calendar.edits(busy, DAY))
    assert listed[-1]["date"] == str(life_on(corpus.calendar, busy, DAY).submitted)


def test_a_walk_holds_every_study_once_the_latest_updates_first(corpus: GeneratedCorpus) -> None:
    records = list(walked(corpus, sort=SORT, pageSize="500"))
    ids = [id_of(record) for record in records]
    assert len(set(ids)) == len(ids) == corpus.calendar.count(DAY)
    days = [
        record["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] for record in records
    ]
    assert days == sorted(days, reverse=True)


def test_all_studies_at_once_are_in_the_order_of_each_ones_dates(corpus: GeneratedCorpus) -> None:
    for release in (0, 1, 57, DAY):
        numbers = sorted(corpus.calendar.numbers(release))
        dates = {
            number: (posted(corpus.calendar, number, release), first_posted(corpus.calendar, number))
            for number in numbers
        }
        expected = sorted(numbers, key=dates.__getitem__, reverse=True)
        assert by_date(corpus.calendar, release).tolist() == expected


def test_a_walk_for_ids_alone_makes_no_record(
    corpus: GeneratedCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bytes:
        raise AssertionError("a record was made")

    monkeypatch.setattr(corpus, "record", refuse)
    assert len(list(walked(corpus, sort=SORT, fields="NCTId"))) == corpus.calendar.count(DAY)


@pytest.mark.parametrize(
    "params",
    [
        {"query_intr": 'CAR-T OR "chimeric antigen receptor"'},
        {"query_cond": "lupus OR leukemia", "filter_overallStatus": "RECRUITING|COMPLETED"},
        {"query_intr": "Letrozole AND Goserelin"},
        {"filter_advanced": "AREA[LastUpdatePostDate]RANGE[2024-06-01,2025-02-01]"},
        {"filter_advanced": "AREA[EnrollmentCount]RANGE[100,200]", "filter_overallStatus": "UNKNOWN"},
    ],
)
def test_a_search_finds_what_a_look_at_every_record_finds(
    corpus: GeneratedCorpus, params: dict[str, str]
) -> None:
    given = tuple((name.replace("_", "."), value) for name, value in params.items())
    search = Search.of(Request("GET", "", given), ())
    every = corpus.view(release_of(DAY)).studies
    expected = {nct_id for nct_id in every if search.finds(every[nct_id].version)}
    assert expected
    assert {id_of(record) for record in walked(corpus, sort=SORT, **params)} == expected


def test_a_former_id_leads_to_the_study(corpus: GeneratedCorpus) -> None:
    former = corpus.former_id(60_000_400)
    assert former == "NCT50000400"
    assert [id_of(record) for record in walked(corpus, filter_ids=f"{former}|NCT99999999")] == ["NCT60000400"]
    answer = Api(corpus, release_of(DAY)).answer(Request("GET", f"/api/v2/studies/{former}"))
    assert isinstance(answer, Answer)
    assert (answer.status, answer.headers) == (301, (("Location", "/api/v2/studies/NCT60000400"),))


@pytest.mark.parametrize("studies", [1, 999, 1_200, 20_000])
def test_so_many_studies_as_are_asked_for_are_there_on_the_default_release(studies: int) -> None:
    corpus = GeneratedCorpus(studies, SEED)
    assert (
        sum(1 for _ in corpus.calendar.numbers(DAY)) == len(corpus.view(DEFAULT_RELEASE).studies) == studies
    )


def test_there_is_a_release_each_weekday_and_new_studies_with_it(corpus: GeneratedCorpus) -> None:
    assert [corpus.release_after(day) for day in ("2026-09-03", "2026-09-04")] == ["2026-09-04", "2026-09-07"]
    with pytest.raises(QueryError, match="there is no release of 2026-09-05"):
        corpus.view("2026-09-05")
    (new, *_) = corpus.calendar.registered(DAY - 20, DAY)
    born = corpus.calendar.born(new)
    assert f"NCT{new}" in corpus.view(release_of(born)).studies
    assert f"NCT{new}" not in corpus.view(release_of(born - 1)).studies
