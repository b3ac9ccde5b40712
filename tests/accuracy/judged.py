"""The real eligibility edits, each criterion judged by a person who read both texts: ids and verdicts only, no text.

`judged_edits.json`: by study and version before, rows of section, digests of the criterion before and after (null: not
there), and the verdict. `unclear` is a verdict too: no direction is true there.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sync.changes.criteria.changes import EligibilityChange, eligibility_changes
from sync.changes.criteria.detail import Effect
from sync.study.criteria.model import key

VERDICTS: dict[str, list[list[Any]]] = json.loads(
    Path(__file__).with_name("judged_edits.json").read_text(encoding="utf-8")
)
Record = dict[str, Any]


@dataclass
class Score:
    """How many directions were given, right and not; how many are true; what was called the same though not."""

    found: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)

    @property
    def given(self) -> int:
        return self.found["right"] + self.found["wrong"]


def score(material: Path) -> Score:
    """What the comparison says of the real edits under a folder, against the verdicts."""
    result = Score()
    for name, before, after in edits(material):
        verdicts = {tuple(row[:3]): str(row[3]) for row in VERDICTS[name]}
        for number, change in enumerate(eligibility_changes(before, after)):
            _count(result, f"{name} change {number}", change, verdicts)
    return result


def _count(result: Score, name: str, change: EligibilityChange, verdicts: dict[tuple[Any, ...], str]) -> None:
    told = change.detail.effect or Effect.UNCLEAR
    right = verdicts.get((change.detail.section, digest(change.old), digest(change.new)))
    if right is None:
        if told.is_direction:
            result.unjudged.append(f"{name} told {told}")
        return
    result.found["directed"] += Effect(right).is_direction
    if told.is_direction:
        result.found["right" if told == right else "wrong"] += 1
    if told is Effect.NONE and right != told:
        result.found["missed"] += 1
    if told != right and told is not Effect.UNCLEAR:
        result.wrong.append(f"{name}: told {told}, judged {right}")


def edits(material: Path) -> Iterator[tuple[str, Record, Record]]:
    """The real edits that are judged: study and version, the record before and after."""
    for edit in _lines(material / "eligibility-edits.jsonl.gz"):
        yield f"{edit['nctId']} {edit['fromVersion']}", _record(edit["old"]), _record(edit["new"])
    for pair in _lines(material / "pairs.jsonl.gz"):
        if (name := f"{pair['nctId']} {pair['from']}") in VERDICTS:
            yield name, pair["before"], pair["after"]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as opened:
        yield from map(json.loads, opened)


def _record(text: str) -> Record:
    return {"protocolSection": {"eligibilityModule": {"eligibilityCriteria": text}}}


def digest(text: str | None) -> str | None:
    """A criterion's name in the verdicts: it tells whether the wording is the judged one, and holds none of it."""
    return None if text is None else hashlib.sha256(key(text).encode()).hexdigest()[:10]
