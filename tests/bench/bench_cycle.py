"""What a cycle costs over 3,000 studies, read over HTTP: the first load, a release without changes, one with 1 % changed.

Real records where ../shared/registry is at hand (copies under other ids fill up the number), invented ones elsewhere. The
local registry server has a process of its own; what is counted are the CPU seconds that `run_cycle` takes in ours, its
start apart, in the median of three runs: each cycle in a process of its own, as `sync` runs it, which makes all its SQL
ready anew, and the same three in one process, as the daemon runs them. Beside it the plain way, in the same run: an ORM
row per study with a JSON column, the whole record compared by DeepDiff with `ignore_order`, measured on a sample and
scaled, and given the records out of memory. `python tests/bench/bench_cycle.py` prints a table; it fails where a step falls
below its floor, which is lower than its goal.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deepdiff import DeepDiff  # noqa: E402
from pydantic import SecretStr  # noqa: E402
from sqlalchemy import JSON, create_engine  # noqa: E402
from sqlmodel import Column, Field, Session, SQLModel, select  # noqa: E402

from storage.engine import open_database  # noqa: E402
from sync import logs  # noqa: E402
from sync.changes.explain import version_event  # noqa: E402
from sync.changes.kinds.why_stopped import why  # noqa: E402
from sync.changes.model import Snapshot, VersionRef  # noqa: E402
from sync.changes.ruleset import RuleSet  # noqa: E402
from sync.config import DatabaseSettings, Settings, WatchSettings  # noqa: E402
from sync.cycle.cycle import run_cycle  # noqa: E402
from sync.demo.registry.process import serve  # noqa: E402
from sync.registry.client import Registry  # noqa: E402
from sync.registry.settings import RegistrySettings  # noqa: E402
from sync.rules import by_watch  # noqa: E402
from sync.service import Service, utc_now  # noqa: E402
from sync.study.canonical import canonicalise  # noqa: E402
from tests.bench.invented import invented  # noqa: E402

REAL = ROOT / ".." / "shared" / "registry" / "studies.jsonl.gz"
STUDIES, RUNS, SAMPLE = 3_000, 3, 30
DAYS = ("2026-09-01", "2026-09-02", "2026-09-03")
STEPS = ("first load", "nothing changed", "1 % changed")
GOALS = dict(zip(STEPS, (1_000, 9_000, 4_500), strict=True))
"""Studies per second of CPU that are wanted."""
FLOORS = dict(zip(STEPS, (300, 2_000, 700), strict=True))
"""What was reached on two busy cores, halved: less means that something became slow."""
MOST_MEMORY, LEAST_RATIO = 200, 20

Record = dict[str, Any]


class Row(SQLModel, table=True):
    """A study as the plain way keeps it."""

    nct_id: str = Field(primary_key=True)
    record: Record = Field(sa_column=Column(JSON))


def originals() -> Iterator[Record]:
    """Records to be served, again and again."""
    if REAL.exists():
        with gzip.open(REAL) as lines:
            return cycle([json.loads(line) for line in lines])
    chance = random.Random(1)
    return (invented(number, chance) for number in range(STUDIES))


def edited(before: Record) -> Record:
    """The record with another target, a site more and a criterion more: the size of a real edit."""
    after: Record = json.loads(json.dumps(before))
    protocol = after["protocolSection"]
    protocol.setdefault("designModule", {})["enrollmentInfo"] = {"count": 4711, "type": "ESTIMATED"}
    protocol["statusModule"]["lastUpdatePostDateStruct"] = {"date": DAYS[2], "type": "ACTUAL"}
    eligibility = protocol.setdefault("eligibilityModule", {})
    eligibility["eligibilityCriteria"] = (
        f"{eligibility.get('eligibilityCriteria', '')}\n* No prior gene therapy"
    )
    sites = protocol.setdefault("contactsLocationsModule", {}).setdefault("locations", [])
    sites.append({"facility": "Bench Clinic", "city": "Ghent", "country": "Belgium"})
    return after


def corpus() -> list[Record]:
    """The studies by themselves, one in a hundred with a version of the third day."""
    studies = []
    for number, record in enumerate(islice(originals(), STUDIES)):
        study: Record = json.loads(json.dumps(record))
        identification = study["protocolSection"]["identificationModule"]
        identification["nctId"] = nct_id = f"NCT{number + 1:08}"
        identification.pop("nctIdAliases", None)
        versions = [{"release": DAYS[0], "study": study}]
        if number % 100 == 0:
            versions.append({"release": DAYS[2], "study": edited(study)})
        studies.append({"nctId": nct_id, "versions": versions})
    return studies


def warm_up() -> None:
    """Compare one pair, read one reason for stopping: what is loaded for the first of them counts as the start."""
    before = invented(1, random.Random(1))
    old, new = (
        Snapshot(record, canonicalise(record), VersionRef(number, DAYS[number], "a" * 64))
        for number, record in enumerate((before, edited(before)))
    )
    version_event(old, new, rules=RuleSet.default(), seen_at=f"{DAYS[1]}T13:00:00+00:00")
    why("Slow accrual")


def measured(folder: Path, url: str) -> None:
    """In a process of its own: a cycle for each line that is read; its counts, CPU seconds, and the most memory so far."""
    logs.configure("console", "error")
    settings = Settings.model_construct(
        registry=RegistrySettings(base_url=url, min_interval_s=0),
        database=DatabaseSettings(url=SecretStr(f"sqlite:///{folder}/trialdelta.db")),
        watch=(WatchSettings(name="bench", ids=tuple(f"NCT{number + 1:08}" for number in range(STUDIES))),),
    )
    database = open_database(settings.database.url.get_secret_value())
    database.ensure_schema()
    warm_up()
    with Registry(settings.registry) as registry:
        service = Service(settings, database, registry, by_watch(settings), utc_now)
        for _ in sys.stdin:
            began = time.process_time()
            report = run_cycle(service)
            took = time.process_time() - began
            sys.stdout.write(f"{json.dumps({'cpu': took, 'memory': _most_memory(), **report.counts})}\n")
            sys.stdout.flush()
    database.close()


def _most_memory() -> float:
    """MiB. Not by `getrusage`, which begins with what the parent had when it made this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


