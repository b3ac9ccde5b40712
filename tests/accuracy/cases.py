"""The written cases beside the project: hand-made edits and reasons, each with the one right answer, asked in process."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from sync.changes.criteria.changes import criteria_changes
from sync.changes.kinds.why_stopped import why

WAYS = frozenset(("wider", "narrower", "mixed"))
Case = dict[str, Any]


def effects(folder: Path) -> tuple[Counter[str], list[str]]:
    """Directions given and right, those that are true, changes called the same though they are not; the wrong cases' ids."""
    found: Counter[str] = Counter()
    wrong = []
    for case in _rows(folder / "effects.jsonl"):
        told, right = _told(case), case["effect"].removesuffix("-or-unclear")
        found["cases"] += 1
        found["given"] += told in WAYS
        found["true"] += case["effect"] in WAYS
        found["true and given"] += case["effect"] in WAYS and told == right
        found["missed"] += told == "none" and right in (*WAYS, "unclear")
        if told in WAYS and told != right and right not in ("silent", "one-added"):
            wrong.append(str(case["id"]))
    return found, wrong


def _told(case: Case) -> str:
    changes = criteria_changes(case["before"], case["after"])
    said = {str(change.detail.effect) for change in changes} - {"none"}
    ways = said & WAYS
    if ways:
        return ways.pop() if len(ways) == 1 else "mixed"
    return "unclear" if said else "none"


def stops(folder: Path) -> tuple[int, list[str]]:
    """How many reasons for stopping there are, and the ids of those sorted wrong."""
    cases = list(_rows(folder / "why-stopped.jsonl"))
    return len(cases), [str(case["id"]) for case in cases if not _is_sorted(case)]


def _is_sorted(case: Case) -> bool:
    category, sorted_as = str(case["category"]), str(why(case["why"]))
    return sorted_as != category[4:] if category.startswith("not-") else sorted_as == category


def _rows(path: Path) -> list[Case]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
