"""Writing the feeds."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.alerts.channels.atom import Settings
from sync.alerts.channels.atom.feed import entry, feed
from sync.alerts.channels.base import ChannelError, Outgoing
from sync.words import counted


class Sender:
    """Writes feeds."""

    kind = "atom"
    slow = False

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._folder = settings.folder
        self._most = settings.most

    def send(self, outgoing: Outgoing) -> str:
        """Put the message at the top of the feed of each of its watches."""
        # The name of a watch becomes that of a file: nothing in it may lead out of the folder.
        watches = [Path(watch).name or "all" for watch in (outgoing.message.watch or "all").split(", ")]
        try:
            with self._locked():
                sizes = {watch: self._add(watch, entry(outgoing)) for watch in watches}
        except OSError as error:
            raise ChannelError(f"{self._folder} cannot be written: {error.strerror}") from error
        return ", ".join(f"{watch}.atom has {counted(size, 'entry')}" for watch, size in sizes.items())

    def _add(self, watch: str, new: dict[str, Any]) -> int:
        kept = self._folder / f".{watch}.json"
        known = json.loads(kept.read_text(encoding="ascii")) if kept.exists() else []
        # A repeat takes the place of the first: at-least-once delivery makes no double here.
        entries = [new, *(each for each in known if each["id"] != new["id"])]
        entries = sorted(entries, key=lambda each: str(each["updated"]), reverse=True)[: self._most]
        replace(kept, json.dumps(entries).encode("ascii"))
        replace(self._folder / f"{watch}.atom", feed(watch, entries))
        return len(entries)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def replace(path: Path, body: bytes) -> None:
    """Write a file whole or not at all: readers see the old one until the new one is on the disk."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
