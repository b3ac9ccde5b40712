"""A page of studies as byte spans: each record as the registry sent it, without building objects.

One record that is not JSON spoils the page for every fast reader. It is then split by hand, so that the others survive.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

import msgspec

from sync.errors import UnreadableRecord
from sync.registry.errors import Spoilt, Unreadable, Unsplittable
from sync.registry.shapes import shaped
from sync.study.record import is_nct_id, read_record
from sync.study.spans import MARK, NO_JSON, Span, members


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as it came. `problem` says why it cannot be read; `nct_id` is then what could still be made out."""

    nct_id: str | None
    raw: bytes
    problem: str | None = None
    version_holder: str | None = None
    """The date of the release that the record was served from."""
    aliases: tuple[str, ...] = ()
    """Former ids of the study."""
    is_known: bool = False
    """Whether its bytes are those that the asker knows of the study already, the date of the release apart."""

    def is_for(self, nct_id: str) -> bool:
        """Whether it is the study that is, or once was, known as `nct_id`."""
        return nct_id == self.nct_id or nct_id in self.aliases


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a walk. `total` is told on the first page only; the last one has no `token`."""

    records: tuple[RawRecord, ...]
    token: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class PageBody:
    """A page of a walk as it came, not split into its records yet: whoever works on it may be another process."""

    body: bytes
    token: str | None
    total: int | None


class _Frame(msgspec.Struct):
    studies: msgspec.Raw
    nextPageToken: str | None = None  # noqa: N815 - the registry's name
    totalCount: int | None = None  # noqa: N815


class _Page(msgspec.Struct):
    studies: list[msgspec.Raw]
    nextPageToken: str | None = None  # noqa: N815 - the registry's name
    totalCount: int | None = None  # noqa: N815


class _Identification(msgspec.Struct):
    nctId: Any = None  # noqa: N815
    nctIdAliases: Any = None  # noqa: N815


class _Protocol(msgspec.Struct):
    identificationModule: _Identification = msgspec.field(default_factory=_Identification)  # noqa: N815


class _Misc(msgspec.Struct):
    versionHolder: Any = None  # noqa: N815


class _Derived(msgspec.Struct):
    miscInfoModule: _Misc = msgspec.field(default_factory=_Misc)  # noqa: N815


class _Envelope(msgspec.Struct):
    """The few values of a record that are needed to handle it unopened."""

    protocolSection: _Protocol = msgspec.field(default_factory=_Protocol)  # noqa: N815
    derivedSection: _Derived = msgspec.field(default_factory=_Derived)  # noqa: N815


_read_page = msgspec.json.Decoder(_Page).decode
_read_frame = msgspec.json.Decoder(_Frame).decode
_read_envelope = msgspec.json.Decoder(_Envelope).decode

MAX_RECORD_BYTES = 8_000_000
"""Bytes that one record may have; the registry's largest has 3.6 million."""
_MOST_PIECES = 2_000
"""Pieces that a spoilt page is split into at most: twice what a page holds. More are the fragments of one record."""

_NCT_ID = re.compile(rb'"identificationModule"\s*:\s*\{[^{}]{0,2000}?"nctId"\s*:\s*"(NCT\d{8})"')
_OPENING = re.compile(rb'\s*\{[^\[\]{}]{0,20000}"studies"\s*:\s*\[')
_CLOSING = re.compile(rb'\]\s*(?:,\s*"\w+"\s*:\s*(?:"[^"\\\s]*"|\d+|null)\s*)*\}\s*\Z')
_CLOSING_WITHIN = 20_000
_USUAL_DATE = b'"derivedSection":{"miscInfoModule":{"versionHolder":"'
_AFTER_IDENTIFICATION = b',"statusModule":{'
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_PAGE = "the registry's answer is not a page of studies"


def raw_hash(raw: bytes) -> str:
    """SHA-256 of a record's bytes, the date of the release in it blanked: equal bytes mean that nothing changed at all."""
    return _hash_without(raw, *(_release_date(raw) or (len(raw), len(raw))))


def usual_hash(raw: bytes) -> str | None:
    """What `raw_hash` is of a record laid out as the registry lays it out, in half of the time; None for another layout.

    To be held against one that `raw_hash` made, no more: in a record that has this layout deeper down as well, it may
    blank the wrong date, and is then like no other.
    """
    found = raw.rfind(_USUAL_DATE)
    start = found + len(_USUAL_DATE)
    end = raw.find(b'"', start)
    return None if found < 0 or b"\\" in raw[start:end] else _hash_without(raw, start, end)


