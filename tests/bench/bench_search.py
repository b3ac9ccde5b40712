"""What finding studies by words costs: making the index, its size beside the records, and searches, also hostile ones.

`python tests/bench/bench_search.py [RECORDS.jsonl.gz]` (default: 2,500 invented studies). PostgreSQL too where
`TRIALDELTA_BENCH_URL` names an empty database.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402

from storage.engine import Database, open_database  # noqa: E402
from storage.fulltext import index, search  # noqa: E402
from storage.fulltext.document import Texts  # noqa: E402
from storage.fulltext.query import read  # noqa: E402
from storage.fulltext.search import Narrowing  # noqa: E402
from storage.studies import name_studies  # noqa: E402
from sync.study.record import Study  # noqa: E402
from sync.study.searched import searched  # noqa: E402
from tests.bench.large import World  # noqa: E402

RUNS = 9
SEARCHES = (
    "lupus", "lup", "systemic lupus erythematosus", '"systemic sclerosis"', "germany", "NCT0", "car-t",
    "university hospital", "a b c d e f g h i j k l", "ca de in re co pr st tr", "上海", "x" * 200, '" OR "' * 40,
)  # fmt: skip


def records(path: str | None) -> Iterator[dict[str, Texts]]:
    """The texts of all studies, in batches."""
    studies = _stored(path) if path else (Study(life.record) for life in World(2500, 2500).lives)
    batch: dict[str, Texts] = {}
    for study in studies:
        batch[str(study.nct_id)] = searched(study)
        if len(batch) == 300:
            yield batch
            batch = {}
    yield batch


def _stored(path: str) -> Iterator[Study]:
    with gzip.open(path, "rt") as lines:
        for line in lines:
            record = json.loads(line)
            yield Study(record.get("study", record))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds, the median of a few."""
    took = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def measure(database: Database, path: str | None) -> None:
    """Fill, then search."""
    database.ensure_schema()
    batches = list(records(path))
    for batch in batches:
        with database.write() as session:
            name_studies(session, batch, "2026-09-01")
    began = time.perf_counter()
    for batch in batches:
        with database.write() as session:
            index.index(session, batch)
    took, studies = time.perf_counter() - began, sum(map(len, batches))
    print(f"{database.engine.name}: {studies} studies in {took:.1f} s, {took / studies * 1000:.2f} ms each")
    print(f"  {size(database) / studies / 1000:.1f} KB a study")
    for words in SEARCHES:
        with database.read() as session:
            query = read(words)
            found = search.count(session, query, Narrowing())
            first = timed(lambda: search.find(session, query, Narrowing(), after=None, limit=26))  # noqa: B023
        print(f"  {words[:40]:<42}{found:>6} studies{first:>8.1f} ms")


def size(database: Database) -> int:
    """Bytes of all that finding needs."""
    with database.read() as session:
        if database.engine.name == "postgresql":
            return int(session.scalar(text("SELECT pg_total_relation_size('search_entry')")) or 0)
        statement = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'search%'"
        return int(session.scalar(text(statement)) or 0)


def main() -> None:
    """Print what was measured."""
    path = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as folder:
        measure(open_database(f"sqlite:///{folder}/search.db"), path)
    if url := os.environ.get("TRIALDELTA_BENCH_URL"):
        measure(open_database(url), path)


if __name__ == "__main__":
    main()
