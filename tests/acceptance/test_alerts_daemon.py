"""The daemon tells by itself: a change on a release reaches a channel, and the dead man's ping goes out."""

import http.server
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.support import forked

CONFIG = """
[registry]
base_url = "{api_url}"
min_interval_s = 0
retries = 0
[database]
url = "sqlite:///{folder}/trialdelta.db"
[schedule]
poll = 1
jitter_s = 0
[[watch]]
name = "w"
ids = ["NCT90000001"]
[alerts]
heartbeat_url = "{ping}"
[[route]]
name = "now"
channels = ["heard"]
[channels.heard]
kind = "file"
path = "{folder}/heard.jsonl"
"""


@pytest.fixture
def pings() -> Iterator[tuple[str, list[str]]]:
    """A receiver of pings: its address, and what it got."""
    got: list[str] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            got.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/ping", got
    server.shutdown()
    server.server_close()


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_daemon_delivers_a_change_and_pings_after_a_good_poll(
    start_registry: StartRegistry, tmp_path: Path, pings: tuple[str, list[str]]
) -> None:
    versions = {
        "2026-09-01": study("NCT90000001"),
        "2026-09-02": study("NCT90000001", "SUSPENDED", posted="2026-09-02"),
    }
    registry = start_registry(
        [write_corpus(tmp_path / "c.jsonl", [told("NCT90000001", versions)])], release="2026-09-01"
    )
    url, got = pings
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(api_url=registry.api_url, folder=tmp_path, ping=url))
    heard = tmp_path / "heard.jsonl"
    with (tmp_path / "log").open("wb") as log:
        daemon = forked.Popen(
            [sys.executable, "-m", "sync", "run", "--config", str(config)], stdout=log, stderr=log
        )
    try:
        wait_for(lambda: len(got) > 0)
        assert not heard.exists()
        registry.move_to("2026-09-02")
        wait_for(heard.exists)
        wait_for(lambda: heard.read_text().endswith("\n"))
        daemon.terminate()
        assert daemon.wait(30) == 0
    finally:
        daemon.kill()
        daemon.wait()
    (received,) = [json.loads(line) for line in heard.read_text().splitlines()]
    assert received["data"]["event"]["nct_id"] == "NCT90000001"
    assert "Recruiting → Suspended" in received["data"]["event"]["headline"]