def hash_of_read(raw: bytes) -> str:
    """What `raw_hash` is of a record that was read, so that it is JSON and has no key twice: in two thirds of the time."""
    found = raw.rfind(_USUAL_DATE)
    # What begins with a key is an object's rest, and ends it with the record, only where the key is the record's own.
    is_its_own = raw[found - 1 : found] in (b"{", b",") and members(b"{" + raw[found:]) is not None
    return (usual_hash(raw) if is_its_own else None) or raw_hash(raw)


def _hash_without(raw: bytes, start: int, end: int) -> str:
    whole = memoryview(raw)  # not copied, where slices of 18 KB would be
    sha256 = hashlib.sha256(whole[:start])
    sha256.update(whole[end:])
    return sha256.hexdigest()


def _release_date(raw: bytes) -> Span | None:
    """Where the date of the release begins and ends; None where the record has none, or keys that are repeated."""
    start, value = 0, raw
    for name in ("derivedSection", "miscInfoModule", "versionHolder"):
        span = (members(value) or {}).get(name)
        if span is None:
            return None
        start, value = start + span[0], value[slice(*span)]
    # Escapes would make another number of bytes of the same date: then nothing is blanked, and the next gate decides.
    is_text = value.startswith(b'"') and b"\\" not in value
    return (start + 1, start + len(value) - 1) if is_text else None


def read_page(body: bytes, known: Mapping[str, str] = _NOTHING) -> Page:
    """The records of a page, in order; raises Unreadable where the body is not a page.

    `known`: the raw hashes of records that were read before, by the ids that those have. What comes with the same bytes is
    not looked through again.
    """
    lined_up = _one_a_line(body, known)
    if lined_up is not None:
        return lined_up
    try:
        page = _read_page(body)
        return _page(page, tuple(_record(bytes(raw)) for raw in page.studies))
    except msgspec.ValidationError as error:
        raise Unreadable(f"{_NO_PAGE}: {error}") from error
    except NO_JSON:
        return _rescue(body)


def _one_a_line(body: bytes, known: Mapping[str, str]) -> Page | None:
    """The page, if it has one study a line as the registry sends it, each of them JSON: so each is looked at only once."""
    span = _studies(body)
    lines = _few(_by_lines(body, *span)) if span else None
    if span is None or lines is None:
        return None
    records = tuple((_as_known(line, known) if known else None) or _record(line) for line in lines)
    if any(record.problem for record in records):
        return None
    try:
        return _page(_read_page(body[: span[0]] + body[span[1] :]), records)
    except NO_JSON:
        return None


def read_body(body: bytes) -> PageBody:
    """The page that a body is, as far as the next one can be asked for; raises Unreadable where it is not a page."""
    try:
        frame: _Frame | Page = _read_frame(body)
    except msgspec.MsgspecError:
        frame = read_page(body)
    if isinstance(frame, Page):
        return PageBody(body, frame.token, frame.total)
    return PageBody(body, frame.nextPageToken or None, frame.totalCount)


def read_study(body: bytes) -> RawRecord:
    """The record of an answer that holds one study; raises Spoilt where it is none, which is its affair alone."""
    if b'"protocolSection"' not in body or not body.rstrip().endswith(b"}"):
        raise Spoilt("the registry's answer is not a whole study", body)
    return _record(body)


def _page(page: _Page, records: tuple[RawRecord, ...]) -> Page:
    return Page(records, page.nextPageToken or None, page.totalCount)


def _record(raw: bytes) -> RawRecord:
    if len(raw) > MAX_RECORD_BYTES:
        problem = f"it has {len(raw):,} bytes; a record may have {MAX_RECORD_BYTES:,}"
        return RawRecord(_named_in(raw), raw, problem=problem)
    try:
        envelope = _read_envelope(raw)
    except msgspec.ValidationError:
        return RawRecord(_named_in(raw), raw)  # JSON of another shape than a study's
    except NO_JSON as error:
        return RawRecord(_named_in(raw), raw, problem=_problem(raw, error))
    return _in_envelope(raw, envelope)


