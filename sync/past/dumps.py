"""Records out of files that people keep: JSON, JSON lines, gzip and zip of them; one by one, each with where it stands.

A file may hold a record, a list of them, a page as the registry answers, a version of its record history or of an export, or
a study with its versions by release. A record keeps the bytes that it has in the file.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from sync.errors import UnreadableRecord
from sync.registry.pages import MAX_RECORD_BYTES

MOST_BYTES = 64_000_000
"""Of one JSON file, or one line: a page of the registry's has 30 million at most."""

Raw = msgspec.Raw
_NOTHING = Raw(b"")
_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"
_LINES = (".jsonl", ".ndjson")


UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile)
"""What reading a damaged file raises."""


@dataclass(frozen=True, slots=True)
class Found:
    """A record as it stands in a file; `day` is what its file says of it, `problem` why there is nothing to read.

    `of` is the study whose history it stands in, where the file says which.
    """

    place: str
    raw: bytes = b""
    day: str | None = None
    problem: str | None = None
    of: str | None = None

    def check_history(self, nct_id: str | None) -> None:
        """Raises UnreadableRecord where the record, which is of this study, stands in the history of another one."""
        if self.of not in (None, nct_id):
            raise UnreadableRecord(f"it is a record of {nct_id}, in a history of {self.of!r:.22}")


class _OfRelease(msgspec.Struct):
    release: str
    study: Raw


class _Envelope(msgspec.Struct):
    """What a JSON object may be: a record, or something that holds records."""

    protocolSection: Raw = _NOTHING  # noqa: N815 - the registry's names
    studies: list[Raw] | None = None
    versions: list[Raw] | None = None
    nctId: str | None = None  # noqa: N815 - of a history
    study: Raw = _NOTHING
    day: str | None = None


_decode_list = msgspec.json.Decoder(list[Raw]).decode
_decode = msgspec.json.Decoder(_Envelope).decode
_decode_any = msgspec.json.Decoder(Raw).decode
_decode_version = msgspec.json.Decoder(_OfRelease).decode


def records(path: Path, name: str = "") -> Iterator[Found]:
    """All records of a file, in its order; what cannot be read, be it the file's end, comes with a problem.

    `name` is what the file is called, where it is not by its own name.
    """
    name = name or path.name
    try:
        if zipfile.is_zipfile(path):
            yield from _of_zip(path, name)
        else:
            with path.open("rb") as packed, _unpacked(packed) as file:
                yield from _of_file(name, file)
    except UNREADABLE as error:
        yield Found(name, problem=f"it cannot be read to its end: {error}")


def holds_records(name: str) -> bool:
    """Whether a file that is called so may hold records."""
    return name.removesuffix(".gz").endswith((".json", *_LINES))


def members(path: Path) -> list[zipfile.ZipInfo]:
    """The files of an archive that may hold records."""
    with zipfile.ZipFile(path) as archive:
        return [each for each in archive.infolist() if not each.is_dir() and holds_records(each.filename)]


def _of_file(place: str, file: IO[bytes]) -> Iterator[Found]:
    if _are_lines(place, file):
        yield from _of_lines(place, file)
    else:
        # One byte more than is taken: what says that it is small may grow while it is unpacked.
        yield from _of_document(place, file.read(MOST_BYTES + 1))


def _are_lines(name: str, file: IO[bytes]) -> bool:
    """Whether each line is a document of its own: by the first two lines, as names lie, and what is piped has none."""
    first, second = _next_line(file), _next_line(file)
    file.seek(0)
    if first in (b"", b"{", b"["):
        return False
    return name.removesuffix(".gz").endswith(_LINES) or (
        bool(second) and (_is_document(first) or _is_document(second))
    )


def _next_line(file: IO[bytes]) -> bytes:
    """The next line that is not empty; nothing at the end."""
    while line := file.readline(MOST_BYTES + 1):
        if line.strip():
            return line.strip().removeprefix(_BOM)
    return b""


def _is_document(line: bytes) -> bool:
    try:
        _decode_any(line)
    except (msgspec.DecodeError, RecursionError):
        return False
    return line.startswith((b"{", b"["))


def _of_zip(path: Path, name: str) -> Iterator[Found]:
    with zipfile.ZipFile(path) as archive:
        for member in members(path):
            place = f"{name}:{member.filename}"
            try:
                with archive.open(member) as packed, _unpacked(packed) as file:
                    yield from _of_file(place, file)
            # What `zipfile` says of an unknown compression, and of a member that is encrypted.
            except (*UNREADABLE, NotImplementedError, RuntimeError) as error:
                yield Found(place, problem=f"it cannot be unpacked: {error}")


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    # By its first bytes, not by its name: downloads lose the ending .gz, or keep it when a browser has unpacked them.
    is_packed = file.read(2) == _GZIP
    file.seek(0)
    return gzip.open(file, "rb") if is_packed else file  # type: ignore[return-value]  # gzip's file is one to read bytes from


def _of_lines(place: str, lines: IO[bytes]) -> Iterator[Found]:
    number = 0
    while line := lines.readline(MOST_BYTES + 1):
        number += 1
        if line.strip():
            yield from _of_document(f"{place}:{number}", line)


def _of_document(place: str, body: bytes) -> Iterator[Found]:
    if len(body) > MOST_BYTES:
        yield Found(
            place, problem=f"it has more than {MOST_BYTES:,} bytes: give the records as lines (.jsonl)"
        )
        return
    if body.startswith(_UTF_16):
        yield Found(place, problem="it is written in UTF-16: save it as UTF-8")
        return
    body = body.strip().removeprefix(_BOM)
    if not body:
        yield Found(place, problem="it is empty")
        return
    try:
        if body.startswith(b"["):
            yield from _of_list(place, _decode_list(body))
            return
        envelope = _decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        yield Found(place, body[:MAX_RECORD_BYTES], problem=f"it is no JSON of a record: {error}")
        return
    yield from _of_envelope(place, body, envelope)


def _of_envelope(place: str, body: bytes, envelope: _Envelope) -> Iterator[Found]:
    if bytes(envelope.protocolSection):
        yield _record(place, body)
    elif envelope.studies is not None:
        yield from _of_list(place, envelope.studies)
    elif envelope.versions is not None:
        for number, version in enumerate(envelope.versions, 1):
            yield _of_version(f"{place}#{number}", version, envelope.nctId)
    elif bytes(envelope.study):
        yield _record(place, bytes(envelope.study), envelope.day)
    else:
        yield Found(place, body[:MAX_RECORD_BYTES], problem="it is no record: it has no protocolSection")


def _of_list(place: str, found: Iterable[Any]) -> Iterator[Found]:
    for number, raw in enumerate(found, 1):
        yield _record(f"{place}#{number}", bytes(raw))


def _of_version(place: str, raw: Raw, of: str | None) -> Found:
    """A version of a history: one that is none is refused alone."""
    try:
        version = _decode_version(raw)
    except msgspec.DecodeError as error:
        return Found(place, problem=f"it is no version with its release and study: {error}")
    return _record(place, bytes(version.study), version.release, of)


def _record(place: str, raw: bytes, day: str | None = None, of: str | None = None) -> Found:
    if len(raw) > MAX_RECORD_BYTES:
        return Found(place, problem=f"it has {len(raw):,} bytes, more than a record may have")
    return Found(place, raw, day, of=of)
