"""Real edits of eligibility texts, each looked at by a person: what was counted by hand is what must be told."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sync.changes.criteria.changes import criteria_changes, eligibility_changes

pytestmark = pytest.mark.corpus


class Told(NamedTuple):
    """How many criteria were added, removed, changed and reworded; of the changed how many were split or merged."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    reworded: int = 0
    divided: int = 0


EDITS = {
    ("NCT00490139", 42): Told(removed=1, changed=8, reworded=1),
    ("NCT00490139", 73): Told(added=1, changed=2, reworded=1),
    ("NCT00490139", 99): Told(reworded=1),
    ("NCT00879086", 0): Told(changed=3, reworded=3),
    ("NCT01357772", 0): Told(changed=1, reworded=2),
    ("NCT01357772", 5): Told(added=5, changed=8),
    ("NCT01441947", 4): Told(added=3),
    ("NCT01441947", 9): Told(reworded=2),
    ("NCT01730833", 7): Told(added=2, removed=11, changed=8, reworded=2, divided=1),
    ("NCT02154529", 5): Told(added=1, removed=8, changed=6, divided=1),
    ("NCT02229084", 11): Told(added=3, changed=13, reworded=2),
    ("NCT02755272", 3): Told(added=46, removed=9, changed=4, reworded=2),
    ("NCT03197935", 23): Told(added=5),
    ("NCT03820063", 5): Told(changed=1),
    ("NCT04224272", 2): Told(changed=3, reworded=1),
    ("NCT04722718", 0): Told(added=30, removed=3, changed=2),
    ("NCT04722718", 2): Told(changed=1, reworded=6),
}

DIRECTIONS = {
    ("NCT01357772", 5): {("age", "narrower"): 1, ("time", "narrower"): 1},
    ("NCT01730833", 7): {("time", "narrower"): 1, ("hemoglobin", "wider"): 1},
    ("NCT02229084", 11): {("time", "wider"): 6},
    ("NCT04224272", 2): {("QTc", "wider"): 1},
}
"""The thresholds whose direction is beyond doubt; all others must be told as unclear."""


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as opened:
        yield from map(json.loads, opened)


def test_the_seventeen_real_edits_are_told_as_counted_by_hand(corpus: Path) -> None:
    told, directions = {}, {}
    for edit in lines(corpus / "eligibility-edits.jsonl.gz"):
        name = (edit["nctId"], edit["fromVersion"])
        changes = criteria_changes(edit["old"], edit["new"])
        count = Counter(str(change.op) for change in changes)
        divided = sum(bool(change.detail.split or change.detail.merged) for change in changes)
        told[name] = Told(
            count.pop("added", 0),
            count.pop("removed", 0),
            count.pop("changed", 0),
            count.pop("reworded", 0),
            divided,
        )
        assert not count
        ways = [(t.quantity, t.direction) for change in changes for t in change.detail.thresholds]
        if sure := Counter(way for way in ways if way[1] != "unclear"):
            directions[name] = dict(sure)
    assert told == EDITS
    assert directions == DIRECTIONS


def test_of_the_real_pairs_one_differs_in_eligibility_and_there_in_two_criteria(corpus: Path) -> None:
    told = {
        pair["nctId"]: [str(change.op) for change in changes]
        for pair in lines(corpus / "pairs.jsonl.gz")
        if (changes := eligibility_changes(pair["before"], pair["after"]))
    }
    assert told == {"NCT07227597": ["changed", "changed"]}
