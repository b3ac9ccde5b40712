"""How files of records are packed and written: what is unpacked here, and what is wrong with the others."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile)
"""What reading a damaged file raises."""
LINES = (".jsonl", ".ndjson")

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UTF_32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")


def holds_records(name: str) -> bool:
    """Whether a file that is called so may hold records."""
    return bare(name).endswith((".json", *LINES))


def bare(name: str) -> str:
    """A name as endings are looked for in it."""
    return name.lower().removesuffix(".gz")


def is_hidden(path: PurePosixPath | Path) -> bool:
    """Whether it is no dump by its name: macOS puts a `._name.json` of its own beside each file, in folders and zips."""
    return any(part.startswith(".") and part not in (".", "..") for part in path.parts)


def members(path: Path) -> list[zipfile.ZipInfo]:
    """The files of an archive that may hold records; a zip among them is to be refused by name, not passed over."""
    with zipfile.ZipFile(path) as archive:
        return [each for each in archive.infolist() if not each.is_dir() and _is_meant(each.filename)]


def _is_meant(name: str) -> bool:
    return (holds_records(name) or bare(name).endswith(".zip")) and not is_hidden(PurePosixPath(name))


def unpacked(file: IO[bytes]) -> IO[bytes]:
    """What a file holds, where it is packed with gzip: by its first bytes, as names lie."""
    # Downloads lose the ending .gz, or keep it when a browser has unpacked them.
    is_packed = _begin(file).startswith(_GZIP)
    return gzip.open(file, "rb") if is_packed else file  # type: ignore[return-value]  # gzip's file is one to read bytes from


def is_zip(file: IO[bytes]) -> bool:
    """Whether it begins as a zip does."""
    return _begin(file) == _ZIP


def why_unfit(file: IO[bytes]) -> str | None:
    """Why no record can be read from what was unpacked, by its first bytes; None where nothing speaks against it."""
    begin = _begin(file)
    if begin.startswith(_GZIP):
        return "it is packed twice with gzip: unpack it once, and give what comes out"
    if begin == _ZIP:
        return "it is a zip that is packed once more with gzip: unpack it, and give the zip itself"
    # Without a mark at its beginning, a sign of JSON has one byte of two that is zero, or three of four.
    if begin in _UTF_32 or begin.count(0) == 3:
        return "it is written in UTF-32: save it as UTF-8"
    if begin.startswith(_UTF_16) or begin.count(0) == 2:
        return "it is written in UTF-16: save it as UTF-8"
    return None


def _begin(file: IO[bytes]) -> bytes:
    begin = file.read(4)
    file.seek(0)
    return begin
