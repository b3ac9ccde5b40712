"""Events a day, by severity, that a real cohort of 316 studies gives on 107 releases."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from sync.changes.explain import explain
from sync.changes.model import Severity, Snapshot, VersionRef
from sync.changes.ruleset import RuleSet
from sync.study.canonical import canonicalise

FILE = "cohort-autoimmune"


def severities(material: Path) -> tuple[Counter[Severity], int]:
    """How many events of each severity, one study's version after the other; and on how many releases."""
    found: Counter[Severity] = Counter()
    with gzip.open(material / f"{FILE}.jsonl.gz", "rt", encoding="utf-8") as opened:
        for study in map(json.loads, opened):
            versions = [_snapshot(number, version) for number, version in enumerate(study["versions"], 1)]
            for before, after in pairwise(versions):
                event = explain(
                    before, after, rules=RuleSet.default(), seen_at=f"{after.ref.release}T13:00:00Z"
                )
                if event:
                    found[event.severity] += 1
    releases = (material / f"{FILE}.releases.txt").read_text(encoding="utf-8").split()
    return found, len(releases)


def _snapshot(number: int, version: dict[str, Any]) -> Snapshot:
    canonical = canonicalise(version["study"])
    return Snapshot(
        version["study"], canonical, VersionRef(number, version["release"], canonical.content_hash)
    )
