"""What comparing two versions costs, against DeepDiff with `ignore_order` and difflib in the same run.

`python tests/bench/bench_diff.py` prints a table; it fails where two records of 1 MB take a second or more, or two unrelated
eligibility texts of 20,000 characters 300 ms or more. A record is read, brought into its canonical form and explained.
DeepDiff is given the sites alone, and few of them: its time grows with their square and with the share that was edited.
"""

from __future__ import annotations

import copy
import difflib
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deepdiff import DeepDiff  # noqa: E402

from sync.changes.criteria.changes import criteria_changes  # noqa: E402
from sync.changes.event import Event  # noqa: E402
from sync.changes.explain import explain  # noqa: E402
from sync.changes.model import Snapshot, VersionRef  # noqa: E402
from sync.changes.ruleset import RuleSet  # noqa: E402
from sync.study.canonical import canonicalise  # noqa: E402
from sync.study.record import read_record  # noqa: E402

SITES, FEW_SITES = 2_500, 120
CHANCE = random.Random(1)

Record = dict[str, Any]


def record(sites: int) -> Record:
    """An invented study with so many sites."""
    return {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT00000017", "briefTitle": "LC-17 in lupus"},
            "statusModule": {"overallStatus": "RECRUITING", "lastUpdateSubmitDate": "2026-03-02"},
            "contactsLocationsModule": {"locations": [site(number) for number in range(sites)]},
        }
    }


def site(number: int) -> Record:
    """An invented site with three contacts."""
    contacts = [
        {"name": f"Ada {number} {n}", "role": "CONTACT", "email": f"a{number}.{n}@example.org"}
        for n in range(3)
    ]
    return {
        "facility": f"Hospital {CHANCE.randrange(10**6)} of Saint {number}",
        "status": "RECRUITING",
        "city": f"Town {CHANCE.randrange(300)}",
        "zip": str(10_000 + number),
        "country": CHANCE.choice(("France", "Spain", "Japan", "Norway")),
        "contacts": contacts,
    }


def edited(before: Record, share: float) -> Record:
    """The record with its sites in another order, and this share of them edited."""
    after = copy.deepcopy(before)
    sites = after["protocolSection"]["contactsLocationsModule"]["locations"]
    CHANCE.shuffle(sites)
    for each in CHANCE.sample(sites, int(len(sites) * share)):
        field, value = CHANCE.choice(
            (("status", "COMPLETED"), ("facility", f"Clinic {CHANCE.randrange(10**6)}"))
        )
        each[field] = value
    after["protocolSection"]["statusModule"]["lastUpdateSubmitDate"] = "2026-08-02"
    return after


def told(before: bytes, after: bytes) -> Event | None:
    """What `diff` does with two files."""
    old, new = (snapshot(read_record(raw)) for raw in (before, after))
    return explain(old, new, rules=RuleSet.default(), seen_at="2026-08-03T13:05:11Z")


def snapshot(study: Record) -> Snapshot:
    """A version without number or release."""
    canonical = canonicalise(study)
    return Snapshot(study, canonical, VersionRef(None, None, canonical.content_hash))


def criteria(characters: int) -> str:
    """An invented eligibility text of about so many characters."""
    lines = ["Inclusion Criteria:", ""]
    while sum(map(len, lines)) < characters:
        if "Exclusion Criteria:" not in lines and sum(map(len, lines)) > characters / 2:
            lines += ["", "Exclusion Criteria:", ""]
        words = (
            CHANCE.choice("bcdfgmnprst") + CHANCE.choice("aeiou") + CHANCE.choice("lmnrst") for _ in range(14)
        )
        lines.append(f"* {' '.join(words)} ≥ {CHANCE.randrange(99)}")
    return "\n".join(lines)


def best(work: Callable[[], object]) -> float:
    """Seconds that the work takes, the best of three."""
    return min(_seconds(work) for _ in range(3))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> int:
    """Prints the table; 1 where a comparison is too slow."""
    large = record(SITES)
    raw = json.dumps(large).encode()
    few = record(FEW_SITES)
    shares = {share: json.dumps(edited(large, share)).encode() for share in (0.01, 0.3)}
    texts = criteria(20_000), criteria(20_000)
    times = {
        f"1 MB, {share:.0%} of {SITES:,} sites": best(lambda to=to: told(raw, to))
        for share, to in shares.items()
    }
    few_after = edited(few, 0.3)
    few_raw = [json.dumps(each).encode() for each in (few, few_after)]
    ours = best(lambda: told(*few_raw))
    deepdiff = _seconds(lambda: DeepDiff(few, few_after, ignore_order=True))
    unrelated = best(lambda: criteria_changes(*texts))
    characters = _seconds(lambda: difflib.SequenceMatcher(None, *texts, autojunk=False).get_opcodes())
    out = sys.stdout.write
    for label, seconds in times.items():
        out(f"{label:<42}{seconds * 1000:9.0f} ms\n")
    for label, seconds, other, theirs in (
        (f"30% of {FEW_SITES} sites", ours, "DeepDiff, order ignored", deepdiff),
        ("two unrelated texts of 20,000 characters", unrelated, "difflib", characters),
    ):
        out(f"{label:<42}{seconds * 1000:9.0f} ms   {other}: {theirs / seconds:.0f} times as long\n")
    return 0 if max(times.values()) < 1 and unrelated < 0.3 else 1


if __name__ == "__main__":
    sys.exit(main())
