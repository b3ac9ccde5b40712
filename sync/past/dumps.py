"""Records out of files that people keep: JSON, JSON lines, gzip and zip of them; one by one, each with where it stands.

A file may hold a record, a list of them, a page as the registry answers, a version of its record history or of an export, or
a study with its versions by release. A record keeps the bytes that it has in the file.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import msgspec

from sync.errors import UnreadableRecord
from sync.past.damaged import is_document, taken_apart
from sync.past.packing import LINES, UNREADABLE, bare, is_zip, members, unpacked, why_unfit
from sync.registry.pages import MAX_RECORD_BYTES
from sync.study.spans import NO_JSON

MOST_BYTES = 64_000_000
"""Of one JSON file, or one line: a page of the registry's has 30 million at most."""

Raw = msgspec.Raw
_NOTHING = Raw(b"")
_BOM = b"\xef\xbb\xbf"
_PIECE_BYTES = 1_000_000
_LOOKED_AT = 1_000
"""Lines in which a record is looked for, where a file begins with what is none."""
_UNREADABLE_LINE = b"\0"


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
    is_empty: bool = False
    """Whether there is no record, rather than one that cannot be read."""

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
            with path.open("rb") as packed:
                yield from _of_one(name, packed, "it is a damaged zip: its end is missing, fetch it again")
    except UNREADABLE as error:
        yield Found(name, problem=f"it cannot be read to its end: {error}")


def _of_zip(path: Path, name: str) -> Iterator[Found]:
    with zipfile.ZipFile(path) as archive:
        for member in members(path):
            place = f"{name}:{member.filename}"
            try:
                with archive.open(member) as packed:
                    yield from _of_one(
                        place, packed, "it is a zip within a zip: unpack it, and give that one"
                    )
            # What `zipfile` says of an unknown compression, and of a member that is encrypted.
            except (*UNREADABLE, NotImplementedError, RuntimeError) as error:
                yield Found(place, problem=f"it cannot be unpacked: {error}")


def _of_one(place: str, packed: IO[bytes], if_zip: str) -> Iterator[Found]:
    """The records of a file that is no archive; `if_zip` is what is wrong where it begins as one."""
    if is_zip(packed):
        yield Found(place, problem=if_zip)
        return
    with unpacked(packed) as file:
        if problem := why_unfit(file):
            yield Found(place, problem=problem)
        elif _are_lines(place, file):
            yield from _of_lines(place, file)
        else:
            yield from _of_whole(place, file)


def _are_lines(name: str, file: IO[bytes]) -> bool:
    """Whether each line is a document of its own: by the first lines, as names lie, and what is piped has none."""
    lines = _first_lines(file)
    found = _tell_lines(lines, bare(name).endswith(LINES))
    file.seek(0)
    return found


def _tell_lines(lines: Iterator[bytes], are_called_so: bool) -> bool:
    first = next(lines, b"")
    if not first or _goes_on(first):
        return False
    if are_called_so:
        return True
    second = next(lines, b"")
    if first.startswith((b"{", b"[")):
        return bool(second) and (is_document(first) or is_document(second))
    # No document begins so: a line that went wrong, where another one is a document.
    return any(map(is_document, islice(chain([second], lines), _LOOKED_AT)))


def _first_lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines that are not empty; where the file is damaged, one that says nothing ends them."""
    try:
        while line := file.readline(MOST_BYTES + 1):
            if line.strip():
                yield line.strip().removeprefix(_BOM)
    except UNREADABLE:
        yield _UNREADABLE_LINE  # what is wrong with the file is told where it is read


def _goes_on(line: bytes) -> bool:
    """Whether a document begins in this line that does not end in it."""
    is_open = line.startswith((b"{", b"[")) and line.endswith((b"{", b"[", b",", b":"))
    return is_open and not is_document(line[:-1])


def _of_lines(place: str, lines: IO[bytes]) -> Iterator[Found]:
    number = 0
    while line := lines.readline(MOST_BYTES + 1):
        number += 1
        if line.strip():
            yield from _of_document(f"{place}:{number}", line)


def _of_whole(place: str, file: IO[bytes]) -> Iterator[Found]:
    """The records of a file that is one document; of a damaged one those before the damage, which is raised then."""
    body = bytearray()
    try:
        # Pieces as they are unpacked: what came before the damage is kept. And one byte more than is taken, no more:
        # what says that it is small may grow while it is unpacked.
        while len(body) <= MOST_BYTES and (piece := file.read1(_PIECE_BYTES)):  # type: ignore[attr-defined]
            body += piece
    except UNREADABLE:
        yield from (each for each in _of_document(place, bytes(body)) if not each.problem)
        raise
    yield from _of_document(place, bytes(body))


def _of_document(place: str, body: bytes) -> Iterator[Found]:
    if len(body) > MOST_BYTES:
        yield Found(
            place, problem=f"it has more than {MOST_BYTES:,} bytes: give the records as lines (.jsonl)"
        )
        return
    body = body.strip().removeprefix(_BOM)
    try:
        found = _of_json(place, body)
    except NO_JSON as error:
        found = _of_damaged(place, body, error)
    first = next(found, None)
    yield first or Found(place, problem="there is no record in it", is_empty=True)
    yield from found


def _of_json(place: str, body: bytes) -> Iterator[Found]:
    """What a document holds, nothing if it is empty; raises one of NO_JSON at once where it is no JSON of records."""
    if not body:
        return iter(())
    if body.startswith(b"["):
        return _of_list(place, _decode_list(body))
    return _of_envelope(place, body, _decode(body))


def _of_damaged(place: str, body: bytes, error: Exception) -> Iterator[Found]:
    """The records of a document that is no whole JSON: each by itself, then what is wrong around them."""
    pieces = taken_apart(body)
    if pieces is None:
        yield Found(place, body[:MAX_RECORD_BYTES], problem=f"it is no JSON of a record: {error}")
        return
    try:
        around = _decode(pieces.emptied) if pieces.before.startswith(b"{") else _decode_list(pieces.emptied)
    except NO_JSON as wrong:
        around = None
        yield Found(place, problem=f"what stands around its records cannot be read: {wrong}")
    history = around if isinstance(around, _Envelope) and around.versions is not None else None
    *whole, last = pieces.elements
    for number, element in enumerate(whole, 1):
        yield _piece(f"{place}#{number}", element, history)
    place_of_last = f"{place}#{len(pieces.elements)}"
    if not pieces.is_cut or is_document(last):
        yield _piece(place_of_last, last, history)
    elif last:
        yield Found(place_of_last, last[:MAX_RECORD_BYTES], problem="it is cut: the file ends within it")
    if pieces.is_cut and (not last or is_document(last)):
        yield Found(place, problem="it is cut: its list of records has no end")


def _piece(place: str, element: bytes, history: _Envelope | None) -> Found:
    """What stands between two commas of a damaged document."""
    if not element:
        return Found(place, problem="there is no record where one should be: a comma too many")
    if history:
        return _of_version(place, Raw(element), history.nctId)
    return _record(place, element)


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
