"""From a new release to an alert at a webhook: 316 studies of which five change a day, over HTTP, on SQLite and PostgreSQL.

A daemon polls the local registry server every second. Counted is from the moment at which the server has the new release to
the one at which the webhook has the alert: the wait for the poll (half a second on average), the cycle, and the delivery.
`python tests/bench/bench_delivery.py` prints a table; it fails where alerts take as long as a look every five seconds.
"""

from __future__ import annotations

import platform
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from storage.engine import open_database  # noqa: E402
from sync.demo.registry.process import serve  # noqa: E402
from tests.acceptance.registry_server import study, told, write_corpus  # noqa: E402
from tests.support.fleet import Fleet, receiving, release_read, undelivered, wait_for, write_config  # noqa: E402
from tests.support.postgresql import Server  # noqa: E402

STUDIES, RELEASES, CHANGED = 316, 25, 5
MOST_S = 5.0
"""Of the median: so long it took when deliveries were looked for every five seconds."""


def corpus(folder: Path, days: list[str]) -> tuple[Path, list[str]]:
    """The studies, each day five of them with another enrolment; and their ids."""
    ids = [f"NCT9{number:07}" for number in range(STUDIES)]
    versions = {nct_id: {days[0]: _enrolling(nct_id, 20, days[0])} for nct_id in ids}
    for number, day in enumerate(days[1:]):
        for nct_id in (ids[(number * CHANGED + each) % STUDIES] for each in range(CHANGED)):
            versions[nct_id][day] = _enrolling(nct_id, 60 + number, day)
    return write_corpus(folder / "corpus.jsonl", [told(each, versions[each]) for each in ids]), ids


def _enrolling(nct_id: str, number: int, posted: str) -> dict[str, object]:
    design = {"enrollmentInfo": {"count": number, "type": "ESTIMATED"}}
    return study(nct_id, posted=posted, designModule=design)


def latencies(url: str, folder: Path) -> list[float]:
    """Seconds from each release to each of its alerts."""
    days = [(date(2026, 1, 5) + timedelta(days=number)).isoformat() for number in range(RELEASES + 1)]
    file, ids = corpus(folder, days)
    found: list[float] = []
    with (
        serve([file], release=days[0]) as registry,
        receiving() as receiver,
        closing(open_database(url)) as database,
    ):
        database.ensure_schema()
        fleet = Fleet(write_config(folder, registry.api_url, url, receiver.url, ids), 1)
        try:
            wait_for(lambda: release_read(database) == days[0])
            for day in days[1:]:
                before, began = len(receiver.came), time.monotonic()
                registry.move_to(day)
                wait_for(lambda wanted=before + CHANGED: len(receiver.came) >= wanted)  # type: ignore[misc]
                wait_for(lambda: not undelivered(database))
                found += [at - began for _, at in receiver.came[before:]]
        finally:
            fleet.stop()
    return found


def main() -> None:
    """Measure both, and print."""
    print(f"{STUDIES} studies, {CHANGED} changed on each of {RELEASES} releases; {platform.machine()}")
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="trialdelta-") as place:
        (Path(place) / "data").mkdir()
        server = Server(Path(place) / "data")
        try:
            with server.database() as url:
                for name, at in (("SQLite", f"sqlite:///{place}/trialdelta.db"), ("PostgreSQL", url)):
                    folder = Path(place) / name
                    folder.mkdir()
                    found = statistics.quantiles(latencies(at, folder), n=100)
                    print(f"{name:>10}: p50 {found[49]:.2f} s, p99 {found[98]:.2f} s")
                    worst = max(worst, found[49])
        finally:
            server.stop()
    if worst > MOST_S:
        sys.exit(f"a median of {worst:.1f} s: deliveries wait for the next look")


if __name__ == "__main__":
    main()
