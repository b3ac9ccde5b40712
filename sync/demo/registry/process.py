"""The local registry server as a process of its own, started and steered from Python."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.errors import TrialdeltaError

_READY = re.compile(r"listening on (http://\S+) release")


class StartError(TrialdeltaError):
    """The local registry server did not start."""

    hint = "Its own words stand above; see `python -m sync.demo.registry --help`."


@dataclass(frozen=True)
class RunningRegistry:
    """A server that is up. `api_url` is what the service is to be configured with."""

    url: str
    process: subprocess.Popen[str]

    @property
    def api_url(self) -> str:
        """The address of API v2."""
        return f"{self.url}/api/v2"

    def move_to(self, release: str) -> None:
        """Serves another release; `next` is the next one known."""
        self._control("release", {"release": release})

    def set_faults(self, *faults: str) -> None:
        """Switches these faults on and all others off."""
        self._control("faults", {"faults": list(faults)})

    def log(self) -> list[dict[str, Any]]:
        """What was asked so far."""
        requests: list[dict[str, Any]] = self._control("log")
        return requests

    def clear_log(self) -> None:
        """Forgets what was asked."""
        self._control("log/clear", {})

    def stop(self) -> None:
        """Ends the process."""
        self.process.terminate()
        self.process.wait(timeout=10)
        if self.process.stdout:
            self.process.stdout.close()

    def _control(self, name: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_control/{name}", data=data)  # noqa: S310 - our own address
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)


def start(
    corpora: Sequence[Path] = (),
    *,
    generate: int = 0,
    seed: int = 0,
    releases: Sequence[Path] = (),
    release: str | None = None,
    port: int = 0,
    faults: Sequence[str] = (),
) -> RunningRegistry:
    """Starts the server, on corpora or on so many generated studies, and waits until it listens. Raises StartError."""
    command = [
        sys.executable,
        "-m",
        "sync.demo.registry",
        "--port",
        str(port),
    ]
    command += (
        ["--generate", str(generate), "--seed", str(seed)] if generate else ["--corpus", *map(str, corpora)]
    )
    command += ["--releases", *map(str, releases)] if releases else []
    command += ["--release", release] if release else []
    command += [part for fault in faults for part in ("--fault", fault)]
    root = str(Path(__file__).resolve().parents[3])
    environment = os.environ | {
        # The tests may run from anywhere, and the package need not be installed.
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    }
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603
    # The line comes when it listens: no test has to wait and see.
    ready = _READY.match(process.stdout.readline() if process.stdout else "")
    if ready is None:
        process.wait(timeout=10)
        raise StartError
    return RunningRegistry(ready[1], process)


@contextmanager
def serve(
    corpora: Sequence[Path] = (),
    *,
    generate: int = 0,
    seed: int = 0,
    releases: Sequence[Path] = (),
    release: str | None = None,
    port: int = 0,
    faults: Sequence[str] = (),
) -> Iterator[RunningRegistry]:
    """The server for the length of a `with` block."""
    running = start(
        corpora, generate=generate, seed=seed, releases=releases, release=release, port=port, faults=faults
    )
    try:
        yield running
    finally:
        running.stop()
