"""The registry's bulk download, given as a file: a zip of one JSON file a study, read from its directory one by one.

Python's own reader makes an object of each of its 600,000 entries before the first can be read: 300 MB. Here the directory
is read as a stream, from any place in it on.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, ClassVar

from sync.errors import TrialdeltaError
from sync.registry.errors import Spoilt
from sync.registry.pages import MAX_RECORD_BYTES, RawRecord, read_study

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 65_535
_IN_64 = 0xFFFFFFFF
_STORED, _DEFLATED = 0, 8
_STUDY = re.compile(r"(?:.*/)?(NCT\d{8})\.json", re.ASCII)


class NotAnArchive(TrialdeltaError):
    """The file is not a whole zip archive."""

    hint: ClassVar[str] = (
        "Download it again: https://clinicaltrials.gov/api/v2/studies/download?format=json.zip gives one of about 2.7 GB."
    )
    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive. `following` is the place of the next entry in the directory."""

    name: str
    following: int
    offset: int
    packed: int
    size: int
    checksum: int
    method: int
    flags: int

    @property
    def nct_id(self) -> str | None:
        """The study that it is named after."""
        found = _STUDY.fullmatch(self.name)
        return found[1] if found else None


class Archive:
    """An archive that is open for reading. Raises NotAnArchive where its directory is not whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        self.entries, self._begin, self._length = self._directory()

    @property
    def identity(self) -> str:
        """What tells this archive from every other: its size, and a hash of its directory's ends."""
        sha256 = hashlib.sha256(self._at(self._begin, min(self._length, 65_536)))
        end = self._begin + self._length
        sha256.update(self._at(max(self._begin, end - 65_536), min(self._length, 65_536)))
        return f"{self._size}-{self.entries}-{sha256.hexdigest()[:32]}"

    def each(self, place: int = 0) -> Iterator[Entry]:
        """The entries from a place of the directory on, one in memory at a time."""
        while place < self._length:
            entry = self._entry(place)
            yield entry
            place = entry.following

    def record(self, entry: Entry) -> RawRecord:
        """The study in an entry; with a `problem` where it cannot be read."""
        try:
            record = read_study(self._unpacked(entry))
        except Spoilt as spoilt:
            return RawRecord(entry.nct_id, spoilt.beginning, problem=str(spoilt))
        except (zlib.error, struct.error, _Damaged) as error:
            return RawRecord(
                entry.nct_id, entry.name.encode(), problem=f"{entry.name} cannot be unpacked: {error}"
            )
        if record.problem is None and record.nct_id != entry.nct_id:
            problem = f"{entry.name} holds the record of {record.nct_id or 'no study'}"
            return replace(record, nct_id=entry.nct_id, problem=problem, aliases=())
        return record

    def _unpacked(self, entry: Entry) -> bytes:
        if entry.flags & 1:
            raise _Damaged("it is encrypted")
        if max(entry.size, entry.packed) > MAX_RECORD_BYTES:
            raise _Damaged(f"it has {entry.size:,} bytes; a record may have {MAX_RECORD_BYTES:,}")
        local = _LOCAL.unpack(self._at(entry.offset, _LOCAL.size))
        if local[0] != b"PK\3\4":
            raise _Damaged("it is not where the directory says")
        packed = self._at(entry.offset + _LOCAL.size + local[9] + local[10], entry.packed)
        content = _inflated(packed, entry)
        if len(content) != entry.size or zlib.crc32(content) != entry.checksum:
            raise _Damaged("its checksum is wrong")
        return content

    def _entry(self, place: int) -> Entry:
        head = self._at(self._begin + place, _ENTRY.size)
        if len(head) < _ENTRY.size or not head.startswith(b"PK\1\2"):
            raise NotAnArchive("the directory of the archive is cut or damaged")
        (_, _, _, flags, method, _, _, checksum, packed, size, named, extra, comment, *_, offset) = (
            _ENTRY.unpack(head)
        )
        rest = self._at(self._begin + place + _ENTRY.size, named + extra)
        size, packed, offset = _wide(rest[named:], size, packed, offset)
        following = place + _ENTRY.size + named + extra + comment
        name = rest[:named].decode("utf-8", "replace")
        return Entry(name, following, offset, packed, size, checksum, method, flags)

    def _directory(self) -> tuple[int, int, int]:
        """How many entries there are, where the directory begins, and how long it is."""
        start = max(0, self._size - _END.size - _LONGEST_COMMENT)
        tail = self._at(start, self._size - start)
        found = tail.rfind(b"PK\5\6")
        if found < 0 or found + _END.size > len(tail):
            raise NotAnArchive("the file is not a zip archive, or its end is missing")
        *_, entries, length, begin, _ = _END.unpack_from(tail, found)
        locator = (
            self._at(start + found - _LOCATOR.size, _LOCATOR.size) if start + found >= _LOCATOR.size else b""
        )
        if locator.startswith(b"PK\6\7"):
            end = self._at(_LOCATOR.unpack(locator)[2], _END_64.size)
            if len(end) < _END_64.size or not end.startswith(b"PK\6\6"):
                raise NotAnArchive("the end of the archive is damaged")
            *_, entries, length, begin = _END_64.unpack(end)
        if begin + length > self._size:
            raise NotAnArchive("the file is shorter than its directory says: it is cut")
        return entries, begin, length

    def _at(self, place: int, length: int) -> bytes:
        self._file.seek(place)
        return self._file.read(length)


class _Damaged(Exception):
    """An entry cannot be unpacked."""


def _inflated(packed: bytes, entry: Entry) -> bytes:
    if entry.method == _STORED:
        return packed
    if entry.method != _DEFLATED:
        raise _Damaged(f"it is packed by method {entry.method}")
    # one byte more than it says, so that a bomb costs no more than a record may have
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, entry.size + 1)


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The numbers of an entry, those taken from its extra field that have no room in four bytes."""
    wide = _extra_of(extra)
    values = []
    for value in (size, packed, offset):
        if value == _IN_64 and len(wide) >= 8:
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        values.append(value)
    return values[0], values[1], values[2]


def _extra_of(extra: bytes) -> bytes:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:
            return extra[4 : 4 + length]
        extra = extra[4 + length :]
    return b""


def open_archive(path: Path) -> BinaryIO:
    """The file, to be read at many places."""
    # Directory and content lie gigabytes apart: a large buffer would be filled anew for each of both.
    return path.open("rb", buffering=16_384)
