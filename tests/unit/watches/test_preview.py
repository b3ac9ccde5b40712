"""What a preview says of its numbers."""

from dataclasses import replace

import pytest

from sync.watches.preview import MANY, NothingToBeNear, Part, Preview, must_fit


def preview(*studies, limit=20_000):
    """What searches find: a number of studies, or the studies themselves where one answer holds them."""
    parts = tuple(
        Part(f"search {n}", "", each)
        if isinstance(each, int)
        else Part(f"search {n}", "", len(each), ids=each)
        for n, each in enumerate(studies, 1)
    )
    return Preview(parts, (), limit=limit, interval_s=1.0, per_request=100)


def test_what_several_searches_find_is_the_most_that_may_come():
    assert preview(1).sentence == "It would bring 1 study."
    assert preview(3, 0).sentence == "It would bring 3 studies."
    assert preview(3, 4).sentence == (
        "It would bring at most 7 studies. It may be as few as 4: "
        "a study that several large searches find is counted in each."
    )


def test_what_several_parts_find_is_counted_once_where_it_is_known_which_studies_they_are():
    one, two = frozenset({"NCT00000001", "NCT00000002"}), frozenset({"NCT00000002", "NCT00000003"})
    assert preview(one, two, frozenset()).sentence == "It would bring 3 studies."
    assert preview(one, two, 5).sentence.startswith("It would bring at most 8 studies. It may be as few as 5")
    assert not preview(one, two, limit=3).is_too_large
    assert "ids" not in preview(one).as_json()["parts"][0]


def test_many_studies_are_told_with_what_they_cost():
    assert not preview(MANY).is_too_large
    assert "20 requests, about 1 minute, on each release" in preview(MANY).sentence
    assert "120 requests, about 2 minutes, on each release" in preview(12_000).sentence


def test_more_than_the_limit_is_refused_with_what_to_do():
    found = preview(100_000)
    assert found.is_too_large
    assert "100,000 studies, more than the 20,000" in found.sentence
    assert "gates.max_studies" in found.sentence
    assert found.as_json()["too_large"] is True


def test_a_watch_of_what_is_near_a_study_that_the_registry_never_had_is_refused():
    must_fit(preview(3))
    with pytest.raises(NothingToBeNear, match="the registry has no study NCT99999999, so that nothing"):
        must_fit(replace(preview(0), nothing_to_be_near=("NCT99999999",)))
