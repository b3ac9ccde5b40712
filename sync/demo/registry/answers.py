"""What the local registry is asked, and what it answers, before either becomes bytes on a wire."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from storage.errors import TrialdeltaError

# The registry's ETag names the build that answers, not what it says: it stays the same over all releases.
BUILD = 'W/"2.0.5-local"'

HTML_PAGE = "<html>\n<head><title>{0}</title></head>\n<body><center><h1>{0}</h1></center></body>\n</html>\n"


class QueryError(TrialdeltaError):
    """The query cannot be answered."""

    hint = "Ask as the registry's description of its API allows."


@dataclass(frozen=True)
class Request:
    """One request, its address already taken apart."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    url: str = ""
    """The address as it was sent."""

    def param(self, name: str, default: str = "") -> str:
        """The value of one parameter, the last one where it is repeated."""
        return dict(self.params).get(name, default)


@dataclass(frozen=True)
class Answer:
    """One answer. `wire` names the way in which its bytes are to be spoilt while they are sent."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain;charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    wire: tuple[str, str] = ("", "")


def text(status: int, message: str) -> Answer:
    """An error as the registry words it: plain text without a line end."""
    # Errors are plain text without a line end: the client goes by these very words.
    return Answer(status, message.encode())


def html(status: int, title: str) -> Answer:
    """An answer of the web server in front of the registry."""
    return Answer(status, HTML_PAGE.format(title).encode(), "text/html")


def json_bytes(value: Any) -> bytes:
    """Compact UTF-8 JSON; a lone surrogate goes out as the escape that it came in as."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def json_answer(value: Any, status: int = 200) -> Answer:
    """A JSON answer."""
    return json_body(json_bytes(value), status)


def json_body(body: bytes, status: int = 200) -> Answer:
    """A JSON answer of bytes that are JSON already."""
    return Answer(status, body, "application/json;charset=utf-8")


@dataclass(frozen=True)
class Page:
    """One page of a search: the records as bytes, how many there are in all, and the way to the next page."""

    records: tuple[bytes, ...]
    total: int | None = None
    token: str | None = None

    def answer(self) -> Answer:
        """The page as the registry sends it: every study on a line of its own."""
        return json_body(b"".join(self._parts()))

    def _parts(self) -> Iterable[bytes]:
        yield b'{"studies":[' + b",\n".join(self.records) + b"]"
        if self.total is not None:
            yield b',"totalCount":' + str(self.total).encode()
        if self.token is not None:
            yield b',"nextPageToken":' + json_bytes(self.token)
        yield b"}"
