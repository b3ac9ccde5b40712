"""What holds for any two versions: nothing from nothing, something from anything, and differences lead to the other."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from deepdiff import DeepDiff
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.changes.compare import Difference, UnhandledDelta, differences
from sync.changes.compare.differences import _op
from sync.changes.event import Event
from sync.changes.model import Kind, Op, Origin, Severity, Snapshot
from sync.study.canonical import canonicalise

Record = dict[str, Any]
Place = tuple[Any, ...]

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_NOISE = {"versionHolder", "geoPoint", "size", "derivedSection"}


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Every leaf of a record that is not noise."""
    if isinstance(value, dict):
        for name, child in value.items():
            if name not in _NOISE:
                yield from places(child, (*place, name))
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from places(child, (*place, number))
    else:
        yield place


def put(record: Record, place: Place, value: Any) -> None:
    at: Any = record
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value


def get(record: Record, place: Place) -> Any:
    at: Any = record
    for key in place:
        at = at[key]
    return at


def edited(value: Any, number: int) -> Any:
    """Another value of the same type, never an equal one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1 + number
    return f"{value} changed {number}"


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name], chance) for name in names}
    if isinstance(value, list):
        return chance.sample([shuffled(child, chance) for child in value], len(value))
    return value


def apply(found: list[Difference], tree: Record) -> Record:
    """The canonical form that results when the differences are applied to `tree`."""
    result = copy.deepcopy(tree)
    for each in sorted(found, key=lambda each: each.op is Op.ADDED):
        parent, last = _parent(result, each.keys), each.keys[-1]
        if each.op is Op.REMOVED:
            del parent[last]
        elif each.op is Op.CHANGED:
            parent[last] = each.new
        else:  # a duplicate takes a place that is free
            parent[next(key for key in _numbered(last) if key not in parent)] = each.new
    return result


def _numbered(key: str) -> Iterator[str]:
    yield key
    yield from (f"{key.partition(' #')[0]} #{number}" for number in count(2))


def _parent(tree: Any, keys: tuple[str, ...]) -> Any:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
    return tree


def test_a_version_compared_with_itself_gives_nothing(
    invented: Record, told: Callable[..., Event | None], snapshot: Callable[..., Snapshot]
) -> None:
    assert told(invented, copy.deepcopy(invented)) is None
    assert differences(snapshot(invented).canonical.content, snapshot(invented).canonical.content) == []


@QUICK
@given(data=st.data())
def test_any_edit_of_anything_that_is_not_noise_is_an_event(
    data: st.DataObject, invented: Record, told: Callable[..., Event | None]
) -> None:
    after = copy.deepcopy(invented)
    place = data.draw(st.sampled_from(list(places(invented))))
    put(after, place, edited(get(after, place), data.draw(st.integers(0, 9))))
    event = told(invented, after)
    assert event is not None
    assert event.changes
    assert any(change.kind is not Kind.DERIVED for change in event.changes)
    assert event.reasons, f"no rule speaks of {[change.path for change in event.changes]}"
    assert event.headline


@QUICK
@given(data=st.data())
def test_anything_taken_out_is_an_event_and_so_is_its_return(
    data: st.DataObject, invented: Record, told: Callable[..., Event | None]
) -> None:
    after = copy.deepcopy(invented)
    place = data.draw(st.sampled_from([place for place in places(invented) if place[-1] != "nctId"]))
    kept = place[: data.draw(st.integers(2, len(place)))] if len(place) > 2 else place
    del get(after, kept[:-1])[kept[-1]]
    assert told(invented, after) is not None
    assert told(after, invented) is not None


@QUICK
@given(seed=st.integers(0, 10_000))
def test_the_order_of_lists_and_fields_is_noise(
    seed: int, invented: Record, told: Callable[..., Event | None]
) -> None:
    after = shuffled(copy.deepcopy(invented), random.Random(seed))
    after["derivedSection"]["miscInfoModule"]["versionHolder"] = "2026-08-21"
    assert told(invented, after) is None


def test_a_text_laid_out_anew_is_noise(
    before: Record, after: Record, told: Callable[..., Event | None]
) -> None:
    module = after["protocolSection"]["descriptionModule"]
    module["briefSummary"] = (
        "<p>LC-17 cells are given\n once.</p>\r\n<p>Patients are followed for two&nbsp;years.</p>"
    )
    module = after["protocolSection"]["eligibilityModule"]
    module["eligibilityCriteria"] = (
        "<p>Inclusion Criteria:</p><ul><li>Age 18 or\n older</li><li>Platelets &gt;= 50 x 10^9/L</li></ul>"
        "<p>Exclusion Criteria:</p><ol><li>Pregnancy</li><li>Prior cell therapy</li></ol>"
    )
    assert told(before, after) is None


def test_what_the_registry_computes_is_told_as_its_own_and_never_more_than_information(
    before: Record, after: Record, told: Callable[..., Event | None]
) -> None:
    after["derivedSection"]["conditionBrowseModule"]["meshes"][0]["term"] = "Lupus"
    event = told(before, after)
    assert event is not None
    assert (event.kind, event.severity, event.origin) == (Kind.DERIVED, Severity.INFO, Origin.REGISTRY)
    after["protocolSection"]["identificationModule"]["acronym"] = "LUNA"
    event = told(before, after)
    assert event is not None
    assert {change.kind for change in event.changes} == {Kind.IDENTIFICATION, Kind.DERIVED}


def test_coordinates_computed_anew_are_told_of_the_site_as_the_registrys(
    before: Record, after: Record, told: Callable[..., Event | None]
) -> None:
    after["protocolSection"]["contactsLocationsModule"]["locations"][0]["geoPoint"] = {"lat": 1.0, "lon": 2.0}
    event = told(before, after)
    assert event is not None
    assert (event.kind, event.severity, event.origin) == (Kind.SITES, Severity.INFO, Origin.REGISTRY)
    (change,) = event.changes
    assert change.path.startswith("protocolSection.contactsLocationsModule.locations[")
    assert change.path.endswith("].geoPoint")


_WORDS = st.sampled_from(["A", "B", "B #2", "C d", "__x", "['q']", "é", "a.b"])
_LEAVES = st.one_of(st.none(), st.integers(-3, 3), st.booleans(), _WORDS, st.floats(-2, 2))
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_WORDS, inner, max_size=4)),
    max_leaves=20,
)
_SITES = st.lists(
    st.fixed_dictionaries(
        {"facility": st.sampled_from("ABC"), "city": st.just("Oslo")},
        optional={
            "status": _WORDS,
            "contacts": st.lists(st.fixed_dictionaries({"name": _WORDS, "phone": _WORDS}), max_size=3),
        },
    ),
    max_size=6,
)
_RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "protocolSection": st.fixed_dictionaries(
            {},
            optional={
                "contactsLocationsModule": st.fixed_dictionaries(
                    {}, optional={"locations": _SITES, "other": _TREES}
                ),
                "statusModule": st.dictionaries(
                    st.sampled_from(["overallStatus", "startDateStruct"]), _TREES
                ),
                "outcomesModule": st.dictionaries(
                    st.sampled_from(["primaryOutcomes", "secondaryOutcomes"]), _TREES
                ),
                "newModule": _TREES,
            },
        ),
        "resultsSection": _TREES,
        "annotationSection": _TREES,
        "newSection": _TREES,
    },
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=_RECORDS, after=_RECORDS)
def test_the_differences_lead_from_one_version_to_the_other(before: Record, after: Record) -> None:
    old, new = canonicalise(before).content, canonicalise(after).content
    found = differences(old, new)
    assert bool(found) == (canonicalise(before).content_hash != canonicalise(after).content_hash)
    assert _as_multisets(apply(found, old)) == _as_multisets(new)


def _as_multisets(value: Any) -> Any:
    """A canonical form in which neither the counter of duplicates ("X #2") nor an emptied branch matters."""
    if not isinstance(value, dict):
        return repr(value)
    groups: dict[str, list[str]] = {}
    for key, child in value.items():
        if child != {}:
            groups.setdefault(key.partition(" #")[0], []).append(repr(_as_multisets(child)))
    return sorted((key, sorted(children)) for key, children in groups.items() if children != ["[]"])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=_RECORDS, after=_RECORDS)
def test_any_two_records_however_odd_are_explained(
    before: Record, after: Record, told: Callable[..., Event | None]
) -> None:
    event = told(before, after)
    assert (event is None) == (canonicalise(before).content_hash == canonicalise(after).content_hash)
    if event is not None:
        assert event.changes
        assert event.as_json()["headline"]


def test_a_kind_of_difference_that_is_not_known_is_an_error() -> None:
    with pytest.raises(UnhandledDelta, match="attribute_added"):
        _op("attribute_added")


def _pairs(number: int) -> Iterator[tuple[Record, Record]]:
    """Small records and what becomes of them: untouched, shuffled, edited, an element more or less."""
    chance = random.Random(17)
    for _ in range(number):
        before = {"protocolSection": {"contactsLocationsModule": {"locations": _some_sites(chance)}}}
        after = shuffled(before, chance)
        sites = after["protocolSection"]["contactsLocationsModule"]["locations"]
        for _ in range(chance.choice((0, 0, 1, 2))):
            _edit(sites, chance)
        yield before, after


def _some_sites(chance: random.Random) -> list[Record]:
    return [_site(chance) for _ in range(chance.randint(1, 6))]


def _site(chance: random.Random) -> Record:
    site = {"facility": chance.choice("ABC"), "city": chance.choice(("Oslo", "Bergen"))}
    if chance.random() < 0.7:
        site["status"] = chance.choice(("RECRUITING", "COMPLETED"))
    return site


def _edit(sites: list[Record], chance: random.Random) -> None:
    match chance.choice(("add", "remove", "status", "name")):
        case "add":
            sites.append(_site(chance))
        case "remove" if len(sites) > 1:
            sites.pop(chance.randrange(len(sites)))
        case "status":
            chance.choice(sites)["status"] = chance.choice(("RECRUITING", "COMPLETED", "WITHDRAWN"))
        case _:
            chance.choice(sites)["facility"] = chance.choice("ABCD")


@pytest.mark.parametrize(
    "number", [500, pytest.param(10_000, marks=pytest.mark.slow)], ids=["500 pairs", "10,000 pairs"]
)
def test_changed_or_not_is_as_deepdiff_without_order_says(number: int) -> None:
    changed = 0
    for before, after in _pairs(number):
        ours = bool(differences(canonicalise(before).content, canonicalise(after).content))
        assert ours == bool(DeepDiff(before, after, ignore_order=True, report_repetition=True)), (
            before,
            after,
        )
        changed += ours
    assert 0.3 < changed / number < 0.9


def test_five_thousand_shuffled_sites_are_noise_and_one_more_is_one_change(
    invented: Record, told: Callable[..., Event | None]
) -> None:
    before = copy.deepcopy(invented)
    before["protocolSection"]["contactsLocationsModule"]["locations"] = [
        {"facility": f"Crater {n}", "city": "Lyon", "country": "France", "status": "RECRUITING"}
        for n in range(5000)
    ]
    after = shuffled(before, random.Random(1))
    assert told(before, after) is None
    after["protocolSection"]["contactsLocationsModule"]["locations"].append(
        {"facility": "Dome", "city": "Nice"}
    )
    event = told(before, after)
    assert event is not None
    assert [(change.kind, change.op) for change in event.changes] == [(Kind.SITES, Op.ADDED)]


@pytest.mark.parametrize("place", ["newModule", "designModule"])
def test_lists_in_lists_in_lists_are_compared_in_no_time(
    place: str, invented: Record, told: Callable[..., Event | None]
) -> None:
    before, after = copy.deepcopy(invented), copy.deepcopy(invented)
    before["protocolSection"].setdefault(place, {})["nested"] = _nested("one")
    after["protocolSection"].setdefault(place, {})["nested"] = _nested("two")
    started = time.process_time()
    assert told(before, after) is not None
    assert time.process_time() - started < 5


def _nested(leaf: Any) -> Any:
    for level in range(96):
        leaf = [leaf] if level % 3 else {"of": leaf}
    return leaf
