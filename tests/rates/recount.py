"""The same numbers counted another way: straight from the corpus' records, without versions, events or a database."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.rates.replay import FILE, releases

Record = dict[str, Any]


@dataclass
class Recount:
    """What happened to the cohort, and how long it was observed."""

    studies: int = 0
    days: int = 0
    events: Counter[str] = field(default_factory=Counter)
    touched: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    steps: list[tuple[str, str, str]] = field(default_factory=list)
    """Study, release and new status of each step of a status, in order of releases."""
    in_status: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)


def recount(material: Path) -> Recount:
    """Each study on each release on which the search listed it, beside itself on the release before."""
    found, days = Recount(), releases(material)
    with gzip.open(material / f"{FILE}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for study in map(json.loads, lines):
            seen = list(_seen(study, days))
            if seen and seen[0][0] < days[-1]:
                _count(found, study["nctId"], seen)
    found.steps.sort(key=lambda each: each[1])
    return found


def _seen(study: Record, days: list[str]) -> Iterator[tuple[str, Record]]:
    """The record from the first release on which it was in the search to the one on which it was found to have left."""
    inside = [day for day in days if any(first <= day <= last for first, last in study["listed"])]
    following = [day for day in days if inside and day > inside[-1]][:1]
    for day in days:
        if inside and inside[0] <= day <= (following or inside)[-1]:
            known = [each["study"] for each in study["versions"] if each["release"] <= day]
            if known:
                yield day, known[-1]


def _count(found: Recount, nct_id: str, seen: list[tuple[str, Record]]) -> None:
    found.studies += 1
    found.first[nct_id], found.last[nct_id] = seen[0][0], seen[-1][0]
    for (day, before), (following, after) in pairwise(seen):
        length = (date.fromisoformat(following) - date.fromisoformat(day)).days
        found.days += length
        found.in_status[_status(before)] += length
        for name in _changed(before, after):
            found.events[name] += 1
            found.touched[name].add(nct_id)
        if _status(before) != _status(after):
            found.steps.append((nct_id, following, _status(after)))


def _changed(before: Record, after: Record) -> Iterator[str]:
    status = _status(after)
    if _status(before) != status:
        yield f"status {status}"
    for name, path in (
        ("enrollment", ("designModule", "enrollmentInfo")),
        ("conditions", ("conditionsModule", "conditions")),
        ("sponsor", ("sponsorCollaboratorsModule",)),
    ):
        if _at(before, path) != _at(after, path):
            yield name


def _status(record: Record) -> str:
    return str(_at(record, ("statusModule", "overallStatus")))


def _at(record: Record, path: tuple[str, ...]) -> Any:
    value: Any = record["protocolSection"]
    for name in path:
        value = (value or {}).get(name)
    # A list may come in another order and say the same.
    return sorted(map(str, value)) if isinstance(value, list) else value
