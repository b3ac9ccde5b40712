"""What the service costs as the registry grows: 3,000 and 10,000 generated studies, all of them watched.

`python tests/bench/bench_scale.py [STUDIES …] [--runs 1] [--folder DIR] [--keep]` prints, each as soon as it is known: CPU
seconds of our process, its peak memory, the size of the database, for the first load, for reading all of it again with
nothing changed, and for the next weekday's release, of which 1.4 % differ; then the console's pages over what was stored.
With `--busy` again while another process writes once a second.
The generated registry has a process of its own, which is not counted. It fails where a study costs a third more among most
than among fewest, or a page takes more than 100 ms.

Larger registries, by their numbers: `bench_scale.py 10000 30000 100000` takes a quarter of an hour on a quiet machine, and
the whole registry, once, half an hour to two hours and 6 GB of disk:
`nice python tests/bench/bench_scale.py 600000 --folder /var/tmp --keep`, and then a weekday at a time
`python tests/bench/bench_scale.py 600000 --sweep DIR`
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402

from sync.config import WatchSettings  # noqa: E402
from sync.demo.registry.process import RunningRegistry, serve  # noqa: E402

SIZES, SEED = (3_000, 10_000), 7
FIRST, NEXT = "2026-09-01", "2026-09-02"
STEPS = ("first load", "nothing changed", "next release")
MOST_GROWTH = 1.33
"""By so much a study may cost more where there are most of them than where there are fewest."""
PAGES = (
    "/healthz",
    "/",
    "/?watch=all",
    "/events",
    "/events?watch=all&kind=contacts",
    "/worklist",
    "/worklist?show=never",
    "/classes",
    "/watches",
    "/cohorts",
    "/cohorts/all",
    "/cohorts/all?q=cell&sort=title",
    "/cohorts/all?sort=-enrollment",
    "/cohorts/all?sort=-countries",
    "/cohorts/all?status=RECRUITING&phase=PHASE2",
    "/cohorts/all?silence=overdue",
    "{study}",
    "{study}/compare",
    "/find?q=letrozole",
    "/find?q=NCT600001",
    "/find?q=cancer",
    "/find?status=RECRUITING",
    "/watcher",
    "/feed.atom",
    "/metrics",
    "/api/v1/events?limit=200",
    "/api/v1{study}",
)
REQUESTS, MOST_MS = 15, 100
EVERY_S = 60
"""Seconds between two lines about a step that takes long."""


@dataclass(frozen=True)
class Cost:
    """What one command took."""

    cpu: float
    wall: float
    memory: float
    """MiB, at the most."""
    stored: float
    """MiB of the database after it."""
    counts: dict[str, Any]


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
        status, used = waited_for(process.pid, config.parent / "trialdelta.db")
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


def waited_for(pid: int, database: Path) -> tuple[int, resource.struct_rusage]:
    """How a process ended and what it took; every minute until then a line says how far it is."""
    told = time.monotonic()
    while True:
        ended, status, used = os.wait4(pid, os.WNOHANG)
        if ended:
            return status, used
        time.sleep(0.1)
        if time.monotonic() - told >= EVERY_S:
            told = time.monotonic()
            tell_meanwhile(pid, database)


def tell_meanwhile(pid: int, database: Path) -> None:
    """Prints how far a load is, so that one that is cut short leaves figures; where the system says so."""
    of_process = Path(f"/proc/{pid}")
    if not of_process.exists() or not database.exists():
        return
    ticks = sum(map(int, (of_process / "stat").read_text().rpartition(")")[2].split()[11:13]))
    memory = dict(
        line.split(":") for line in (of_process / "status").read_text().splitlines() if "kB" in line
    )
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        seen = connection.execute("SELECT seen FROM registry_walk").fetchone() or (0,)
    say(
        f"    … {seen[0]:9,} studies {ticks / os.sysconf('SC_CLK_TCK'):9.1f} s CPU"
        f"   {int(memory['VmRSS'].split()[0]) / 1024:5.0f} MiB now {int(memory['VmHWM'].split()[0]) / 1024:5.0f} at most"
        f"   database {database.stat().st_size / 2**20:8,.1f} MiB"
    )


def one_run(studies: int, folder: Path) -> list[Cost]:
    """The three steps on a new database, which is left in the folder; each is told as soon as it is done."""
    found = []
    with serve(generate=studies, seed=SEED, release=FIRST) as registry:
        config = configured(folder, registry, port=0)
        for step, options in zip(STEPS, ((), ("--force",), ()), strict=True):
            if step == STEPS[-1]:
                registry.move_to(NEXT)
            found.append(cost_of(config, "sync", *options))
            report_step(step, studies, found[-1])
    return found


def sweep(folder: Path, studies: int) -> int:
    """What the next weekday takes over the kept database of a folder, which has read it afterwards."""
    with closing(sqlite3.connect(f"file:{folder}/trialdelta.db?mode=ro", uri=True)) as connection:
        (release,) = connection.execute("SELECT release FROM watermark").fetchone()
    day = next_weekday(date.fromisoformat(release))
    say(f"{studies:,} studies, in {folder}, on {day}")
    with serve(generate=studies, seed=SEED, release=day.isoformat()) as registry:
        report_step(STEPS[-1], studies, cost_of(configured(folder, registry, port=0), "sync"))
    return 0


def next_weekday(day: date) -> date:
    """The day after it on which a generated registry has a release."""
    following = day + timedelta(days=1)
    return following if following.weekday() < 5 else next_weekday(following)


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


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Meanwhile a process writes to the database each second."""
    writer = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/bench/writer.py"), f"sqlite:///{folder}/trialdelta.db"], cwd=ROOT
    )
    try:
        yield
        if writer.poll() is not None:
            raise SystemExit("the writer ended before the pages were measured")
    finally:
        writer.terminate()
        writer.wait(timeout=60)