Rows = list[dict[str, Any]]


def one_run(corpus_file: Path) -> tuple[Rows, Rows, float]:
    """The three cycles of one run, each by itself and then by one process; and the MiB that they stored."""
    with tempfile.TemporaryDirectory() as name:
        alone = cycles(corpus_file, name, at_once=1)
        stored = (Path(name) / "trialdelta.db").stat().st_size / 2**20
    with tempfile.TemporaryDirectory() as name:
        return alone, cycles(corpus_file, name, at_once=len(DAYS)), stored


def cycles(corpus_file: Path, folder: str, *, at_once: int) -> Rows:
    """The cycles of all releases, so many by one process."""
    rows = []
    with serve([corpus_file], release=DAYS[0]) as registry:
        command = [sys.executable, __file__, "measured", folder, registry.api_url]
        for start in range(0, len(DAYS), at_once):
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            with subprocess.Popen(command, **pipes, text=True) as process:  # type: ignore[call-overload]
                assert process.stdin is not None
                assert process.stdout is not None
                for day in DAYS[start : start + at_once]:
                    registry.move_to(day)
                    process.stdin.write("\n")
                    process.stdin.flush()
                    rows.append(json.loads(process.stdout.readline()))
                process.stdin.close()
    return rows


def plain_way(records: list[Record]) -> float:
    """CPU seconds for all studies: the record out of its row, compared as a whole, written back where it differs."""
    # Evenly from the whole corpus by size: DeepDiff takes a thousand times as long for the largest.
    by_size = sorted(records, key=lambda each: len(json.dumps(each)))
    sample = by_size[:: len(by_size) // SAMPLE]
    with tempfile.TemporaryDirectory() as name:
        engine = create_engine(f"sqlite:///{name}/plain.db")
        SQLModel.metadata.create_all(engine, tables=[Row.__table__])  # type: ignore[attr-defined]
        with Session(engine) as session:
            session.add_all(Row(nct_id=_id_of(each), record=each) for each in sample)
            session.commit()
        bodies = [json.dumps(each) for each in sample]
        began = time.process_time()
        with Session(engine) as session:
            for body in bodies:
                now = json.loads(body)
                row = session.exec(select(Row).where(Row.nct_id == _id_of(now))).one()
                if DeepDiff(row.record, now, ignore_order=True):
                    row.record = now
                    session.add(row)
            session.commit()
        took = time.process_time() - began
        engine.dispose()
    return took * STUDIES / len(sample)


def _id_of(record: Record) -> str:
    return str(record["protocolSection"]["identificationModule"]["nctId"])


def machine() -> str:
    """The processor by its name, and how many there are."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f"{len(names) or os.cpu_count()} x {names[0] if names else platform.machine()}"


def report(runs: list[Rows], daemons: list[Rows], stored: float, plain: float, size: float) -> bool:
    """Prints the table; whether no step is below its floor."""
    out = sys.stdout.write
    out(f"{STUDIES:,} {'real' if REAL.exists() else 'invented'} studies of {size:.1f} KB over HTTP, ")
    out(f"medians of {len(runs)}, CPU seconds; {machine()}\n")
    met = True
    for at, step in enumerate(STEPS):
        cpu = statistics.median(run[at]["cpu"] for run in runs)
        daemon = STUDIES / statistics.median(run[at]["cpu"] for run in daemons)
        rate, memory = STUDIES / cpu, max(run[at]["memory"] for run in (*runs, *daemons))
        met = met and rate >= FLOORS[step] and memory <= MOST_MEMORY
        out(f"{step:<18}{cpu:8.2f} s {rate:8,.0f} studies/s (goal {GOALS[step]:,})  peak {memory:.0f} MiB")
        out(f"  {plain / cpu:,.0f} x the plain way; in one process {daemon:,.0f} studies/s\n")
    unchanged = statistics.median(run[1]["cpu"] for run in runs)
    out(f"{'the plain way':<18}{plain:8.2f} s, from {SAMPLE}; {stored:.1f} MiB stored\n")
    return met and plain / unchanged >= LEAST_RATIO


def main() -> int:
    """Prints the table; 1 where a step is below its floor."""
    if sys.argv[1:2] == ["measured"]:
        measured(Path(sys.argv[2]), sys.argv[3])
        return 0
    studies = corpus()
    first = [study["versions"][0]["study"] for study in studies]
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "corpus.jsonl"
        file.write_text("".join(json.dumps(study) + "\n" for study in studies))
        size = file.stat().st_size / STUDIES / 1024
        runs, daemons, stored = zip(*(one_run(file) for _ in range(RUNS)), strict=True)
        plain = plain_way(first)
    for baseline, same, changed in (*runs, *daemons):
        seen = baseline["baselines"], same["unchanged"], changed["changed"]
        if seen != (STUDIES, STUDIES, STUDIES // 100):
            raise SystemExit(f"the cycles found something else: {baseline} {same} {changed}")
    return 0 if report(list(runs), list(daemons), stored[0], plain, size) else 1


if __name__ == "__main__":
    sys.exit(main())
