"""Poison is one record's affair: of a hundred studies one is spoilt, 99 are read, and the one is kept apart with its bytes.

Told on the release before, spoilt on one release, well again on the next: nothing is said of it, and it is never absent.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.config import WatchSettings
from sync.registry.client import Registry
from sync.registry.pages import MAX_RECORD_BYTES
from sync.rules import by_watch
from sync.service import Service
from tests.acceptance.instance import Instance
from tests.faults.soundness import assert_sound

IDS = tuple(f"NCT{number:08d}" for number in range(1, 101))
ILL, OTHER = IDS[36], IDS[70]
FIRST, SECOND, THIRD = "2026-09-01", "2026-09-02", "2026-09-03"
Record = dict[str, Any]
Spoil = Callable[[Record], object]


def study(nct_id: str) -> Record:
    """An invented record with something in every module that is compared."""
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": nct_id,
                "briefTitle": f"Invented {nct_id}",
                "organization": {"fullName": "N"},
            },
            "statusModule": {
                "overallStatus": "RECRUITING",
                "statusVerifiedDate": "2026-01",
                "startDateStruct": {"date": "2026-01-05", "type": "ACTUAL"},
                "completionDateStruct": {"date": "2028-01", "type": "ESTIMATED"},
                "lastUpdatePostDateStruct": {"date": "2026-01-05", "type": "ACTUAL"},
            },
            "sponsorCollaboratorsModule": {
                "leadSponsor": {"name": "Invented", "class": "OTHER"},
                "collaborators": [{"name": "N"}],
            },
            "oversightModule": {"oversightHasDmc": True},
            "descriptionModule": {"briefSummary": "Invented."},
            "conditionsModule": {"conditions": ["Lupus"], "keywords": ["CAR-T"]},
            "designModule": {
                "studyType": "INTERVENTIONAL",
                "phases": ["PHASE1"],
                "enrollmentInfo": {"count": 24, "type": "ESTIMATED"},
            },
            "armsInterventionsModule": {
                "armGroups": [{"label": "A", "interventionNames": ["Drug: X"]}],
                "interventions": [{"type": "DRUG", "name": "X"}],
            },
            "outcomesModule": {"primaryOutcomes": [{"measure": "Safety", "timeFrame": "1 year"}]},
            "eligibilityModule": {
                "eligibilityCriteria": "* Aged 18",
                "stdAges": ["ADULT"],
                "healthyVolunteers": False,
            },
            "contactsLocationsModule": {
                "centralContacts": [{"name": "Desk"}],
                "locations": [{"facility": "Clinic", "city": "Town", "contacts": [{"name": "N"}]}],
            },
            "referencesModule": {"references": [{"pmid": "1", "citation": "N"}]},
        },
        "derivedSection": {
            "miscInfoModule": {"versionHolder": FIRST},
            "conditionBrowseModule": {"meshes": [{"id": "D1", "term": "Lupus"}]},
        },
        "hasResults": False,
    }


def at(*path: str | int, value: Any) -> Spoil:
    """Puts a value in the place of what the protocol has at a path."""

    def spoil(record: Record) -> None:
        place: Any = record["protocolSection"]
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value

    return spoil


def beside(name: str, value: Any) -> Spoil:
    """Puts a value beside the protocol."""
    return lambda record: record.update({name: value})


MODULES = (
    "statusModule", "sponsorCollaboratorsModule", "oversightModule", "descriptionModule", "conditionsModule", "designModule",
    "armsInterventionsModule", "outcomesModule", "eligibilityModule", "contactsLocationsModule", "referencesModule",
)  # fmt: skip
LISTS = (
    ("conditionsModule", "conditions"), ("conditionsModule", "keywords"), ("designModule", "phases"),
    ("armsInterventionsModule", "armGroups"), ("armsInterventionsModule", "interventions"),
    ("outcomesModule", "primaryOutcomes"), ("contactsLocationsModule", "locations"),
    ("contactsLocationsModule", "centralContacts"), ("sponsorCollaboratorsModule", "collaborators"),
    ("eligibilityModule", "stdAges"), ("referencesModule", "references"),
)  # fmt: skip
SHAPES: dict[str, tuple[Spoil, str]] = {
    **{
        f"{name} is a text": (at(name, value="gone"), f"{name} is a string, not an object")
        for name in MODULES
    },
    **{f"{name} is a list": (at(name, value=[]), f"{name} is a list, not an object") for name in MODULES[:4]},
    **{f"{name} is null": (at(name, value=None), f"{name} is null, not an object") for name in MODULES[:4]},
    **{
        f"{list_} is a text": (at(module, list_, value="gone"), f"{list_} is a string, not a list")
        for module, list_ in LISTS
    },
    **{
        f"{list_} is a number": (at(module, list_, value=7), f"{list_} is a number, not a list")
        for module, list_ in LISTS
    },
    **{
        f"{list_} is null": (at(module, list_, value=None), f"{list_} is null, not a list")
        for module, list_ in LISTS
    },
    **{
        f"{list_} is an object": (at(module, list_, value={}), f"{list_} is an object, not a list")
        for module, list_ in LISTS
    },
    "the status is null": (
        at("statusModule", "overallStatus", value=None),
        "overallStatus is null, not a text",
    ),
    "the status is a number": (
        at("statusModule", "overallStatus", value=3),
        "overallStatus is a number, not a text",
    ),
    "the status is an object": (
        at("statusModule", "overallStatus", value={}),
        "overallStatus is an object, not a text",
    ),
    "a date is a text": (
        at("statusModule", "startDateStruct", value="2026-01-05"),
        "startDateStruct is a string, not an object",
    ),
    "a date's day is a number": (
        at("statusModule", "completionDateStruct", "date", value=2028),
        "date is a number, not a text",
    ),
    "the enrollment is a number": (
        at("designModule", "enrollmentInfo", value=24),
        "enrollmentInfo is a number, not an object",
    ),
    "the count is a text": (
        at("designModule", "enrollmentInfo", "count", value="24"),
        "count is a string, not a number",
    ),
    "the count is true": (
        at("designModule", "enrollmentInfo", "count", value=True),
        "count is true or false, not a number",
    ),
    "the count is less than none": (
        at("designModule", "enrollmentInfo", "count", value=-5),
        "count is -5, which counts nothing",
    ),
    "the count is a part of a person": (
        at("designModule", "enrollmentInfo", "count", value=36.7),
        "count is 36.7, which counts nothing",
    ),
    "the criteria are a list": (
        at("eligibilityModule", "eligibilityCriteria", value=["a"]),
        "eligibilityCriteria is a list, not a text",
    ),
    "a flag is a text": (
        at("eligibilityModule", "healthyVolunteers", value="No"),
        "healthyVolunteers is a string, not true or false",
    ),
    "a site is a text": (
        at("contactsLocationsModule", "locations", value=["Clinic"]),
        "locations[0] is a string, not an object",
    ),
    "a condition is null": (
        at("conditionsModule", "conditions", value=[None]),
        "conditions[0] is null, not a text",
    ),
    "the derived part is a text": (
        beside("derivedSection", "x"),
        "derivedSection is a string, not an object",
    ),
    "the results are a list": (beside("resultsSection", []), "resultsSection is a list, not an object"),
    "the protocol is nested too deeply": (
        beside("deep", json.loads("[" * 30 + "]" * 30)),
        "lists nested deeper than 10",
    ),
}
"""Each way to spoil one record, and what the reason says."""


@dataclass
class Shelf(httpx.BaseTransport):
    """A registry of a hundred studies, one of which may be spoilt."""

    release: str = FIRST
    spoil: Callable[[Record], Record | bytes | None] = lambda record: record
    doubled: bytes | None = None
    """A record that comes besides those asked for."""
    asked: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answers as the registry does."""
        path = request.url.path
        self.asked.append(path)
        if path.endswith("/version"):
            return _json(
                json.dumps({"apiVersion": "2.0.5", "dataTimestamp": f"{self.release}T09:00:00"}).encode()
            )
        if "/studies/" in path:
            return _json(self.body(path.rpartition("/")[2], alone=True))
        ids = request.url.params["filter.ids"].split("|")
        bodies = [self.body(nct_id) for nct_id in ids]
        bodies += [self.doubled] if self.doubled and ILL in ids else []
        return _json(b'{"totalCount":%d,"studies":[' % len(ids) + b",\n".join(bodies) + b"]}")

    def body(self, nct_id: str, *, alone: bool = False) -> bytes:
        """One record as it is sent; the spoilt one is well when it is asked for alone, as are all others."""
        record = study(nct_id)
        record["derivedSection"]["miscInfoModule"]["versionHolder"] = self.release
        spoilt = self.spoil(record) if nct_id == ILL and not alone else record
        return spoilt if isinstance(spoilt, bytes) else json.dumps(spoilt or record).encode()


