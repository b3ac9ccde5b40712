"""What the service costs as the registry grows: 10,000, 30,000 and 100,000 generated studies, all of them watched.

`python tests/bench/bench_scale.py [STUDIES …] [--runs 3] [--folder DIR]` prints a table: CPU seconds of our process, its
peak memory, the size of the database, for the first load, for reading all of it again with nothing changed, and for the next
weekday's release, of which 1.4 % differ; then the console's pages over what was stored. The generated registry has a process
of its own, which is not counted. It fails where a study costs a third more among most than among fewest, or a page takes
more than 100 ms.

The whole registry, once (it takes an hour on a busy machine, and 6 GB of disk):
`nice python tests/bench/bench_scale.py 600000 --runs 1 --folder /var/tmp`
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402

from sync.config import WatchSettings  # noqa: E402
from sync.demo.registry.process import RunningRegistry, serve  # noqa: E402

SIZES, SEED = (10_000, 30_000, 100_000), 7
FIRST, NEXT = "2026-09-01", "2026-09-02"
STEPS = ("first load", "nothing changed", "next release")
MOST_GROWTH = 1.33
"""By so much a study may cost more where there are most of them than where there are fewest."""
PAGES = (
    "/healthz",
    "/",
    "/events",
    "/cohorts",
    "/cohorts/all",
    "/cohorts/all?q=cell&sort=title",
    "{study}",
    "{study}/compare",
    "/find?q=letrozole",
    "/find?q=NCT600001",
    "/watcher",
    "/feed.atom",
    "/metrics",
    "/api/v1/events?limit=200",
    "/api/v1{study}",
)
REQUESTS, MOST_MS = 15, 100


@dataclass(frozen=True)
class Cost:
    """What one command took."""

    cpu: float
    wall: float
    memory: float
    """MiB, at the most."""
    stored: float
    """MiB of the database after it."""
    counts: dict[str, int]


def configured(folder: Path, registry: RunningRegistry, port: int) -> Path:
    """A configuration that watches every study of the registry."""
    watch = "everything = true"
    if "everything" not in WatchSettings.model_fields:
        watch = 'searches = [{ "filter.advanced" = "AREA[LastUpdatePostDate]RANGE[MIN,MAX]" }]'
    file = folder / "config.toml"
    file.write_text(
        f'[registry]\nbase_url = "{registry.api_url}"\nmin_interval_s = 0\ntimeout_s = 300\n'
        f'[database]\nurl = "sqlite:///{folder}/trialdelta.db"\n'
        f'[[watch]]\nname = "all"\n{watch}\n[log]\nlevel = "error"\n[web]\nport = {port}\n'
    )
    return file


def cost_of(config: Path, *command: str) -> Cost:
    """Run a command of ours in a process of its own, and measure that."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "sync", "--config", str(config), *command, "--json"], stdout=out, cwd=ROOT
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    if process.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {said[-2000:]}")
    report = json.loads(said.strip().splitlines()[-1])
    size = sum(each.stat().st_size for each in config.parent.glob("trialdelta.db*"))
    return Cost(
        cpu=used.ru_utime + used.ru_stime,
        wall=time.perf_counter() - began,
        memory=used.ru_maxrss / 1024,
        stored=size / 2**20,
        counts=report.get("counts", report),
    )


def one_run(studies: int, folder: Path) -> list[Cost]:
    """The three steps on a new database, which is left in the folder."""
    with serve(generate=studies, seed=SEED, release=FIRST) as registry:
        config = configured(folder, registry, port=0)
        first = cost_of(config, "sync")
        same = cost_of(config, "sync", "--force")
        registry.move_to(NEXT)
        return [first, same, cost_of(config, "sync")]


@contextmanager
def console(folder: Path) -> Iterator[httpx.Client]:
    """The daemon's pages over the database of a folder; the registry has nothing new."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serve(generate=1, seed=SEED, release=NEXT) as registry:
        config = configured(folder, registry, port)
        daemon = subprocess.Popen(
            [sys.executable, "-m", "sync", "--config", str(config), "run"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
                wait_for(client)
                yield client
        finally:
            daemon.terminate()
            daemon.wait(timeout=60)


def wait_for(client: httpx.Client) -> None:
    """Until the daemon answers; two minutes at most."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            client.get("/healthz")
        except httpx.TransportError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the daemon did not answer within two minutes")


def pages(client: httpx.Client) -> dict[str, float]:
    """Milliseconds of each page: the median of so many requests, the first one apart."""
    study = "/studies/" + re.findall(r"NCT\d{8}", client.get("/events").text)[0]
    return {page: median_ms(client, page.format(study=study)) for page in PAGES}


def median_ms(client: httpx.Client, path: str) -> float:
    """The median of a page's answers."""
    took = []
    for _ in range(REQUESTS + 1):
        began = time.perf_counter()
        answer = client.get(path)
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code >= 400:
            raise SystemExit(f"{path} answers {answer.status_code}")
    return statistics.median(took[1:])


def report_steps(studies: int, runs: list[list[Cost]]) -> list[float]:
    """Prints a table of the steps; the CPU seconds of each, in the median."""
    say(f"\n{studies:,} studies, medians of {len(runs)}")
    medians = []
    for at, step in enumerate(STEPS):
        cpu = statistics.median(run[at].cpu for run in runs)
        wall = statistics.median(run[at].wall for run in runs)
        memory, stored = (
            max(run[at].memory for run in runs),
            statistics.median(run[at].stored for run in runs),
        )
        say(
            f"  {step:<16}{cpu:9.1f} s CPU {studies / cpu:9,.0f} studies/s {wall:9.1f} s wall   peak {memory:5,.0f} MiB"
            f"   database {stored:8,.1f} MiB, {stored * 1024 / studies:5.1f} KiB a study"
        )
        medians.append(cpu)
    say(f"  {runs[0][2].counts}")
    return medians


def report_pages(taken: dict[str, float]) -> bool:
    """Prints the pages; whether none is too slow."""
    say(f"\n  {'page, median of ' + str(REQUESTS):<40}{'ms':>8}{'x /healthz':>12}")
    for page, ms in taken.items():
        say(f"  {page:<40}{ms:8.1f}{ms / taken['/healthz']:12.1f}")
    return max(taken.values()) <= MOST_MS


def growth(costs: dict[int, list[float]]) -> bool:
    """Prints how the cost of a study grows with their number; whether it does not."""
    fewest, most = min(costs), max(costs)
    if fewest == most:
        return True
    say(f"\nA study's cost at {most:,} in terms of that at {fewest:,}")
    ratios = [(costs[most][at] / most) / (costs[fewest][at] / fewest) for at in range(len(STEPS))]
    for step, ratio in zip(STEPS, ratios, strict=True):
        say(f"  {step:<16}{ratio:6.2f}")
    return max(ratios) <= MOST_GROWTH


def say(line: str) -> None:
    """Write a line of the report, at once: the next one may take a while."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the tables; 1 where something grows, or a page is too slow."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("studies", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the databases are made (default: the system's)")
    arguments = parser.parse_args(argv)
    say(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    costs, quick = {}, True
    for studies in arguments.studies:
        folder = Path(tempfile.mkdtemp(dir=arguments.folder))
        try:
            runs = []
            for _ in range(arguments.runs):
                shutil.rmtree(folder)
                folder.mkdir()
                runs.append(one_run(studies, folder))
            costs[studies] = report_steps(studies, runs)
            with console(folder) as client:
                quick = report_pages(pages(client)) and quick
        finally:
            shutil.rmtree(folder)
    return 0 if growth(costs) and quick else 1


if __name__ == "__main__":
    sys.exit(main())
