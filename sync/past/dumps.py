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

from sync.errors import UsageError
from sync.registry.pages import MAX_RECORD_BYTES

MOST_BYTES = 64_000_000
"""Of one JSON file, or one line: a page of the registry's has 30 million at most."""

Raw = msgspec.Raw
_NOTHING = Raw(b"")


@dataclass(frozen=True, slots=True)
class Found:
    """A record as it stands in a file; `day` is what its file says of it, `problem` why there is nothing to read."""

    place: str
    raw: bytes = b""
    day: str | None = None
    problem: str | None = None


class _OfRelease(msgspec.Struct):
    release: str
    study: Raw


class _Envelope(msgspec.Struct):
    """What a JSON object may be: a record, or something that holds records."""

    protocolSection: Raw = _NOTHING  # noqa: N815 - the registry's names
    studies: list[Raw] | None = None
    versions: list[_OfRelease] | None = None
    study: Raw = _NOTHING
    day: str | None = None


_decode_list = msgspec.json.Decoder(list[Raw]).decode
_decode = msgspec.json.Decoder(_Envelope).decode


def records(path: Path) -> Iterator[Found]:
    """All records of a file, in its order; what cannot be read comes with a problem. Raises UsageError."""
    try:
        if zipfile.is_zipfile(path):
            yield from _of_zip(path)
        elif _is_lines(path.name):
            with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
                yield from _of_lines(path.name, lines)  # type: ignore[arg-type]  # gzip's file is one to read bytes from
        else:
            with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
                yield from _of_document(path.name, file.read(MOST_BYTES + 1))
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} cannot be read to its end: {error}") from error


def _is_lines(name: str) -> bool:
    return name.removesuffix(".gz").endswith((".jsonl", ".ndjson"))


def _of_zip(path: Path) -> Iterator[Found]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".gz")
            if member.is_dir() or not name.endswith((".json", ".jsonl", ".ndjson")):
                continue
            place = f"{path.name}:{member.filename}"
            try:
                with archive.open(member) as file:
                    if _is_lines(name):
                        yield from _of_lines(place, file)
                    else:
                        # One byte more than is taken: what says that it is small may grow while it is unpacked.
                        yield from _of_document(place, file.read(MOST_BYTES + 1))
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
                yield Found(place, problem=f"it cannot be unpacked: {error}")


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
    body = body.strip().removeprefix(b"\xef\xbb\xbf")
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
            yield _record(f"{place}#{number}", bytes(version.study), version.release)
    elif bytes(envelope.study):
        yield _record(place, bytes(envelope.study), envelope.day)
    else:
        yield Found(place, body[:MAX_RECORD_BYTES], problem="it is no record: it has no protocolSection")


def _of_list(place: str, found: Iterable[Any]) -> Iterator[Found]:
    for number, raw in enumerate(found, 1):
        yield _record(f"{place}#{number}", bytes(raw))


def _record(place: str, raw: bytes, day: str | None = None) -> Found:
    if len(raw) > MAX_RECORD_BYTES:
        return Found(place, problem=f"it has {len(raw):,} bytes, more than a record may have")
    return Found(place, raw, day)