def _json(body: bytes) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(body), headers={"content-type": "application/json"})


@dataclass
class OnShelf(Instance):
    """An instance whose registry is a shelf in this very process."""

    shelf: Shelf = field(default_factory=Shelf)

    @contextmanager
    def service(self) -> Iterator[Service]:
        """The service, on the shelf."""
        settings = self.settings
        registry = Registry(
            settings.registry, patience=self.patience, max_bytes=self.max_bytes, transport=self.shelf
        )
        with self.database() as database, registry:
            yield Service(settings, database, registry, by_watch(settings), self.now)


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> OnShelf:
    """An instance that has read the hundred studies."""
    folder = tmp_path_factory.mktemp("read")
    instance = OnShelf(folder, "https://registry.example/api/v2", (WatchSettings(name="w", ids=IDS),))
    assert instance.sync().counts["baselines"] == 100
    return instance


@pytest.fixture
def instance(read_once: OnShelf, tmp_path: Path) -> OnShelf:
    """The instance that has read them, and a shelf with the next release."""
    fresh = copy.copy(read_once)
    fresh.folder, fresh.shelf = tmp_path, Shelf(SECOND)
    shutil.copy(read_once.file, fresh.file)
    return fresh


def assert_one_is_apart(
    instance: OnShelf, reason: str, *, nct_id: str | None = ILL, checked: int = 99
) -> bytes:
    """One cycle: all others read, the one kept apart and not called absent; then a release on which all is well again."""
    report = instance.sync()
    assert (report.state, report.counts["checked"], report.counts["quarantined"]) == ("partial", checked, 1)
    ((entry, raw),) = instance.refused()
    assert (entry.nct_id, reason in entry.reason) == (nct_id, True), entry.reason
    assert instance.events() == []
    assert report.counts["absent"] == 0
    assert len(instance.payloads(ILL)) == 1
    instance.shelf = Shelf(THIRD)
    assert instance.sync().state == "complete"
    assert instance.events() == []
    assert {instance.study(each).state for each in IDS} == {"present"}
    assert_sound_of(instance)
    return raw


