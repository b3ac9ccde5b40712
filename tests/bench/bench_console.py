"""What the console's pages cost with 2,500 studies, 4,000 versions and 3,000 alerts: time at the server, bytes to load.

`python tests/bench/bench_console.py` prints a table; it fails where an answer takes more than 100 ms (median of 15, over
HTTP on loopback, the first request apart), or a page loads more than 150 KB with its style sheets and script. A column gives
each as a multiple of /healthz in the same run, for machines are of different speed.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
from pydantic import SecretStr  # noqa: E402

from sync import logs  # noqa: E402
from sync.config import DatabaseSettings, Settings, WatchSettings, WebSettings  # noqa: E402
from sync.registry.settings import RegistrySettings  # noqa: E402
from sync.service import open_service  # noqa: E402
from sync.web.server import Console  # noqa: E402
from tests.bench.large import fill  # noqa: E402

RUNS = 15
MOST_MS, MOST_BYTES = 100, 150_000


def settings(folder: Path) -> Settings:
    """One instance on the large database."""
    return Settings.model_construct(
        registry=RegistrySettings(base_url="http://127.0.0.1:9/api/v2"),
        database=DatabaseSettings(url=SecretStr(f"sqlite:///{folder}/large.db")),
        watch=(WatchSettings(name="large", ids=("NCT90000001",)),),
        web=WebSettings(port=0),
    )


def pages(client: httpx.Client) -> list[str]:
    """Every page, with ids that the pages themselves name."""
    inbox = client.get("/").text
    event = re.findall(r"/events/evt_\w+", inbox)[0]
    study = re.findall(r"/studies/NCT\d+", inbox)[0]
    return [
        "/healthz",
        "/",
        "/?by=release",
        "/?q=therapy&severity=medium",
        "/?state=all&page=5",
        event,
        "/events",
        "/events?severity=high",
        study,
        f"{study}/compare",
        f"{study}/check",
        "/cohorts",
        "/cohorts/large",
        "/cohorts/large?q=cell&sort=title",
        "/watcher",
        "/audit",
        "/find?q=therapy",
        "/feed.atom",
        "/metrics",
        "/api/v1/inbox",
        "/api/v1/alerts?limit=200",
        "/api/v1/events?limit=200",
        "/api/v1/cohorts/large",
        f"/api/v1{study}",
    ]


def measure(client: httpx.Client, path: str) -> tuple[float, float, int]:
    """First answer and median of the others in milliseconds, and the bytes of the last one."""
    took = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        answer = client.get(path)
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
    return took[0], statistics.median(took[1:]), len(answer.content)


def loaded(client: httpx.Client, path: str) -> int:
    """Bytes of what a page loads besides itself."""
    body = client.get(path).text
    return sum(len(client.get(each).content) for each in set(re.findall(r'"(/static/[^"]+)"', body)))


def main() -> None:
    """Print the table."""
    logs.configure("console", "error")
    with tempfile.TemporaryDirectory() as folder, open_service(settings(Path(folder))) as service:
        fill(service.database)
        console = Console(service)
        console.start()
        too_much = []
        with httpx.Client(base_url=console.url, headers={"accept": "text/html"}, timeout=60) as client:
            print(
                f"{'page':<42}{'first ms':>10}{'median ms':>11}{'x healthz':>11}{'KB':>8}{'with files':>12}"
            )
            least = 0.0
            for path in pages(client):
                first, median, size = measure(client, path)
                least = least or median
                whole = size + (0 if path.startswith(("/api", "/feed", "/metrics")) else loaded(client, path))
                print(
                    f"{path:<42}{first:>10.1f}{median:>11.1f}{median / least:>11.1f}{size / 1000:>8.1f}{whole / 1000:>12.1f}"
                )
                if median > MOST_MS or (whole > MOST_BYTES and not path.startswith(("/api", "/feed"))):
                    too_much.append(path)
        console.stop()
    if too_much:
        raise SystemExit(f"over {MOST_MS} ms or {MOST_BYTES // 1000} KB: {', '.join(too_much)}")


if __name__ == "__main__":
    main()
