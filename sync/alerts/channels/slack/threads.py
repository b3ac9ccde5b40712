"""Which thread belongs to which study: `ts` of its first message, in memory and, where a file is named, over restarts."""

from __future__ import annotations

import json
import os
from pathlib import Path

MOST = 10_000
"""Threads that are remembered; the oldest are forgotten, their studies begin a new thread."""


class Threads:
    """Thread name → ts. Losing the file costs nothing but new threads."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, str] = {}

    def get(self, thread: str) -> str | None:
        """The ts of the thread's first message."""
        return self._read().get(thread)

    def put(self, thread: str, ts: str) -> None:
        """Remember the thread."""
        known = {**self._read(), thread: ts}
        self._known = dict(list(known.items())[-MOST:])
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Two processes that write at once each write a whole file, and the later one wins: a lost thread is not a loss.
            beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
            beside.write_text(json.dumps(self._known), encoding="ascii")
            beside.replace(self._path)

    def _read(self) -> dict[str, str]:
        if self._path:
            try:
                found = json.loads(self._path.read_text(encoding="ascii"))
            except (OSError, ValueError):
                return self._known
            return found if isinstance(found, dict) else {}
        return self._known
