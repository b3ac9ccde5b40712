"""Whoever runs the daemon: commands with one configuration, the daemon's process, and what it logs."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import forked

CONFIG = """
[registry]
base_url = "{api_url}"
min_interval_s = 0
retries = 0
blocked_pause_s = 600
[database]
url = "sqlite:///{folder}/trialdelta.db"
[schedule]
poll = 1
jitter_s = 0
[[watch]]
name = "w"
ids = ["NCT90000001"]
"""


class Operator:
    """Runs commands with one configuration, and reads what the daemon logs."""

    def __init__(self, folder: Path, api_url: str) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(api_url=api_url, folder=folder))

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "sync", *words, "--config", str(self.config)]

    def begin(self, words: list[str], **streams: Any) -> "subprocess.Popen[Any]":
        """A process of the program; one that is forked off has its imports before its program begins."""
        return forked.Popen(words, env=os.environ, **streams)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return forked.run(self.command(*words))

    @contextmanager
    def daemon(self) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.folder / "log").open("ab") as log:
            process = self.begin(self.command("run"), stderr=log, stdout=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def said(self) -> list[dict[str, Any]]:
        lines = (self.folder / "log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def wait_for(self, happened: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """What was logged once `happened` is true of it; fails after half a minute."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if happened(said := self.said()):
                return said
            time.sleep(0.05)
        pytest.fail(f"the daemon did not come to it; it said: {(self.folder / 'log').read_text()}")


def has(event: str, **fields: Any) -> Callable[[list[dict[str, Any]]], bool]:
    """Whether a line of this event with these fields was logged."""
    return lambda said: any(line["event"] == event and fields.items() <= line.items() for line in said)
