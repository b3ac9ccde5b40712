"""Walks over the pages of a search: complete and without repeats, or not at all (FAULTS B1 to B8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from sync.registry.errors import BadRequest, StaleToken, Unavailable, Unreadable, WalkBroken
from sync.registry.query import PARAMETERS, SORT, for_search
from tests.unit.registry.invented import NO_RETRY, Make, Shelf, ids, page_of, study

Answering = Callable[[httpx.Request], httpx.Response]


def pages(*answers: httpx.Response) -> Answering:
    """Gives one answer after the other, and the last one for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def always(answer: Answering) -> httpx.MockTransport:
    return httpx.MockTransport(answer)


def some(*numbers: int, **page: object) -> httpx.Response:
    return page_of([study(f"NCT{number:08d}") for number in numbers], **page)  # type: ignore[arg-type]


REFUSED = httpx.Response(400, text="`pageToken` has incorrect format")


def test_a_search_finds_every_id_once_in_order(make_registry: Make) -> None:
    shelf = Shelf(ids(2500))
    found = make_registry(shelf).search({"intr": "CAR-T", "cond": "lupus"})
    assert (found.ids, found.total, found.nameless) == (tuple(ids(2500)), 2500, 0)
    assert len(shelf.asked) == 3


def test_every_page_is_asked_for_with_the_same_parameters_and_a_named_order(make_registry: Make) -> None:
    shelf = Shelf(ids(2500))
    make_registry(shelf).search({"intr": "CAR-T", "filter.overallStatus": "RECRUITING"})
    asked = [dict(request.url.params) for request in shelf.asked]
    tokens = [params.pop("pageToken", None) for params in asked]
    assert tokens == [None, "1000", "2000"]
    assert asked[0] == asked[1] == asked[2]
    assert asked[0] == {
        "query.intr": "CAR-T",
        "filter.overallStatus": "RECRUITING",
        "fields": "NCTId",
        "pageSize": "1000",
        "countTotal": "true",
        "sort": SORT,
    }


def test_a_search_that_finds_nothing_is_an_answer(make_registry: Make) -> None:
    assert make_registry(Shelf([])).search({"intr": "CAR-T"}).ids == ()


def test_a_page_size_cut_by_the_registry_costs_requests_and_no_studies(make_registry: Make) -> None:
    shelf = Shelf(ids(250), size=100)
    assert make_registry(shelf).search({"term": "x"}).ids == tuple(ids(250))
    assert len(shelf.asked) == 3


def test_a_token_refused_in_the_middle_starts_the_walk_again(make_registry: Make) -> None:
    shelf = Shelf(ids(250), size=100, instead={2: lambda _: REFUSED})
    assert make_registry(shelf).search({"term": "x"}).ids == tuple(ids(250))
    assert [request.url.params.get("pageToken") for request in shelf.asked] == [
        None,
        "100",
        None,
        "100",
        "200",
    ]


def test_a_token_that_is_always_refused_ends_after_three_walks(make_registry: Make) -> None:
    registry = make_registry(
        always(lambda asked: REFUSED if "pageToken" in asked.url.params else some(1, total=2, token="t"))
    )
    with pytest.raises(StaleToken, match="incorrect format"):
        registry.search({"term": "x"})
    assert registry.requests == 6


def test_a_refused_first_page_is_a_bad_request_and_no_dead_token(make_registry: Make) -> None:
    registry = make_registry(always(lambda _: REFUSED))
    with pytest.raises(BadRequest) as caught:
        registry.search({"term": "x"})
    assert not isinstance(caught.value, StaleToken)
    assert registry.requests == 1


@pytest.mark.parametrize(
    "answers",
    [
        (some(1, 2, total=4, token="a"), some(1, 2, token="b"), some(3, 4)),
        (some(1, 2, total=4, token="a"), some(3, token="a")),
        (some(1, 2, total=4, token="a"), some(token="a")),
        (some(1, 2, total=5, token="a"), some(3, 4)),
        (some(1, 2, total=4, token="a"), some(2, 3)),
        (some(1, 2, total=600_000),),
    ],
    ids=[
        "a page twice",
        "a token to itself",
        "an empty token to itself",
        "short",
        "a study moved",
        "600,000 counted",
    ],
)
def test_a_walk_that_does_not_add_up_is_made_three_times_and_then_believed_in_nothing(
    make_registry: Make, answers: tuple[httpx.Response, ...]
) -> None:
    by_token = dict(zip((None, "a", "b"), answers, strict=False))
    registry = make_registry(always(lambda asked: by_token[asked.url.params.get("pageToken")]))
    with pytest.raises(WalkBroken) as caught:
        registry.search({"term": "x"})
    assert 3 <= registry.requests <= 3 * len(answers)
    assert (caught.value.passing, caught.value.exit_code) == (True, 4)


def test_a_walk_that_adds_up_the_second_time_is_taken(make_registry: Make) -> None:
    answer = pages(some(1, 2, total=4, token="a"), some(2, 3), some(1, 2, total=4, token="a"), some(3, 4))
    found = make_registry(always(answer)).search({"term": "x"})
    assert found.ids == tuple(ids(4))


