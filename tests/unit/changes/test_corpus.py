"""Real records of the registry, read in place: every pair names its kinds, and nothing raises."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.changes.event import Event
from sync.changes.model import Kind, Origin

pytestmark = pytest.mark.corpus

Record = dict[str, Any]
Explain = Callable[..., Event | None]

KINDS = {
    "annotationSection": {Kind.ADMINISTRATIVE},
    "locations": {Kind.SITES},
    "references": {Kind.REFERENCES},
    "lastUpdatePostDate": {Kind.ADMINISTRATIVE},
    "lastUpdateSubmitDate": {Kind.ADMINISTRATIVE},
    "statusVerifiedDate": {Kind.ADMINISTRATIVE},
    "other status module (results/disp dates, expanded access)": {Kind.ADMINISTRATIVE},
    "start/primary/completion dates": {Kind.DATES},
    "central contacts/officials": {Kind.CONTACTS},
    "enrollmentInfo": {Kind.ENROLLMENT},
    "overallStatus": {Kind.STATUS},
    "lastKnownStatus/whyStopped": {Kind.STATUS},
    "arms/interventions": {Kind.ARMS},
    "descriptions": {Kind.DESCRIPTION},
    "outcomes": {Kind.OUTCOMES},
    "eligibilityCriteria": {Kind.ELIGIBILITY},
    "titles/ids": {Kind.IDENTIFICATION},
    "derived other": {Kind.DERIVED},
}


def lines(path: Path) -> Iterator[Record]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def steps(path: Path) -> Iterator[tuple[Record, Record]]:
    for study in lines(path):
        yield from zip(study["versions"], study["versions"][1:], strict=False)


def spoken_of(event: Event) -> set[Kind]:
    return {change.kind for change in event.changes} | {entry.kind for entry in event.suppressed}


def test_the_35_pairs_name_the_kinds_of_their_categories(corpus: Path, told: Explain) -> None:
    for pair in lines(corpus / "pairs.jsonl.gz"):
        event = told(pair["before"], pair["after"], release=pair["to"])
        name = f"{pair['nctId']} {pair['to']}"
        assert event is not None, name
        expected = set().union(*(KINDS[category] for category in pair["categories"]))
        # the contacts of a site are part of "locations" there, and contacts here
        extra = {Kind.DERIVED, Kind.CONTACTS} if "locations" in pair["categories"] else {Kind.DERIVED}
        assert expected <= spoken_of(event) <= expected | extra, name
        assert event.reasons, name
        assert event.headline, name


def test_the_autoimmune_cohort_tells_exactly_its_changes(corpus: Path, told: Explain) -> None:
    kinds: Counter[Kind] = Counter()
    silent = 0
    for old, new in steps(corpus / "cohort-autoimmune.jsonl.gz"):
        event = told(old["study"], new["study"], release=new["release"])
        if event is None:
            silent += 1
        else:
            kinds.update({change.kind for change in event.changes})
            assert event.origin is not Origin.UNKNOWN
    assert (kinds[Kind.STATUS], kinds[Kind.ENROLLMENT], kinds[Kind.SPONSOR]) == (42, 23, 5)
    assert silent >= 50  # the order of a list, and nothing else


def test_the_rename_of_2026_08_05_is_one_by_the_registry(corpus: Path, told: Explain) -> None:
    renames = [
        event
        for old, new in steps(corpus / "cohort-autoimmune.jsonl.gz")
        if new["release"] == "2026-08-05"
        and (event := told(old["study"], new["study"], release="2026-08-05"))
        and event.kind is Kind.SPONSOR
    ]
    assert len(renames) == 2
    for event in renames:
        assert event.origin is Origin.REGISTRY
        assert [reason.rule for reason in event.reasons] == ["sponsor.renamed"]


def test_enrollment_that_came_with_a_status_is_told_with_it(corpus: Path, told: Explain) -> None:
    joined = 0
    for old, new in steps(corpus / "cohort-autoimmune.jsonl.gz"):
        event = told(old["study"], new["study"], release=new["release"])
        if event and {Kind.STATUS, Kind.ENROLLMENT} <= {change.kind for change in event.changes}:
            joined += 1
            assert ", with enrollment " in event.headline
    assert joined == 15


def test_the_headline_study_is_told_as_the_design_says(corpus: Path, told: Explain) -> None:
    versions = json.loads((corpus / "NCT06056921.json").read_text())["versions"]
    event = told(versions[0]["study"], versions[1]["study"], release=versions[1]["release"])
    assert event is not None
    assert event.origin is Origin.REGISTRY
    assert [change.path for change in event.changes] == ["protocolSection.statusModule.overallStatus"]
    assert event.headline == (
        "Status Recruiting → Unknown: set by the registry, not by the sponsor "
        "(not verified since 2023-09; completion date passed)"
    )


def test_histories_never_raise_and_every_event_has_its_reasons(corpus: Path, told: Explain) -> None:
    for old, new in steps(corpus / "histories.jsonl.gz"):
        for event in (told(old["study"], new["study"]), told(new["study"], old["study"])):
            assert event is None or event.reasons


def test_real_patches_never_raise(corpus: Path, told: Explain) -> None:
    patches = [line["patch"] for line in lines(corpus / "patches.jsonl.gz")]
    for patch in patches:
        before, after = _sides(patch)
        event = told(before, after)
        assert event is None or event.reasons
    assert len(patches) == 145


def _sides(patch: Record) -> tuple[Record, Record]:
    """The part of two versions that a JSON Patch shows: its old and its new values at their places, lists by number."""
    sides: tuple[Record, Record] = ({}, {})
    for operation in patch["patch"]:
        place = operation["path"].lstrip("/").split("/")
        for side, name in zip(sides, ("old_value", "new_value"), strict=True):
            value = operation.get(name)
            if value is not None and value != {"__missing__": True}:
                _put(side, place, value)
    return _lists(sides[0]), _lists(sides[1])


def _put(side: Record, place: list[str], value: Any) -> None:
    at: Any = side
    for name in place[:-1]:
        if not isinstance(at.setdefault(name, {}), dict):
            at[name] = {}
        at = at[name]
    at[place[-1]] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() or key == "-" for key in value):
        return [_lists(child) for child in value.values()]
    return {key: _lists(child) for key, child in value.items()}