def _as_known(raw: bytes, known: Mapping[str, str]) -> RawRecord | None:
    """The record, if it has the bytes of one that is known, and is laid out as the registry lays it out.

    Those bytes are known to be a record. So only what its envelope holds is read, which are its beginning and its end: put
    together they are JSON if, and only if, what is left out between them are whole modules and sections.
    """
    after, derived = raw.find(_AFTER_IDENTIFICATION), raw.rfind(_USUAL_DATE)
    is_laid_out = 0 < after < derived and raw[derived - 1 : derived] == b","
    if not is_laid_out or len(raw) > MAX_RECORD_BYTES:
        return None
    try:
        envelope = _read_envelope(raw[:after] + b"}," + raw[derived:])
    except NO_JSON:
        return None
    record = _in_envelope(raw, envelope, is_known=True)
    its_hash = known.get(record.nct_id or "") if record.version_holder else None
    return record if its_hash and usual_hash(raw) == its_hash else None


def _in_envelope(raw: bytes, envelope: _Envelope, *, is_known: bool = False) -> RawRecord:
    identification = envelope.protocolSection.identificationModule
    nct_id, aliases = identification.nctId, identification.nctIdAliases
    holder = envelope.derivedSection.miscInfoModule.versionHolder
    return RawRecord(
        nct_id=nct_id if is_nct_id(nct_id) else None,
        raw=raw,
        version_holder=holder if isinstance(holder, str) else None,
        aliases=tuple(filter(is_nct_id, aliases)) if isinstance(aliases, list) else (),
        is_known=is_known,
    )


def _named_in(raw: bytes) -> str | None:
    found = _NCT_ID.search(raw)
    return found[1].decode() if found else None


def _problem(raw: bytes, error: Exception) -> str:
    try:
        read_record(raw)
    except UnreadableRecord as reason:
        return str(reason)
    return f"it is not JSON: {error}"


def _rescue(body: bytes) -> Page:
    """A page with something in it that is not JSON: its frame must be whole, the records are looked at one by one."""
    span = _studies(body)
    if span is None:
        raise Unreadable("the registry's answer is not a whole page of JSON")
    frame = shaped(_read_page, body[: span[0]] + body[span[1] :], _NO_PAGE)
    pieces = (_few(_by_lines(body, *span)), _few(_by_brackets(body[slice(*span)])))
    ways = [tuple(map(_record, split)) for split in pieces if split is not None]
    if not ways:
        raise Unsplittable(body)
    return _page(frame, max(ways, key=_legibility))


def _studies(body: bytes) -> Span | None:
    """Where the studies of a page begin and end, between the brackets of their list."""
    opening = _OPENING.match(body)
    if opening is None:
        return None
    closing = _CLOSING.search(body, max(len(body) - _CLOSING_WITHIN, opening.end()))
    return (opening.end(), closing.start()) if closing else None


def _few(pieces: Iterator[bytes]) -> list[bytes] | None:
    found = list(islice(pieces, _MOST_PIECES + 1))
    return found if len(found) <= _MOST_PIECES else None


def _legibility(records: tuple[RawRecord, ...]) -> tuple[int, int]:
    """Of two ways to split a page the better one finds more studies, and among equals fewer fragments."""
    return sum(record.problem is None and record.raw.startswith(b"{") for record in records), -len(records)


def _by_lines(body: bytes, start: int, end: int) -> Iterator[bytes]:
    """One study a line, as the registry's description promises; holds where brackets and quotes do not match."""
    while start < end:
        # One sign is looked for six times as fast as two.
        stop = body.find(b"\n", start, end)
        stop = end if stop < 0 else stop
        # without its comma from the start: taken off afterwards, each line would be copied twice
        has_comma = body.endswith(b",", start, stop)
        line = body[start : stop - has_comma].strip()
        if line := line if has_comma else line.removesuffix(b",").rstrip():
            yield line
        start = stop + 1


def _by_brackets(studies: bytes) -> Iterator[bytes]:
    """Whatever stands between two commas outside of any bracket; holds for every layout."""
    return filter(None, map(bytes.strip, _between_commas(studies)))


def _between_commas(studies: bytes) -> Iterator[bytes]:
    depth = start = 0
    for mark in MARK.finditer(studies):
        sign = mark[0]
        depth += (sign in (b"{", b"[")) - (sign in (b"}", b"]"))
        if sign == b"," and depth == 0:
            yield studies[start : mark.start()]
            start = mark.end()
    yield studies[start:]


__all__ = ["Page", "PageBody", "RawRecord", "raw_hash", "read_body", "read_page", "read_study"]
