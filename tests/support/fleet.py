"""Daemons that share one database, a local registry server, and a webhook that hears what they tell."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from storage import ledger, tables
from storage.engine import Database
from storage.tables import table_of

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
SHORT_LEASES = (
    "import sys; from datetime import timedelta; from storage import engine; from sync import leases; "
    "leases.TTL = timedelta(seconds=4); engine.IDLE_TRANSACTION_S = 4; from sync.cli import main; "
    "sys.argv = ['trialdelta', *sys.argv[1:]]; main()"
)
"""The command with a lease of seconds: who takes over from a frozen daemon would else wait for two minutes."""
CONFIG = """
[registry]
base_url = {api_url}
min_interval_s = 0
[database]
url = {url}
[schedule]
poll = 1
jitter_s = 0
[web]
enabled = false
[backup]
schedule = "off"
[log]
format = "json"
[[watch]]
name = "w"
ids = {ids}
searches = {searches}
[[route]]
name = "now"
channels = ["hook"]
group = "none"
min_severity = "info"
max_messages = 1000000
[channels.hook]
kind = "webhook"
url = {hook}
secret = {secret}
allow_hosts = ["127.0.0.1"]
"""


@dataclass
class Receiver:
    """A webhook: when each delivery came, by its id."""

    url: str = ""
    came: list[tuple[str, float]] = field(default_factory=list)

    @property
    def ids(self) -> Counter[str]:
        """How often each delivery came."""
        return Counter(each for each, _ in self.came)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A webhook that takes all it is sent."""
    receiver = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            receiver.came.append((self.headers["webhook-id"], time.monotonic()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def write_config(
    folder: Path, api_url: str, url: str, hook: str, ids: Sequence[str], searches: str = "[]"
) -> Path:
    """The configuration that all daemons have."""
    path = folder / "config.toml"
    quoted = {"api_url": api_url, "url": url, "hook": hook, "secret": SECRET}
    values = {name: json.dumps(value) for name, value in quoted.items()}
    path.write_text(CONFIG.format(**values, ids=json.dumps(list(ids)), searches=searches))
    return path


class Fleet:
    """Daemons of one configuration."""

    def __init__(self, config: Path, number: int) -> None:
        self._config = config
        self.daemons = [self._start() for _ in range(number)]

    def _start(self) -> subprocess.Popen[bytes]:
        with (self._config.parent / "log").open("ab") as log:
            command = [sys.executable, "-c", SHORT_LEASES, "run", "--config", str(self._config)]
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    def kill(self, index: int) -> None:
        """End a daemon without a chance to do anything, and start another one in its place."""
        self.daemons[index].kill()
        self.daemons[index].wait()
        self.daemons[index] = self._start()

    def freeze(self, index: int) -> None:
        """Stop a daemon where it is."""
        os.kill(self.daemons[index].pid, signal.SIGSTOP)

    def thaw(self, index: int) -> None:
        """Let it go on."""
        os.kill(self.daemons[index].pid, signal.SIGCONT)

    def at_work(self, database: Database) -> int:
        """Which daemon has the lease, or had it last."""
        with database.read() as session:
            holder = session.scalar(select(table_of(tables.Lease).c.holder))
            cycle = next(iter(ledger.cycles(session, limit=1)), None)
        named = holder or (cycle.owner if cycle else "")
        pids = [str(each.pid) for each in self.daemons]
        return next((at for at, pid in enumerate(pids) if pid in named.split("/")), 0)

    def stop(self) -> None:
        """End them all."""
        for each in self.daemons:
            each.kill()
            each.wait()


def release_read(database: Database) -> str | None:
    """The release that was read to its end."""
    with database.read() as session:
        mark = ledger.watermark(session)
    return mark.release if mark else None


def undelivered(database: Database) -> list[dict[str, Any]]:
    """The deliveries that are still to be sent."""
    delivery = table_of(tables.Delivery)
    owed = select(delivery).where(delivery.c.state.in_(("waiting", "due")))
    with database.read() as session:
        return [dict(row) for row in session.execute(owed).mappings()]


def wait_for(
    happened: Callable[[], bool],
    *,
    seconds: float = 90,
    every: float = 0.05,
    instead: Callable[[], object] = lambda: "",
) -> None:
    """Wait until something has happened; AssertionError where it does not, with what there was `instead`."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, f"it did not happen in time: {instead()}"
        time.sleep(every)