def pages(client: httpx.Client, pause_s: float = 0) -> dict[str, float]:
    """Milliseconds of each page: the median of so many requests, the first one apart; each is told at once."""
    study = "/studies/" + re.findall(r"NCT\d{8}", client.get("/events").text)[0]
    say(f"  {'page, median of ' + str(REQUESTS):<40}{'ms':>8}{'first':>10}")
    taken = {}
    for page in PAGES:
        first, taken[page] = took_ms(client, page.format(study=study), pause_s)
        say(f"  {page:<40}{taken[page]:8.1f}{first:10.1f}")
    return taken


def took_ms(client: httpx.Client, path: str, pause_s: float) -> tuple[float, float]:
    """A page's first answer, and the median of the others."""
    took = []
    for _ in range(REQUESTS + 1):
        began = time.perf_counter()
        answer = client.get(path)
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code >= 400:
            raise SystemExit(f"{path} answers {answer.status_code}")
        time.sleep(pause_s)
    return took[0], statistics.median(took[1:])


def report_step(step: str, studies: int, cost: Cost) -> None:
    """Prints what one step took."""
    say(
        f"  {step:<16}{cost.cpu:9.1f} s CPU {studies / cost.cpu:9,.0f} studies/s {cost.wall:9.1f} s wall"
        f"   peak {cost.memory:5,.0f} MiB   database {cost.stored:8,.1f} MiB, {cost.stored * 1024 / studies:5.1f} KiB each"
    )
    if step == STEPS[-1]:
        say("  " + ", ".join(f"{name} {number:,}" for name, number in told(cost).items()))


def told(cost: Cost) -> dict[str, int]:
    """What a step came to, in the counts that are not none."""
    return {name: number for name, number in cost.counts.items() if isinstance(number, int) and number}


def medians(runs: list[list[Cost]]) -> list[float]:
    """The CPU seconds of each step, in the median."""
    return [statistics.median(run[at].cpu for run in runs) for at in range(len(STEPS))]


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
    parser.add_argument("--runs", type=int, default=1, help="of which the medians are compared")
    parser.add_argument("--folder", type=Path, help="where the databases are made (default: the system's)")
    parser.add_argument(
        "--keep", action="store_true", help="leave the last database of each size in its folder"
    )
    parser.add_argument(
        "--busy", action="store_true", help="the pages again while something writes each second"
    )
    parser.add_argument(
        "--console", type=Path, metavar="DIR", help="nothing but the pages, of a kept database"
    )
    parser.add_argument(
        "--sweep",
        type=Path,
        metavar="DIR",
        help="nothing but the next weekday, over a kept database of so many",
    )
    arguments = parser.parse_args(argv)
    if arguments.sweep:
        return sweep(arguments.sweep, *arguments.studies)
    if arguments.console:
        return 0 if slowest_page(arguments.console, busy=arguments.busy) <= MOST_MS else 1
    say(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    costs, quick = {}, True
    for studies in arguments.studies:
        folder = Path(tempfile.mkdtemp(prefix=f"scale-{studies}-", dir=arguments.folder))
        try:
            costs[studies], slowest = measured(studies, arguments.runs, folder, busy=arguments.busy)
            quick = slowest <= MOST_MS and quick
        finally:
            if not arguments.keep:
                shutil.rmtree(folder)
    return 0 if growth(costs) and quick else 1


def measured(studies: int, times: int, folder: Path, *, busy: bool) -> tuple[list[float], float]:
    """The steps' CPU seconds for so many studies, in the medians of some runs, and the milliseconds of the slowest page."""
    runs = []
    for _ in range(times):
        say(f"\n{studies:,} studies, in {folder}")
        shutil.rmtree(folder)
        folder.mkdir()
        runs.append(one_run(studies, folder))
    return medians(runs), slowest_page(folder, busy=busy)


def slowest_page(folder: Path, *, busy: bool) -> float:
    """The milliseconds of the slowest page over a stored database; also while something writes."""
    with console(folder) as client:
        slowest = max(pages(client).values())
        if busy:
            say("  while something is written each second, of which each request has to take account")
            with writing(folder):
                slowest = max(slowest, *pages(client, pause_s=1).values())
    return slowest


if __name__ == "__main__":
    sys.exit(main())