def assert_sound_of(instance: OnShelf) -> None:
    with instance.database() as database:
        assert_sound(database)


@pytest.mark.parametrize("name", SHAPES)
def test_a_record_of_another_shape_is_kept_apart_and_99_are_read(name: str, instance: OnShelf) -> None:
    spoil, reason = SHAPES[name]
    instance.shelf.spoil = lambda record: spoil(record) and None
    raw = assert_one_is_apart(instance, reason)
    assert json.loads(raw)["protocolSection"]["identificationModule"]["nctId"] == ILL


def test_there_are_forty_ways_and_more() -> None:
    assert len(SHAPES) >= 40


BYTES: dict[str, tuple[Callable[[Record], bytes], str]] = {
    "80,000 repeated keys": (
        lambda record: (
            b'{"new":{'
            + b",".join(b'"k%d":1' % (n % 79_999) for n in range(80_000))
            + b"},"
            + json.dumps(record).encode()[1:]
        ),
        "the key 'k0' twice",
    ),
    "300 levels": (
        lambda record: b'{"deep":' + b"[" * 300 + b"]" * 300 + b"," + json.dumps(record).encode()[1:],
        "nested deeper",
    ),
    "a text without an end, of escaped quotes": (
        lambda record: json.dumps(record).encode()[:-1] + b',"new":"' + b'\\"' * 200_000,
        "not JSON",
    ),
    "more bytes than a record has": (
        lambda record: json.dumps(record | {"new": "x" * MAX_RECORD_BYTES}).encode(),
        "a record may have 8,000,000",
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_record_that_cost_minutes_is_kept_apart_and_99_are_read(name: str, instance: OnShelf) -> None:
    spoil, reason = BYTES[name]
    instance.shelf.spoil = spoil
    raw = assert_one_is_apart(instance, reason)
    assert raw == spoil(json.loads(Shelf(SECOND).body(ILL)))


def test_a_record_that_makes_the_whole_answer_too_large_is_found_and_99_are_read(instance: OnShelf) -> None:
    instance.max_bytes = 1_000_000
    instance.shelf.spoil = lambda record: record | {"new": "x" * 1_000_000}
    raw = assert_one_is_apart(instance, "the answer is larger than 1,000,000 bytes")
    assert raw.startswith(b'{"totalCount":1')
    assert len(instance.shelf.asked) < 30


def test_a_page_in_pieces_without_number_is_asked_for_in_halves(instance: OnShelf) -> None:
    instance.shelf.spoil = lambda record: json.dumps(record).encode() + b",NaN\n" * 3_000 + b"{}"
    assert_one_is_apart(instance, "cannot be split into its studies")


def test_a_record_that_bears_the_id_of_another_one_is_kept_apart_and_the_other_one_is_read(
    instance: OnShelf,
) -> None:
    instance.shelf.spoil = lambda record: (
        study(OTHER) | {"derivedSection": record["derivedSection"], "of": ILL}
    )
    assert_one_is_apart(instance, f"it says that it is {OTHER}")
    assert len(instance.payloads(OTHER)) == 1


def test_a_study_twice_in_one_answer_with_different_content_is_kept_apart_with_both(
    instance: OnShelf,
) -> None:
    other = study(ILL)
    other["protocolSection"]["statusModule"]["overallStatus"] = "TERMINATED"
    instance.shelf.doubled = json.dumps(other).encode()
    raw = assert_one_is_apart(instance, "2 times in one answer")
    assert b"TERMINATED" in raw
    assert b"RECRUITING" in raw


@pytest.mark.parametrize(
    "spoil",
    [
        at("statusModule", "overallStatus", value="PAUSED_BY_MOONLIGHT"),
        at("designModule", "phases", value=["PHASE9"]),
        at("newModule", value={"a": [1, None, "x"]}),
        beside("newSection", [1, 2]),
        lambda record: record["protocolSection"].pop("outcomesModule"),
        lambda record: record.pop("derivedSection"),
    ],
)
def test_words_and_fields_that_are_new_or_gone_are_data(spoil: Spoil, instance: OnShelf) -> None:
    instance.shelf.spoil = lambda record: spoil(record) and None
    report = instance.sync()
    assert (report.state, report.counts["quarantined"]) == ("complete", 0)
    assert len(instance.payloads(ILL)) == 2
