"""One answer of the registry: its bytes, unpacked and whole, and what its status means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from sync.net.inflate import CannotInflate, inflater
from sync.net.retry_after import retry_after
from sync.registry.errors import (
    KEPT_BYTES,
    BadRequest,
    Moved,
    NotFound,
    RateLimited,
    TooLarge,
    Unavailable,
    Unreadable,
)

MAX_BYTES = 32_000_000
"""Unpacked bytes taken in for one answer: a hundred records are 3 MB as a rule, the largest known one is 3.6 MB."""

_PIECE_BYTES = 1_000_000
_PASSING = {407, 408, 425}
_NCT_ID = re.compile(r"NCT\d{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers that matter, and the whole body. Errors are text or HTML: JSON is read from a 200 only."""

    status: int
    content_type: str
    body: bytes
    location: str | None = None
    retry_after: float | None = None

    @classmethod
    def read(cls, response: httpx.Response, max_bytes: int = MAX_BYTES) -> Answer:
        """Takes an answer off the wire; raises Unreadable for a body that is cut, broken or too large."""
        headers = response.headers
        return cls(
            status=response.status_code,
            content_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
            body=_body(response, max_bytes),
            location=headers.get("location"),
            retry_after=retry_after(headers.get("retry-after"), datetime.now(UTC)),
        )

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON."""
        return self.content_type == "application/json" or self.content_type.endswith("+json")

    @property
    def text(self) -> str:
        """The body of an error, for people: one short line."""
        return " ".join(self.body[:300].decode("utf-8", "replace").split())[:200]


def json_of(answer: Answer, path: str) -> bytes:
    """The JSON of an answer to `path`; raises the error that the answer amounts to. A 403 is the caller's to tell."""
    if answer.status == 200:
        return _json_body(answer, path)
    if answer.status == 429:
        raise RateLimited(answer.retry_after)
    # 407, 408 and 425 come from what stands in between, and pass as an outage does.
    if answer.status >= 500 or answer.status in _PASSING:
        raise Unavailable(f"the registry answers {answer.status} to {path}", answer.retry_after)
    if answer.status == 404:
        raise _not_found(answer, path)
    if answer.status >= 400:
        raise BadRequest(f"the registry refuses {path} ({answer.status}): {_quoted(answer)}")
    if answer.location is not None:
        raise Moved(answer.location)
    raise Unreadable(f"the registry answers {answer.status} to {path}, which tells nothing")


def _json_body(answer: Answer, path: str) -> bytes:
    # A maintenance page has been seen with status 200; only a JSON type makes it worth reading.
    if not answer.is_json:
        kind = answer.content_type or "no type"
        raise Unreadable(f"the registry answers {path} with {kind} instead of JSON")
    if not answer.body.strip():
        raise Unreadable(f"the registry answers {path} with nothing")
    return answer.body


def _not_found(answer: Answer, path: str) -> NotFound | BadRequest:
    """Only these very words about the study asked for mean that there is none; any other 404 is a wrong path."""
    requested = _NCT_ID.search(path)
    words = answer.body.decode("utf-8", "replace").strip()
    # The id too must be the one asked for: an answer to somebody else's question has no say here.
    if requested and answer.content_type == "text/plain" and words == f"NCT number {requested[0]} not found":
        return NotFound(words)
    return BadRequest(f"the registry has no {path} (404): {_quoted(answer)}")


def _quoted(answer: Answer) -> str:
    return "an HTML page" if answer.content_type == "text/html" else answer.text or "no words"


def _body(response: httpx.Response, max_bytes: int) -> bytes:
    """Reads the raw bytes and unpacks them here: httpx takes half a gzip body, or one without its checksum, for whole."""
    if response.status_code not in (200, 400, 404):
        return b""  # the status says it all
    unpacking = _Unpacking(response.headers.get("content-encoding", ""), max_bytes)
    try:
        for chunk in response.iter_raw():
            unpacking.feed(chunk)
    except httpx.RemoteProtocolError as error:
        raise Unreadable("the connection ended in the middle of an answer") from error
    return unpacking.whole()


class _Unpacking:
    """Unpacks a body as it comes, and never more of it than allowed: a bomb costs no more than the limit."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._limit = limit
        self._inflater = None
        if (encoding := encoding.strip().lower()) in ("gzip", "x-gzip", "deflate"):
            self._inflater = inflater()
        elif encoding not in ("", "identity"):
            raise Unreadable(f"the answer is packed as {encoding!r}, which was not asked for")

    def feed(self, chunk: bytes) -> None:
        try:
            for piece in self._inflated(chunk):
                self._pieces.append(piece)
                self._size += len(piece)
                if self._size > self._limit:
                    raise TooLarge(
                        f"the answer is larger than {self._limit:,} bytes",
                        self._beginning(KEPT_BYTES + 1),
                    )
        except CannotInflate as error:
            raise Unreadable("the answer's gzip is broken") from error

    def _inflated(self, chunk: bytes) -> Iterator[bytes]:
        if self._inflater is None:
            yield chunk
            return
        while piece := self._inflater.decompress(chunk, _PIECE_BYTES):
            yield piece
            chunk = self._inflater.unconsumed_tail

    def _beginning(self, size: int) -> bytes:
        beginning = bytearray()
        for piece in self._pieces:
            beginning += piece[: size - len(beginning)]
        return bytes(beginning)

    def whole(self) -> bytes:
        if self._inflater and (not self._inflater.eof or self._inflater.unused_data):
            raise Unreadable("the answer's gzip is cut short")
        return b"".join(self._pieces)
