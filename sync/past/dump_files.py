"""Which files hold the records that people name: a file, the files of a folder, or what is piped in."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, NamedTuple

from sync.errors import UsageError
from sync.past.dumps import Found, records
from sync.past.packing import UNREADABLE, bare, holds_records, is_hidden, members

PIPED = Path("-")
"""What stands for standard input on a command line."""
_ABSENT = "is a link to nothing"


class DumpFile(NamedTuple):
    """A file that can be read as often as it takes, and what it is called where a record of it is named."""

    path: Path
    name: str
    problem: str | None = None
    """Why it cannot be read, where it was not named but stands in a folder that was."""

    def records(self) -> Iterator[Found]:
        """All records of it; what cannot be read comes with a problem."""
        return (
            iter([Found(self.name, problem=self.problem)]) if self.problem else records(self.path, self.name)
        )


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
            elif _is_fifo(path):
                files.append(_written_down(kept, kept.enter_context(path.open("rb")), str(path)))
            else:
                files += _of_folder(path) if os.path.isdir(path) else [_named(path)]
        yield files


def records_in(files: Iterable[DumpFile]) -> Iterator[Found]:
    """All records of files. Raises UsageError, at their end, where there is none in any of them.

    A file without any is named where others have some: a download that came to nothing must not pass for a record less.
    """
    empty: list[Found] = []
    is_known = False
    for found in chain.from_iterable(each.records() for each in files):
        empty.append(found)
        if is_known or not found.is_empty:
            is_known = True
            yield from empty
            empty.clear()
    if not is_known:
        more = f" and {len(empty) - 3:,} more" if len(empty) > 3 else ""
        raise UsageError(f"there is no record in {', '.join(each.place for each in empty[:3])}{more}")


def _is_fifo(path: Path) -> bool:
    try:
        return path.is_fifo()
    except OSError:
        return False  # why it cannot be looked at is told where it is opened


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
    found = sorted(_dumps_in(folder))
    if not found:
        raise UsageError(
            f"the folder {folder} holds no record: no file .json, .jsonl, .ndjson or .zip is in it"
        )
    return found


def _dumps_in(folder: Path) -> Iterator[DumpFile]:
    """The dumps of a folder and those within it, and what cannot be read. Raises UsageError where that is the folder."""
    closed: list[OSError] = []
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, onerror=closed.append, followlinks=True):
        # A link to a folder is followed, each folder read once: `latest`, and a link to where it stands itself.
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else [each for each in folders if not is_hidden(Path(each))]
        files = [] if real in seen else [Path(place, each) for each in names]
        seen.add(real)
        yield from (_found(folder, path) for path in files if _is_dump(path))
    for error in closed:
        path = Path(error.filename)
        if path == folder:
            raise UsageError(f"the folder {folder} cannot be read: {error.strerror}") from error
        name = str(path.relative_to(folder))
        yield DumpFile(path, name, f"the folder cannot be read: {error.strerror}")


def _is_dump(path: Path) -> bool:
    if is_hidden(Path(path.name)):
        return False
    if not bare(path.name).endswith(".zip"):
        return holds_records(path.name)
    return bool(_why_closed(path)) or not _is_empty_archive(path)


def _found(folder: Path, path: Path) -> DumpFile:
    problem = _why_closed(path)
    return DumpFile(path, str(path.relative_to(folder)), f"it {problem}" if problem else None)


def _named(path: Path) -> DumpFile:
    """A file by its name. Raises UsageError where there is none, or a zip without any file that may hold records."""
    problem = _why_closed(path)
    if problem == _ABSENT:
        raise UsageError(f"there is no file {path}")
    if problem:
        raise UsageError(f"{path} {problem}")
    if _is_empty_archive(path):
        raise UsageError(f"the archive {path} holds no record: no file .json, .jsonl or .ndjson is in it")
    return DumpFile(path, path.name)


def _why_closed(path: Path) -> str | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return "is a device: write the records into a file, and name that"
        with path.open("rb"):
            return None
    except FileNotFoundError:
        return _ABSENT
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _is_empty_archive(path: Path) -> bool:
    try:
        return zipfile.is_zipfile(path) and not members(path)
    except UNREADABLE:
        return False  # what is wrong with it is told where it is read
