"""Where two canonical forms differ: what takes a short way says the same as what goes the long one."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from sync.changes.compare import differences
from sync.changes.compare.differences import _deepdiff, _fields, _matched
from sync.changes.event import Event
from sync.changes.model import Op

Record = dict[str, Any]


@pytest.mark.parametrize("number", range(30))
def test_two_objects_of_texts_differ_as_deepdiff_says(number: int) -> None:
    chance = random.Random(number)
    names = ("status", "city", "zip", "__private", "it's", "root['a']", "x" * 300)
    old, new = (
        {name: chance.choice("ab") + side for name in names if chance.random() < 0.7} for side in "12"
    )
    assert sorted(_fields(old, new)) == sorted(_deepdiff(old, new))


def test_keys_without_twins_pair_in_the_order_of_the_older_side() -> None:
    old, new = {"b": 1, "a": 2, "c": 3}, {"d": 4, "c": 5, "b": 6}
    pairs = [("b", "b"), ("a", None), ("c", "c"), (None, "d")]
    assert list(_matched(old, new)) == pairs
    # a key that is one of twins takes the long way, which comes to the same for all others
    twin = {"x": "1", "x #2": "2"}
    assert list(_matched(old | twin, new | twin)) == pairs


def test_nothing_is_found_where_nothing_differs() -> None:
    form = {"protocolSection": {"statusModule": {"overallStatus": "RECRUITING"}}}
    assert differences(form, form) == []
    assert [each.op for each in differences(form, {})] == [Op.REMOVED]


def test_only_the_coordinates_that_moved_are_told(
    invented: Record, told: Callable[[Record, Record], Event]
) -> None:
    before, after = deepcopy(invented), deepcopy(invented)
    for record, lat in ((before, 1.5), (after, 2.5)):
        sites = record["protocolSection"]["contactsLocationsModule"]["locations"]
        sites.append({"facility": "Twin", "city": "Ghent", "geoPoint": {"lat": 51.0, "lon": lat}})
        sites.append({"facility": "Twin", "city": "Ghent", "geoPoint": {"lat": 51.0, "lon": 3.7}})
        sites.append({"facility": "Other", "city": "Ghent", "geoPoint": {"lat": 51.0, "lon": 3.7}})
    (change,) = [each for each in told(before, after).changes if each.path.endswith(".geoPoint")]
    assert "Twin" in change.path
    assert (change.old["lon"], change.new["lon"]) == (1.5, 2.5)
