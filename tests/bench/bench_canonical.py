"""What canonical forms cost: of one record, and of both sides of a change, in CPU seconds.

`python tests/bench/bench_canonical.py` prints both for the registry's records where they are at hand (../shared/registry),
for generated ones elsewhere. Each pass begins with nothing remembered of any text, and the best of five counts. Of a pair
the first side is made as a cycle makes it, whose head has its hashes stored. It fails where a record takes far longer than
it should.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sync.cycle.heap import freeze_heap  # noqa: E402
from sync.demo.registry.generated.calendar import FIRST, RELEASES  # noqa: E402
from sync.demo.registry.generated.corpus import GeneratedCorpus  # noqa: E402
from sync.study import plain  # noqa: E402
from sync.study.canonical import canonicalise, canonicalise_beside, with_hashes  # noqa: E402
from sync.study.criteria import model, parser, titles  # noqa: E402

SHARED = ROOT / ".." / "shared" / "registry"
PASSES, GENERATED = 5, 500
GOAL = 1_500
"""Forms of one record a CPU second that are wanted."""
FLOOR = 200
"""Far below what two busy cores reach: less means that something became slow."""

Record = dict[str, Any]


def records() -> list[Record]:
    """Records by themselves."""
    return list(_lines("studies.jsonl.gz")) if SHARED.exists() else [old for old, _ in generated()]


def pairs() -> list[tuple[Record, Record]]:
    """Consecutive versions that differ in substance."""
    if not SHARED.exists():
        return generated()
    histories = ([each["study"] for each in line["versions"]] for line in _lines("histories.jsonl.gz"))
    found = [pair for versions in histories for pair in pairwise(versions)]
    return found + [(line["before"], line["after"]) for line in _lines("pairs.jsonl.gz")]


def _lines(name: str) -> Iterator[Record]:
    with gzip.open(SHARED / name) as lines:
        yield from map(json.loads, lines)


def generated() -> list[tuple[Record, Record]]:
    """Generated studies before and after their first edit."""
    corpus = GeneratedCorpus(GENERATED, 7)
    edits = {
        number: corpus.calendar.edits(number, RELEASES - 1)[:1] for number in range(FIRST, FIRST + GENERATED)
    }
    return [
        (json.loads(corpus.record(number, 0)), json.loads(corpus.record(number, release)))
        for number, releases in edits.items()
        for release in releases
    ]


def both(before: Record, after: Record) -> None:
    """The forms of both sides of a change."""
    canonicalise_beside(before, with_hashes(before, "", ""), after)


def best(work: Callable[[], object]) -> float:
    """CPU seconds that the work takes with nothing remembered, the best of some passes."""
    return min(_seconds(work) for _ in range(PASSES))


def _seconds(work: Callable[[], object]) -> float:
    for known in (plain.PLAIN, model._KEYS):
        known.clear()
    for read in (parser.parse, titles.canonical, titles._respelt):
        read.cache_clear()
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> int:
    """Prints the figures; 1 where a record takes far longer than it should."""
    alone, changed = records(), pairs()
    for record in alone[:20]:
        canonicalise(record)  # the first ones import and compile what is needed
    # As a cycle does: the records are not looked through again and again, nor is all that is made of them so often.
    freeze_heap()
    rate = len(alone) / best(lambda: [canonicalise(record) for record in alone])
    firsts = best(lambda: [canonicalise(before) for before, _ in changed]) / len(changed)
    both_sides = best(lambda: [both(*pair) for pair in changed]) / len(changed)
    out = sys.stdout.write
    out(f"{len(alone):,} records: {rate:,.0f} forms a CPU second (wanted: {GOAL:,})\n")
    out(f"{len(changed):,} pairs: {firsts * 1000:.2f} ms for one side, {both_sides * 1000:.2f} ms for both\n")
    return 0 if rate > FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
