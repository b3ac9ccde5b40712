"""What people type for a watch is read as they mean it, or refused with the reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.registry.query import MOST_CHARACTERS, PARAMETERS
from sync.watches.typed import (
    WrongWatch,
    as_typed,
    definition_of,
    ids_typed,
    search_typed,
    searches_typed,
    watch_of,
)


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("cond=lupus", {"cond": "lupus"}),
        ('cond=lupus; intr="CAR-T" OR x', {"cond": "lupus", "intr": '"CAR-T" OR x'}),
        (
            "query.cond = lupus ;filter.overallStatus=RECRUITING",
            {"query.cond": "lupus", "filter.overallStatus": "RECRUITING"},
        ),
        ("cond=a; b; intr=c", {"cond": "a; b", "intr": "c"}),
        ("lupus nephritis", {"term": "lupus nephritis"}),
        (
            "https://clinicaltrials.gov/search?cond=lupus&intr=CAR-T&viewType=Table&page=2",
            {"cond": "lupus", "intr": "CAR-T"},
        ),
        (
            "https://clinicaltrials.gov/search?aggFilters=status:rec&cond=a%20%26%20b",
            {"aggFilters": "status:rec", "cond": "a & b"},
        ),
    ],
)
def test_a_search_is_read_as_it_was_meant(text, search):
    assert search_typed(text) == search


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cnd=lupus", "did you mean 'cond'"),
        ("cond=", "has no value"),
        ("cond=a; cond=b", "names 'cond' twice"),
        ("cond=a; query.cond=b", "twice, with and without its prefix"),
        ("pageSize=5", "the walk sets it itself"),
        ("geoDecay=func:linear", "a search needs a parameter that finds something"),
        ("https://clinicaltrials.gov/", "a search needs a parameter"),
        ("https://clinicaltrials.gov/search?locStr=Berlin", "no search parameter 'locStr'"),
        ("***", "has no value"),
        ("cond=a\0b", "control characters"),
        ("x" * 10_000, f"{MOST_CHARACTERS:,} characters"),
        ("https://x?" + "a=1&" * 1000, "cannot be read"),
    ],
)
def test_a_search_that_means_nothing_is_refused_with_the_reason(text, reason):
    with pytest.raises(WrongWatch) as refused:
        search_typed(text)
    assert reason in str(refused.value)
    assert len(str(refused.value)) < 1_000  # a text of 10,000 characters is not repeated


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(WrongWatch) as refused:
        searches_typed(["cnd=a", "", "cond=b", "intr="])
    assert len(refused.value.faults) == 2


@given(
    st.dictionaries(
        st.sampled_from(sorted(PARAMETERS)), st.text(min_size=1, max_size=30), min_size=1, max_size=3
    )
)
def test_a_search_is_read_back_as_it_is_written(search):
    try:
        watch_of("w", searches=[search])
    except WrongWatch:
        return
    assert search_typed(as_typed(search)) == search


def test_ids_are_found_between_commas_spaces_and_lines_each_once():
    assert ids_typed("nct00000001, NCT00000002\n\nNCT00000001;NCT00000003") == (
        "NCT00000001",
        "NCT00000002",
        "NCT00000003",
    )
    assert ids_typed("  ") == ()


def test_of_wrong_ids_a_few_are_named():
    with pytest.raises(WrongWatch, match=r"'NCT1', '<b>', .* and 3 more: not an NCT ID"):
        ids_typed("NCT00000001 NCT1 <b> x y z 1 2 3")


@pytest.mark.parametrize(
    "name", ["", "a b", "<b>x</b>", "../x", "-a", "é", "a" * 101, "NCT06056921", "nct06056921", "a\n"]
)
def test_a_name_that_the_file_could_not_have_is_refused(name):
    with pytest.raises(WrongWatch, match="name"):
        watch_of(name, ids=["NCT00000001"])


def test_a_watch_of_nothing_is_none():
    with pytest.raises(WrongWatch, match="name some ids, searches or related_to"):
        watch_of("w")


def test_what_is_kept_of_a_watch_makes_it_again():
    watch = watch_of("w", ids=["NCT00000001"], searches=[{"cond": "a"}], related_to=["NCT00000002"])
    assert watch_of("w", **definition_of(watch)) == watch
