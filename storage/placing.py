"""Putting a file in its place whole or not at all: written beside it, brought to the disk, then named."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.errors import BackupExists, BackupFailed

BESIDE_SQLITE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file while it is open, or when a process was killed."""
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK)
"""What a file system answers that knows no second names (FAT, some network shares)."""
LEFT_BEHIND_S = 86_400
"""A file that was being written and has not changed for so long is that of a process that was killed."""


@contextmanager
def put_in_place(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """An empty file to write, readable to its owner alone; at the end of the block it takes the target's name.

    Where the block fails nothing is left. Raises BackupExists, also where the target comes to be meanwhile.
    """
    if target.is_dir() or (target.exists() and not overwrite):
        raise BackupExists(f"{target} exists already")
    try:
        partial = _new_file(target)
        try:
            yield partial
            _name(partial, target, overwrite=overwrite)
        finally:
            remove(partial)
    except FileExistsError as error:
        raise BackupExists(f"{target} exists already") from error
    except OSError as error:
        raise BackupFailed(f"{target} could not be written: {error.strerror}") from error


def remove(path: Path) -> None:
    """Delete a SQLite file with what lies beside it, as far as it is there."""
    for suffix in ("", *BESIDE_SQLITE):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: without it a power cut may take back what was renamed."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Bring a file's content to the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _new_file(target: Path) -> Path:
    _sweep(target)
    # Beside the target, hence on the same file system, where a rename is one step.
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return partial


def _sweep(target: Path) -> None:
    """Remove what killed processes left behind when they wrote the same target."""
    for left in target.parent.glob(f".{_literal(target.name)}.*.partial"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND_S:
                remove(left)


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _name(partial: Path, target: Path, *, overwrite: bool) -> None:
    # In this order: a name that reaches the disk before the content would be an empty backup after a power cut.
    sync_file(partial)
    if overwrite:
        partial.replace(target)
    else:
        link(partial, target)
    sync_folder(target.parent)


def link(path: Path, name: Path) -> None:
    """Give a file a second name; raises FileExistsError where there is one, which a rename would overwrite."""
    try:
        os.link(path, name)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if name.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(name)) from error
        path.rename(name)
