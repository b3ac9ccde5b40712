"""Writing deliveries to the file."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from sync.alerts.channels.base import ChannelError, Outgoing
from sync.alerts.channels.file import Settings
from sync.words import counted


class Sender:
    """Appends."""

    kind = "file"
    slow = False

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._path = settings.path

    def send(self, outgoing: Outgoing) -> str:
        """Append one line; once this returns, it is on the disk."""
        body = json.dumps(outgoing.as_json() | {"attempt": outgoing.attempt}, separators=(",", ":")).encode()
        try:
            append_line(self._path, body)
        except OSError as error:
            raise ChannelError(f"{self._path} cannot be written: {error.strerror}") from error
        return f"{counted(len(body), 'byte')} appended"


def append_line(path: Path, body: bytes) -> None:
    """Append a line under a lock. A line that a crash cut short is ended first, so that it spoils no other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # A command and the daemon may write at once, and a long line is not a single write.
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file).st_size
        whole = not size or os.pread(file, 1, size - 1) == b"\n"
        _write(file, (b"" if whole else b"\n") + body + b"\n")
        os.fsync(file)
    finally:
        os.close(file)
    if not size:
        _sync_folder(path.parent)


def _write(file: int, body: bytes) -> None:
    while body:
        body = body[os.write(file, body) :]


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file durable too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
