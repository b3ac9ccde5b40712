"""Which files hold the records that people name: a file, the files of a folder, or what is piped in."""

from __future__ import annotations

import shutil
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from sync.errors import UsageError
from sync.past.dumps import UNREADABLE, holds_records, members

PIPED = Path("-")
"""What stands for standard input on a command line."""


class DumpFile(NamedTuple):
    """A file that can be read as often as it takes, and what it is called where a record of it is named."""

    path: Path
    name: str


@contextmanager
def dump_files(named: Iterable[Path]) -> Iterator[list[DumpFile]]:
    """The files that are named, those of a folder in the order of their names. Raises UsageError where one cannot be.

    What comes through a pipe is written down first, for as long as the block lasts.
    """
    with ExitStack() as kept:
        files: list[DumpFile] = []
        for path in named:
            if path == PIPED:
                files.append(_written_down(kept, _standard_input(), "standard input"))
            elif path.is_fifo():
                files.append(_written_down(kept, kept.enter_context(path.open("rb")), str(path)))
            else:
                files += _of_folder(path) if path.is_dir() else [DumpFile(path, path.name)]
        for each in files:
            _check(each.path)
        yield files


def _standard_input() -> IO[bytes]:
    if sys.stdin.isatty():
        raise UsageError("nothing is piped into standard input: name a file or a folder, or pipe records in")
    return sys.stdin.buffer


def _written_down(kept: ExitStack, piped: IO[bytes], name: str) -> DumpFile:
    folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="trialdelta-")))
    path = folder / "records"
    with path.open("wb") as file:
        shutil.copyfileobj(piped, file)
    return DumpFile(path, name)


def _of_folder(folder: Path) -> list[DumpFile]:
    try:
        found = [DumpFile(path, str(path.relative_to(folder))) for path in sorted(_dumps_in(folder))]
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be read: {error.strerror}") from error
    if not found:
        raise UsageError(
            f"the folder {folder} holds no record: no file .json, .jsonl, .ndjson or .zip is in it"
        )
    return found


def _dumps_in(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        # What begins with a dot is no dump: macOS puts a `._name.json` of its own beside each file.
        if any(part.startswith(".") for part in path.relative_to(folder).parts) or not path.is_file():
            continue
        if holds_records(path.name) or (path.suffix == ".zip" and not _is_empty_archive(path)):
            yield path


def _check(path: Path) -> None:
    """Raises UsageError where there is no file, or a zip without any file that may hold records."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise UsageError(f"{path} is a device: write the records into a file, and name that")
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}") from error
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror}") from error
    if _is_empty_archive(path):
        raise UsageError(f"the archive {path} holds no record: no file .json, .jsonl or .ndjson is in it")


def _is_empty_archive(path: Path) -> bool:
    try:
        return zipfile.is_zipfile(path) and not members(path)
    except UNREADABLE:
        return False  # what is wrong with it is told where it is read
