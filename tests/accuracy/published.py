"""Pages made of real records in many styles, current and outdated by one version: false alarms, and what was found."""

from __future__ import annotations

import copy
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sync.alerts.published.check import Known, check_page, known_of
from sync.alerts.published.models import PageCheck, Replaced
from sync.study.published.checking import values_of
from sync.study.published.facts import FACTS
from sync.study.record import Study, at
from tests.support.published_pages import PRINTS, STYLES

CURRENT, OUTDATED = "current", "outdated"


@dataclass
class Score:
    """By style: facts printed and what was said of them; criteria too."""

    facts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Style, which version was printed and whether the fact changed since, state."""
    criteria: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """False alarms."""
    studies: int = 0

    def of(self, counter: Counter[tuple[str, str, str]], truth: str) -> Counter[str]:
        """What was said of all that is so in truth, over all styles."""
        total: Counter[str] = Counter()
        for (_, true, said), number in counter.items():
            if true == truth:
                total[said] += number
        return total


def histories(folder: Path, *, most: int | None = None) -> Iterator[list[tuple[str, Study]]]:
    """The studies that have more than one version: release and record of each."""
    with gzip.open(folder / "histories.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if most is not None and number >= most:
                return
            found = [(each["release"], Study(each["study"])) for each in json.loads(line)["versions"]]
            if len(found) > 1:
                yield found


def with_invented_past(folder: Path, *, every: int) -> Iterator[list[tuple[str, Study]]]:
    """Real records of one version, each behind an invented one in which every quick fact was another."""
    with gzip.open(folder / "studies.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % every == 0:
                record = json.loads(line)
                study = record.get("study", record)
                yield [("2025-01-10", Study(_as_it_was(study))), ("2026-01-10", Study(study))]


def _as_it_was(study: dict[str, Any]) -> dict[str, Any]:
    old = copy.deepcopy(study)
    protocol = old["protocolSection"]
    status = protocol["statusModule"]
    status["overallStatus"] = "WITHDRAWN" if status.get("overallStatus") != "WITHDRAWN" else "SUSPENDED"
    for name in ("startDateStruct", "primaryCompletionDateStruct", "completionDateStruct"):
        if date := at(status, name, "date"):
            status[name]["date"] = f"{int(date[:4]) - 9}{date[4:]}"
    if posted := at(status, "lastUpdatePostDateStruct", "date"):
        status["lastUpdatePostDateStruct"]["date"] = f"{int(posted[:4]) - 9}{posted[4:]}"
    design = protocol.get("designModule", {})
    if phases := design.get("phases"):
        design["phases"] = ["PHASE4"] if phases != ["PHASE4"] else ["PHASE2"]
    if at(design, "enrollmentInfo", "count") is not None:
        design["enrollmentInfo"]["count"] += 7
    eligibility = protocol.get("eligibilityModule", {})
    eligibility["minimumAge"] = "19 Years" if eligibility.get("minimumAge") != "19 Years" else "20 Years"
    eligibility["sex"] = "MALE" if eligibility.get("sex") != "MALE" else "ALL"
    protocol["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = "Meridian Biologics"
    return old


def score(folder: Path, *, most: int | None = None, every: int = 30) -> Score:
    """Prints each study's newest version and the one before it in every style, and has both checked."""
    found = Score()
    for versions in (*histories(folder, most=most), *with_invented_past(folder, every=every)):
        found.studies += 1
        known = _known(versions)
        for style, printed in STYLES.items():
            for truth, study in ((CURRENT, versions[-1][1]), (OUTDATED, versions[-2][1])):
                checked = check_page(study.nct_id or "", printed(study), known)
                _count(found, style, truth, checked, study, versions)
    return found


def _known(versions: Sequence[tuple[str, Study]]) -> Known:
    return known_of(
        (Replaced(version=number, release=release, posted=None), study)
        for number, (release, study) in enumerate(versions, 1)
    )


def _count(
    found: Score,
    style: str,
    truth: str,
    checked: PageCheck,
    study: Study,
    versions: Sequence[tuple[str, Study]],
) -> None:
    newest = versions[-1][1]
    old, new = values_of(study), values_of(newest)
    for fact, before, after in zip(FACTS, old, new, strict=True):
        if fact.name not in PRINTS[style].split() or not before:
            continue
        (said,) = (each for each in checked.facts if each.name == fact.name)
        true = CURRENT if before == after else OUTDATED
        found.facts[style, true, said.state] += 1
        if true == CURRENT and said.state in ("outdated", "different"):
            found.wrong.append(f"{style} {study.nct_id} {fact.name}: “{said.page}” | {said.record}")
    same = study.eligibility_text == newest.eligibility_text
    found.criteria[style, CURRENT if same else OUTDATED, checked.verdict] += 1
    if same and checked.verdict in ("outdated", "different"):
        rows = [
            (row.state, (row.before or row.after or "")[:70])
            for row in checked.comparison.rows
            if row.state != "same"
        ]
        found.wrong.append(f"{style} {study.nct_id} {truth} criteria {checked.verdict}: {rows[:3]}")


def states(found: Score, style: str, truth: str) -> dict[str, Any]:
    """What was said of the facts of one style."""
    return {
        said: number for (name, true, said), number in found.facts.items() if (name, true) == (style, truth)
    }