def test_a_study_met_twice_counts_once(make_registry: Make) -> None:
    answer = pages(some(1, 2, total=3, token="a"), some(2, 3))
    assert make_registry(always(answer)).search({"term": "x"}).ids == tuple(ids(3))


def test_an_empty_page_in_the_middle_or_at_the_end_is_gone_past(make_registry: Make) -> None:
    answer = pages(some(1, 2, total=4, token="a"), some(token="b"), some(3, 4, token="c"), some())
    assert make_registry(always(answer)).search({"term": "x"}).ids == tuple(ids(4))


def test_empty_pages_without_end_lead_nowhere(make_registry: Make) -> None:
    count = iter(range(1, 10**6))
    registry = make_registry(always(lambda _: some(total=5, token=str(next(count)))))
    with pytest.raises(WalkBroken, match="nowhere"):
        registry.search({"term": "x"})
    assert registry.requests < 50


def test_a_first_page_without_a_total_cannot_be_checked_and_is_unreadable(make_registry: Make) -> None:
    with pytest.raises(Unreadable):
        make_registry(always(lambda _: some(1, 2))).search({"term": "x"})


def test_a_study_without_a_readable_id_neither_breaks_the_walk_nor_is_found(make_registry: Make) -> None:
    answer = page_of(
        [study("NCT00000001"), study("../../x"), b'{"count":NaN}', study("NCT00000002")], total=4
    )
    found = make_registry(always(lambda _: answer)).search({"term": "x"})
    assert (found.ids, found.total, found.nameless) == (("NCT00000001", "NCT00000002"), 4, 2)


@pytest.mark.parametrize("request_number", range(1, 7))
def test_an_error_on_any_page_is_waited_out_where_it_stands(make_registry: Make, request_number: int) -> None:
    shelf = Shelf(ids(500), size=100, instead={request_number: lambda _: httpx.Response(503)})
    assert make_registry(shelf).search({"term": "x"}).ids == tuple(ids(500))
    assert len(shelf.asked) == 5 + (request_number <= 5)


def test_an_error_that_stays_on_a_later_page_loses_the_walk_and_returns_no_part_of_it(
    make_registry: Make,
) -> None:
    shelf = Shelf(ids(500), size=100, instead={3: lambda _: httpx.Response(503)})
    with pytest.raises(Unavailable):
        make_registry(shelf, patience=NO_RETRY).search({"term": "x"})


@pytest.mark.parametrize("only_ids", ["NCT00000001", "nct00000001 , NCT2", " NCT00000001\nNCT00000002 "])
@pytest.mark.parametrize("name", ["id", "term", "query.cond"])
def test_a_query_of_nothing_but_ids_becomes_a_filter_because_it_would_switch_the_others_off(
    name: str, only_ids: str
) -> None:
    asked = for_search({name: only_ids, "filter.overallStatus": "RECRUITING"})
    assert asked["filter.ids"] in ("NCT00000001", "NCT00000001|NCT00000002")
    assert asked["filter.overallStatus"] == "RECRUITING"
    assert not any(key.startswith("query.") for key in asked)


def test_an_id_among_other_words_stays_a_query() -> None:
    assert for_search({"term": "NCT00000001 OR lupus"})["query.term"] == "NCT00000001 OR lupus"


def test_ids_in_two_places_must_have_some_in_common() -> None:
    assert (
        for_search({"id": "NCT00000001 NCT00000002", "filter.ids": "NCT00000002"})["filter.ids"]
        == "NCT00000002"
    )
    with pytest.raises(BadRequest, match="none in common"):
        for_search({"id": "NCT00000001", "filter.ids": "NCT00000002"})


def test_the_parameters_of_the_walk_itself_cannot_be_set() -> None:
    for name in ("pageSize", "sort", "fields", "pageToken", "countTotal", "format"):
        with pytest.raises(BadRequest, match=name):
            for_search({name: "1"})


def test_parameters_are_named_as_the_registry_names_them() -> None:
    asked = for_search({"intr": "a", "query.cond": "b", "filter.advanced": "c", "aggFilters": "d"})
    assert {"query.intr", "query.cond", "filter.advanced", "aggFilters"} < asked.keys()


@pytest.mark.parametrize("search", [{}, {"cond": ""}, {"cond": " \t"}, {"cond": '"*"'}, {"filter.foo": "x"}])
def test_a_search_that_means_nothing_is_never_asked(search: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        for_search(search)


def test_every_search_parameter_of_the_registrys_own_description_is_known() -> None:
    described = Path(__file__).parents[4] / "shared" / "registry" / "openapi.yaml"
    if not described.is_file():
        pytest.skip(f"{described} is not here")
    text = described.read_text("utf-8")
    listing = text[text.index("\n  /studies:") : text.index("\n  /studies/{")]
    names = re.findall(r'name: "([^"]+)"', listing)
    walking = {"format", "markupFormat", "fields", "sort", "countTotal", "pageSize", "pageToken"}
    assert {*PARAMETERS} == {*names} - walking
